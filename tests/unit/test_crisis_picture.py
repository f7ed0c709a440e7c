"""The picture of recall against precision shows where the detector stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.crisis.choose import Weighed
from bot.crisis.detector import Prepared
from bot.crisis.learned import LEVELS, Chances, Thresholds
from bot.crisis.levels import Level
from bot.crisis.picture import draw, point, shifted
from bot.crisis.rows import Row

THRESHOLDS = Thresholds(imminent=0.5, danger=0.9, hand_over=0.8, hand_over_with_pattern=0.1, check_in=0.2)


def seen(level: Level, chance: float) -> Weighed:
    return Weighed(
        Row("words", LEVELS.index(level), "file"), Prepared(["words"], []), Chances(chance, chance, Level.ACTIVE)
    )


READ = [seen(Level.ACTIVE, 0.95), seen(Level.ACTIVE, 0.7), seen(Level.NONE, 0.85), seen(Level.NONE, 0.1)]


def test_unmoved_thresholds_are_the_same() -> None:
    assert shifted(THRESHOLDS, 0).danger == pytest.approx(0.9)


def test_the_dot_is_what_these_thresholds_do() -> None:
    assert point(READ, THRESHOLDS) == (0.5, 0.5)


@pytest.mark.parametrize(("by", "expected"), [(-5, (1.0, 2 / 4)), (-1, (1.0, 2 / 3)), (1, (0.5, 1.0)), (9, (0.0, 1.0))])
def test_higher_thresholds_find_less(by: float, expected: tuple[float, float]) -> None:
    assert point(READ, shifted(THRESHOLDS, by)) == pytest.approx(expected)


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "picture.png", {"four messages": READ}, THRESHOLDS)
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")
