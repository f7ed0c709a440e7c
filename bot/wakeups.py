"""Tells whoever waits on a conversation that something happened in it.

A wake-up says only "look again"; what happened is in the rows. A lost one costs a
moment, never a message: everyone who waits also looks again after a while.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager


class Wakeups:
    """Wake-ups within one process: all that SQLite needs."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._told: set[Callable[[str], None]] = set()

    async def wake(self, conversation_id: str) -> None:
        """Wake everyone who waits on this conversation."""
        self.wake_here(conversation_id)

    def wake_here(self, conversation_id: str) -> None:
        """Wake everyone of this process who waits on this conversation."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()
        for tell in tuple(self._told):
            tell(conversation_id)

    @contextmanager
    def telling(self, tell: Callable[[str], None]) -> Iterator[None]:
        """Call ``tell`` at every wake-up, whichever conversation it is for."""
        self._told.add(tell)
        try:
            yield
        finally:
            self._told.discard(tell)

    @contextmanager
    def waiting(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each wake-up; the waiter clears it."""
        event = asyncio.Event()
        self._waiting[conversation_id].add(event)
        try:
            yield event
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the program runs."""
        yield


def wakeups_for(url: str) -> Wakeups:
    """The wake-ups that fit a database."""
    if not url.startswith("postgresql"):
        return Wakeups()
    # Loaded only where it is used: the driver costs a tenth of a second of every start.
    from bot.wakeups_postgres import PostgresWakeups

    return PostgresWakeups(url)
