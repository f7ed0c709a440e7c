"""What an operator does by hand or by a timer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot import upkeep
from bot.keyring import WrongSecretKey
from bot.settings import Settings
from bot.store import Author, Draft, Store
from tests.unit.support import A_KEY, ANOTHER_KEY, begin, settings_in, store_of, write


async def started(store: Store, ago: timedelta) -> str:
    conversation, _ = await store.start("web", [Draft(Author.BOT, "opening")], datetime.now(UTC) - ago)
    return conversation.id


async def test_erasing_one(settings: Settings, store: Store) -> None:
    one, _ = await begin(store, "opening")
    other, _ = await begin(store, "opening")
    assert await upkeep.erase(settings, one) is True
    assert await store.get(one) is None
    assert await store.get(other) is not None
    assert await store._keyring.known() == {other}


@pytest.mark.parametrize("name", ["", "nobody", "%", "' OR 1=1 --"])
async def test_erasing_what_is_not_there(settings: Settings, store: Store, name: str) -> None:
    kept, _ = await begin(store)
    assert await upkeep.erase(settings, name) is False
    assert await store.get(kept) is not None


async def test_erasing_again_what_a_crash_left_half_erased(settings: Settings, store: Store) -> None:
    """Keys go first; a crash leaves rows that nobody can read."""
    conversation_id, _ = await begin(store, "opening")
    await store._keyring.erase([conversation_id])
    assert await upkeep.erase(settings, conversation_id) is True
    assert await store.get(conversation_id) is None


async def test_purging_by_age(settings: Settings, store: Store) -> None:
    old = await started(store, timedelta(days=31))
    new = await started(store, timedelta(days=29))
    assert await upkeep.purge(settings, timedelta(days=30)) == 1
    assert await store.get(old) is None
    assert await store.get(new) is not None
    assert await store._keyring.known() == {new}


async def test_age_is_counted_from_the_last_message(settings: Settings, store: Store) -> None:
    old = await started(store, timedelta(days=90))
    await store.receive(old, text="hello", choice="", client_id=None, now=datetime.now(UTC))
    assert await upkeep.purge(settings, timedelta(days=30)) == 0


async def test_purging_takes_keys_without_a_conversation_along(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store._keyring.make("left by a crash")
    assert await upkeep.purge(settings, timedelta(days=30)) == 0
    assert await store._keyring.known() == {"left by a crash"}, "it may be about to get its conversation"
    monkeypatch.setattr("bot.store.BEGINNING_TAKES", timedelta(0))
    assert await upkeep.purge(settings, timedelta(days=30)) == 0
    assert await store._keyring.known() == set()


async def test_purging_takes_rows_without_a_key_along(settings: Settings, store: Store) -> None:
    """An erasure that was cut short is finished by the next purge, however young the rows are."""
    conversation_id, _ = await begin(store, "opening")
    await store._keyring.erase([conversation_id])
    await upkeep.purge(settings, timedelta(days=3650))
    assert await store.get(conversation_id) is None


async def test_rewrapping(settings: Settings, store: Store) -> None:
    conversation_id, _ = await begin(store, "opening")
    both = settings_in(settings.var_dir, bot_secret_key=f"{ANOTHER_KEY},{A_KEY}")
    assert await upkeep.rewrap(both) == 1
    async with store_of(settings_in(settings.var_dir, bot_secret_key=ANOTHER_KEY)) as new:
        assert [m.text for m in await new.messages_after(conversation_id, 0)] == ["opening"]
    with pytest.raises(WrongSecretKey):
        await store.messages_after(conversation_id, 0)


def test_what_must_be_verified() -> None:
    first, *lines = upkeep.contacts_to_verify()
    assert "before launch" in first
    assert any("tel:999" in line and "confirmed" in line for line in lines)
    assert any("unconfirmed" in line for line in lines)
    assert all("[source: " in line for line in lines)


def test_what_is_stale_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "STALE_AFTER", timedelta(days=-36500))
    assert all("stale since" in line for line in list(upkeep.contacts_to_verify())[1:])


async def test_a_conversation_that_begins_while_keys_are_tidied_keeps_its_key(settings: Settings, store: Store) -> None:
    """The key is made before the row: a purge in between must not take it for left over."""

    class Meanwhile(type(store._keyring)):  # type: ignore[misc]
        async def make(self, conversation_id: str) -> object:
            cipher = await super().make(conversation_id)
            await upkeep.purge(settings, timedelta(days=30))
            return cipher

    async with store_of(settings, Meanwhile) as busy:
        conversation_id, _ = await begin(busy, "opening")
        assert await write(busy, conversation_id, "hello") == 2
        assert [m.text for m in await busy.messages_after(conversation_id, 0)] == ["opening", "hello"]
