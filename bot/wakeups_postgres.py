"""Wake-ups between the processes that share a PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import structlog
from sqlalchemy.engine import make_url

from bot.wakeups import Wakeups

log = structlog.get_logger()

CHANNEL = "harbour"
RECONNECT_SECONDS = 1.0


class PostgresWakeups(Wakeups):
    """Wake-ups between processes, over ``LISTEN`` and ``NOTIFY``."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._sender: psycopg.AsyncConnection[tuple[object, ...]] | None = None
        self._sending = asyncio.Lock()

    async def wake(self, conversation_id: str) -> None:
        """Wake everyone who waits on this conversation, in every process."""
        self.wake_here(conversation_id)
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
                        self.wake_here(notification.payload)
            except psycopg.OperationalError as error:
                log.warning("wakeups_lost", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_SECONDS)
