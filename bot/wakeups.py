"""Tells whoever waits on a conversation that something happened in it.

A wake-up says only "look again"; what happened is in the rows. A lost one costs a
moment, never a message: everyone who waits also looks again after a while.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import psycopg
import structlog
from sqlalchemy.engine import make_url

log = structlog.get_logger()

CHANNEL = "harbour"
RECONNECT_SECONDS = 1.0


class Wakeups:
    """Wake-ups within one process: all that SQLite needs."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._told: set[Callable[[str], None]] = set()

    async def wake(self, conversation_id: str) -> None:
        """Wake everyone who waits on this conversation."""
        self._wake_here(conversation_id)

    def _wake_here(self, conversation_id: str) -> None:
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


class PostgresWakeups(Wakeups):
    """Wake-ups between processes, over ``LISTEN`` and ``NOTIFY``."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._sender: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._sending = asyncio.Lock()

    async def wake(self, conversation_id: str) -> None:
        """Wake everyone who waits on this conversation, in every process."""
        self._wake_here(conversation_id)
        async with self._sending:
            for _ in range(2):  # the connection may have been lost since it was last used
                try:
                    await self._notify(conversation_id)
                except psycopg.OperationalError as error:
                    await self._close_sender()
                    log.warning("wakeup_not_sent", error=type(error).__name__)
                else:
                    return

    async def _notify(self, conversation_id: str) -> None:
        if self._sender is None:
            self._sender = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
        await self._sender.execute("SELECT pg_notify(%s, %s)", (CHANNEL, conversation_id))

    async def _close_sender(self) -> None:
        if self._sender is not None:
            await self._sender.close()
            self._sender = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen while the program runs."""
        listener = asyncio.create_task(self._listen())
        try:
            yield
        finally:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await self._close_sender()

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._address, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    async for notification in connection.notifies():
                        self._wake_here(notification.payload)
            except psycopg.OperationalError as error:
                log.warning("wakeups_lost", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)


def wakeups_for(url: str) -> Wakeups:
    """The wake-ups that fit a database."""
    return PostgresWakeups(url) if url.startswith("postgresql") else Wakeups()
