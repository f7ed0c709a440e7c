"""Train the learned half: ``python -m bot.crisis.train``.

Reads ``data/crisis/*.jsonl`` and, as ordinary messages, ``data/nlu/*.yml``; writes
``build/crisis/model.npz`` and ``model.json``. Needs scikit-learn (``requirements/dev.txt``).
The same data gives the same model. Thresholds are chosen on predictions for voices that
the model was not trained on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from scipy import sparse as scipy_sparse  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from bot import encoder
from bot.crisis.features import HASHED, NAMES, Sparse, groups_of, sparse
from bot.crisis.guards import sort_out
from bot.crisis.learned import FOLDER, LEVELS, message_features
from bot.crisis.levels import Level
from bot.crisis.matching import Hit, Patterns
from bot.crisis.patterns import DECIDING
from bot.crisis.spelling import plain
from bot.crisis.text import normalise, windows, words

ROOT = Path(__file__).resolve().parents[2]
FOLDS = 5
NONE = LEVELS.index(Level.NONE)
CHECK_IN = LEVELS.index(Level.CHECK_IN)
STRENGTH = 2.0
ORDINARY_WINDOWS = 4
HAND_OVER_FALSE = 0.02
CHECK_IN_FALSE = 0.27

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Row:
    """One labelled message; ``group`` keeps a voice's messages in one fold."""

    text: str
    level: Level
    group: str
    ordinary: bool = False


def crisis_rows(folder: Path) -> Iterator[Row]:
    """Rows of ``data/crisis``."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            yield Row(row["text"], Level(row["level"]), f"{path.stem}/{row['voice']}")


def ordinary_rows(folder: Path) -> Iterator[Row]:
    """The intents' examples, as messages with no crisis in them."""
    for path in sorted(folder.glob("*.yml")):
        if path.stem == "crisis":
            continue
        for text in re.findall(r"^    - (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            yield Row(text, Level.NONE, f"ordinary/{crc32(text.encode()) % 20}", ordinary=True)


def all_rows() -> list[Row]:
    """Every row once; a crisis label outranks the intents' plain one."""
    rows = list(crisis_rows(ROOT / "data" / "crisis"))
    seen = {row.text for row in rows}
    return rows + [row for row in ordinary_rows(ROOT / "data" / "nlu") if row.text not in seen]


def folds_of(rows: Sequence[Row]) -> Ints:
    """A fold for each row: whole groups, the largest first into the emptiest fold."""
    load = [0] * FOLDS
    fold: dict[str, int] = {}
    for group, size in sorted(Counter(row.group for row in rows).items(), key=lambda item: (-item[1], item[0])):
        fold[group] = load.index(min(load))
        load[fold[group]] += size
    return np.array([fold[row.group] for row in rows])


@dataclass
class Pieces:
    """All rows cut into pieces. ``owner[i]`` is the row of piece i; ``first[i]`` marks a row's first."""

    features: Any
    owner: Ints
    first: Bools
    count: Ints


def _stack(found: Sequence[Sparse]) -> Any:
    starts = np.cumsum([0] + [len(piece.columns) for piece in found])
    columns = np.concatenate([piece.columns for piece in found])
    values = np.concatenate([piece.values for piece in found])
    return scipy_sparse.csr_matrix((values, columns, starts), shape=(len(found), HASHED + len(NAMES)))


def _encode(texts: Sequence[str]) -> Floats:
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    vectors = np.zeros((len(texts), encoder.WIDTH), dtype=np.float32)
    for start in range(0, len(order), 64):
        batch = order[start : start + 64]
        vectors[batch] = encoder.encode([texts[index] for index in batch])
        if start % 3200 == 0:
            print(f"\r  encoding {start}/{len(order)}", end="", file=sys.stderr, flush=True)
    print(f"\r  encoded {len(order)} pieces   ", file=sys.stderr)
    return vectors


def cut(rows: Sequence[Row], patterns: Patterns) -> Pieces:
    """Cut every row into pieces and describe them."""
    owner: list[int] = []
    first: list[bool] = []
    tokens: list[list[str]] = []
    for index, row in enumerate(rows):
        for place, piece in enumerate(windows(row.text)):
            owner.append(index)
            first.append(place == 0)
            tokens.append(plain(words(normalise(piece))))
    hashed = _stack([sparse(piece, groups_of(patterns.find(piece))) for piece in tokens])
    dense = _encode([" ".join(piece) for piece in tokens])
    features = scipy_sparse.hstack([scipy_sparse.csr_matrix(dense), hashed]).tocsr()
    return Pieces(features, np.array(owner), np.array(first), np.bincount(owner, minlength=len(rows)))


def _fit(pieces: Pieces, chosen: Bools, labels: Ints) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, max_iter=60, tol=1e-3)
    return model.fit(pieces.features[chosen], labels[pieces.owner[chosen]])


