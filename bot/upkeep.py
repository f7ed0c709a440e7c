"""What an operator does by hand or by a timer: erase, purge, rewrap, verify contacts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.telegram.chats import Chats
from bot.contacts import Directory
from bot.database import KEYS_SCHEMA, engine_for
from bot.keyring import Keyring
from bot.settings import ROOT, Settings
from bot.store import Store

STALE_AFTER = timedelta(days=180)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[AsyncEngine, Keyring]]:
    """Open the database of words and the keyring for the length of a command."""
    words = engine_for(settings.words_url)
    keys = engine_for(settings.keys_url, schema=KEYS_SCHEMA)
    try:
        yield words, Keyring(keys, settings.secret_keys())
    finally:
        await words.dispose()
        await keys.dispose()


async def erase(settings: Settings, conversation_id: str) -> bool:
    """Erase one conversation; return whether there was one."""
    async with opened(settings) as (words, keyring):
        store = Store(words, keyring)
        found = await store.get(conversation_id) is not None
        if found:
            await store.erase([conversation_id])
        return found


async def purge(settings: Settings, older_than: timedelta) -> int:
    """Erase conversations with no message for this long, and keys without one; return how many."""
    async with opened(settings) as (words, keyring):
        store = Store(words, keyring)
        now = datetime.now(UTC)
        old = await store.inactive_since(now - older_than)
        if old:
            await store.erase(old)
        await store.finish_erasing(now)
        return len(old)


async def rewrap(settings: Settings) -> int:
    """Wrap every key with the newest secret key; return how many."""
    async with opened(settings) as (words, keyring):
        await Chats(words, keyring, settings.secret_keys()).rekey()
        return await keyring.rewrap()


def contacts_to_verify() -> Iterator[str]:
    """Lines that say what a person must ring or open before launch, and what is stale."""
    directory = Directory.load(ROOT / "data" / "contacts.yml")
    oldest = datetime.now(UTC).date() - STALE_AFTER
    yield "Ring or open each of these before launch. Then set checked_on to that day."
    for contact in directory.contacts:
        state = (
            contact.status if contact.checked_on >= oldest else f"{contact.status}, stale since {contact.checked_on}"
        )
        reached = ", ".join(action.href for action in contact.actions)
        yield f"{contact.id}: {contact.name} ({state}) {reached} [source: {contact.source}]"
