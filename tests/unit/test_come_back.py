"""The come-back code: what it is made of, and who can open what with it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest
from mnemonic import Mnemonic
from sqlalchemy import select

from bot.come_back import LEFT_OUT, LETTERS_THAT_COUNT, WORDS_IN_A_CODE, ComeBack, essence, new_words, word_list
from bot.keyring import Erased
from bot.settings import Settings
from bot.store import Store, conversations
from bot.wakeups import Wakeups
from tests.unit.support import A_KEY, ANOTHER_KEY, NOW, begin, store_of, write


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def come_back_of(settings: Settings, store: Store, clock: Clock, **changed: Any) -> ComeBack:
    return ComeBack(settings.model_copy(update=changed), store, Wakeups(), clock)


@pytest.fixture
def come_back(settings: Settings, store: Store, clock: Clock) -> ComeBack:
    return come_back_of(settings, store, clock)


async def code_for(come_back: ComeBack, store: Store, conversation_id: str) -> str:
    conversation = await store.get(conversation_id)
    assert conversation
    return (await come_back.make(conversation)).words


# --- the words


def test_a_code_cannot_be_guessed() -> None:
    assert WORDS_IN_A_CODE * math.log2(len(set(word_list()))) > 53


def test_no_two_words_are_the_same_in_what_counts() -> None:
    assert len({word[:LETTERS_THAT_COUNT] for word in word_list()}) == len(word_list())


def test_what_is_left_out_is_left_out_of_something() -> None:
    left_out = LEFT_OUT.read_text(encoding="utf-8").split()
    assert left_out == sorted(set(left_out))
    assert set(left_out) <= set(Mnemonic("english").wordlist)
    assert not set(left_out) & set(word_list())
    assert {"abuse", "share", "photo", "police", "secret"} <= set(left_out)


def test_codes_differ_and_hold_words_of_the_list() -> None:
    codes = {new_words() for _ in range(200)}
    assert len(codes) == 200
    assert {word for code in codes for word in code.split()} <= set(word_list())
    assert len({word for code in codes for word in code.split()}) > 500


@pytest.mark.parametrize(
    "typed",
    [
        "apple river stone cloud happy",
        "  Apple RIVER\tstone\ncloud   happy ",
        "1. apple, 2. river, 3. stone; 4. cloud – 5. happy",
        "apple-river-stone-cloud-happy",
        "appls riveer stoney cloudy happyness",
    ],
)
def test_however_it_is_typed(typed: str) -> None:
    assert essence(typed) == essence("apple river stone cloud happy")


@pytest.mark.parametrize("typed", ["river apple stone cloud happy", "appel river stone cloud happy"])
def test_another_order_or_another_beginning_is_another_code(typed: str) -> None:
    assert essence(typed) not in ("", essence("apple river stone cloud happy"))


@pytest.mark.parametrize(
    "typed", ["", "one two three four", "a b c d e f", "яблоко река камень облако счастье", "\x00"]
)
def test_what_is_no_code_is_not_even_looked_up(typed: str) -> None:
    assert essence(typed) == ""


# --- who can open what


async def test_a_code_opens_its_conversation_with_a_fresh_token(come_back: ComeBack, store: Store) -> None:
    conversation_id, token = await begin(store, "opening")
    await begin(store, "another")
    opened = await come_back.open(await code_for(come_back, store, conversation_id))
    assert opened
    conversation, fresh = opened
    assert conversation.id == conversation_id
    assert fresh != token
    assert await store.find(token) is None
    assert (await store.find(fresh) or conversation).id == conversation_id


async def test_it_opens_again_and_again_until_it_expires(come_back: ComeBack, store: Store, clock: Clock) -> None:
    conversation_id, _ = await begin(store)
    code = await code_for(come_back, store, conversation_id)
    clock.now += timedelta(days=7, seconds=-1)
    first, second = await come_back.open(code), await come_back.open(code)
    assert first
    assert second
    assert first[1] != second[1]
    clock.now += timedelta(seconds=1)
    assert await come_back.open(code) is None


async def test_never_longer_than_the_conversation_is_kept(settings: Settings, store: Store, clock: Clock) -> None:
    conversation_id, _ = await begin(store)
    clock.now += timedelta(days=2)
    come_back = come_back_of(settings, store, clock, keep_days=3)
    conversation = await store.get(conversation_id)
    assert conversation
    assert (await come_back.make(conversation)).expires_at == NOW + timedelta(days=3)
    assert await come_back.expires_at(conversation) == NOW + timedelta(days=3)


async def test_a_new_code_cancels_the_one_before(come_back: ComeBack, store: Store) -> None:
    conversation_id, _ = await begin(store)
    old = await code_for(come_back, store, conversation_id)
    new = await code_for(come_back, store, conversation_id)
    assert await come_back.open(old) is None
    assert await come_back.open(new)


async def test_cancelling(come_back: ComeBack, store: Store) -> None:
    conversation_id, token = await begin(store)
    code = await code_for(come_back, store, conversation_id)
    conversation = await store.find(token)
    assert conversation
    await come_back.revoke(conversation)
    assert await come_back.open(code) is None
    assert await come_back.expires_at(conversation) is None
    assert await store.find(token) == conversation


async def test_erasing_takes_the_code_along(come_back: ComeBack, store: Store) -> None:
    conversation_id, _ = await begin(store)
    code = await code_for(come_back, store, conversation_id)
    conversation = await store.get(conversation_id)
    await store.erase([conversation_id])
    assert await come_back.open(code) is None
    assert conversation
    with pytest.raises(Erased):
        await come_back.make(conversation)


async def test_whoever_listens_with_the_old_token_is_woken(settings: Settings, store: Store, clock: Clock) -> None:
    wakeups = Wakeups()
    come_back = ComeBack(settings, store, wakeups, clock)
    conversation_id, _ = await begin(store)
    code = await code_for(come_back, store, conversation_id)
    with wakeups.waiting(conversation_id) as woken:
        await come_back.open(code)
        assert woken.is_set()


async def test_neither_the_words_nor_anything_made_without_the_key_is_kept(
    settings: Settings, store: Store, clock: Clock
) -> None:
    here = come_back_of(settings, store, clock)
    conversation_id, _ = await begin(store)
    code = await code_for(here, store, conversation_id)
    await write(store, conversation_id, "hello")
    async with store._engine.connect() as connection:
        row = str((await connection.execute(select(conversations))).one())
    assert not any(word in row for word in code.split() if len(word) > 3)
    elsewhere = come_back_of(settings, store, clock, bot_secret_key=Settings(bot_secret_key=ANOTHER_KEY).bot_secret_key)
    assert await elsewhere.open(code) is None


async def test_a_code_outlives_a_change_of_the_secret_key(settings: Settings, clock: Clock) -> None:
    async with store_of(settings) as store:
        conversation_id, _ = await begin(store)
        code = await code_for(come_back_of(settings, store, clock), store, conversation_id)
        both = Settings(bot_secret_key=f"{ANOTHER_KEY},{A_KEY}").bot_secret_key
        assert await come_back_of(settings, store, clock, bot_secret_key=both).open(code)
