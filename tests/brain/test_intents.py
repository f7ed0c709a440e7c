"""The gate: how well the trained brain understands messages by people it never learned from.

The floors are a little under the figures of docs/understanding.md; the project's target is
0.88 and 0.85. A change that falls through them is not released.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from bot.evaluation import FAILED, NOT_UNDERSTOOD, evaluate, intent_report
from bot.settings import ROOT, Settings
from tests.harbour import BrainDoor, Harbour

TEST_SET = ROOT / "tests" / "evaluation" / "intents.jsonl"

ACCURACY = 0.90
MACRO_F1 = 0.90
RECALL_OF_EACH = 0.60
RECALL_WHERE_IT_MATTERS_MOST = 0.90
ASKED_AGAIN = 0.05

Pairs = list[tuple[str, str]]


@pytest.fixture(scope="module")
def pairs(harbour: Harbour, tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Each row's label, and what the brain took it for."""
    target: Path = tmp_path_factory.mktemp("evaluation") / "predictions.jsonl"
    settings = Settings(var_dir=harbour.var_dir, brain_url=harbour.brain_url)
    assert evaluate(settings, "intents", str(TEST_SET), str(target)) == 0
    rows = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    return [(row["label"], row["predicted"]) for row in rows]


@pytest.mark.timeout(600)
def test_it_understands_well_enough(pairs: Pairs) -> None:
    figures = intent_report(*zip(*pairs, strict=True))
    assert figures.accuracy.value >= ACCURACY
    assert figures.macro_f1 >= MACRO_F1


@pytest.mark.timeout(600)
def test_no_label_is_neglected(pairs: Pairs) -> None:
    figures = intent_report(*zip(*pairs, strict=True))
    weak = {label: score.recall for label, score in figures.labels.items() if score.recall < RECALL_OF_EACH}
    assert weak == {}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("label", ["under_18", "already_paid", "threat_underage_claim", "ask_human"])
def test_what_changes_the_advice_most_is_found(pairs: Pairs, label: str) -> None:
    figures = intent_report(*zip(*pairs, strict=True))
    assert figures.labels[label].recall >= RECALL_WHERE_IT_MATTERS_MOST


@pytest.mark.timeout(600)
def test_nobody_who_needs_help_is_refused_as_an_offender(pairs: Pairs) -> None:
    taken = Counter(wanted for wanted, found in pairs if found == "offender" and wanted != "offender")
    assert taken.total() <= 2, taken


@pytest.mark.timeout(600)
def test_it_asks_again_seldom_and_never_fails(pairs: Pairs) -> None:
    found = Counter(predicted for _, predicted in pairs)
    assert found[FAILED] == 0
    assert found[NOT_UNDERSTOOD] <= ASKED_AGAIN * len(pairs)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("im 15 and he says he will post my pics if i dont pay", "under_18"),
        ("Someone is threatening to send a video of me to my family unless I pay", "threat_live"),
        ("my daughter is being blackmailed over photos", "for_someone_else"),
        ("he's 17", "for_someone_else"),
        ("my mate is 15", "for_someone_else"),
        ("my mate is 15 and im 14", "under_18"),
        ("im in year 10, he's 17", "under_18"),
        ("can i talk to a real person please", "ask_human"),
        ("he wants £300 by tonight", "threat_live"),
        ("she wants 50 quid", "threat_live"),
        ("they asked for bitcoin", "threat_live"),
        ("goodnight", "goodbye"),
        ("my ex says she will put our video online", "threat_ex_partner"),
        ("what is the weather in Leeds", "out_of_scope"),
    ],
)
def test_plain_messages_are_plainly_understood(door: BrainDoor, text: str, label: str) -> None:
    intent = [event for event in door.turn(text)["snapshot"]["events"] if event["event"] == "user"][-1]["parse_data"]
    assert intent["intent"]["name"] == label
    assert intent["intent"]["confidence"] > 0.5