def _telling(pieces: Pieces, rows: Bools, labels: Ints, model: LogisticRegression) -> list[int]:
    """For each crisis row of several pieces, the piece that shows its level best."""
    chances = model.predict_proba(pieces.features)
    found = []
    for row in np.flatnonzero(rows & (labels != NONE) & (pieces.count > 1)):
        own = np.flatnonzero(pieces.owner == row)
        found.append(int(own[chances[own, labels[row]].argmax()]))
    return found


def learn(pieces: Pieces, rows: Bools, labels: Ints, kept: Bools, whole: Bools) -> LogisticRegression:
    """Fit the pieces' model on some rows.

    A crisis in a long message is in one of its pieces, and nobody has marked which: a first
    model learns from short messages, and picks the telling piece of each long one.
    """
    inside = rows[pieces.owner]
    none = inside & kept & (labels[pieces.owner] == NONE)
    plainly = inside & whole & (labels[pieces.owner] != NONE)
    model = _fit(pieces, none | plainly, labels)
    chosen = none | plainly
    chosen[_telling(pieces, rows, labels, model)] = True
    return _fit(pieces, chosen, labels)


def _kept(pieces: Pieces, rows: Sequence[Row]) -> Bools:
    """All pieces of crisis data; of a long ordinary message the first few."""
    place = np.arange(len(pieces.owner)) - np.flatnonzero(pieces.first)[pieces.owner]
    ordinary = np.array([row.ordinary for row in rows])
    kept: Bools = ~ordinary[pieces.owner] | (place < ORDINARY_WINDOWS)
    return kept


def describe(rows: Sequence[Row], pieces: Pieces, chances: Floats, patterns: Patterns) -> tuple[Floats, Bools, Bools]:
    """Each message's features, and whether deciding patterns hand it over or notice it."""
    described, hands, notices = [], [], []
    starts = np.flatnonzero(pieces.first)
    for index, row in enumerate(rows):
        tokens = plain(words(normalise(row.text)))
        firm, soft = sort_out(tokens, patterns.find(tokens))
        described.append(message_features(chances[starts[index] : starts[index] + pieces.count[index]], firm, soft))
        deciding: list[Hit] = [hit for hit in firm if hit.group in DECIDING]
        hands.append(any(hit.level.hands_over for hit in deciding))
        notices.append(bool(deciding))
    return np.array(described, dtype=np.float32), np.array(hands), np.array(notices)


def calibrate(described: Floats, target: Bools) -> Floats:
    """Fit the message's model; give weights for unscaled features, the constant last."""
    scaler = StandardScaler().fit(described)
    model = LogisticRegression(C=0.3, max_iter=500).fit(scaler.transform(described), target)
    weights = model.coef_[0] / scaler.scale_
    return np.append(weights, model.intercept_[0] - weights @ scaler.mean_).astype(np.float32)


def chance(described: Floats, weights: Floats) -> Floats:
    """The chances of many messages."""
    return np.asarray(1 / (1 + np.exp(-(described @ weights[:-1] + weights[-1]))), dtype=np.float32)


@dataclass(frozen=True)
class Unseen:
    """Predictions for rows of voices that were left out, and what patterns said."""

    hand: Floats
    notice: Floats
    hands: Bools
    notices: Bools


