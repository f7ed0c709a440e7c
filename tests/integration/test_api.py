"""The public chat API, over HTTP, on both databases: docs/api.md is the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp, Message, Scope

from bot.app import create_app
from bot.database import immediate
from bot.settings import Settings
from tests.harbour import Person, until
from tests.integration.support import BrainDouble, Chat, Databases, Served, chat_on, serve, texts
from tests.unit.support import begin, store_of, write


def refused(reply: httpx.Response, status: int, code: str) -> str:
    """Check an error's shape; return its message."""
    assert reply.status_code == status, reply.text
    body = reply.json()
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"code", "message"}
    assert body["error"]["code"] == code
    assert body["error"]["message"]
    return str(body["error"]["message"])


# --- the ordinary way


def test_a_conversation_begins(chat: Chat) -> None:
    with chat.client() as client:
        begun = client.post("/api/conversations")
    assert begun.status_code == 201
    assert begun.json().keys() == {"token", "state"}
    assert begun.json()["state"] == "bot"
    assert len(begun.json()["token"]) >= 40


def test_the_opening_is_there_at_once(person: Person) -> None:
    page = person.read()
    assert page.keys() == {"messages", "state", "typing"}
    assert (page["state"], page["typing"]) == ("bot", False)
    (opening,) = page["messages"]
    assert opening.keys() == {"id", "author", "name", "text", "choices", "contacts", "at"}
    assert (opening["id"], opening["author"], opening["name"]) == (1, "bot", "Harbour")


def test_a_message_and_its_answer(person: Person) -> None:
    sent = person.send("hello", client_id=str(uuid4()))
    assert (sent.status_code, sent.json()) == (202, {"id": 2})
    until(lambda: len(person.read(2)["messages"]) == 1, 10, "the answer")
    assert [(m["id"], m["author"], m["text"]) for m in person.read(1)["messages"]] == [
        (2, "person", "hello"),
        (3, "bot", "answer to hello"),
    ]


def test_reading_after_a_message(person: Person) -> None:
    person.say("hello")
    assert [m["id"] for m in person.read()["messages"]] == [1, 2, 3]
    assert [m["id"] for m in person.read(2)["messages"]] == [3]
    assert person.read(999_999_999)["messages"] == []


def test_a_choice(person: Person) -> None:
    (offer,) = person.say("offer choices")
    assert offer["choices"] == [{"id": "3-0", "label": "Yes"}, {"id": "3-1", "label": "No"}]
    assert texts(person.choose("No")) == ["answer to /deny"]
    assert person.read(3)["messages"][0]["text"] == "No"
    assert "/deny" not in json.dumps(person.read(3)["messages"][0])


def test_contacts(person: Person) -> None:
    (answer,) = person.say("show contacts")
    assert answer["contacts"]
    for contact in answer["contacts"]:
        assert contact.keys() == {"name", "note", "actions"}
        assert all(action.keys() == {"kind", "href", "label"} for action in contact["actions"])


def test_asking_for_a_person(person: Person) -> None:
    said = person.say("ask for a person")
    assert len(said) == 2
    assert person.read()["state"] == "waiting"
    assert texts(person.say("still here")) == ["answer to still here"]


def test_the_snapshot_travels(chat: Chat, person: Person) -> None:
    first, second = f"first {uuid4()}", f"second {uuid4()}"
    person.say(first)
    person.say(second)
    snapshots = {asked["text"]: asked["snapshot"] for asked in chat.brain.asked if "text" in asked}
    assert snapshots[first] is None
    assert snapshots[second] == {"slots": {"turns": 1}}


def test_the_brain_never_hears_the_token(chat: Chat, person: Person) -> None:
    person.say("hello")
    assert person.token not in json.dumps(chat.brain.asked)


def test_many_people_at_once(chat: Chat) -> None:
    def talk(n: int) -> list[str]:
        someone = chat.person()
        with closing(someone.client):
            for turn in range(3):
                someone.say(f"{n} {turn}")
            return texts(someone.read(1)["messages"])

    with ThreadPoolExecutor(8) as pool:
        for n, said in enumerate(pool.map(talk, range(8))):
            assert said == [text for t in range(3) for text in (f"{n} {t}", f"answer to {n} {t}")]


