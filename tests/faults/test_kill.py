"""kill -9 of the bot, the brain and the action server while several people write.

Whatever was taken (202) is there once, in order, and answered once. What the answers
should be is worked out afterwards, by asking the brain the same again in peace.
"""

from __future__ import annotations

import sqlite3
import threading
import time
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx
import pytest

from bot.crisis import Detector, Level
from bot.handoff import WAIT_WORDS
from tests.harbour import BrainDoor, Harbour, names_of, until

PEOPLE = 6
MESSAGES_EACH = 10
HOLDING = {"utter_holding", "utter_still_holding"}
SAID_BY_THE_BOT = HOLDING | {"utter_handoff_nobody_on_duty", *WAIT_WORDS}
# What a crisis is met with: by the bot at once when the brain is away, so their place among the answers may differ.
FIRST_CRISIS_WORDS = {"utter_crisis", "utter_crisis_again"}
CRISIS = FIRST_CRISIS_WORDS | {"utter_crisis_question", "utter_crisis_yes"}
IN_CRISIS = "i want to kill myself"
LINES = (
    "hi",
    "someone is blackmailing me",
    "he has my nudes and wants money",
    "im 15",
    "i paid him 200 on paypal and he wants more",
    "should i pay",
    "do i reply to him",
    "what should i keep",
    "should i delete my instagram",
    "can i report it to the police",
    "are you a bot",
    "i feel so stupid",
    "they sent it to my mum",
    "who can read this",
    "what is the weather",
    "thanks",
    "she says she is 15 and her dad rang me",
    "i got an email that says my webcam was hacked",
    "😭😭",
    "no",
    # No bare "yes": crisis words come at once in an outage, so it may answer another question than in peace.
    "ok thank you",
    "he wants more pictures",
    "it is a deepfake",
    "qwerty zxcvb",
)


class Progress:
    """Counts what was tried, so that a kill comes at a chosen point of the script."""

    def __init__(self) -> None:
        self._tried = 0
        self._changed = threading.Condition()

    def step(self) -> None:
        with self._changed:
            self._tried += 1
            self._changed.notify_all()

    def reach(self, point: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._tried >= point, 180), f"point {point} was never reached"


