"""The labelled messages to learn from: ``data/crisis`` and, as ordinary messages, ``data/nlu``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.crisis.learned import LEVELS
from bot.crisis.levels import Level

ROOT = Path(__file__).resolve().parents[2]
NONE = LEVELS.index(Level.NONE)
# Never learned from: thresholds are chosen on what these writers wrote.
HELD_OUT = frozenset({"validation", "validation_ordinary", "intents-3"})


@dataclass(frozen=True)
class Row:
    """One labelled message and who wrote it; ``pieces`` are the tokenizer's numbers."""

    text: str
    level: int
    writer: str
    ordinary: bool = False
    pieces: tuple[int, ...] = ()


def crisis_rows(folder: Path) -> Iterator[Row]:
    """Rows of ``data/crisis``; each file has one writer, or is held out. ``…_ordinary`` holds ordinary messages."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Row(row["text"], LEVELS.index(Level(row["level"])), path.stem, path.stem.endswith("ordinary"))


def ordinary_rows(folder: Path) -> Iterator[Row]:
    """The intents' examples, as messages with no crisis in them; their writers are ``intents-1`` and so on."""
    for path in sorted(folder.glob("*.yml")):
        writer = "0"
        for line in path.read_text(encoding="utf-8").splitlines() if path.stem != "crisis" else ():
            if found := re.match(r"\s*writer: (\d+)", line):
                writer = found[1]
            elif found := re.match(r"    - (.+)$", line):
                yield Row(found[1], NONE, f"intents-{writer}", ordinary=True)


def all_rows() -> list[Row]:
    """Every row once; a crisis label outranks the intents' plain one."""
    rows = list(crisis_rows(ROOT / "data" / "crisis"))
    seen = {row.text for row in rows}
    return rows + [row for row in ordinary_rows(ROOT / "data" / "nlu") if row.text not in seen]
