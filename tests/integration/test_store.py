"""The store's transactions, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import chain
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import SQLAlchemyError

from bot.conversation import Event, State
from bot.database import immediate
from bot.keyring import Erased
from bot.settings import Settings
from bot.store import Author, Draft, NoSuchChoice, Owed, Store, conversations, handoffs, messages
from tests.integration.support import Databases, Postgres
from tests.unit.support import NOW, begin, store_of, transcript, write

OFFER = Draft(
    Author.BOT,
    "Choose",
    choices=[{"label": "Yes", "payload": "/affirm"}, {"label": "No", "payload": "/deny"}],
)


async def offered(store: Store) -> str:
    conversation, _ = await store.start("web", [OFFER], NOW)
    return conversation.id


async def move(store: Store, conversation_id: str, event: Event) -> None:
    async with immediate(store._engine) as connection:
        await store._move(connection, await store._lock(connection, conversation_id), event)


@pytest.fixture
async def stores(settings: Settings) -> AsyncIterator[list[Store]]:
    """Several processes on the same databases."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(store_of(settings)) for _ in range(4)]


# --- beginning and finding


async def test_a_conversation_as_it_was_begun(store: Store) -> None:
    conversation, token = await store.start("web", [Draft(Author.BOT, "opening", name="Harbour")], NOW)
    assert await store.find(token) == conversation == await store.get(conversation.id)
    (message,) = await store.messages_after(conversation.id, 0)
    assert (message.number, message.author, message.text, message.name, message.at) == (
        1,
        Author.BOT,
        "opening",
        "Harbour",
        NOW,
    )


@pytest.mark.parametrize("token", ["", "x", "' OR '1'='1", "\x00", "a" * 100_000])
async def test_a_wrong_token_finds_nothing(store: Store, token: str) -> None:
    await begin(store)
    assert await store.find(token) is None


async def test_the_token_is_not_kept(store: Store) -> None:
    conversation_id, token = await begin(store)
    async with store._engine.connect() as connection:
        row = (await connection.execute(select(conversations))).one()
    assert token not in str(row)
    assert await store.find(row.token_digest) is None
    assert await store.find(conversation_id) is None


async def test_all_that_a_message_holds_comes_back(store: Store) -> None:
    contact = {"name": "The line", "note": "", "actions": [{"kind": "call", "href": "tel:111", "label": "Call"}]}
    draft = Draft(Author.BOT, "مرحبا 👩‍👩‍👧 \ufffd <b>'\"--", name="Harbour", choices=OFFER.choices, contacts=[contact])
    conversation, _ = await store.start("web", [draft], NOW)
    (message,) = await store.messages_after(conversation.id, 0)
    assert (message.text, message.choices, message.contacts) == (draft.text, OFFER.choices, [contact])


# --- receiving


async def test_numbers_have_no_gaps(store: Store) -> None:
    conversation_id, _ = await begin(store, "opening")
    assert [await write(store, conversation_id, str(n)) for n in range(5)] == [2, 3, 4, 5, 6]
    assert [m.number for m in await store.messages_after(conversation_id, 0)] == [1, 2, 3, 4, 5, 6]
    assert [m.number for m in await store.messages_after(conversation_id, 4)] == [5, 6]
    assert [m.number for m in await store.messages_after(conversation_id, 1, limit=2)] == [2, 3]


async def test_fifty_at_once_have_fifty_numbers(stores: list[Store]) -> None:
    conversation_id, _ = await begin(stores[0])
    numbers = await asyncio.gather(*(write(stores[n % 4], conversation_id, f"text {n}") for n in range(50)))
    assert sorted(numbers) == list(range(1, 51))
    kept = {m.number: m.text for m in await stores[0].messages_after(conversation_id, 0)}
    assert kept == {number: f"text {n}" for n, number in enumerate(numbers)}
    conversation = await stores[0].get(conversation_id)
    assert conversation is not None
    assert conversation.last_number == 50


async def test_the_same_client_id_many_times_at_once_is_one_message(stores: list[Store]) -> None:
    conversation_id, _ = await begin(stores[0])
    client_id = str(uuid4())

    async def send(n: int) -> int:
        return await stores[n % 4].receive(conversation_id, text=f"text {n}", choice="", client_id=client_id, now=NOW)

    assert set(await asyncio.gather(*(send(n) for n in range(24)))) == {1}
    assert len(await stores[0].messages_after(conversation_id, 0)) == 1


async def test_the_same_client_id_in_two_conversations_is_two_messages(store: Store) -> None:
    client_id = str(uuid4())
    for _ in range(2):
        conversation_id, _token = await begin(store)
        await store.receive(conversation_id, text="hello", choice="", client_id=client_id, now=NOW)
        assert len(await store.messages_after(conversation_id, 0)) == 1


