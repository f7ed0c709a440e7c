"""The brain is killed, hangs or is still loading: nobody waits, and nothing is said twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.faults.test_kill import owed
from tests.harbour import Harbour, Person, names_of, texts, until

IN_CRISIS = "I want to kill myself"
THREE_RULES = ("pay", "reply", "keep")


def wait_for(person: Person, name: str, after: int, seconds: float) -> tuple[dict[str, Any], float]:
    """Wait for a response after a message; return it, and for how long it was waited."""
    begun = time.monotonic()

    def look() -> dict[str, Any] | None:
        return next((m for m in person.read(after)["messages"] if name in names_of(m["text"])), None)

    return until(look, seconds, f"{name} is said"), time.monotonic() - begun


def send(person: Person, text: str) -> int:
    sent = person.send(text)
    assert sent.status_code == 202, sent.text
    return int(sent.json()["id"])


def said(person: Person, name: str) -> int:
    """How often a response was said in this conversation."""
    return sum(name in names_of(text) for text in texts(person.read()["messages"]))


@contextmanager
def hanging_brain(harbour: Harbour) -> Iterator[None]:
    harbour.wait_for_brain()
    harbour.pause("brain")
    try:
        yield
    finally:
        harbour.resume("brain")
        harbour.wait_for_brain()


def median_wait(harbour: Harbour, text: str, name: str) -> float:
    """How long people wait for a response, the middle one of three."""
    waits = []
    for _ in range(3):
        person = Person(harbour.url)
        waits.append(wait_for(person, name, send(person, text), 10)[1])
    return sorted(waits)[1]


@pytest.mark.timeout(400)
def test_answers_while_the_brain_is_loading_and_nothing_buries_the_question_about_danger(
    fragile: Harbour,
) -> None:
    fragile.kill("brain")
    fragile.kill("bot")
    until(
        lambda: fragile.ready() == {"database": True, "detector": True, "brain": False},
        30,
        "the chat answers without the brain",
    )
    person = Person(fragile.url)
    first = send(person, "someone is blackmailing me, he wants money")
    held, waited = wait_for(person, "utter_holding", first, 10)
    assert waited < 1
    assert all(rule in held["text"].lower() for rule in THREE_RULES)
    assert held["contacts"]
    assert all(contact["actions"] for contact in held["contacts"])
    assert person.read()["typing"] is False
    second = send(person, "should i pay him")
    wait_for(person, "utter_still_holding", second, 5)
    third = send(person, "hello?")
    crisis = send(person, IN_CRISIS)
    words, waited = wait_for(person, "utter_crisis", crisis, 10)
    assert waited < 1
    assert words["contacts"]

    until(lambda: owed(fragile) == 0, 150, "all that was owed is answered")
    assert person.read()["state"] == "waiting"
    for name in ("utter_holding", "utter_still_holding", "utter_crisis"):
        assert said(person, name) == 1, name
    assert "utter_crisis_question" in names_of(person.read(crisis)["messages"][-1]["text"])
    assert third < words["id"]
    no, back = texts(person.say("no"))
    assert "utter_crisis_no" in names_of(no)
    assert "utter_crisis_back" in names_of(back)


@pytest.mark.timeout(300)
def test_a_hanging_brain_leaves_nobody_waiting_for_calm_words(fragile: Harbour) -> None:
    with hanging_brain(fragile):
        assert median_wait(fragile, "he has my pictures and wants money", "utter_holding") < 1.1


@pytest.mark.timeout(300)
def test_a_hanging_brain_leaves_nobody_waiting_for_crisis_words_and_they_come_once(fragile: Harbour) -> None:
    person = Person(fragile.url)
    with hanging_brain(fragile):
        assert median_wait(fragile, IN_CRISIS, "utter_crisis") < 1.1
        number = send(person, IN_CRISIS)
        wait_for(person, "utter_crisis", number, 5)
        words = person.read()["messages"]
    until(lambda: owed(fragile) == 0, 60, "nothing is owed")
    assert person.read()["messages"] == words
    assert said(person, "utter_crisis") == 1
    answer = person.say("what should i do about him")  # and the brain knows of the crisis
    assert answer


@pytest.mark.timeout(300)
def test_crisis_words_do_not_queue_behind_other_messages(fragile: Harbour) -> None:
    """People write in bursts: four short messages, and the last one is the one that matters."""
    with hanging_brain(fragile):
        person = Person(fragile.url)
        for line in ("hello", "please", "omg"):
            send(person, line)
        _, waited = wait_for(person, "utter_crisis", send(person, IN_CRISIS), 10)
    until(lambda: owed(fragile) == 0, 60, "nothing is owed")
    assert said(person, "utter_crisis") == 1
    assert waited < 1.1


@pytest.mark.timeout(300)
def test_the_real_answer_follows_a_hanging_brain(fragile: Harbour) -> None:
    person = Person(fragile.url)
    with hanging_brain(fragile):
        number = send(person, "are you a bot")
        wait_for(person, "utter_holding", number, 5)
    wait_for(person, "utter_are_you_human", number, 60)
    assert said(person, "utter_are_you_human") == 1
    assert said(person, "utter_holding") == 1
    assert owed(fragile) == 0


@pytest.mark.timeout(300)
def test_a_killed_brain_is_noticed_at_once(fragile: Harbour) -> None:
    fragile.wait_for_brain()
    fragile.kill("brain")
    person = Person(fragile.url)
    _, waited = wait_for(person, "utter_crisis", send(person, IN_CRISIS), 10)
    assert waited < 1
    assert (fragile.ready() or {})["brain"] is False
