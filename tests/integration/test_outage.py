"""Nobody is left alone when the brain is down, hangs, fails or babbles."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT
from tests.harbour import Person, free_ports, until
from tests.integration.support import BrainDouble, Chat, Databases, Served, chat_on, seconds, texts

RESPONSES = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
CRISIS = "I want to kill myself"


def words(name: str) -> list[str]:
    """All variations of a response."""
    return [variation["text"] for variation in RESPONSES[name]]


def said(person: Person) -> list[str]:
    """What the bot has said since the opening."""
    return [m["text"] for m in person.read(1)["messages"] if m["author"] == "bot"]


def until_said(person: Person, *expected: str, within: float = 10) -> None:
    """Wait until the bot has said exactly this."""
    until(lambda: said(person) == list(expected) or None, within, f"{expected} instead of {said(person)}")


@pytest.fixture
def brain() -> BrainDouble:
    return BrainDouble()


@pytest.fixture
def chat(sqlite: Databases, tmp_path: Path, brain: BrainDouble) -> Iterator[Chat]:
    with chat_on(sqlite, tmp_path, brain=brain, brain_patience_seconds=0.5, brain_timeout_seconds=5) as made:
        yield made


@pytest.fixture
def person(chat: Chat) -> Iterator[Person]:
    someone = chat.person()
    yield someone
    someone.client.close()


HOLDING = words("utter_holding")[0]
STILL_HOLDING = words("utter_still_holding")[0]


def test_a_brain_that_hangs(person: Person, brain: BrainDouble) -> None:
    brain.hanging = True
    began = time.monotonic()
    (holding,) = person.say("hello")
    assert seconds(began) < 1.5, "patience is half a second here; the rest is the machine's"
    assert holding["text"] == HOLDING
    assert holding["contacts"]
    brain.hanging = False
    until_said(person, HOLDING, "answer to hello")


def test_a_brain_that_hangs_longer_than_the_bot_waits(sqlite: Databases, tmp_path: Path, brain: BrainDouble) -> None:
    with chat_on(sqlite, tmp_path, brain=brain, brain_patience_seconds=0.1, brain_timeout_seconds=0.3) as chat:
        person = chat.person()
        with closing(person.client):
            brain.hanging = True
            person.send("hello")
            until_said(person, HOLDING)
            until(lambda: len(brain.asked) > 1, 10, "it is asked again")
            brain.hanging = False
            until_said(person, HOLDING, "answer to hello")


def test_the_holding_words_are_not_repeated(person: Person, brain: BrainDouble) -> None:
    brain.hanging = True
    person.send("one")
    until_said(person, HOLDING)
    person.send("two")
    until_said(person, HOLDING, STILL_HOLDING)
    person.send("three")
    until(lambda: not person.read()["typing"] or None, 10, "nothing is waited for")
    assert said(person) == [HOLDING, STILL_HOLDING]
    brain.hanging = False
    until_said(person, HOLDING, STILL_HOLDING, "answer to one", "answer to two", "answer to three")


@pytest.mark.parametrize("loading", [True, False], ids=["loading", "not there"])
def test_a_brain_that_is_not_there_and_then_comes(sqlite: Databases, tmp_path: Path, loading: bool) -> None:
    port = free_ports(1)[0]
    double = BrainDouble(loading=loading)
    with chat_on(sqlite, tmp_path, brain_url=f"http://127.0.0.1:{port}") as chat:
        person = chat.person()
        with closing(person.client):
            if loading:
                with Served(double.app(), port):
                    outage(person)
                    double.loading = False
                    recovery(person)
            else:
                outage(person)
                with Served(double.app(), port):
                    recovery(person)


def outage(person: Person) -> None:
    began = time.monotonic()
    assert texts(person.say("hello")) == [HOLDING]
    assert seconds(began) < 1.5


def recovery(person: Person) -> None:
    until_said(person, HOLDING, "answer to hello")


def test_a_crisis_while_the_brain_is_not_there(sqlite: Databases, tmp_path: Path) -> None:
    port = free_ports(1)[0]
    double = BrainDouble()
    with chat_on(sqlite, tmp_path, brain_url=f"http://127.0.0.1:{port}") as chat:
        person = chat.person()
        with closing(person.client):
            began = time.monotonic()
            spoken = person.say(CRISIS)
            assert seconds(began) < 2
            assert spoken[0]["text"] in words("utter_crisis")
            assert any(message["contacts"] for message in spoken)
            assert any(message["choices"] for message in spoken)
            assert person.read()["state"] == "waiting"
            with Served(double.app(), port):
                person.say("hello")
                until(lambda: "answer to hello" in said(person) or None, 10, "the next answer")
            assert f"answer to {CRISIS}" not in said(person), "the late answer is dropped"
            assert [asked["text"] for asked in double.asked] == [CRISIS, "hello"], "but the brain knows"


def test_a_crisis_after_messages_that_still_wait(person: Person, brain: BrainDouble) -> None:
    brain.hanging = True
    person.send("one")
    person.send("two")
    person.send(CRISIS)
    began = time.monotonic()
    until(lambda: set(said(person)) & set(words("utter_crisis")) or None, 10, "the words for a crisis")
    assert seconds(began) < 2.5, "two seconds is the promise"
    brain.hanging = False


def test_a_crisis_goes_through_a_brain_that_is_there(chat: Chat, person: Person, brain: BrainDouble) -> None:
    assert texts(person.say(CRISIS)) == [f"answer to {CRISIS}"]
    assert brain.asked[-1]["metadata"]["crisis_level"] not in ("", "none")


BABBLE = [
    (500, b"", {}),
    (500, b'{"error": "KeyError"}', {}),
    (422, b'{"error": "bad_snapshot"}', {}),
    (200, b"", {}),
    (200, b"garbage", {}),
    (200, b"{}", {}),
    (200, b"[]", {}),
    (200, b'{"messages": [{"text": null}], "snapshot": null}', {}),
    (
        200,
        b'{"messages": [{"name": "a", "text": "a", "buttons": [], "custom": {"contacts": "x"}}], "snapshot": {}}',
        {},
    ),
    (200, b"not gzip", {"content-encoding": "gzip"}),
]


@pytest.mark.parametrize("raw", BABBLE, ids=lambda raw: f"{raw[0]} {raw[1][:20]!r}")
def test_a_brain_that_babbles(shared_babbler: Chat, raw: tuple[int, bytes, dict[str, str]]) -> None:
    person, brain = shared_babbler.person(), shared_babbler.brain
    with closing(person.client):
        brain.raw = raw
        answer = texts(person.say("poison", seconds=10))
        assert answer, "something was said"
        until(lambda: (said(person) and not _owed(person)) or None, 10, "it is done with this message")
        brain.raw = None
        until(lambda: "answer to hello" in texts(person.say("hello")) or None, 15, "the next message is answered")


def _owed(person: Person) -> bool:
    return bool(person.read()["typing"])


@pytest.fixture(scope="module")
def shared_babbler(sqlite: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with chat_on(sqlite, tmp_path_factory.mktemp("babbler"), brain_patience_seconds=0.5) as made:
        yield made


def test_on_postgres_too(postgres: Databases, tmp_path: Path, brain: BrainDouble) -> None:
    with chat_on(postgres, tmp_path, brain=brain, brain_patience_seconds=0.3) as chat:
        person = chat.person()
        with closing(person.client):
            brain.hanging = True
            person.send("hello")
            until_said(person, HOLDING)
            brain.hanging = False
            until_said(person, HOLDING, "answer to hello")