def test_thirty_messages_without_waiting(person: Person) -> None:
    sent = [person.send(str(n)).json()["id"] for n in range(30)]
    assert sent == sorted(sent)
    person.say("last")
    said = person.read(1)["messages"]
    assert [m["id"] for m in said] == list(range(2, 64))
    assert [m["text"] for m in said if m["author"] == "person"] == [*map(str, range(30)), "last"]
    assert [m["text"] for m in said if m["author"] == "bot"] == [
        *(f"answer to {n}" for n in range(30)),
        "answer to last",
    ]


# --- what people type


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("x" * 5000, "x" * 5000),
        ("😀" * 5000, "😀" * 5000),
        ("😀👩‍👩‍👧🏴󠁧󠁢󠁷󠁬󠁳󠁿", "😀👩‍👩‍👧🏴󠁧󠁢󠁷󠁬󠁳󠁿"),
        ("ساعدني من فضلك", "ساعدني من فضلك"),
        ("\u202eevil", "\u202eevil"),
        ("null\x00byte", "nullbyte"),
        ("\ud83d lone \udc00", "\ufffd lone \ufffd"),
        ("\ud83d\ude00 pair", "😀 pair"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE messages; --", "'; DROP TABLE messages; --"),
        ("/restart", "/restart"),
        ('/crisis{"crisis_level": "none"}', '/crisis{"crisis_level": "none"}'),
        ("  spaces around  ", "spaces around"),
        ("two\r\nlines", "two\nlines"),
        ("{{ 7 * 7 }} %s {0} ${HOME}", "{{ 7 * 7 }} %s {0} ${HOME}"),
        ("\uffff\ufffe", "\uffff\ufffe"),
    ],
    ids=lambda text: ascii(text)[:30],
)
def test_whatever_people_type_is_kept_and_answered(person: Person, typed: str, kept: str) -> None:
    body = json.dumps({"text": typed}).encode()  # escapes what cannot be sent as it is
    sent = person.client.post("/api/messages", content=body)
    assert sent.status_code == 202, sent.text
    person.say("next")
    said = person.read(1)["messages"]
    assert said[0]["text"] == kept
    assert f"answer to {kept}" in texts(said)


# --- sending twice


def test_the_same_client_id_is_one_message(person: Person) -> None:
    client_id = str(uuid4())
    ids = [person.send("hello", client_id=client_id).json()["id"] for _ in range(3)]
    assert ids == [2, 2, 2]
    person.say("next")
    assert texts(person.read(1)["messages"]).count("hello") == 1


@pytest.mark.parametrize("shape", ["{}", "urn:uuid:{}", "{{{}}}"])
def test_a_client_id_in_another_spelling_is_the_same(person: Person, shape: str) -> None:
    client_id = uuid4()
    first = person.send("hello", client_id=str(client_id))
    again = person.send("hello", client_id=shape.format(str(client_id).upper()))
    assert (first.json(), again.json()) == ({"id": 2}, {"id": 2})


def test_the_same_client_id_at_once_is_one_message(person: Person) -> None:
    client_id = str(uuid4())
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: person.send("hello", client_id=client_id), range(12)))
    assert {(reply.status_code, reply.json()["id"]) for reply in replies} == {(202, 2)}


# --- errors


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/messages"), ("POST", "/api/messages"), ("GET", "/api/stream"), ("DELETE", "/api/conversation")],
)
@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", "Basic wrong", "wrong", "Bearer é", "Bearer " + "x" * 8000],
    ids=lambda value: str(value)[:12],
)
def test_without_the_right_token(chat: Chat, method: str, path: str, authorization: str | None) -> None:
    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    with chat.client() as client:
        reply = client.request(method, path, headers=headers)
    refused(reply, 401, "unknown_token")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_the_token_is_taken_from_nowhere_else(chat: Chat, person: Person) -> None:
    with chat.client() as client:
        client.cookies.set("token", person.token)
        reply = client.get("/api/messages", params={"token": person.token, "access_token": person.token})
    refused(reply, 401, "unknown_token")


