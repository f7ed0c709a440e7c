"""The levels of a crisis, and what a look at a message gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Level(str, Enum):
    """What a message says about danger, most urgent first. See ``LABELS.md``.

    Levels choose words and urgency. They are not a risk score.
    """

    IMMINENT = "imminent"
    DANGER = "danger"
    ACTIVE = "active"
    THIRD_PARTY = "third_party"
    PASSIVE = "passive"
    CHECK_IN = "check_in"
    NONE = "none"

    @property
    def hands_over(self) -> bool:
        """Whether this level brings a person in."""
        return self not in (Level.CHECK_IN, Level.NONE)


@dataclass(frozen=True)
class Finding:
    """A level, and for developers the reason: a pattern's name or ``learned``.

    ``doubt`` is what a check-in asks about, where that is not suicide: danger from others, or harm to somebody else.
    """

    level: Level
    reason: str = ""
    doubt: Level | None = None

    @property
    def about(self) -> Level:
        """Which level the questions are about."""
        return self.doubt or self.level
