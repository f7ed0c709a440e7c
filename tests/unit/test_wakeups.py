"""Wake-ups within one process."""

from __future__ import annotations

import asyncio

import pytest

from bot.wakeups import Wakeups, wakeups_for
from bot.wakeups_postgres import PostgresWakeups


async def test_everyone_who_waits_is_woken() -> None:
    wakeups = Wakeups()
    with wakeups.waiting("a") as one, wakeups.waiting("a") as two:
        await wakeups.wake("a")
        assert one.is_set()
        assert two.is_set()


async def test_nobody_else_is() -> None:
    wakeups = Wakeups()
    with wakeups.waiting("a") as waiting:
        await wakeups.wake("b")
        await wakeups.wake("")
        assert not waiting.is_set()


async def test_a_wake_up_before_the_wait_is_not_lost() -> None:
    wakeups = Wakeups()
    with wakeups.waiting("a") as waiting:
        await wakeups.wake("a")
        await asyncio.wait_for(waiting.wait(), 1)


async def test_whoever_stops_waiting_leaves_nothing_behind() -> None:
    wakeups = Wakeups()
    with wakeups.waiting("a"), wakeups.waiting("a"):
        pass
    with pytest.raises(ZeroDivisionError), wakeups.waiting("b"):
        _ = 1 / 0
    await wakeups.wake("a")
    assert not wakeups._waiting


async def test_one_of_two_stops() -> None:
    wakeups = Wakeups()
    with wakeups.waiting("a") as stays:
        with wakeups.waiting("a"):
            pass
        await wakeups.wake("a")
        assert stays.is_set()


@pytest.mark.parametrize(
    ("url", "kind"),
    [("sqlite+aiosqlite:///a.db", Wakeups), ("postgresql+psycopg://h/d", PostgresWakeups)],
)
def test_the_kind_that_fits_the_database(url: str, kind: type[Wakeups]) -> None:
    assert type(wakeups_for(url)) is kind
