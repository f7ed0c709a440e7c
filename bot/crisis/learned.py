"""The learned half: a transformer reads the message, or each window of a long one.

Ten layers of all-mpnet-base-v2 (Apache-2.0), fine-tuned and made narrower by ``train.py``, as int8 ONNX. The weights
are kept in ``model/`` with the tokenizer, and with the thresholds and digests that belong to them.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.crisis.levels import Level
from bot.crisis.text import normalise

LEVELS = tuple(Level)
HANDING = 5
MOST_PIECES = 192
FOLDER = Path(__file__).with_name("model")
WEIGHTS, TOKENIZER, FACTS = "weights.onnx", "tokenizer.json", "facts.json"
# Between these chances that a person is to be brought in, before calibration, a text is read once more, behind a
# sentence that anybody here could begin with; the mean counts (docs/crisis.md).
DOUBT_FROM, DOUBT_TO = 0.2, 0.98
SETTING = "someone has my pictures. "

Floats = npt.NDArray[np.float32]


def readable(text: str) -> str:
    """A message as the transformer reads it: disguises undone, emoji by their names."""
    plain = normalise(text).replace("emoji_", "")
    return "".join(_named(c) if c > "\u2190" else c for c in plain)


def _named(character: str) -> str:
    if unicodedata.category(character) != "So":
        return character
    return f" {unicodedata.name(character, '').lower()} "


class WeightsChanged(RuntimeError):
    """A file of the model is not the one that the detector was measured with."""


@dataclass(frozen=True)
class Chances:
    """What the learned half makes of a message. Never leaves the detector."""

    hand_over: float
    notice: float
    level: Level


@dataclass(frozen=True)
class Thresholds:
    """From which chance on something is done. ``hand_over_with_pattern`` counts when a pattern says so too.

    ``imminent`` and ``danger`` count where those are the likeliest. The most urgent is missed at the highest price;
    and fear of danger from others is what ordinary messages here are about.
    """

    imminent: float
    danger: float
    hand_over: float
    hand_over_with_pattern: float
    check_in: float

    def hand_over_from(self, level: Level) -> float:
        """From which chance on a person is brought in, where this level is the likeliest."""
        return {Level.IMMINENT: self.imminent, Level.DANGER: self.danger}.get(level, self.hand_over)


class Transformer:
    """Text to the scores of the levels, one text at a time on one thread: the same text has the same scores."""

    def __init__(self, weights: bytes, tokenizer: bytes) -> None:
        from onnxruntime import InferenceSession, SessionOptions
        from tokenizers import Tokenizer

        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_mem_pattern = False  # every text has another length
        # Fused, a norm and the addition before it take longer than the two apart, and are less exact.
        slower = ["SkipLayerNormFusion"]
        self._session = InferenceSession(weights, options, ["CPUExecutionProvider"], disabled_optimizers=slower)
        self._tokenizer = Tokenizer.from_buffer(tokenizer)

    def scores(self, text: str) -> Floats:
        """Scores of shape (levels,), in the order of ``LEVELS``; a text is read up to ``MOST_PIECES`` pieces."""
        first = self._read(text)
        if DOUBT_FROM < chances_of(first)[:HANDING].sum() < DOUBT_TO:
            return np.asarray((first + self._read(SETTING + text)) / 2, dtype=np.float32)
        return first

    def _read(self, text: str) -> Floats:
        pieces = np.array([self._tokenizer.encode(readable(text)).ids], dtype=np.int64)
        found: Floats = self._session.run(None, {"pieces": pieces})[0][0]
        return found


class Learned:
    """The transformer with its calibration and thresholds."""

    def __init__(self, transformer: Transformer, temperature: float, thresholds: Thresholds) -> None:
        self._transformer = transformer
        self._temperature = temperature
        self.thresholds = thresholds

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Learned:
        """Load a model's files; raise ``WeightsChanged`` when they do not belong together."""
        facts = json.loads((folder / FACTS).read_text(encoding="utf-8"))
        weights, tokenizer = (checked(folder / name, facts["sha256"][name]) for name in (WEIGHTS, TOKENIZER))
        return cls(Transformer(weights, tokenizer), facts["temperature"], Thresholds(**facts["thresholds"]))

    def message(self, windows: Sequence[str]) -> Chances:
        """Read the windows of one message, of which there is one at least: the most worrying one counts."""
        scores = np.stack([self._transformer.scores(window) for window in windows])
        return most_worrying(scores / np.float32(self._temperature))


def chances_of(scores: Floats) -> Floats:
    """Chances of scores, of the same shape; the levels come last."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: Floats = powers / powers.sum(axis=-1, keepdims=True)
    return chances


def most_worrying(scores: Floats) -> Chances:
    """Join the windows' scores, shape (windows, levels)."""
    chances = chances_of(scores)
    return Chances(
        hand_over=float(chances[:, :HANDING].sum(axis=1).max()),
        notice=float(1 - chances[:, HANDING + 1].min()),
        level=LEVELS[int(chances[:, :HANDING].max(axis=0).argmax())],
    )


def checked(path: Path, digest: str) -> bytes:
    """Read a file; raise ``WeightsChanged`` unless its sha256 is ``digest``."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != digest:
        raise WeightsChanged(f"{path} has sha256 {found}, expected {digest}. Check the file out again.")
    return content
