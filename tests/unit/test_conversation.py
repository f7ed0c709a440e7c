"""Every state and every event."""

from __future__ import annotations

import pytest

from bot.conversation import Event, NotPossible, State, after, bot_may_speak

# Written out by hand from DESIGN, not derived from the code. None: not possible.
FOLLOWS: dict[Event, tuple[State | None, State | None, State | None, State | None]] = {
    #                              from BOT       WAITING        HUMAN          CLOSED
    Event.WRITE: (State.BOT, State.WAITING, State.HUMAN, State.BOT),
    Event.ASK_FOR_PERSON: (State.WAITING, State.WAITING, State.HUMAN, None),
    Event.WITHDRAW_REQUEST: (None, State.BOT, None, None),
    Event.CLAIM: (State.HUMAN, State.HUMAN, None, None),
    Event.RELEASE_ANSWERED: (None, None, State.BOT, None),
    Event.RELEASE_OWED: (None, None, State.WAITING, None),
    Event.CLOSE: (State.CLOSED, State.CLOSED, State.CLOSED, State.CLOSED),
}
ORDER = (State.BOT, State.WAITING, State.HUMAN, State.CLOSED)
MOVES = [(state, event, FOLLOWS[event][n]) for event in Event for n, state in enumerate(ORDER)]


def test_the_table_is_complete() -> None:
    assert set(FOLLOWS) == set(Event)
    assert set(ORDER) == set(State)
    assert len(MOVES) == len(State) * len(Event)


@pytest.mark.parametrize(("state", "event", "expected"), [move for move in MOVES if move[2]])
def test_what_follows(state: State, event: Event, expected: State) -> None:
    assert after(state, event) is expected


@pytest.mark.parametrize(("state", "event", "_"), [move for move in MOVES if not move[2]])
def test_what_is_not_possible(state: State, event: Event, _: None) -> None:
    with pytest.raises(NotPossible, match=f"{event.value} .* {state.value}"):
        after(state, event)


@pytest.mark.parametrize(
    ("state", "speaks"), [(State.BOT, True), (State.WAITING, True), (State.HUMAN, False), (State.CLOSED, False)]
)
def test_the_gate(state: State, speaks: bool) -> None:
    assert bot_may_speak(state) is speaks


@pytest.mark.parametrize("state", State)
def test_nobody_who_writes_ends_in_a_closed_conversation(state: State) -> None:
    assert after(state, Event.WRITE) is not State.CLOSED


@pytest.mark.parametrize("state", [state for state in State if state is not State.CLOSED])
def test_whoever_asks_for_a_person_waits_for_one_or_has_one(state: State) -> None:
    assert after(state, Event.ASK_FOR_PERSON) in (State.WAITING, State.HUMAN)
