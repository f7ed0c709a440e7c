"""The come-back code over HTTP, on both databases; and without scripts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.harbour import Person
from tests.integration.support import Chat, Databases, chat_on, streaming, until_event

CODE = "/api/come-back-code"


def make(person: Person) -> str:
    reply = person.client.post(CODE)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["code"])


def open_with(client: httpx.Client, code: object) -> httpx.Response:
    return client.post("/api/come-back", json={"code": code})


def code_of(reply: httpx.Response) -> str:
    return str(reply.json()["error"]["code"])


@pytest.fixture(scope="module")
def chats(
    sqlite: Databases, postgres: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Chat]]:
    many: dict[str, Any] = {"come_back_tries_per_minute": 1000, "come_back_tries_per_minute_all": 1000}
    with (
        chat_on(sqlite, tmp_path_factory.mktemp("come-back"), **many) as one,
        chat_on(postgres, tmp_path_factory.mktemp("come-back"), **many) as two,
    ):
        yield {"sqlite": one, "postgres": two}


@pytest.fixture
def chat(chats: dict[str, Chat], databases: Databases) -> Chat:
    return chats[databases.name]


def test_there_and_back(chat: Chat, person: Person) -> None:
    person.say("hello")
    before = person.read()["messages"]
    code = make(person)
    assert len(code.split()) == 5
    with chat.client() as client:
        reply = open_with(client, code.upper())
        assert reply.status_code == 200, reply.text
        assert reply.json().keys() == {"token", "state"}
        client.headers["Authorization"] = f"Bearer {reply.json()['token']}"
        assert client.get("/api/messages").json()["messages"] == before
        assert client.post("/api/messages", json={"text": "it is me"}).status_code == 202
    assert person.client.get("/api/messages").status_code == 401, "it is open in one place at a time"


def test_until_when(person: Person) -> None:
    assert person.client.get(CODE).json() == {"expires_at": None}
    made = person.client.post(CODE).json()
    assert person.client.get(CODE).json() == {"expires_at": made["expires_at"]}
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


def test_cancelling(chat: Chat, person: Person) -> None:
    code = make(person)
    assert person.client.delete(CODE).status_code == 204
    with chat.client() as client:
        assert open_with(client, code).status_code == 404
    assert person.client.get(CODE).json() == {"expires_at": None}


def test_erasing_takes_it_along(chat: Chat, person: Person) -> None:
    code = make(person)
    assert person.client.delete("/api/conversation").status_code == 204
    with chat.client() as client:
        assert code_of(open_with(client, code)) == "unknown_code"


@pytest.mark.parametrize("code", ["", "a b c d e", "x" * 100_000, "' OR 1=1 -- a b", "\x00", "é è ê ë ē"])
def test_wrong_words(chat: Chat, code: str) -> None:
    with chat.client() as client:
        reply = open_with(client, code)
        assert (reply.status_code, code_of(reply)) == (404, "unknown_code")


@pytest.mark.parametrize("code", [None, 5, ["a"], {}])
def test_a_body_that_is_none(chat: Chat, code: object) -> None:
    with chat.client() as client:
        assert (open_with(client, code).status_code, code_of(open_with(client, code))) == (422, "bad_code")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_code_is_for_whoever_holds_the_token(chat: Chat, method: str) -> None:
    with chat.client() as client:
        assert client.request(method, CODE).status_code == 401


def test_an_open_stream_hears_nothing_more_once_the_code_was_used(chat: Chat, person: Person) -> None:
    code = make(person)
    with streaming(person) as stream, chat.client() as client:
        until_event(stream, typing=False)
        fresh = open_with(client, code).json()["token"]
        client.headers["Authorization"] = f"Bearer {fresh}"
        client.post("/api/messages", json={"text": "not for the old tab"})
        assert list(stream) == [], "nor is it told that the conversation was erased"


def test_guesses_are_limited(databases: Databases, tmp_path: Path) -> None:
    with chat_on(databases, tmp_path, come_back_tries_per_minute=3) as chat:
        person = chat.person()
        with closing(person.client), chat.client() as client:
            code = make(person)
            for _ in range(3):
                assert open_with(client, "a b c d e").status_code == 404
            reply = open_with(client, code)
            assert (reply.status_code, code_of(reply)) == (429, "too_many_requests")


def test_everyones_guesses_together_are_limited(sqlite: Databases, tmp_path: Path) -> None:
    limits: dict[str, Any] = {"come_back_tries_per_minute": 100, "come_back_tries_per_minute_all": 2}
    with chat_on(sqlite, tmp_path, **limits) as chat, chat.client() as client:
        assert [open_with(client, "a b c d e").status_code for _ in range(3)] == [404, 404, 429]


# --- without scripts


def step(client: httpx.Client, **fields: str) -> str:
    reply = client.post("/chat", data=fields)
    assert reply.status_code == 200
    return html.unescape(reply.text)


def token_in(page: str) -> str:
    found = set(re.findall(r'name="token" value="([^"]*)"', page))
    assert len(found) == 1
    return str(found.pop())


def test_there_and_back_without_scripts(chat: Chat) -> None:
    with chat.client() as client:
        page = step(client, text="hello there")
        assert "code__words" not in re.sub(r"<template.*|<section.*?</section>", "", page, flags=re.DOTALL)
        token = token_in(page)
        page = step(client, token=token, make_code="1")
        (code,) = re.findall(r'id="code-plain">([^<]+)<', page)
        assert "Anyone who finds the words" in page
        page = step(client, token=token)
        assert code not in page, "it is shown once"
        assert "There is a code, and it works until" in page
        page = step(client, token="", come_back=code)
        assert "answer to hello there" in page
        fresh = token_in(page)
        assert fresh not in ("", token)
        assert "hello there" not in step(client, token=token), "the old page knows nothing any more"
        assert "The code is cancelled" in step(client, token=fresh, revoke_code="1")
        assert "These words open no conversation" in step(client, token="", come_back=code)


def test_the_other_site_may_show_the_page_and_load_the_script_alone(sqlite: Databases, tmp_path: Path) -> None:
    sites = "https://charity.example, https://b.example:8443/"
    with chat_on(sqlite, tmp_path, embed_origins=sites) as chat, chat.client() as client:
        for path in ("/", "/privacy", "/exit-help"):
            policy = client.get(path).headers["content-security-policy"]
            assert policy.endswith("frame-ancestors 'self' https://charity.example https://b.example:8443"), policy
        assert client.post("/chat").headers["content-security-policy"] == policy
        assert client.get("/healthz").headers["content-security-policy"].endswith("frame-ancestors 'none'")
        script = client.get("/widget.js")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert script.headers["content-type"].startswith("text/javascript")
        assert client.get("/static/js/main.js").headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("language", ["en", "xx", "../en", ""])
def test_only_a_language_that_exists_is_spoken(chat: Chat, language: str) -> None:
    with chat.client() as client:
        for path in ("/", "/privacy", "/exit-help"):
            page = client.get(path, params={"language": language})
            assert page.status_code == 200
            assert '<html lang="en-GB"' in page.text
