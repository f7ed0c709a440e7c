"""The accounts that are made outside the console: by the command line, or by the one-time link."""

from __future__ import annotations

from bot.app import accounts_of
from bot.desk_store import DeskStore
from bot.settings import Settings
from bot.turns import utc_now
from bot.upkeep import opened


async def add_staff(settings: Settings, name: str, role: str, password: str) -> None:
    """Add a member of staff. Raises ``NotGood``."""
    async with opened(settings) as (words, keyring):
        store = DeskStore(words, keyring)
        await accounts_of(settings, store).add(name, role, password)
        await store.write_audit("command line", "staff_add", utc_now(), "", f"{name}, {role}")


async def first_supervisor_link(settings: Settings) -> str | None:
    """A one-time link that makes the first supervisor; None once there is an account. An earlier link ends."""
    async with opened(settings) as (words, keyring):
        token = await accounts_of(settings, DeskStore(words, keyring)).make_invite()
    return f"{settings.staff_link}/first/{token}" if token else None
