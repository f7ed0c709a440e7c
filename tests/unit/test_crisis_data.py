"""The messages that crises are learned from: well formed, many voices, apart from what is measured on."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.crisis import Level
from bot.settings import ROOT
from tests.unit.test_understanding_data import near, words

FILES = sorted((ROOT / "data" / "crisis").glob("*.jsonl"))
EVALUATION = ROOT / "tests" / "evaluation"


def rows_of(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


ROWS = [row for path in FILES for row in rows_of(path)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_has_a_level_a_voice_and_a_kind(path: Path) -> None:
    for row in rows_of(path):
        assert set(row) == {"text", "level", "voice", "kind"}
        assert Level(row["level"])
        assert all(value.strip() for value in row.values())


def test_half_of_it_is_harmless_and_every_level_has_two_hundred_messages() -> None:
    levels = Counter(Level(row["level"]) for row in ROWS)
    assert levels[Level.NONE] >= 0.45 * len(ROWS)
    assert all(levels[level] >= 200 for level in Level)


def test_no_message_comes_twice() -> None:
    letters = Counter("".join(words(row["text"])) for row in ROWS)
    assert [text for text, count in letters.items() if count > 1] == []


def test_nothing_is_measured_on_what_was_learned_from() -> None:
    names = ("crisis_gate.jsonl", "crisis_release.jsonl", "intents.jsonl")
    measured_on = [(name, row["text"]) for name in names for row in rows_of(EVALUATION / name)]
    found = near([row["text"] for row in ROWS], [text for _, text in measured_on])
    assert Counter(measured_on[place][0] for _, place in found) == {}
