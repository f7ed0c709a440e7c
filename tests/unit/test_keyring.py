"""A key for each conversation, wrapped and kept apart."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import engine_for
from bot.keyring import Cipher, Erased, Keyring, WrongSecretKey
from bot.settings import Settings
from tests.unit.support import A_KEY, ANOTHER_KEY, eventually

CIPHER = Cipher(Fernet(Fernet.generate_key()))


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    made = engine_for(settings.keys_url)
    yield made
    await made.dispose()


@pytest.fixture
def keyring(engine: AsyncEngine) -> Keyring:
    return Keyring(engine, [A_KEY])


@given(st.text())
def test_what_is_sealed_can_be_opened(text: str) -> None:
    sealed = CIPHER.seal(text)
    assert CIPHER.open(sealed) == text
    assert len(text) < 4 or text.encode() not in sealed


def test_the_same_words_are_never_sealed_the_same_way() -> None:
    assert CIPHER.seal("hello") != CIPHER.seal("hello")


def test_what_was_changed_cannot_be_opened() -> None:
    sealed = bytearray(CIPHER.seal("hello"))
    sealed[-3] ^= 1
    with pytest.raises(InvalidToken):
        CIPHER.open(bytes(sealed))


def test_a_cipher_does_not_print_its_key() -> None:
    key = Fernet.generate_key()
    assert key.decode() not in repr(Cipher(Fernet(key)))


async def test_a_key_is_made_and_found_again(keyring: Keyring) -> None:
    made = await keyring.make("a")
    assert (await keyring.cipher("a")).open(made.seal("hello")) == "hello"


async def test_each_conversation_has_a_key_of_its_own(keyring: Keyring) -> None:
    one, other = await keyring.make("a"), await keyring.make("b")
    with pytest.raises(InvalidToken):
        other.open(one.seal("hello"))


async def test_a_conversation_without_a_key_is_erased(keyring: Keyring) -> None:
    with pytest.raises(Erased):
        await keyring.cipher("a")


async def test_erasing(keyring: Keyring) -> None:
    for name in "abc":
        await keyring.make(name)
    await keyring.erase(["a", "b", "never there"])
    assert await keyring.known() == {"c"}
    with pytest.raises(Erased):
        await keyring.cipher("a")


async def test_erasing_nothing(keyring: Keyring) -> None:
    await keyring.make("a")
    await keyring.erase([])
    assert await keyring.known() == {"a"}


async def test_no_key_is_in_the_file_as_it_is(keyring: Keyring, settings: Settings) -> None:
    cipher = await keyring.make("a")
    key = cipher._fernet._signing_key + cipher._fernet._encryption_key
    for path in settings.var_dir.glob("keys.db*"):
        content = path.read_bytes()
        assert key not in content
        assert cipher._fernet._encryption_key not in content


async def test_an_erased_key_is_in_no_file_not_even_wrapped(keyring: Keyring, settings: Settings) -> None:
    await keyring.make("kept")
    await keyring.make("gone")
    wrapped = await _wrapped(keyring, "gone")
    kept = await _wrapped(keyring, "kept")
    await keyring.erase(["gone"])
    everything = b"".join(path.read_bytes() for path in settings.var_dir.glob("keys.db*"))
    assert wrapped not in everything
    assert wrapped[:24] not in everything or wrapped[:24] == kept[:24]
    assert wrapped[-40:] not in everything
    assert kept in everything, "this test would not find a wrapped key that is there"


async def test_a_check_with_no_keys_yet(engine: AsyncEngine) -> None:
    await Keyring(engine, [A_KEY]).check()


async def test_the_wrong_secret_key_is_noticed_at_the_start(keyring: Keyring, engine: AsyncEngine) -> None:
    await keyring.make("a")
    await keyring.check()
    with pytest.raises(WrongSecretKey, match="old key after the new one") as caught:
        await Keyring(engine, [ANOTHER_KEY]).check()
    assert ANOTHER_KEY not in str(caught.value)


async def test_the_wrong_secret_key_opens_nothing(keyring: Keyring, engine: AsyncEngine) -> None:
    await keyring.make("a")
    with pytest.raises(WrongSecretKey):
        await Keyring(engine, [ANOTHER_KEY]).cipher("a")


async def test_changing_the_secret_key(keyring: Keyring, engine: AsyncEngine) -> None:
    sealed = {name: (await keyring.make(name)).seal(name) for name in "abc"}
    both = Keyring(engine, [ANOTHER_KEY, A_KEY])
    await both.check()
    assert (await both.cipher("a")).open(sealed["a"]) == "a"
    assert await both.rewrap() == 3
    new = Keyring(engine, [ANOTHER_KEY])
    for name, words in sealed.items():
        assert (await new.cipher(name)).open(words) == name
    with pytest.raises(WrongSecretKey):
        await keyring.cipher("a")


async def test_rewrapping_with_the_wrong_key_says_so_and_changes_nothing(keyring: Keyring, engine: AsyncEngine) -> None:
    cipher = await keyring.make("a")
    with pytest.raises(WrongSecretKey):
        await Keyring(engine, [ANOTHER_KEY]).rewrap()
    assert (await keyring.cipher("a")).open(cipher.seal("hello")) == "hello"


async def test_many_at_once(keyring: Keyring) -> None:
    await asyncio.gather(*(keyring.make(f"{n}") for n in range(30)))
    assert await keyring.known() == {f"{n}" for n in range(30)}


async def _wrapped(keyring: Keyring, name: str) -> bytes:
    async with keyring._engine.connect() as connection:
        found = await connection.exec_driver_sql("SELECT wrapped FROM keys WHERE conversation_id = ?", (name,))
        return bytes(found.scalar_one())


def test_secret_keys_that_are_no_keys_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Fernet key"):
        Keyring(engine_for(f"sqlite+aiosqlite:///{tmp_path}/keys.db"), ["short"])


async def test_an_erased_key_is_forgotten_here_at_once_and_elsewhere_soon(
    keyring: Keyring, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.keyring.HELD_SECONDS", 0.05)
    elsewhere = Keyring(engine, [A_KEY])
    await keyring.make("a")
    await keyring.cipher("a")
    await elsewhere.cipher("a")
    await keyring.erase(["a"])
    with pytest.raises(Erased):
        await keyring.cipher("a")

    async def is_forgotten() -> bool:
        try:
            await elsewhere.cipher("a")
        except Erased:
            return True
        return False

    await eventually(is_forgotten)
