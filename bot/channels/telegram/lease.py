"""One process of several holds the post: it polls, and it sends.

Telegram refuses a second poller, its limits are for the bot as a whole, and two senders
would say everything twice. The post is a row with an end; whoever holds it renews it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Column, String, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import Instant, immediate
from bot.store import metadata

LEASE_SECONDS = 9.0
RENEW_SECONDS = 2.0
POST = "telegram"

leases = Table(
    "telegram_lease",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("holder", String(32), nullable=False),
    Column("until", Instant, nullable=False),
)


class Lease:
    """The claim of this process to the post."""

    def __init__(self, engine: AsyncEngine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._me = secrets.token_hex(16)
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process has the post at this moment, by its own clock."""
        return time.monotonic() < self._until

    async def take(self) -> bool:
        """Take or renew the post. False: another process has it."""
        asked = time.monotonic()
        now = self._now()
        mine = {"holder": self._me, "until": now + timedelta(seconds=LEASE_SECONDS)}
        try:
            async with immediate(self._engine) as connection:
                row = (
                    (await connection.execute(select(leases).where(leases.c.name == POST).with_for_update()))
                    .mappings()
                    .first()
                )
                if row is None:
                    await connection.execute(insert(leases).values(name=POST, **mine))
                elif row["holder"] == self._me or row["until"] <= now:
                    await connection.execute(update(leases).where(leases.c.name == POST).values(**mine))
                else:
                    return False
        except IntegrityError:
            return False  # two processes found it free at the same moment
        self._until = asked + LEASE_SECONDS
        return True

    async def give_up(self) -> None:
        """Leave the post, so that another process need not wait for the lease to end."""
        self._until = 0.0
        async with immediate(self._engine) as connection:
            await connection.execute(delete(leases).where(leases.c.name == POST, leases.c.holder == self._me))
