"""Engines and transactions, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, Engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 10
BATCH = 1000
KEYS_SCHEMA = "harbour_keys"
DATABASE_GONE = (OperationalError, InterfaceError, PoolTimeout, OSError)

# SQLite lets its waiting writers guess when to try again, and some starve. Within a
# process they stand in line instead.
_lines: WeakKeyDictionary[Engine, asyncio.Lock] = WeakKeyDictionary()


def engine_for(url: str, *, schema: str | None = None) -> AsyncEngine:
    """Make an engine whose plain connections only read.

    ``schema`` is where unqualified tables live in PostgreSQL. Parameters are kept out of
    error messages, although all they hold of a person is encrypted.
    """
    if url.startswith("sqlite"):
        return _sqlite(url)
    return create_async_engine(
        url,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=5,
        connect_args={"options": f"-csearch_path={schema}"} if schema else {},
    )


def _sqlite(url: str) -> AsyncEngine:
    database = make_url(url).database
    if database:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    # What writes ends its own transaction (`immediate`): there is nothing to roll back when a connection is returned.
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True, pool_reset_on_return=None)

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.close()

    return engine


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone; this puts it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Return the moment with its zone."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


@asynccontextmanager
async def immediate(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction that writes: all of it or none.

    SQLite takes its write lock at once, so that two writers wait for each other instead
    of one failing half-way.
    """
    if engine.dialect.name != "sqlite":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="READ COMMITTED")
            async with connection.begin():
                yield connection
        return
    line = _lines.setdefault(engine.sync_engine, asyncio.Lock())
    async with line, engine.connect() as connection:
        await connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            # A statement that was cancelled has cost the connection, and with it the transaction.
            # What is raised must still be the cancellation, or whoever asked for it waits for ever.
            with suppress(SQLAlchemyError):
                await connection.exec_driver_sql("ROLLBACK")
            raise
        await connection.exec_driver_sql("COMMIT")


def batched(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Parts that one statement can name."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]
