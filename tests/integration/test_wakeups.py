"""Wake-ups between processes, over PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.settings import Settings
from bot.wakeups_postgres import PostgresWakeups
from tests.integration.support import Postgres
from tests.unit.support import eventually


@pytest.fixture
def settings(postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    made = postgres.settings(tmp_path / "var")
    yield made
    postgres.drop(made)


@pytest.fixture
async def two(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[PostgresWakeups, PostgresWakeups]]:
    """Two processes that listen."""
    monkeypatch.setattr("bot.wakeups_postgres.RECONNECT_SECONDS", 0.05)
    one, other = PostgresWakeups(settings.words_url), PostgresWakeups(settings.words_url)
    async with one.running(), other.running():
        await until_listening(one, other)
        yield one, other


async def until_listening(*wakeups: PostgresWakeups) -> None:
    for each in wakeups:

        async def heard(listener: PostgresWakeups = each) -> bool:
            with listener.waiting("are you there") as woken:
                for sender in wakeups:
                    if sender is not listener:
                        await sender.wake("are you there")
                await asyncio.wait([asyncio.ensure_future(woken.wait())], timeout=0.2)
                return woken.is_set()

        await eventually(heard)


async def test_a_wake_up_reaches_the_other_process(two: tuple[PostgresWakeups, PostgresWakeups]) -> None:
    one, other = two
    with other.waiting("a") as woken, other.waiting("b") as not_woken:
        await one.wake("a")
        await asyncio.wait_for(woken.wait(), 5)
        assert not not_woken.is_set()


async def test_it_reaches_this_process_without_the_database(settings: Settings) -> None:
    alone = PostgresWakeups("postgresql+psycopg://postgres@/nothing?host=/nowhere")
    with alone.waiting("a") as woken:
        await alone.wake("a")
        assert woken.is_set()


async def test_many_at_once_all_arrive(two: tuple[PostgresWakeups, PostgresWakeups]) -> None:
    one, other = two
    with other.waiting("0") as first, other.waiting("49") as last:
        await asyncio.gather(*(one.wake(str(n)) for n in range(50)))
        await asyncio.wait_for(asyncio.gather(first.wait(), last.wait()), 5)


async def test_a_lost_connection_is_made_again(
    two: tuple[PostgresWakeups, PostgresWakeups], settings: Settings
) -> None:
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await until_listening(*two)


async def test_the_first_wake_up_after_a_lost_connection_is_not_lost(
    two: tuple[PostgresWakeups, PostgresWakeups], settings: Settings
) -> None:
    """Only the sender's connection is gone; whoever listens is still there."""
    one, other = two
    assert one._sender is not None
    async with await psycopg.AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        await connection.execute("SELECT pg_terminate_backend(%s)", (one._sender.info.backend_pid,))
    with other.waiting("a") as woken:
        await one.wake("a")
        await asyncio.wait_for(woken.wait(), 2)