def _figures(unseen: Unseen, labels: Ints, ordinary: Bools, hand_from: float, check_from: float) -> dict[str, float]:
    hands = unseen.hands | (unseen.hand >= hand_from)
    noticed = hands | unseen.notices | (unseen.notice >= check_from)
    crisis, handing = labels < NONE, labels < CHECK_IN
    hard = (labels == NONE) & ~ordinary
    return {
        "noticed": float(noticed[crisis].mean()),
        "handed_over": float(hands[handing].mean()),
        "imminent_handed_over": float(hands[labels == 0].mean()),
        "wrong_hand_over_hard": float(hands[hard].mean()),
        "wrong_hand_over_ordinary": float(hands[ordinary].mean()),
        "check_in_hard": float((noticed & ~hands)[hard].mean()),
        "check_in_ordinary": float((noticed & ~hands)[ordinary].mean()),
        **{f"noticed_{level.value}": float(noticed[labels == i].mean()) for i, level in enumerate(LEVELS[:-1])},
        **{f"handed_over_{level.value}": float(hands[labels == i].mean()) for i, level in enumerate(LEVELS[:-1])},
    }


def thresholds(unseen: Unseen, labels: Ints, ordinary: Bools) -> tuple[float, float]:
    """The two thresholds: as low as the shares of false alarms above allow."""
    hand = float(np.quantile(unseen.hand[ordinary], 1 - HAND_OVER_FALSE))
    hard = (labels == NONE) & ~ordinary
    check = float(np.quantile(unseen.notice[hard], 1 - CHECK_IN_FALSE))
    return hand, min(check, hand)


def _digest() -> str:
    found = hashlib.sha256()
    for path in sorted((ROOT / "data" / "crisis").glob("*.jsonl")):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def main() -> None:
    """Train, show cross-validated figures, write the model."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=FOLDER)
    out: Path = options.parse_args().out
    began = time.monotonic()
    rows, patterns = all_rows(), Patterns()
    labels = np.array([LEVELS.index(row.level) for row in rows])
    ordinary = np.array([row.ordinary for row in rows])
    print(f"{len(rows)} rows, {(labels < NONE).sum()} with a crisis or check-in", file=sys.stderr)
    pieces = cut(rows, patterns)
    kept, whole = _kept(pieces, rows), pieces.first & np.array([len(r.text.split()) <= 60 for r in rows])[pieces.owner]
    folds, chances = folds_of(rows), np.zeros((len(pieces.owner), len(LEVELS)), dtype=np.float32)
    for fold in range(FOLDS):
        model = learn(pieces, folds != fold, labels, kept, whole)
        left_out = folds[pieces.owner] == fold
        chances[left_out] = model.predict_proba(pieces.features[left_out])
        print(f"  fold {fold + 1} of {FOLDS}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    described, hands, notices = describe(rows, pieces, chances, patterns)
    unseen = Unseen(np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32), hands, notices)
    for fold in range(FOLDS):
        train, test = folds != fold, folds == fold
        unseen.hand[test] = chance(described[test], calibrate(described[train], labels[train] < CHECK_IN))
        unseen.notice[test] = chance(described[test], calibrate(described[train], labels[train] < NONE))
    hand_from, check_from = thresholds(unseen, labels, ordinary)
    figures = _figures(unseen, labels, ordinary, hand_from, check_from)
    model = learn(pieces, np.ones(len(rows), dtype=bool), labels, kept, whole)
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out / "model.npz",
        dense=model.coef_[:, : encoder.WIDTH].T.astype(np.float32),
        hashed=model.coef_[:, encoder.WIDTH :].T.astype(np.float16),
        bias=model.intercept_.astype(np.float32),
        hand=calibrate(described, labels < CHECK_IN),
        notice=calibrate(described, labels < NONE),
    )
    facts = {
        "groups": list(NAMES),
        "levels": [level.value for level in LEVELS],
        "hand_over_from": hand_from,
        "check_in_from": check_from,
        "rows": len(rows),
        "data": _digest(),
        "cross_validation": {name: round(value, 4) for name, value in figures.items()},
    }
    (out / "model.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(facts["cross_validation"], indent=1))
    print(
        f"thresholds {hand_from:.3f} {check_from:.3f}; {time.monotonic() - began:.0f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
