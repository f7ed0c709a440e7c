"""What the bot makes of whatever the brain answers."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from bot.brain import Answer, Brain, BrainDown, BrainFailed
from bot.words import Button, Response
from tests.harbour import free_ports
from tests.integration.support import SECRET, BrainDouble, Served
from tests.unit.support import eventually

MESSAGE = {"name": "utter_a", "text": "a", "buttons": [], "custom": {}}
SNAPSHOT: dict[str, Any] = {"slots": {}}


@pytest.fixture(scope="module")
def double() -> Iterator[tuple[BrainDouble, str]]:
    made = BrainDouble()
    with Served(made.app()) as served:
        yield made, served.url
        made.hanging = False


@pytest.fixture
async def brain(double: tuple[BrainDouble, str]) -> AsyncIterator[Brain]:
    made, url = double
    made.raw, made.hanging, made.loading = None, False, False
    asked = Brain(url, SECRET, timeout_seconds=5)
    async with asked.watched():
        await asyncio.wait_for(asked.wait_until_up(), 5)
        yield asked


async def ask(brain: Brain, text: str = "hello", payload: str = "") -> Answer:
    return await brain.answer("id", text=text, payload=payload, metadata={"crisis_level": "none"}, snapshot=None)


def answering(double: tuple[BrainDouble, str], body: Any, status: int = 200, encoding: str = "identity") -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    double[0].raw = (status, content, {"content-type": "application/json", "content-encoding": encoding})


async def test_an_answer(brain: Brain, double: tuple[BrainDouble, str]) -> None:
    buttons = [{"title": "Yes", "payload": "/affirm"}]
    answering(double, {"messages": [{**MESSAGE, "buttons": buttons}], "snapshot": SNAPSHOT})
    given = await ask(brain)
    assert list(given.responses) == [Response("utter_a", "a", (Button("Yes", "/affirm"),))]
    assert given.snapshot == SNAPSHOT


@pytest.mark.parametrize(
    ("text", "payload", "sent"),
    [
        ("hello", "", {"text": "hello"}),
        ("Yes", "/affirm", {"payload": "/affirm"}),
        ("\ufffd 😀", "", {"text": "\ufffd 😀"}),
    ],
)
async def test_what_is_sent(
    brain: Brain, double: tuple[BrainDouble, str], text: str, payload: str, sent: dict[str, str]
) -> None:
    await ask(brain, text, payload)
    assert double[0].asked[-1] == {"id": "id", "metadata": {"crisis_level": "none"}, "snapshot": None, **sent}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b"<html>502 Bad Gateway</html>",
        b"[" * 100_000,
        None,
        [],
        "text",
        7,
        {},
        {"messages": []},
        {"snapshot": SNAPSHOT},
        {"messages": None, "snapshot": SNAPSHOT},
        {"messages": {}, "snapshot": SNAPSHOT},
        {"messages": "ab", "snapshot": SNAPSHOT},
        {"messages": [None], "snapshot": SNAPSHOT},
        {"messages": [{}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "text": None}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "text": 7}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "buttons": None}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "buttons": [{}]}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "buttons": [{"title": 1, "payload": None}]}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "custom": []}], "snapshot": SNAPSHOT},
        {"messages": [{**MESSAGE, "custom": "handoff"}], "snapshot": SNAPSHOT},
        {"messages": [MESSAGE], "snapshot": None},
        {"messages": [MESSAGE], "snapshot": []},
        {"messages": [MESSAGE], "snapshot": "gone"},
        {"messages": [MESSAGE], "snapshot": {}},
        {"messages": [MESSAGE], "snapshot": {"slots": None}},
        {"messages": [MESSAGE], "snapshot": {"slots": []}},
    ],
    ids=lambda body: str(body)[:60],
)
async def test_garbage_is_a_failure_of_this_message_and_nothing_worse(
    brain: Brain, double: tuple[BrainDouble, str], body: Any
) -> None:
    answering(double, body)
    with pytest.raises(BrainFailed) as caught:
        await ask(brain)
    assert "text" not in str(caught.value)
    double[0].raw = None
    assert (await ask(brain)).responses[0].text == "answer to hello"


async def test_a_body_that_cannot_be_unpacked(brain: Brain, double: tuple[BrainDouble, str]) -> None:
    answering(double, b"not gzip", encoding="gzip")
    with pytest.raises((BrainFailed, BrainDown)):
        await ask(brain)


async def test_a_body_that_is_packed(brain: Brain, double: tuple[BrainDouble, str]) -> None:
    packed = gzip.compress(json.dumps({"messages": [MESSAGE], "snapshot": SNAPSHOT}).encode())
    answering(double, packed, encoding="gzip")
    assert (await ask(brain)).responses[0].text == "a"


@pytest.mark.parametrize("status", [400, 422, 500, 502, 301, 204])
async def test_a_status_that_is_about_this_message(brain: Brain, double: tuple[BrainDouble, str], status: int) -> None:
    answering(double, b"", status)
    with pytest.raises(BrainFailed, match=str(status)):
        await ask(brain)
    assert brain.is_up


@pytest.mark.parametrize("status", [401, 404, 503])
async def test_a_status_that_says_the_brain_is_not_there(
    brain: Brain, double: tuple[BrainDouble, str], status: int
) -> None:
    answering(double, b"", status)
    with pytest.raises(BrainDown, match=str(status)):
        await ask(brain)
    assert brain.is_down
    double[0].raw = None
    await asyncio.wait_for(brain.wait_until_up(), 5)
    assert (await ask(brain)).responses


async def test_a_brain_that_hangs(double: tuple[BrainDouble, str]) -> None:
    double[0].raw, double[0].hanging = None, True
    asked = Brain(double[1], SECRET, timeout_seconds=0.1)
    async with asked.watched():
        with pytest.raises(BrainDown, match="late"):
            await ask(asked)
    double[0].hanging = False


async def test_nobody_listens() -> None:
    asked = Brain(f"http://127.0.0.1:{free_ports(1)[0]}", SECRET, timeout_seconds=1)
    async with asked.watched():
        await eventually(lambda: _down(asked))
        with pytest.raises(BrainDown, match="ConnectError"):
            await ask(asked)
        assert not asked.is_up


async def test_before_the_first_look_it_is_neither_up_nor_down() -> None:
    asked = Brain("http://127.0.0.1:9", SECRET, timeout_seconds=1)
    assert (asked.is_up, asked.is_down) == (False, False)
    await asked._client.aclose()


async def test_a_model_that_is_still_loading(double: tuple[BrainDouble, str]) -> None:
    double[0].loading = True
    asked = Brain(double[1], SECRET, timeout_seconds=1)
    async with asked.watched():
        await eventually(lambda: _down(asked))
        double[0].loading = False
        await asyncio.wait_for(asked.wait_until_up(), 5)


async def test_the_wrong_token(double: tuple[BrainDouble, str]) -> None:
    asked = Brain(double[1], "another secret", timeout_seconds=1)
    async with asked.watched():
        await eventually(lambda: _down(asked))


async def test_a_server_that_answers_nonsense_on_ready_does_not_end_the_watch() -> None:
    """Whoever took the brain's port first, the brain is found when it comes."""
    port = free_ports(1)[0]
    stop = threading.Event()

    async def nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\nnot gzip")
        await writer.drain()
        writer.close()
        stop.set()

    server = await asyncio.start_server(nonsense, "127.0.0.1", port)
    asked = Brain(f"http://127.0.0.1:{port}", SECRET, timeout_seconds=1)
    async with asked.watched():
        await eventually(lambda: _set(stop))
        server.close()
        await server.wait_closed()
        with Served(BrainDouble().app(), port):
            await asyncio.wait_for(asked.wait_until_up(), 5)


async def _down(brain: Brain) -> bool:
    return brain.is_down


async def _set(event: threading.Event) -> bool:
    return event.is_set()
