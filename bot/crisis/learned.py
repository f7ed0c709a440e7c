"""The learned half: a linear model over pieces, and a second one over the message.

The first gives each piece (the message, or a window of it) the chance of each level. The
second joins the pieces' chances with the patterns found, and is calibrated: its two
outputs are the chance that a person is to be brought in, and that there is anything to
notice. Both are trained by ``train.py`` and are plain NumPy here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot import encoder
from bot.crisis.features import HASHED, NAMES, Sparse
from bot.crisis.levels import Level
from bot.crisis.matching import Hit

LEVELS = (
    Level.IMMINENT,
    Level.DANGER,
    Level.ACTIVE,
    Level.THIRD_PARTY,
    Level.PASSIVE,
    Level.CHECK_IN,
    Level.NONE,
)
HANDING = 5
FOLDER = Path(__file__).resolve().parents[2] / "build" / "crisis"

Floats = npt.NDArray[np.float32]


class ModelMissing(RuntimeError):
    """There is no trained model, or one for other patterns."""


@dataclass(frozen=True)
class Chances:
    """What the learned half makes of a message. Never leaves the detector."""

    hand_over: float
    notice: float
    level: Level


def softmax(scores: Floats) -> Floats:
    """Turn rows of scores, shape (pieces, 7), into chances that sum to 1."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Floats = powers / powers.sum(axis=1, keepdims=True)
    return chances


def log_odds(chances: Floats) -> Floats:
    """Give log odds, kept within about 14 of zero."""
    return np.asarray(np.log(chances + 1e-6) - np.log(1 - chances + 1e-6), dtype=np.float32)


def message_features(pieces: Floats, firm: Sequence[Hit], soft: Sequence[Hit]) -> Floats:
    """Describe a message by its pieces' chances, shape (pieces, 7), and its patterns."""
    handing = log_odds(pieces[:, :HANDING].sum(axis=1))
    notice = log_odds(1 - pieces[:, HANDING + 1])
    high, seen = np.sort(handing)[::-1], np.sort(notice)[::-1]
    few = len(high) == 1
    firmly, softly = {hit.group for hit in firm}, {hit.group for hit in soft}
    shape = [
        high[0], high[min(1, len(high) - 1)], high[min(2, len(high) - 1)], high.mean(), handing[0],
        seen[0], seen[min(1, len(seen) - 1)], notice[0], seen.mean(), np.log(len(high)), float(few),
    ]  # fmt: skip
    levels = log_odds(pieces[:, : HANDING + 1]).max(axis=0).tolist()
    marks = [float(name in firmly) for name in NAMES] + [float(name in softly) for name in NAMES]
    hands = {hit.group for hit in firm if hit.level.hands_over}
    return np.array([*shape, *levels, *marks, float(len(hands))], dtype=np.float32)


class Learned:
    """The trained weights."""

    def __init__(self, arrays: dict[str, Any], facts: dict[str, Any]) -> None:
        self._dense = np.asarray(arrays["dense"], dtype=np.float32)
        self._hashed = np.asarray(arrays["hashed"], dtype=np.float32)
        self._bias = np.asarray(arrays["bias"], dtype=np.float32)
        self._hand = np.asarray(arrays["hand"], dtype=np.float32)
        self._notice = np.asarray(arrays["notice"], dtype=np.float32)
        self.hand_over_from = float(facts["hand_over_from"])
        self.check_in_from = float(facts["check_in_from"])

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Learned:
        """Load ``model.npz`` and ``model.json``; raise ``ModelMissing`` when they do not fit."""
        try:
            facts = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            with np.load(folder / "model.npz") as stored:
                arrays = {name: stored[name] for name in stored.files}
        except FileNotFoundError as error:
            raise ModelMissing(f"{error.filename} is missing: run `python -m bot.crisis.train`.") from error
        if facts["groups"] != list(NAMES) or arrays["hashed"].shape[0] != HASHED + len(NAMES):
            raise ModelMissing(f"{folder} was trained with other patterns: run `python -m bot.crisis.train`.")
        return cls(arrays, facts)

    def pieces(self, texts: Sequence[str], sparse: Sequence[Sparse]) -> Floats:
        """Give each piece's chances, shape (pieces, 7), in the order of ``LEVELS``."""
        scores = encoder.encode(texts) @ self._dense + self._bias
        for row, piece in enumerate(sparse):
            scores[row] += piece.values @ self._hashed[piece.columns]
        return softmax(scores)

    def message(self, pieces: Floats, firm: Sequence[Hit], soft: Sequence[Hit]) -> Chances:
        """Join the pieces and patterns of one message."""
        described = message_features(pieces, firm, soft)
        return Chances(
            hand_over=_chance(described, self._hand),
            notice=_chance(described, self._notice),
            level=LEVELS[int(pieces[:, :HANDING].max(axis=0).argmax())],
        )


def _chance(described: Floats, weights: Floats) -> float:
    return float(1 / (1 + np.exp(-(described @ weights[:-1] + weights[-1]))))
