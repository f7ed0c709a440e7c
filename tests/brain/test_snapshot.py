"""A conversation travels with each message: it stays small, and nothing in it is lost."""

from __future__ import annotations

import json
import statistics
import time
from random import Random
from typing import Any

import pytest

from tests.breaking import Breaking
from tests.faults.test_kill import LINES
from tests.harbour import BrainDoor, Harbour

pytestmark = pytest.mark.timeout(400)  # the first test waits for a brain
TURNS = 6  # how many a snapshot keeps: bot/nlu/snapshot.py


def names(answer: dict[str, Any]) -> list[str]:
    return [message["name"] for message in answer["messages"]]


def test_the_300th_message_costs_what_the_10th_did(door: BrainDoor) -> None:
    """Timed in turn, the same line after 10 messages and after 300, so that a busy machine slows both."""
    random = Random("300")
    kept: list[dict[str, Any]] = []
    for _ in range(300):
        kept.append(door.turn(random.choice(LINES), kept[-1] if kept else None)["snapshot"])
    assert max(len(json.dumps(snapshot)) for snapshot in kept) < 40_000

    early, late = kept[9::2][:20], kept[-40::2]
    seconds: dict[bool, list[float]] = {False: [], True: []}
    for line in random.choices(LINES, k=3):
        for pair in zip(early, late, strict=True):
            for is_late, snapshot in enumerate(pair):
                begun = time.perf_counter()
                door.turn(line, snapshot)
                seconds[bool(is_late)].append(time.perf_counter() - begun)
    assert statistics.median(seconds[True]) < 1.5 * statistics.median(seconds[False])


def test_facts_survive_more_turns_than_are_kept(door: BrainDoor) -> None:
    answer = door.turn("im 15 and he has my pictures")
    known = {"age_band": answer["snapshot"]["slots"]["age_band"], "situation": "threat_live"}
    answer = door.turn(payload="/threat_live", snapshot=answer["snapshot"])
    for _ in range(3 * TURNS):
        answer = door.turn("are you a bot", answer["snapshot"])
    assert known.items() <= answer["snapshot"]["slots"].items()
    assert len([e for e in answer["snapshot"]["events"] if e["event"] == "user"]) == TURNS


def test_a_form_survives_more_turns_than_are_kept(breaking: Breaking) -> None:
    answer = breaking.door.turn("begin")
    assert names(answer) == ["utter_ask_colour"]
    answer = breaking.door.turn("blue", answer["snapshot"])
    assert names(answer) == ["utter_ask_town"]
    for _ in range(3 * TURNS):
        answer = breaking.door.turn("hello", answer["snapshot"])
        assert names(answer) == ["utter_greet", "utter_ask_town"]
    answer = breaking.door.turn("Hull", answer["snapshot"])
    assert [message["text"] for message in answer["messages"]] == ["Done: blue, Hull."]
    assert answer["snapshot"]["slots"] == {"colour": "blue", "town": "Hull"}


def whole(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A snapshot in which nothing was ever cut."""
    return {"slots": {}, "base": {"slots": {}, "loop": None}, "events": events}


def newest_turn(snapshot: dict[str, Any]) -> list[dict[str, Any]]:
    """The events from the newest message of the person on."""
    events = snapshot["events"]
    last = max(index for index, event in enumerate(events) if event["event"] == "user")
    return list(events[last:])


@pytest.mark.parametrize("seed", range(3))
def test_cutting_old_turns_changes_no_answer(door: BrainDoor, seed: int) -> None:
    random = Random(seed)
    lines = [random.choice(LINES) for _ in range(4 * TURNS)]
    snapshot = None
    events: list[dict[str, Any]] = []
    for number, line in enumerate(lines):
        level = "active" if random.random() < 0.1 else "none"
        cut = door.turn(line, snapshot, level=level)
        uncut = door.turn(line, whole(events) if events else None, level=level)
        assert names(cut) == names(uncut), (number, lines[: number + 1])
        assert cut["snapshot"]["slots"] == uncut["snapshot"]["slots"], (number, line)
        events += uncut["snapshot"]["events"] if not events else newest_turn(uncut["snapshot"])
        snapshot = cut["snapshot"]


def test_two_brains_that_alternate_answer_as_one(door: BrainDoor, fragile: Harbour) -> None:
    other = BrainDoor.of(fragile).wait()
    random = Random("two")
    lines = [random.choice(LINES) for _ in range(4 * TURNS)]
    alone = shared = None
    for number, line in enumerate(lines):
        one = door.turn(line, alone)
        two = (door, other)[number % 2].turn(line, shared)
        assert names(two) == names(one)
        assert two["snapshot"] == one["snapshot"]
        alone, shared = one["snapshot"], two["snapshot"]