def test_the_scheme_may_be_in_small_letters(chat: Chat, person: Person) -> None:
    with chat.client() as client:
        assert client.get("/api/messages", headers={"Authorization": f"bearer {person.token}"}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b'{"text": "a"', 400, "bad_json"),
        (b"text=hello", 400, "bad_json"),
        (b"\xff\xfe\xfd", 400, "bad_json"),
        (b'{"text": "\xff"}', 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b"null", 400, "bad_json"),
        (b'"text"', 400, "bad_json"),
        (b"NaN", 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b'{"text":' * 10_000, 400, "bad_json"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, 400, "bad_json"),
        (b"1" * 10_000, 400, "bad_json"),
        (b"{}", 422, "bad_message"),
        (b'{"text": ""}', 422, "bad_message"),
        (b'{"text": "   \\n"}', 422, "bad_message"),
        (b'{"text": "\\u0000"}', 422, "bad_message"),
        (b'{"text": null}', 422, "bad_message"),
        (b'{"text": 7}', 422, "bad_message"),
        (b'{"text": ["a"]}', 422, "bad_message"),
        (b'{"text": true}', 422, "bad_message"),
        (b'{"choice": ""}', 422, "bad_message"),
        (b'{"choice": 7}', 422, "bad_message"),
        (b'{"choice": "\\ud800"}', 422, "no_such_choice"),
        (b'{"text": "a", "choice": "1-0"}', 422, "bad_message"),
        (b'{"text": "a", "client_id": "not a uuid"}', 422, "bad_message"),
        (b'{"text": "a", "client_id": ""}', 422, "bad_message"),
        (b'{"text": "a", "client_id": 7}', 422, "bad_message"),
        (b'{"text": "a", "client_id": "\\ud800"}', 422, "bad_message"),
        (b'{"text": "a", "author": "staff"}', 422, "bad_message"),
        (b'{"text": "a", "\\ud800": 1}', 422, "bad_message"),
        (b'{"choice": "1-99"}', 422, "no_such_choice"),
        (b'{"choice": "99999999999-0"}', 422, "no_such_choice"),
        (b'{"choice": "1-99999999999"}', 422, "no_such_choice"),
        (b'{"choice": "/restart"}', 422, "no_such_choice"),
        (b'{"text": "' + b"x" * 5001 + b'"}', 413, "message_too_long"),
        (b'{"text": "' + b"x" * 200_000 + b'"}', 413, "body_too_large"),
        (b" " * 200_000, 413, "body_too_large"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_bad_message_is_refused_clearly_and_not_kept(person: Person, body: bytes, status: int, code: str) -> None:
    reply = person.client.post("/api/messages", content=body)
    refused(reply, status, code)
    assert len(person.read()["messages"]) == 1


def test_an_error_does_not_repeat_what_was_written(person: Person) -> None:
    for body in ({"text": 7, "my secret words": 1}, {"text": "a", "client_id": "my secret words"}):
        assert "secret" not in person.client.post("/api/messages", json=body).text


def test_a_choice_of_another_conversation(chat: Chat, person: Person) -> None:
    other = chat.person()
    with closing(other.client):
        (offer,) = other.say("offer choices")
        refused(person.send(choice=offer["choices"][0]["id"]), 422, "no_such_choice")


@pytest.mark.parametrize(
    "after", ["", "-1", "x", "1.5", "1e3", "٣", " 1", "1 ", "0x1", "1234567890", "9" * 5000, "1' OR '1'='1", "\x00"]
)
@pytest.mark.parametrize("path", ["/api/messages", "/api/stream"])
def test_a_bad_after(person: Person, path: str, after: str) -> None:
    refused(person.client.get(path, params={"after": after}), 422, "bad_number")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api", 404, "not_found"),
        ("GET", "/static/nothing.js", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/static/%2e%2e/%2e%2e/app.py", 404, "not_found"),
        ("GET", "/api/conversations", 405, "method_not_allowed"),
        ("PUT", "/api/messages", 405, "method_not_allowed"),
        ("POST", "/api/conversation", 405, "method_not_allowed"),
        ("GET", "/chat", 405, "method_not_allowed"),
    ],
)
def test_what_is_not_there(chat: Chat, method: str, path: str, status: int, code: str) -> None:
    with chat.client() as client:
        refused(client.request(method, path), status, code)


def test_health(chat: Chat) -> None:
    with chat.client() as client:
        assert client.get("/healthz").json() == {"alive": True}
        assert client.get("/readyz").json() == {"database": True, "detector": True, "brain": True}


# --- erasing


def test_erasing(person: Person) -> None:
    person.say("hello")
    assert person.client.delete("/api/conversation").status_code == 204
    refused(person.send("hello"), 401, "unknown_token")
    refused(person.client.get("/api/messages"), 401, "unknown_token")
    refused(person.client.delete("/api/conversation"), 401, "unknown_token")


def test_erasing_while_an_answer_is_owed(chat: Chat, person: Person) -> None:
    person.send("hello")
    assert person.client.delete("/api/conversation").status_code == 204
    other = chat.person()
    with closing(other.client):
        assert texts(other.say("hello")) == ["answer to hello"]