async def test_writing_into_nothing(store: Store) -> None:
    with pytest.raises(Erased):
        await write(store, "0" * 32, "hello")


async def test_writing_opens_a_closed_conversation(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await move(store, conversation_id, Event.CLOSE)
    await write(store, conversation_id, "hello")
    conversation = await store.get(conversation_id)
    assert conversation is not None
    assert conversation.state is State.BOT


async def test_different_conversations_at_once(stores: list[Store]) -> None:
    begun = await asyncio.gather(*(begin(stores[n % 4], "opening") for n in range(20)))
    await asyncio.gather(*(write(stores[n % 4], name, f"text {n}") for n, (name, _) in enumerate(begun)))
    for n, (name, _) in enumerate(begun):
        assert await transcript(stores[0], name) == ["bot: opening", f"person: text {n}"]


# --- choices


async def test_a_choice_is_what_it_says_and_what_it_stands_for(store: Store) -> None:
    conversation_id = await offered(store)
    await write(store, conversation_id, choice="1-1")
    (message,) = await store.messages_after(conversation_id, 1)
    assert (message.text, message.payload, message.author) == ("No", "/deny", Author.PERSON)


@pytest.mark.parametrize(
    "choice",
    [
        "1-2",
        "2-0",
        "0-0",
        "1",
        "1-",
        "-1",
        "1--1",
        "-1-0",
        "x-0",
        "1-x",
        "1-0-0",
        " 1-0",
        "1-0 ",
        "1.0-0",
        "９-０",
        "²-0",
        "99999999999999-0",
        "1-99999999999999",
        "1" * 17,
        "/affirm",
        "1-0'--",
        "\x00",
    ],
)
async def test_a_choice_that_was_never_offered(store: Store, choice: str) -> None:
    conversation_id = await offered(store)
    with pytest.raises(NoSuchChoice):
        await write(store, conversation_id, choice=choice)
    assert len(await store.messages_after(conversation_id, 0)) == 1


async def test_a_choice_of_another_conversation(store: Store) -> None:
    await offered(store)
    other, _ = await begin(store, "plain")
    with pytest.raises(NoSuchChoice):
        await write(store, other, choice="1-0")


async def test_what_the_person_wrote_offers_no_choice(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, '{"choices": [{"label": "x", "payload": "/restart"}]}')
    with pytest.raises(NoSuchChoice):
        await write(store, conversation_id, choice="1-0")


# --- turns


async def test_turns_come_oldest_first_with_what_was_written_before(store: Store) -> None:
    conversation_id, _ = await begin(store, "opening")
    for n in range(6):
        await write(store, conversation_id, str(n))
    seen = []
    while turn := await store.next_turn(conversation_id):
        seen.append((turn.message.text, list(turn.earlier)))
        await store.finish(turn, [Draft(Author.BOT, "x")], snapshot=None, handoff=None, now=NOW)
    assert seen == [
        ("0", []),
        ("1", ["0"]),
        ("2", ["0", "1"]),
        ("3", ["0", "1", "2"]),
        ("4", ["0", "1", "2", "3"]),
        ("5", ["1", "2", "3", "4"]),
    ]


async def test_finishing_commits_everything(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    later = NOW + timedelta(seconds=5)
    drafts = [Draft(Author.BOT, "a"), Draft(Author.BOT, "b")]
    assert await store.finish(turn, drafts, snapshot={"slots": {"a": "é"}}, handoff="asked", now=later)
    assert await transcript(store, conversation_id) == ["person: hello", "bot: a", "bot: b"]
    assert await store.next_turn(conversation_id) is None
    assert await store.waiting_since(conversation_id) == later
    conversation = await store.get(conversation_id)
    assert conversation is not None
    assert (conversation.state, conversation.last_number, conversation.active_at) == (State.WAITING, 3, later)
    await write(store, conversation_id, "again")
    following = await store.next_turn(conversation_id)
    assert following is not None
    assert following.snapshot == {"slots": {"a": "é"}}


async def test_finishing_twice_keeps_one_answer(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    done = [await store.finish(turn, [Draft(Author.BOT, text)], snapshot=None, handoff=None, now=NOW) for text in "ab"]
    assert done == [True, False]
    assert await transcript(store, conversation_id) == ["person: hello", "bot: a"]


async def test_of_many_processes_that_finish_at_once_one_does(stores: list[Store]) -> None:
    conversation_id, _ = await begin(stores[0])
    await write(stores[0], conversation_id, "hello")
    turn = await stores[0].next_turn(conversation_id)
    assert turn is not None
    done = await asyncio.gather(
        *(
            stores[n % 4].finish(turn, [Draft(Author.BOT, str(n))], snapshot=None, handoff="asked", now=NOW)
            for n in range(12)
        )
    )
    assert sorted(done) == [False] * 11 + [True]
    assert len(await stores[0].messages_after(conversation_id, 0)) == 2
    async with stores[0]._engine.connect() as connection:
        assert len((await connection.execute(select(handoffs))).all()) == 1


async def test_saying_leaves_the_rest_owed(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    holding = [Draft(Author.BOT, "holding")]
    assert await store.say(turn, holding, still_owed=Owed.REAL_ANSWER, handoff=None, now=NOW)
    assert not await store.say(turn, holding, still_owed=Owed.REAL_ANSWER, handoff=None, now=NOW)
    assert not await store.finish(turn, holding, snapshot=None, handoff=None, now=NOW)
    assert await transcript(store, conversation_id) == ["person: hello", "bot: holding"]
    assert await store.count_owed(conversation_id, Owed.REAL_ANSWER) == 1
    assert await store.next_turn(conversation_id, owed=Owed.ANSWER) is None
    following = await store.next_turn(conversation_id)
    assert following is not None
    assert following.owed is Owed.REAL_ANSWER


async def test_an_answer_for_an_older_state_is_dropped_and_the_message_done(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    await move(store, conversation_id, Event.CLAIM)
    await move(store, conversation_id, Event.RELEASE_ANSWERED)
    assert await store.finish(turn, [Draft(Author.BOT, "late")], snapshot={}, handoff="asked", now=NOW)
    assert await transcript(store, conversation_id) == ["person: hello"]
    assert await store.next_turn(conversation_id) is None
    assert await store.waiting_since(conversation_id) is None


async def test_a_request_for_a_person_changes_nothing_about_who_may_speak(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    await store.request_person(conversation_id, "asked", [Draft(Author.SYSTEM, "asked")], NOW)
    assert await store.finish(turn, [Draft(Author.BOT, "answer")], snapshot=None, handoff=None, now=NOW)
    assert (await transcript(store, conversation_id))[-1] == "bot: answer"


async def test_asking_twice_is_one_request(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await store.request_person(conversation_id, "asked", [], NOW)
    await store.request_person(conversation_id, "crisis", [], NOW + timedelta(minutes=5))
    assert await store.waiting_since(conversation_id) == NOW
    async with store._engine.connect() as connection:
        assert [row.reason for row in await connection.execute(select(handoffs))] == ["asked"]


async def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, "hello")
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    with pytest.raises(TypeError):
        await store.finish(turn, [Draft(Author.BOT, "a")], snapshot={"a": object()}, handoff=None, now=NOW)
    assert await transcript(store, conversation_id) == ["person: hello"]
    assert await store.next_turn(conversation_id) == turn
    assert await write(store, conversation_id, "the database is free again") == 2


async def test_a_transaction_that_is_cancelled_leaves_nothing(store: Store) -> None:
    conversation_id, _ = await begin(store)

    async def write_and_stop() -> None:
        async with immediate(store._engine) as connection:
            await connection.execute(conversations.update().values(state="closed"))
            await asyncio.sleep(30)

    task = asyncio.create_task(write_and_stop())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    conversation = await store.get(conversation_id)
    assert conversation is not None
    assert conversation.state is State.BOT
    assert await write(store, conversation_id, "the database is free again") == 1


async def test_what_is_owed_is_found_after_a_restart(settings: Settings) -> None:
    async with store_of(settings) as before:
        owed, _ = await begin(before)
        done, _ = await begin(before)
        for name in (owed, done):
            await write(before, name, "hello")
        turn = await before.next_turn(done)
        assert turn is not None
        await before.finish(turn, [], snapshot=None, handoff=None, now=NOW)
    async with store_of(settings) as after:
        assert await after.owed_before(NOW) == [owed]
        assert await after.owed_before(NOW - timedelta(seconds=1)) == []
        turn = await after.next_turn(owed)
        assert turn is not None
        assert turn.message.text == "hello"


# --- erasing


SAID = "im 15 and he wants two hundred pounds"
SNAPSHOT = "the words of the snapshot"


async def whole(store: Store) -> str:
    """A conversation with everything in it."""
    conversation_id, _ = await begin(store, "opening")
    await write(store, conversation_id, SAID)
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    await store.finish(turn, [OFFER], snapshot={"slots": {"said": SNAPSHOT}}, handoff="asked", now=NOW)
    return conversation_id


async def rows(store: Store) -> int:
    async with store._engine.connect() as connection:
        counts = [len((await connection.execute(select(table))).all()) for table in (conversations, messages, handoffs)]
    return sum(counts)


async def test_erasing_leaves_no_row_and_no_key(store: Store) -> None:
    conversation_id = await whole(store)
    await store.erase([conversation_id])
    assert await rows(store) == 0
    assert await store._keyring.known() == set()
    assert await store.next_turn(conversation_id) is None
    with pytest.raises(Erased):
        await store.messages_after(conversation_id, 0)


async def test_erasing_one_leaves_the_others(store: Store) -> None:
    gone, kept = await whole(store), await whole(store)
    await store.erase([gone])
    assert (await transcript(store, kept))[1] == f"person: {SAID}"


async def test_erasing_again_or_nothing_does_no_harm(store: Store) -> None:
    conversation_id = await whole(store)
    for _ in range(2):
        await store.erase([conversation_id])
    await store.erase([])
    assert await rows(store) == 0


async def test_erasing_a_great_many_at_once(databases: Databases, store: Store) -> None:
    """A purge that was forgotten for a year must not fail for its size: more than one statement can name."""
    kept = await whole(store)
    names = [f"{n:032x}" for n in range(70_000 if databases.name == "postgres" else 260_000)]
    try:
        await store.erase(names)
    except SQLAlchemyError as error:
        failed = type(error).__name__  # its message is as long as the statement
        pytest.fail(f"{failed} for {len(names)} conversations", pytrace=False)
    assert (await transcript(store, kept))[1] == f"person: {SAID}"


async def test_a_turn_that_ends_after_erasure_keeps_nothing(store: Store) -> None:
    conversation_id, _ = await begin(store)
    await write(store, conversation_id, SAID)
    turn = await store.next_turn(conversation_id)
    assert turn is not None
    await store.erase([conversation_id])
    assert not await store.finish(turn, [OFFER], snapshot={}, handoff="asked", now=NOW)
    assert not await store.say(turn, [OFFER], still_owed=Owed.SNAPSHOT, handoff=None, now=NOW)
    assert await rows(store) == 0


async def test_erasing_in_the_middle_of_writing(stores: list[Store]) -> None:
    conversation_id, _ = await begin(stores[0])
    writing = [asyncio.create_task(write(stores[n % 4], conversation_id, str(n))) for n in range(20)]
    await writing[0]
    await stores[1].erase([conversation_id])
    ended = await asyncio.gather(*writing, return_exceptions=True)
    assert all(isinstance(each, int | Erased) for each in ended), ended
    assert await rows(stores[0]) == 0
    assert await stores[0]._keyring.known() == set()


async def test_only_the_inactive_are_old(store: Store) -> None:
    conversation_id, _ = await begin(store)
    assert await store.inactive_since(NOW) == []
    assert await store.inactive_since(NOW + timedelta(microseconds=1)) == [conversation_id]


async def everything_on_disk(databases: Databases, settings: Settings, store: Store) -> bytes:
    """Every byte that the databases keep, write-ahead logs included."""
    paths: Iterable[Path] = settings.var_dir.rglob("*")
    if isinstance(databases, Postgres):
        async with store._engine.connect() as connection:
            await connection.execute(text("CHECKPOINT"))
            number = await connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()"))
        paths = chain((databases.data / "base" / str(number)).iterdir(), (databases.data / "pg_wal").iterdir())
    return b"".join(path.read_bytes() for path in paths if path.is_file())


async def test_no_words_are_readable_on_disk(databases: Databases, settings: Settings, store: Store) -> None:
    conversation_id = await whole(store)
    cipher = await store._keyring.cipher(conversation_id)
    disk = await everything_on_disk(databases, settings, store)
    assert conversation_id.encode() in disk, "this test would not find what is there"
    for words in (SAID, SNAPSHOT, "Choose", "/affirm", "opening"):
        assert words.encode() not in disk
        assert words.encode("utf-16-le") not in disk
    assert cipher._fernet._encryption_key not in disk


async def test_after_erasure_nothing_of_it_is_on_disk(settings: Settings, databases: Databases, store: Store) -> None:
    """PostgreSQL reclaims space in its own time: there the erased key makes the words unreadable."""
    kept, gone = await whole(store), await whole(store)
    async with store._engine.connect() as connection:
        bodies = list(await connection.scalars(select(messages.c.body).where(messages.c.conversation_id == gone)))
    await store.erase([gone])
    disk = await everything_on_disk(databases, settings, store)
    assert kept.encode() in disk
    if databases.name == "sqlite":
        assert gone.encode() not in disk
        assert not [body for body in bodies if body in disk]
    assert SAID.encode() not in disk
