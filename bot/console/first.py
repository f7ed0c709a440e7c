"""The accounts that are made outside the console: by the command line, or by the one-time link."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.app import accounts_of
from bot.console.accounts import Accounts
from bot.database import KEYS_SCHEMA, engine_for
from bot.desk_store import DeskStore
from bot.keyring import Keyring
from bot.settings import Settings
from bot.turns import utc_now


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[DeskStore, Accounts]]:
    words = engine_for(settings.words_url)
    keys = engine_for(settings.keys_url, schema=KEYS_SCHEMA)
    try:
        store = DeskStore(words, Keyring(keys, settings.secret_keys()))
        yield store, accounts_of(settings, store)
    finally:
        await words.dispose()
        await keys.dispose()


async def add_staff(settings: Settings, name: str, role: str, password: str) -> None:
    """Add a member of staff. Raises ``NotGood``."""
    async with _opened(settings) as (store, accounts):
        await accounts.add(name, role, password)
        await store.write_audit("command line", "staff_add", utc_now(), "", f"{name}, {role}")


async def first_supervisor_link(settings: Settings) -> str | None:
    """A one-time link that makes the first supervisor; None once there is an account. An earlier link ends."""
    async with _opened(settings) as (_, accounts):
        token = await accounts.make_invite()
    return f"{settings.staff_link}/first/{token}" if token else None
