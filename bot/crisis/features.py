"""Numbers for the learned half: sentence vector, hashed n-grams, pattern groups.

All of it is NumPy and the standard library, so that both Pythons give the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
import numpy.typing as npt

from bot import encoder
from bot.crisis.concepts import concept_grams
from bot.crisis.matching import Hit
from bot.crisis.patterns import GROUPS

CHARS = 1 << 15
WORDS = 1 << 15
CONCEPTS = 1 << 14
CHAR_WEIGHT, WORD_WEIGHT, CONCEPT_WEIGHT, GROUP_WEIGHT = 0.9, 1.35, 1.35, 2.0
NAMES = tuple(GROUPS)
HASHED = CHARS + WORDS + CONCEPTS
WIDTH = encoder.WIDTH + HASHED + len(NAMES)

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sparse:
    """Columns and values of one piece's hashed n-grams and groups; columns count from 0."""

    columns: Ints
    values: Floats


def _counted(grams: Sequence[str], size: int, offset: int, weight: float) -> tuple[list[int], list[float]]:
    counts: dict[int, float] = {}
    for gram in grams:
        hashed = crc32(gram.encode())
        column = offset + hashed % size
        counts[column] = counts.get(column, 0.0) + (1.0 if hashed & 0x80000000 else -1.0)
    norm = float(np.sqrt(sum(value * value for value in counts.values()))) or 1.0
    return list(counts), [weight * value / norm for value in counts.values()]


def _char_grams(tokens: Sequence[str]) -> list[str]:
    grams: list[str] = []
    for token in tokens:
        padded = f" {token} "
        for size in range(2, 6):
            grams += [padded[start : start + size] for start in range(len(padded) - size + 1)]
    return grams


def _word_grams(tokens: Sequence[str]) -> list[str]:
    padded = ["^", *tokens, "$"]
    return list(tokens) + [f"{a} {b}" for a, b in pairwise(padded)]


def sparse(tokens: Sequence[str], groups: Sequence[str]) -> Sparse:
    """Hash a piece's words (one spelling) and note the groups found in it."""
    columns, values = _counted(_char_grams(tokens), CHARS, 0, CHAR_WEIGHT)
    more, weights = _counted(_word_grams(tokens), WORDS, CHARS, WORD_WEIGHT)
    about, telling = _counted(concept_grams(tokens), CONCEPTS, CHARS + WORDS, CONCEPT_WEIGHT)
    marks = [HASHED + NAMES.index(group) for group in groups]
    return Sparse(
        np.array(columns + more + about + marks, dtype=np.int64),
        np.array(values + weights + telling + [GROUP_WEIGHT] * len(marks), dtype=np.float32),
    )


def groups_of(hits: Sequence[Hit]) -> list[str]:
    """The groups found, each once, in a fixed order."""
    present = {hit.group for hit in hits}
    return [name for name in NAMES if name in present]
