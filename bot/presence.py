"""Who is there and who is writing, noted together a few times a second.

None of it is worth a turn at the database's one pen of its own: fifty conversations would
wait for each other's ticks. A note that a crash loses is made again within seconds.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from bot.desk_store import DeskStore
from bot.wakeups import Wakeups

log = structlog.get_logger()

WRITE_EVERY_SECONDS = 0.25

K = TypeVar("K")
Notes = defaultdict[K, dict[str, Any]]


class PresenceNotes:
    """The notes of one process that are not written yet."""

    def __init__(self, store: DeskStore, wakeups: Wakeups) -> None:
        self._store = store
        self._wakeups = wakeups
        self._of_people: Notes[str] = defaultdict(dict)
        self._of_staff: Notes[int] = defaultdict(dict)
        self._to_wake: set[str] = set()
        self._noted = asyncio.Event()

    def note(self, conversation_id: str, *, wake: str | None = None, **values: Any) -> None:
        """Keep columns of ``presence`` until the next writing, and wake who waits on ``wake`` after it."""
        self._of_people[conversation_id].update(values)
        if wake is not None:
            self._to_wake.add(wake)
        self._noted.set()

    def note_staff(self, staff_id: int, **values: Any) -> None:
        """Keep columns of ``staff`` until the next writing."""
        self._of_staff[staff_id].update(values)
        self._noted.set()

    async def write(self) -> None:
        """Write all there is."""
        people, self._of_people = self._of_people, defaultdict(dict)
        staff, self._of_staff = self._of_staff, defaultdict(dict)
        to_wake, self._to_wake = self._to_wake, set()
        self._noted.clear()
        await self._store.note_presences(people, staff)
        for whom in to_wake:
            await self._wakeups.wake(whom)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write, while the program runs."""
        writing = asyncio.create_task(self._write_for_ever())
        try:
            yield
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write_for_ever(self) -> None:
        while True:
            await self._noted.wait()
            try:
                await self.write()
            except Exception as error:  # noqa: BLE001 - without it nobody would be on duty any more
                log.warning("presence_not_written", error=type(error).__name__)
            await asyncio.sleep(WRITE_EVERY_SECONDS)
