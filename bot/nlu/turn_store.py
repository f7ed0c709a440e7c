"""A tracker store that holds a conversation for one turn and then forgets it."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Dict, Iterator, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore, SerializedTrackerAsText
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class Turn:
    """The one tracker that a turn works on."""

    def __init__(self, tracker: DialogueStateTracker) -> None:
        self.tracker = tracker


_turn: ContextVar[Optional[Turn]] = ContextVar("turn", default=None)


@contextmanager
def open_turn(tracker: DialogueStateTracker) -> Iterator[Turn]:
    """Let Rasa work on this tracker, and on nothing else, inside the block."""
    turn = Turn(tracker)
    token = _turn.set(turn)
    try:
        yield turn
    finally:
        _turn.reset(token)


class TurnStore(InMemoryTrackerStore, SerializedTrackerAsText):
    """Gives Rasa the open turn's tracker.

    Outside a turn, which is only ``rasa shell`` and ``rasa test``, it is Rasa's own
    store in memory.
    """

    def __init__(
        self,
        domain: Domain,
        event_broker: Optional[EventBroker] = None,
        **kwargs: Dict[Text, Any],
    ) -> None:
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the tracker until the turn ends."""
        turn = _turn.get()
        if turn is None:
            await super().save(tracker)
        else:
            turn.tracker = tracker

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the open turn's tracker."""
        turn = _turn.get()
        return await super().retrieve(sender_id) if turn is None else turn.tracker

    @property
    def kept(self) -> int:
        """How many conversations are held outside turns: none, in a running brain."""
        return len(self.store)