def test_a_conversation_whose_key_alone_is_gone_is_erased(chat: Chat, person: Person) -> None:
    """A crash in the middle of erasing leaves this."""
    person.say("hello")

    async def lose_the_key() -> None:
        async with store_of(chat.settings) as store:
            conversation = await store.find(person.token)
            assert conversation is not None
            await store._keyring.erase([conversation.id])

    asyncio.run(lose_the_key())
    # By another process: this one forgets the key within seconds.
    until(lambda: person.client.get("/api/messages").status_code != 200, 8, "the key is forgotten")
    refused(person.client.get("/api/messages"), 401, "unknown_token")
    refused(person.send("hello"), 401, "unknown_token")
    assert person.client.post("/chat", data={"token": person.token, "text": "hello"}).status_code == 200
    assert person.client.delete("/api/conversation").status_code in (204, 401)


# --- headers

PATHS = [
    ("GET", "/"),
    ("GET", "/privacy"),
    ("GET", "/exit-help"),
    ("POST", "/chat"),
    ("POST", "/api/conversations"),
    ("GET", "/api/messages"),
    ("POST", "/api/messages"),
    ("GET", "/healthz"),
    ("GET", "/nothing"),
    ("GET", "/api/come-back-code"),
    ("POST", "/api/come-back"),
    ("PUT", "/api/messages"),
    ("GET", "/static/nothing.js"),
]


HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


PAGE_HEADERS = {
    **HEADERS,
    "content-security-policy": HEADERS["content-security-policy"].replace("ancestors 'none'", "ancestors 'self'"),
}


def safe(reply: httpx.Response) -> None:
    is_page = reply.headers.get("content-type", "").startswith("text/html")
    for name, value in (PAGE_HEADERS if is_page else HEADERS).items():
        assert reply.headers.get_list(name) == [value]
    assert reply.headers.get_list("cache-control")[-1] in ("no-store", "no-cache")
    assert "set-cookie" not in reply.headers
    assert "server" not in reply.headers


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_every_response_has_the_safe_headers_and_no_cookie(chat: Chat, method: str, path: str) -> None:
    with chat.client() as client:
        safe(client.request(method, path))


def test_the_streams_headers_too(person: Person) -> None:
    with person.client.stream("GET", "/api/stream") as reply:
        safe(reply)
        assert reply.headers["cache-control"] == "no-store"


def test_our_own_failure_is_said_kindly_and_as_safely(databases: Databases, tmp_path: Path) -> None:
    with chat_on(databases, tmp_path) as chat:
        person = chat.person()

        async def break_it() -> None:
            async with store_of(chat.settings) as store, immediate(store._engine) as connection:
                await connection.execute(text("DROP TABLE messages"))

        asyncio.run(break_it())
        with closing(person.client):
            reply = person.send("hello")
    assert "999" in refused(reply, 500, "failed")
    safe(reply)


def test_a_web_page_elsewhere_cannot_use_the_api(chat: Chat, person: Person) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    reply = person.client.get("/api/messages", headers=headers)
    assert not [name for name in reply.headers if name.startswith("access-control-")]


# --- limits: apps of their own


@pytest.fixture(scope="module")
def limited(sqlite: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with chat_on(
        sqlite,
        tmp_path_factory.mktemp("limited"),
        messages_per_minute=3,
        streams_per_conversation=2,
        message_max_chars=200,
        brain_patience_seconds=5,
    ) as chat:
        yield chat


def slow_down(reply: httpx.Response, code: str) -> None:
    message = refused(reply, 429, code)
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert message


def test_too_many_messages(limited: Chat) -> None:
    person, other = limited.person(), limited.person()
    with closing(person.client), closing(other.client):
        assert [person.send(str(n)).status_code for n in range(4)] == [202, 202, 202, 429]
        slow_down(person.send("more"), "too_many_requests")
        assert "999" in person.send("more").json()["error"]["message"]
        assert other.send("hello").status_code == 202
        assert person.client.get("/api/messages").status_code == 200


def test_the_longest_message_is_a_setting(limited: Chat) -> None:
    person = limited.person()
    with closing(person.client):
        assert "200" in refused(person.send("x" * 201), 413, "message_too_long")
        assert person.send("x" * 200).status_code == 202


def test_too_many_streams(limited: Chat) -> None:
    person = limited.person()
    with closing(person.client), ExitStack() as stack:
        for _ in range(2):
            reply = stack.enter_context(person.client.stream("GET", "/api/stream"))
            assert reply.status_code == 200
        slow_down(person.client.get("/api/stream"), "too_many_streams")


async def test_a_reader_who_leaves_at_once_gives_the_place_back(sqlite: Databases, tmp_path: Path) -> None:
    """A phone that loses its signal while the request is on its way must not use up the streams."""
    async with (
        started(settings_of(sqlite, tmp_path, streams_per_conversation=2)) as app,
        client_from(app, "192.0.2.1") as client,
    ):
        token = (await client.post("/api/conversations")).json()["token"]
        for _ in range(3):
            await leave_at_once(app, token)
        assert await leave_at_once(app, token) in (None, 200)


async def leave_at_once(app: ASGIApp, token: str) -> int | None:
    """Ask for the stream and be gone; return the status, if there was time for one."""
    status: list[int] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
        await asyncio.sleep(0)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/api/stream",
        "raw_path": b"/api/stream",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.1", 1),
        "server": ("test", 80),
    }
    await asyncio.wait_for(app(scope, receive, send), 5)
    return status[0] if status else None


