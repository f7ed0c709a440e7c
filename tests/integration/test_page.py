"""The page, and the conversation without scripts: ``POST /chat``."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.support import Chat, Databases, chat_on


class Reader:
    """A browser without scripts."""

    def __init__(self, chat: Chat) -> None:
        self.client = chat.client()
        self.page = ""
        self.token = ""

    def step(self, **fields: str) -> str:
        """Send the form as the page gives it; return the new page."""
        reply = self.client.post("/chat", data={"token": self.token, **fields})
        assert reply.status_code == 200, reply.text
        return self.look(reply)

    def look(self, reply: httpx.Response) -> str:
        assert reply.headers["content-type"].startswith("text/html")
        self.page = reply.text
        tokens = set(re.findall(r'name="token" value="([^"]*)"', self.page))
        assert len(tokens) == 1, "every form carries the same token"
        self.token = tokens.pop()
        return html.unescape(self.page)

    def choices(self) -> dict[str, str]:
        """The choices that the page offers now: label to id."""
        found = re.findall(r'name="choice" value="([^"]+)"[^>]*>([^<]+)<', self.page)
        return {html.unescape(label).strip(): choice for choice, label in found}


@pytest.fixture(scope="module")
def chat(sqlite: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    """What the page shows does not depend on the database."""
    with chat_on(sqlite, tmp_path_factory.mktemp("page"), brain_patience_seconds=10) as shared:
        yield shared


@pytest.fixture
def reader(chat: Chat) -> Iterator[Reader]:
    made = Reader(chat)
    yield made
    made.client.close()


@pytest.mark.parametrize("path", ["/", "/privacy", "/exit-help"])
def test_the_pages(chat: Chat, path: str) -> None:
    with chat.client() as client:
        reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="tel:999"' in reply.text
    assert "<script>" not in reply.text
    assert not re.search(r'\son\w+="|style="', reply.text), "the content security policy forbids it"


def test_opening_the_page_begins_no_conversation(reader: Reader) -> None:
    reader.look(reader.client.get("/"))
    assert reader.token == ""


def test_a_conversation(reader: Reader) -> None:
    reader.look(reader.client.get("/"))
    page = reader.step(text="hello there")
    assert reader.token
    assert page.index("hello there") < page.index("answer to hello there")
    page = reader.step(text="second")
    assert "answer to hello there" in page
    assert "answer to second" in page


def test_pressing_a_choice(reader: Reader) -> None:
    reader.step(text="offer choices")
    assert set(reader.choices()) >= {"Yes", "No"}
    assert "answer to /deny" in reader.step(choice=reader.choices()["No"])
    assert "No" not in reader.choices(), "an older choice is offered no more"


def test_a_choice_goes_before_text(reader: Reader) -> None:
    reader.step(text="offer choices")
    page = reader.step(choice=reader.choices()["Yes"], text="not this")
    assert "answer to /affirm" in page
    assert "not this" not in page


def test_asking_for_a_person_shows_that_one_waits(reader: Reader) -> None:
    assert "You asked for a person" in reader.step(text="ask for a person")


def test_erasing(reader: Reader) -> None:
    reader.step(text="hello")
    old = reader.token
    page = reader.step(erase="1")
    assert "Erased" in page
    assert "answer to hello" not in page
    assert reader.token == ""
    assert reader.client.get("/api/messages", headers={"Authorization": f"Bearer {old}"}).status_code == 401


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}", "</textarea><b>", "' onfocus=x"],
)
def test_what_is_typed_is_shown_and_not_run(reader: Reader, typed: str) -> None:
    page = reader.step(text=typed)
    assert f"answer to {typed}" in page
    if "<" in typed:
        assert typed not in reader.page
    assert "answer to 49" not in page


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\r\n"])
def test_nothing_written_sends_nothing(reader: Reader, text: str) -> None:
    reader.step(text="hello")
    before = len(re.findall("data-id=", reader.page))
    reader.step(text=text)
    assert len(re.findall("data-id=", reader.page)) == before


@pytest.mark.parametrize("token", ["wrong", "é", "\x00", "x" * 5000, "' OR 1=1 --"])
def test_with_a_token_that_is_not_known_a_new_conversation_begins(reader: Reader, token: str) -> None:
    assert "answer to hello" in reader.step(token=token, text="hello")
    assert reader.token not in ("", token)


def test_what_is_too_long_is_not_lost(reader: Reader) -> None:
    typed = "x" * 5001
    page = reader.step(text=typed)
    assert typed in page, "it is put back in the box"
    assert "5000" in page


def test_a_choice_that_was_never_offered(reader: Reader) -> None:
    assert "not offered" in reader.step(choice="1-77")


@pytest.mark.parametrize(
    "body",
    [b"", b"&&&", b"=", b"text", b"%", b"%zz=%", b"text=%ff%fe", b"\xff\xfe", b'{"text": "json"}', b"&" * 100_000],
    ids=lambda body: repr(body)[:20],
)
def test_a_form_that_is_none(reader: Reader, body: bytes) -> None:
    reply = reader.client.post("/chat", content=body)
    assert reply.status_code == 200
    reader.look(reply)


def test_no_cookie_and_no_token_in_any_address(reader: Reader) -> None:
    reader.step(text="hello")
    assert not reader.client.cookies
    for address in re.findall(r'(?:href|action|src)="([^"]*)"', reader.page):
        assert reader.token not in address


def test_the_organisation_is_named_and_cannot_break_the_page(sqlite: Databases, tmp_path: Path) -> None:
    with chat_on(sqlite, tmp_path, organisation_name="<b>Safe & Sound</b>") as chat, chat.client() as client:
        page = client.get("/").text
    assert "&lt;b&gt;Safe &amp; Sound&lt;/b&gt;" in page
    assert "<b>Safe" not in page


def test_at_a_limit_a_person_sees_a_page_and_keeps_the_words(sqlite: Databases, tmp_path: Path) -> None:
    with chat_on(sqlite, tmp_path, messages_per_minute=1, brain_patience_seconds=5) as chat:
        reader = Reader(chat)
        with reader.client:
            reader.step(text="first")
            page = reader.step(text="too soon")
            assert "999" in page
            assert "too soon" in page


def test_when_nobody_more_may_begin_a_person_sees_a_page(sqlite: Databases, tmp_path: Path) -> None:
    """Someone without scripts must see words and numbers, not JSON; and what they typed."""
    with chat_on(sqlite, tmp_path, conversations_per_minute_all=1) as chat:
        first, second = Reader(chat), Reader(chat)
        with first.client, second.client:
            first.step(text="hello")
            reply = second.client.post("/chat", data={"token": "", "text": "please help me"})
            assert reply.headers["content-type"].startswith("text/html"), reply.text
            assert "tel:999" in reply.text
            assert "please help me" in reply.text


def test_a_body_that_is_too_large_is_answered_with_a_page(reader: Reader) -> None:
    reply = reader.client.post("/chat", data={"token": "", "text": "x" * 200_000})
    assert reply.headers["content-type"].startswith("text/html")


def test_with_the_brain_down_the_page_does_not_hang(sqlite: Databases, tmp_path: Path) -> None:
    with chat_on(sqlite, tmp_path, brain_url="http://127.0.0.1:9") as chat:
        reader = Reader(chat)
        with reader.client:
            page = reader.step(text="hello")
            assert page.count("data-id=") >= 3
