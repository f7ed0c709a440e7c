"""``python -m tests.cross_validation``: how well intents are learned, without the test set.

Trains on all writers but one and measures on that one's messages, for each of the three
writers in turn. Choices about features and settings are made with these figures.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from sklearn.metrics import classification_report, f1_score

from bot.encoder import Vectors, encode
from bot.nlu.intents import IntentModel
from bot.settings import ROOT

HELD_OUT = (1, 2, 3)
LEFT_OUT = "crisis"
BATCH = 64


@dataclass(frozen=True)
class Example:
    """One training message. ``writer`` is 0 where the file does not say."""

    text: str
    label: str
    writer: int


def examples(folder: Path = ROOT / "data" / "nlu") -> Iterator[Example]:
    """Every training message."""
    for path in sorted(folder.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            writer = block.get("metadata", {}).get("writer", 0)
            for line in block["examples"].splitlines():
                yield Example(line.removeprefix("- "), block["intent"], writer)


def vectors_of(texts: list[str]) -> Vectors:
    """The encoder's vectors, in batches."""
    return np.vstack([encode(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])


def main() -> None:
    """Print the figures."""
    rows = [row for row in examples() if row.label != LEFT_OUT]
    writers = np.array([row.writer for row in rows])
    vectors = vectors_of([row.text for row in rows])
    true: list[str] = []
    predicted: list[str] = []
    for writer in HELD_OUT:
        known, new = np.flatnonzero(writers != writer), np.flatnonzero(writers == writer)
        model = IntentModel.fit([rows[i].text for i in known], vectors[known], [rows[i].label for i in known])
        best = model.shares([rows[i].text for i in new], vectors[new]).argmax(axis=1)
        found = [model.labels[index] for index in best]
        wanted = [rows[i].label for i in new]
        print(f"writer {writer}: {np.mean([a == b for a, b in zip(wanted, found, strict=True)]):.3f} of {len(new)}")
        true += wanted
        predicted += found
    labels = sorted(set(true))
    print(classification_report(true, predicted, labels=labels, digits=2, zero_division=0))
    right = np.mean([a == b for a, b in zip(true, predicted, strict=True)])
    print(f"accuracy {right:.3f}, macro F1 {f1_score(true, predicted, labels=labels, average='macro'):.3f}")
    pairs = Counter((a, b) for a, b in zip(true, predicted, strict=True) if a != b)
    for (wanted_label, found_label), count in pairs.most_common(15):
        print(f"{count:4} {wanted_label} taken for {found_label}")


if __name__ == "__main__":
    main()