def settings_of(databases: Databases, folder: Path, **values: Any) -> Settings:
    return databases.settings(folder / "var", brain_url="http://127.0.0.1:9", **values)


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The app without a server; stopped again even when a test fails."""
    app = create_app(settings)
    lifespan = app.router.lifespan_context(app)
    await lifespan.__aenter__()
    try:
        yield app
    finally:
        await lifespan.__aexit__(None, None, None)


def client_from(app: ASGIApp, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_too_many_conversations_from_one_address(sqlite: Databases, tmp_path: Path) -> None:
    async with started(settings_of(sqlite, tmp_path, conversations_per_minute=3)) as app:
        async with client_from(app, "192.0.2.1") as client:
            replies = [await client.post("/api/conversations") for _ in range(5)]
            assert [reply.status_code for reply in replies] == [201, 201, 201, 429, 429]
            slow_down(replies[-1], "too_many_requests")
        async with client_from(app, "192.0.2.2") as other:
            assert (await other.post("/api/conversations")).status_code == 201


async def test_too_many_conversations_from_everyone(sqlite: Databases, tmp_path: Path) -> None:
    async with started(settings_of(sqlite, tmp_path, conversations_per_minute_all=3)) as app:
        for n in range(4):
            async with client_from(app, f"192.0.2.{n}") as client:
                reply = await client.post("/api/conversations")
        slow_down(reply, "too_many_requests")


async def test_one_address_cannot_use_up_everyones_share(sqlite: Databases, tmp_path: Path) -> None:
    """What was refused for one address must not be counted for all."""
    async with started(
        settings_of(sqlite, tmp_path, conversations_per_minute=2, conversations_per_minute_all=5)
    ) as app:
        async with client_from(app, "192.0.2.1") as flood:
            for _ in range(20):
                await flood.post("/api/conversations")
        async with client_from(app, "192.0.2.2") as someone:
            assert (await someone.post("/api/conversations")).status_code == 201


async def test_many_addresses_of_one_household_are_one(sqlite: Databases, tmp_path: Path) -> None:
    """Whoever has one IPv6 address has 2**64 of them."""
    async with started(settings_of(sqlite, tmp_path, conversations_per_minute=2)) as app:
        seen = []
        for n in range(4):
            async with client_from(app, f"2001:db8:1:2::{n:x}") as client:
                seen.append((await client.post("/api/conversations")).status_code)
        assert seen == [201, 201, 429, 429]


# --- an app that starts again


def test_messages_that_were_owed_before_a_crash_are_answered(databases: Databases, tmp_path: Path) -> None:
    double = BrainDouble()
    with Served(double.app()) as brain:
        settings = databases.settings(tmp_path / "var", brain_url=brain.url)

        async def before() -> str:
            async with store_of(settings) as store:
                conversation_id, token = await begin(store)
                await write(store, conversation_id, "owed")
                return token

        token = asyncio.run(before())
        with serve(settings, double) as chat, chat.client() as client:
            headers = {"Authorization": f"Bearer {token}"}

            def said() -> list[str]:
                return texts(client.get("/api/messages", headers=headers).json()["messages"])

            until(lambda: "answer to owed" in said(), 10, "the answer")
            assert [text for text in said() if text == "answer to owed"] == ["answer to owed"]
