"""Transactions that end early."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.database import engine_for, immediate

TAKES_A_WHILE = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 2000000) SELECT sum(x) FROM n"


async def test_a_transaction_that_is_cancelled_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    engine = engine_for(f"sqlite+aiosqlite:///{tmp_path / 'words.db'}")
    async with immediate(engine) as connection:
        await connection.exec_driver_sql("CREATE TABLE kept (x)")
    working = asyncio.Event()

    async def work() -> None:
        async with immediate(engine) as connection:
            await connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
            working.set()
            await connection.exec_driver_sql(TAKES_A_WHILE)

    task = asyncio.create_task(work())
    await working.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with immediate(engine) as connection:
        assert (await connection.exec_driver_sql("SELECT count(*) FROM kept")).scalar_one() == 0
    await engine.dispose()
