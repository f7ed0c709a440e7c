"""The gate: figures on the evaluation's gate half may not fall under the released ones.

``crisis_gate_floor.json`` holds the released figures. Raise them when the detector gets better;
lowering one is a decision for a person, written down.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.crisis import Detector, Level
from bot.crisis.measure import Report, report

ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "tests" / "evaluation" / "crisis_gate.jsonl"
FLOOR = Path(__file__).with_name("crisis_gate_floor.json")


@pytest.fixture(scope="module")
def measured() -> Report:
    detector = Detector.load()
    rows = [json.loads(line) for line in ROWS.read_text(encoding="utf-8").splitlines()]
    return report([(Level(row["level"]), detector.look(row["text"]).level) for row in rows])


@pytest.mark.parametrize("figure", ["noticed", "handed_over", "notice_precision", "hand_over_precision"])
def test_no_figure_falls_under_the_released_one(measured: Report, figure: str) -> None:
    released = json.loads(FLOOR.read_text(encoding="utf-8"))[figure]
    share = getattr(measured, figure)
    assert share.value >= released, f"{figure} is {share}; released was {released}"


def test_imminent_is_handed_over_as_often_as_released(measured: Report) -> None:
    released = json.loads(FLOOR.read_text(encoding="utf-8"))["imminent_handed_over"]
    share = measured.handed_over_by_level[Level.IMMINENT]
    assert share.value >= released, f"imminent handed over is {share}; released was {released}"
