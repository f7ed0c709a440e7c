"""How well crises are found: pure functions over (level, predicted level) pairs.

Two figures matter: **noticed** (anything but ``none``) and **handed over** (anything but
``none`` and ``check_in``). Every share comes with its 95 % Wilson interval, because 0.98
of 50 rows says little.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.crisis.levels import Level

Pair = tuple[Level, Level]
PREVALENCES = (0.01, 0.05, 0.20)


@dataclass(frozen=True)
class Share:
    """``hits`` of ``of``, with a 95 % Wilson interval. ``value`` is NaN when ``of`` is 0."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.of if self.of else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end."""
        return wilson(self.hits, self.of)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f} to {high:.3f}), {self.hits} of {self.of}"


@dataclass(frozen=True)
class Report:
    """All figures of one set of rows."""

    noticed: Share
    handed_over: Share
    notice_precision: Share
    hand_over_precision: Share
    wrong_hand_overs: Share
    needless_check_ins: Share
    noticed_by_level: dict[Level, Share]
    handed_over_by_level: dict[Level, Share]
    precision_at: dict[float, float]


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval for ``hits`` of ``of``; (0, 1) when ``of`` is 0.

    Raises ``ValueError`` unless ``0 <= hits <= of``.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} hits of {of}: expected 0 <= hits <= of")
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, z * z
    middle = share + square / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    scale = 1 + square / of
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def precision_at(prevalence: float, sensitivity: float, false_alarms: float) -> float:
    """The share of alarms that are right when ``prevalence`` of messages are a crisis.

    Arguments are shares from 0 to 1; NaN when there would be no alarm at all.
    """
    right = prevalence * sensitivity
    alarms = right + (1 - prevalence) * false_alarms
    return right / alarms if alarms else math.nan


def _share(found: Iterable[bool]) -> Share:
    answers = list(found)
    return Share(sum(answers), len(answers))


def report(pairs: Sequence[Pair]) -> Report:
    """Measure (true level, predicted level) pairs.

    A check-in row counts for *noticed*, not for *handed over*; handing it over counts as
    neither right nor wrong. Wrong hand-overs and needless check-ins are shares of the
    ``none`` rows.
    """
    crises = [pair for pair in pairs if pair[0] is not Level.NONE]
    handing = [pair for pair in pairs if pair[0].hands_over]
    calm = [predicted for true, predicted in pairs if true is Level.NONE]
    handed = _share(predicted.hands_over for _, predicted in handing)
    wrong = _share(predicted.hands_over for predicted in calm)
    levels = [level for level in Level if level is not Level.NONE]
    return Report(
        noticed=_share(predicted is not Level.NONE for _, predicted in crises),
        handed_over=handed,
        notice_precision=_share(true is not Level.NONE for true, predicted in pairs if predicted is not Level.NONE),
        hand_over_precision=_share(
            true.hands_over for true, predicted in pairs if predicted.hands_over and true is not Level.CHECK_IN
        ),
        wrong_hand_overs=wrong,
        needless_check_ins=_share(predicted is Level.CHECK_IN for predicted in calm),
        noticed_by_level={
            level: _share(predicted is not Level.NONE for true, predicted in pairs if true is level) for level in levels
        },
        handed_over_by_level={
            level: _share(predicted.hands_over for true, predicted in pairs if true is level) for level in levels
        },
        precision_at={share: precision_at(share, handed.value, wrong.value) for share in PREVALENCES},
    )


def misses(texts: Sequence[str], pairs: Sequence[Pair]) -> list[tuple[str, Level, Level]]:
    """Every crisis that was not noticed, or not handed over: (text, true, predicted)."""
    return [
        (text, true, predicted)
        for text, (true, predicted) in zip(texts, pairs, strict=True)
        if (true.hands_over and not predicted.hands_over) or (true is Level.CHECK_IN and predicted is Level.NONE)
    ]