@dataclass
class Writer:
    """Someone who goes on writing, whatever dies."""

    url: str
    random: Random
    progress: Progress
    taken: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.url, timeout=10, trust_env=False, verify=False)
        weakref.finalize(self, self.client.close)
        reply = self._insist("POST", "/api/conversations")
        self.client.headers["Authorization"] = f"Bearer {reply.json()['token']}"

    def write(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.progress.step()
            client_id = str(UUID(int=self.random.getrandbits(128), version=4))
            body = {"text": line, "client_id": client_id}
            number = self._insist("POST", "/api/messages", json=body).json()["id"]
            if self.random.random() < 0.2:  # the answer was lost on the way to them
                assert self._insist("POST", "/api/messages", json=body).json()["id"] == number
            self.taken.append((number, line))
            self._pause()

    def page(self, after: int = 0) -> dict[str, Any]:
        return dict(self._insist("GET", f"/api/messages?after={after}").json())

    def conversation(self) -> list[dict[str, Any]]:
        read: list[dict[str, Any]] = []
        while more := self.page(read[-1]["id"] if read else 0)["messages"]:
            read += more
        return read

    def _pause(self) -> None:
        """Mostly wait for the answer, as people do; sometimes write on."""
        end = time.monotonic() + self.random.choice((0, 0.3, 1.5))
        while time.monotonic() < end and self.page()["typing"]:
            time.sleep(0.02)

    def _insist(self, method: str, address: str, **body: Any) -> httpx.Response:
        def attempt() -> httpx.Response | None:
            try:
                reply = self.client.request(method, address, **body)
            except httpx.TransportError:
                return None
            assert reply.status_code < 500, reply.text
            assert reply.is_success, reply.text
            return reply

        return until(attempt, 90, f"{method} {address} is taken")


def owed(harbour: Harbour) -> int:
    """How many messages wait for anything, as the database has it."""
    with closing(sqlite3.connect(f"file:{harbour.var_dir / 'harbour.db'}?mode=ro", uri=True, timeout=10)) as database:
        return int(database.execute("SELECT count(*) FROM messages WHERE owed IS NOT NULL").fetchone()[0])


def expected_answers(door: BrainDoor, detector: Detector, lines: Sequence[str]) -> list[tuple[list[str], bool]]:
    """The names of the responses that each line gets, asked in order and in peace; and whether it is a crisis."""
    snapshot, expected = None, []
    for index, line in enumerate(lines):
        level = detector.look(line, lines[max(0, index - 4) : index]).level
        answer = door.turn(line, snapshot, level=level.value)
        snapshot = answer["snapshot"]
        expected.append(([message["name"] for message in answer["messages"]], level is not Level.NONE))
    return expected


def kill_at(harbour: Harbour, progress: Progress, points: Sequence[tuple[int, str, float]]) -> None:
    for point, name, delay in points:
        progress.reach(point)
        time.sleep(delay)
        harbour.kill(name)


@pytest.mark.timeout(420)
def test_nothing_is_lost_doubled_or_out_of_order(fragile: Harbour, kill_round: int) -> None:
    random = Random(f"harbour {kill_round}")
    fragile.wait_for_brain()
    progress = Progress()
    total = PEOPLE * MESSAGES_EACH
    names = random.sample(("bot", "bot", "brain", "actions"), k=4)
    places = sorted(random.sample(range(2, total), k=len(names)))
    points = [(place, name, random.uniform(0, 0.04)) for place, name in zip(places, names, strict=True)]
    scripts = [random.sample(LINES, k=MESSAGES_EACH) for _ in range(PEOPLE)]
    for script in scripts[::2]:
        script[random.randrange(MESSAGES_EACH)] = IN_CRISIS
    people = [Writer(fragile.url, Random(random.random()), progress) for _ in range(PEOPLE)]

    with ThreadPoolExecutor(PEOPLE + 1) as pool:
        killer = pool.submit(kill_at, fragile, progress, points)
        writing = [pool.submit(p.write, script) for p, script in zip(people, scripts, strict=True)]
        for each in (killer, *writing):
            each.result(timeout=300)
    fragile.wait_for_brain()
    until(lambda: owed(fragile) == 0, 60, "nothing is owed")

    door, detector = BrainDoor.of(fragile).wait(), Detector.load()
    for person, script in zip(people, scripts, strict=True):
        read = person.conversation()
        assert [m["id"] for m in read] == list(range(1, len(read) + 1))
        assert [(m["id"], m["text"]) for m in read if m["author"] == "person"] == person.taken
        assert [text for _, text in person.taken] == script
        assert person.page()["typing"] is False
        check_answers(read[1:], expected_answers(door, detector, script))


def check_answers(read: Sequence[dict[str, Any]], expected: Sequence[tuple[Sequence[str], bool]]) -> None:
    """Everything that the brain had to say was said, once and in order, but for what a crisis made late."""
    said = [names_of(m["text"]) for m in read if m["author"] == "bot"]
    assert all(said), "said something that is not in domain.yml"
    assert not [names for names in said if "utter_could_not_answer" in names]
    people = sum(m["author"] == "person" for m in read)
    assert sum(bool(names & HOLDING) for names in said) <= people
    assert sum(bool(names & FIRST_CRISIS_WORDS) for names in said) == sum(is_crisis for _, is_crisis in expected)
    answers = [names for names in said if not names & (SAID_BY_THE_BOT | CRISIS)]
    wanted = [[name for name in names if name not in SAID_BY_THE_BOT | CRISIS] for names, _ in expected]
    last_crisis = max((line for line, (_, is_crisis) in enumerate(expected) if is_crisis), default=0)
    assert is_told_by(answers, wanted, may_lack=last_crisis), (wanted, [min(names) for names in answers])


def is_told_by(answers: Sequence[set[str]], wanted: Sequence[Sequence[str]], *, may_lack: int) -> bool:
    """Whether these are the answers to all lines, of which any of the first ``may_lack`` may be missing whole."""
    if not wanted:
        return not answers
    first, rest = wanted[0], wanted[1:]
    here, later = answers[: len(first)], answers[len(first) :]
    is_here = len(here) == len(first) and all(name in names for name, names in zip(first, here, strict=True))
    return (is_here and is_told_by(later, rest, may_lack=may_lack - 1)) or (
        may_lack > 0 and is_told_by(answers, rest, may_lack=may_lack - 1)
    )
