"""Which intent a message has: a linear model, pure, the same on both Pythons.

It reads the sentence encoder's vector, the letter and word patterns of the text and a
few cues. Why these, and what else was measured: docs/understanding.md.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import TfidfVectorizer  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from bot.nlu.cues import cues

Floats = npt.NDArray[np.float32]

# Chosen by cross-validation over the writers of the training messages.
STRENGTH = 0.6
CUE_WEIGHT = 0.2
# Turns margins into shares that come true about as often as they say.
SHARPNESS = 6.0

_LETTERS: Dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 4)}
_WORDS: Dict[str, Any] = {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b|[^\w\s]"}


class IntentModel:
    """Made by ``fit`` or ``load``."""

    def __init__(self, labels: List[str], vectorizers: List[Any], weights: Floats, bias: Floats) -> None:
        self.labels = labels
        self._vectorizers = vectorizers
        self._weights = weights
        self._bias = bias

    @classmethod
    def fit(cls, texts: Sequence[str], vectors: Floats, labels: Sequence[str]) -> IntentModel:
        """Learn from texts, their sentence vectors (one row each) and their labels; the same every time.

        Raises ``ValueError`` for fewer than three labels: there would be nothing to choose.
        """
        if len(set(labels)) < 3:
            raise ValueError(f"{len(set(labels))} labels; expected three or more.")
        vectorizers = [TfidfVectorizer(sublinear_tf=True, min_df=2, **kind).fit(texts) for kind in (_LETTERS, _WORDS)]
        learner = LinearSVC(C=STRENGTH, random_state=0, max_iter=5000)
        learner.fit(_features(vectorizers, texts, vectors), list(labels))
        return cls(
            [str(label) for label in learner.classes_],
            vectorizers,
            learner.coef_.T.astype(np.float32),
            learner.intercept_.astype(np.float32),
        )

    def shares(self, texts: Sequence[str], vectors: Floats) -> Floats:
        """How likely each label is, shape ``(len(texts), len(labels))``; rows sum to one."""
        margins = _features(self._vectorizers, texts, vectors) @ self._weights + self._bias
        scaled = np.exp(SHARPNESS * (margins - margins.max(axis=1, keepdims=True)))
        return np.asarray(scaled / scaled.sum(axis=1, keepdims=True), dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the model as plain arrays and JSON, with nothing in it that runs when read."""
        arrays = {f"idf_{index}": each.idf_ for index, each in enumerate(self._vectorizers)}
        np.savez_compressed(folder / "weights.npz", weights=self._weights, bias=self._bias, **arrays)
        vocabularies = [{term: int(column) for term, column in each.vocabulary_.items()} for each in self._vectorizers]
        (folder / "words.json").write_text(json.dumps([self.labels, vocabularies]), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """Read what ``save`` wrote."""
        labels, vocabularies = json.loads((folder / "words.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            vectorizers = [
                _vectorizer(kind, vocabularies[index], arrays[f"idf_{index}"])
                for index, kind in enumerate((_LETTERS, _WORDS))
            ]
            return cls(labels, vectorizers, arrays["weights"], arrays["bias"])


def _vectorizer(kind: Dict[str, Any], vocabulary: Dict[str, int], idf: Any) -> Any:
    vectorizer = TfidfVectorizer(sublinear_tf=True, vocabulary=vocabulary, **kind)
    vectorizer.idf_ = idf
    return vectorizer


def _features(vectorizers: List[Any], texts: Sequence[str], vectors: Floats) -> Any:
    return sparse.hstack(
        [
            sparse.csr_matrix(vectors),
            *(each.transform(texts) for each in vectorizers),
            sparse.csr_matrix(CUE_WEIGHT * cues(list(texts))),
        ]
    ).tocsr()
