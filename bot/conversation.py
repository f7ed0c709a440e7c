"""The states of a conversation and what may happen in each. Pure: no clock, no I/O."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Who is answering."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"
    CLOSED = "closed"


class Event(StrEnum):
    """What can move a conversation to another state."""

    WRITE = "write"
    ASK_FOR_PERSON = "ask_for_person"
    WITHDRAW_REQUEST = "withdraw_request"
    CLAIM = "claim"
    RELEASE_ANSWERED = "release_answered"
    RELEASE_OWED = "release_owed"
    CLOSE = "close"


class NotPossible(ValueError):
    """The event cannot happen in this state."""


_MOVES: dict[tuple[State, Event], State] = {
    (State.BOT, Event.ASK_FOR_PERSON): State.WAITING,
    (State.WAITING, Event.ASK_FOR_PERSON): State.WAITING,
    (State.HUMAN, Event.ASK_FOR_PERSON): State.HUMAN,
    (State.WAITING, Event.WITHDRAW_REQUEST): State.BOT,
    (State.BOT, Event.CLAIM): State.HUMAN,
    (State.WAITING, Event.CLAIM): State.HUMAN,
    (State.HUMAN, Event.RELEASE_ANSWERED): State.BOT,
    (State.HUMAN, Event.RELEASE_OWED): State.WAITING,
    (State.BOT, Event.WRITE): State.BOT,
    (State.WAITING, Event.WRITE): State.WAITING,
    (State.HUMAN, Event.WRITE): State.HUMAN,
    (State.CLOSED, Event.WRITE): State.BOT,
    **{(state, Event.CLOSE): State.CLOSED for state in State},
}


def after(state: State, event: Event) -> State:
    """Return the state that follows, or raise ``NotPossible``."""
    try:
        return _MOVES[state, event]
    except KeyError:
        raise NotPossible(f"{event.value} is not possible while a conversation is {state.value}") from None


def bot_may_speak(state: State) -> bool:
    """The one gate: the bot answers until a member of staff has the conversation."""
    return state in (State.BOT, State.WAITING)
