"""The use cases."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.answering import Answering
from bot.keyring import Erased
from bot.store import Author, NoSuchChoice, Store
from bot.turns import Turns
from bot.wakeups import Wakeups
from tests.unit.support import NOW, REPLIES, FakeBrain, FakeDetector, eventually, transcript


@pytest.fixture
async def turns(store: Store) -> AsyncIterator[Turns]:
    wakeups = Wakeups()
    answering = Answering(store, FakeBrain(), REPLIES, FakeDetector(), wakeups, patience_seconds=30, now=lambda: NOW)
    async with answering.running():
        yield Turns(store, REPLIES, answering, wakeups, now=lambda: NOW)


async def test_a_conversation_begins_with_the_opening_words(turns: Turns, store: Store) -> None:
    conversation, token = await turns.start("web")
    assert (conversation.state, conversation.channel, conversation.last_number) == ("bot", "web", 1)
    assert len(token) >= 40
    (message,) = await store.messages_after(conversation.id, 0)
    assert (message.number, message.author, message.text, message.at) == (1, Author.BOT, "opening", NOW)


async def test_no_token_and_no_id_twice(turns: Turns) -> None:
    begun = [await turns.start("web") for _ in range(10)]
    assert len({token for _, token in begun}) == len({conversation.id for conversation, _ in begun}) == 10


async def test_what_is_received_is_answered_and_whoever_waits_is_woken(turns: Turns, store: Store) -> None:
    conversation, _ = await turns.start("web")
    with turns._wakeups.waiting(conversation.id) as woken:
        assert await turns.receive(conversation.id, text="hello") == 2
        assert woken.is_set()
    await eventually(lambda: store.messages_after(conversation.id, 2))
    assert (await transcript(store, conversation.id))[1:] == ["person: hello", "bot: answer to hello"]


async def test_a_choice_that_was_never_offered(turns: Turns) -> None:
    conversation, _ = await turns.start("web")
    with pytest.raises(NoSuchChoice):
        await turns.receive(conversation.id, choice="1-0")


async def test_erasing_wakes_whoever_waits(turns: Turns, store: Store) -> None:
    conversation, _ = await turns.start("web")
    with turns._wakeups.waiting(conversation.id) as woken:
        await turns.erase(conversation.id)
        assert woken.is_set()
    assert await store.get(conversation.id) is None
    with pytest.raises(Erased):
        await turns.receive(conversation.id, text="hello")
