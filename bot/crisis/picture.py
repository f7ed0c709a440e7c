"""Draw how many crises are handed over against how many hand-overs are right: ``python -m bot.crisis.picture``.

    python -m bot.crisis.picture docs/images/crisis.png tests/evaluation/crisis_gate.jsonl …

One line for each file, from all thresholds moved together; the dot is where Harbour stands.
Needs ``requirements/dev.txt``.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from matplotlib.figure import Figure

from bot.channels.text import clean
from bot.crisis.choose import Weighed, look, measured, weighed
from bot.crisis.learned import FACTS, FOLDER, LEVELS, Thresholds
from bot.crisis.levels import Level
from bot.crisis.matching import Patterns
from bot.crisis.rows import Row

SHIFTS = [step / 5 for step in range(-40, 41)]  # in log odds

Point = tuple[float, float]


def shifted(thresholds: Thresholds, by: float) -> Thresholds:
    """The thresholds, each moved by as much in log odds: upwards fewer messages are found."""
    moved = {
        name: 1 / (1 + math.exp(-math.log(value / (1 - value)) - by)) for name, value in asdict(thresholds).items()
    }
    return Thresholds(**moved)


def point(read: Sequence[Weighed], thresholds: Thresholds) -> Point:
    """Which share of the crises is handed over, and which share of hand-overs is right (1 where there is none)."""
    figures, _ = measured(read, thresholds)
    right = figures.hand_over_precision
    return figures.handed_over.value, right.value if right.of else 1.0


def draw(target: Path, sets: Mapping[str, Sequence[Weighed]], thresholds: Thresholds) -> None:
    """Write a picture with a line and a dot for each named set of messages."""
    figure = Figure(figsize=(6.4, 4.4), layout="constrained")
    axes = figure.add_subplot(
        xlabel="handed over, of all crises (recall)",
        ylabel="right, of all hand-overs (precision)",
        xlim=(0.7, 1.005),
        ylim=(0.7, 1.005),
    )
    for name, read in sets.items():
        (line,) = axes.plot(*zip(*(point(read, shifted(thresholds, by)) for by in SHIFTS), strict=True), label=name)
        axes.plot(*point(read, thresholds), "o", color=line.get_color())
    axes.grid(alpha=0.3)
    axes.legend(loc="lower left", title="messages, of which half or more are crises")
    figure.savefig(target, dpi=150)


def main() -> None:
    """Read the files named, and draw."""
    target, *files = (Path(argument) for argument in sys.argv[1:])
    facts = json.loads((FOLDER / FACTS).read_text(encoding="utf-8"))
    patterns, sets = Patterns(), {}
    for file in files:
        found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        rows = [Row(clean(each["text"]), LEVELS.index(Level(each["level"])), file.stem) for each in found]
        sets[file.stem.replace("_", ", ")] = weighed(list(look(FOLDER, rows, patterns)), facts["temperature"])
    draw(target, sets, Thresholds(**facts["thresholds"]))


if __name__ == "__main__":
    main()
