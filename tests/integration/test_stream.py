"""Server-sent events: everything once, in order, and on from where one was."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing
from pathlib import Path

from bot.store import Author, Draft
from bot.wakeups_postgres import PostgresWakeups
from tests.harbour import Person
from tests.integration.support import Chat, Databases, chat_on, streaming, until_event
from tests.unit.support import NOW, store_of


def test_what_was_said_and_then_what_is_said(person: Person) -> None:
    with streaming(person) as stream:
        seen = until_event(stream, typing=False)
        assert [(e.kind, e.id, e.data.get("id")) for e in seen] == [("message", "1", 1), ("status", "", None)]
        assert seen[-1].data == {"state": "bot", "typing": False}
        person.send("hello")
        seen = until_event(stream, text="answer to hello")
        assert [e.data["id"] for e in seen if e.kind == "message"] == [2, 3]
        assert seen[-1].data == person.read(2)["messages"][0]


def test_typing_is_shown_while_an_answer_is_owed(chat: Chat, person: Person) -> None:
    with streaming(person, after=1) as stream:
        until_event(stream, typing=False)
        person.send("hello")
        statuses = [e.data["typing"] for e in until_event(stream, text="answer to hello") if e.kind == "status"]
        # The answer may come before anybody looked; if it did not, typing was shown first and then not.
        assert statuses in ([], [True], [True, False])
        if statuses == [True]:
            assert until_event(stream, typing=False)[-1].kind == "status"


def test_the_state_is_told(person: Person) -> None:
    with streaming(person, after=1) as stream:
        person.send("ask for a person")
        assert until_event(stream, state="waiting")


def test_going_on_after_the_last_event(person: Person) -> None:
    person.say("one")
    person.say("two")
    with streaming(person, last_event="3") as stream:
        seen = until_event(stream, typing=False)
        assert [e.id for e in seen if e.kind == "message"] == ["4", "5"]


def test_the_header_goes_before_the_parameter(person: Person) -> None:
    person.say("one")
    with streaming(person, after=0, last_event="2") as stream:
        assert [e.id for e in until_event(stream, typing=False) if e.kind == "message"] == ["3"]


def test_a_last_event_that_is_no_number(person: Person) -> None:
    for header in ("x", "-1", "1,2"):
        reply = person.client.get("/api/stream", headers={"Last-Event-ID": header})
        assert (reply.status_code, reply.json()["error"]["code"]) == (422, "bad_number")


def test_a_reader_who_comes_back_again_and_again_misses_and_repeats_nothing(person: Person) -> None:
    seen: list[int] = []
    for n in range(5):
        person.send(str(n))
        with streaming(person, after=seen[-1] if seen else 0) as stream:
            seen += [e.data["id"] for e in until_event(stream, text=f"answer to {n}") if e.kind == "message"]
    assert seen == list(range(1, 12))


def test_two_readers(person: Person) -> None:
    with streaming(person) as one, streaming(person) as two:
        until_event(one, typing=False)
        until_event(two, typing=False)
        person.send("hello")
        for stream in (one, two):
            found = [e.data["text"] for e in until_event(stream, text="answer to hello") if e.kind == "message"]
            assert found == ["hello", "answer to hello"]


def test_nobody_sees_another_conversation(chat: Chat, person: Person) -> None:
    other = chat.person()
    with closing(other.client), streaming(person, after=1) as stream:
        until_event(stream, typing=False)
        other.say("not for you")
        person.send("for you")
        assert [e.data["text"] for e in until_event(stream, text="answer to for you") if e.kind == "message"] == [
            "for you",
            "answer to for you",
        ]


def test_it_ends_when_the_conversation_is_erased(person: Person) -> None:
    with streaming(person) as stream:
        until_event(stream, typing=False)
        eraser = threading.Thread(target=lambda: person.client.delete("/api/conversation"))
        eraser.start()
        rest = list(stream)
        eraser.join()
    assert [(event.kind, event.data) for event in rest] == [("erased", {})]


def test_a_long_conversation_comes_whole(chat: Chat, person: Person) -> None:
    async def fill() -> None:
        async with store_of(chat.settings) as store:
            conversation = await store.find(person.token)
            assert conversation is not None
            drafts = [Draft(Author.BOT, str(n)) for n in range(450)]
            await store.request_person(conversation.id, "asked", drafts, NOW)

    asyncio.run(fill())
    with streaming(person) as stream:
        seen = until_event(stream, text="449")
    assert [e.data["id"] for e in seen if e.kind == "message"] == list(range(1, 452))


def test_an_answer_from_another_process_is_told(postgres: Databases, tmp_path: Path) -> None:
    """The reader's process is woken by the one that answered."""
    with chat_on(postgres, tmp_path, brain_patience_seconds=10) as chat:
        person = chat.person()
        with closing(person.client), streaming(person, after=1) as stream:
            until_event(stream, typing=False)

            async def elsewhere() -> None:
                async with store_of(chat.settings) as store:
                    conversation = await store.find(person.token)
                    assert conversation is not None
                    await store.request_person(conversation.id, "asked", [Draft(Author.STAFF, "from elsewhere")], NOW)
                    wakeups = PostgresWakeups(chat.settings.words_url)
                    async with wakeups.running():
                        await wakeups.wake(conversation.id)

            asyncio.run(elsewhere())
            assert until_event(stream, text="from elsewhere")
