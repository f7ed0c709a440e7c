"""A request for a person: its place in the queue, who is there, and when a claim is lost. Pure.

Urgency orders a queue; it is not a risk score, and it is never shown to the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.crisis import Level


class Urgency(StrEnum):
    """How urgently a person is needed, most urgent first."""

    NOW = "now"
    HIGH = "high"
    RAISED = "raised"
    ASKED = "asked"
    NORMAL = "normal"


# An urgent request is served as if it had been made this much earlier. Each head start is
# finite, so that waiting promotes everyone and nobody starves behind newer requests.
HEAD_STARTS: dict[Urgency, timedelta] = {
    Urgency.NOW: timedelta(hours=4),
    Urgency.HIGH: timedelta(hours=1),
    Urgency.RAISED: timedelta(minutes=25),
    Urgency.ASKED: timedelta(minutes=5),
    Urgency.NORMAL: timedelta(0),
}
# Whoever was dropped by a lost claim goes before everyone who was not.
DROPPED_HEAD_START = timedelta(hours=24)

_OF_LEVEL: dict[Level, Urgency] = {
    Level.IMMINENT: Urgency.NOW,
    Level.DANGER: Urgency.NOW,
    Level.ACTIVE: Urgency.HIGH,
    Level.THIRD_PARTY: Urgency.HIGH,
    Level.PASSIVE: Urgency.RAISED,
}
_OF_REASON: dict[str, Urgency] = {"crisis": Urgency.RAISED, "asked": Urgency.ASKED, "staff": Urgency.ASKED}


def most_urgent(urgencies: Iterable[Urgency]) -> Urgency:
    """The most urgent of some; ``NORMAL`` of none."""
    order = list(Urgency)
    return min(urgencies, key=order.index, default=Urgency.NORMAL)


def urgency(reason: str, levels: Iterable[Level]) -> Urgency:
    """How urgent a request is, given why it was made and what detection found that nobody has seen to yet."""
    return most_urgent(
        [_OF_REASON.get(reason, Urgency.NORMAL), *(_OF_LEVEL[level] for level in levels if level in _OF_LEVEL)]
    )


def is_crisis(level: Urgency) -> bool:
    """Whether a request of this urgency must not end without a person having looked."""
    return level in (Urgency.NOW, Urgency.HIGH, Urgency.RAISED)


def place(requested_at: datetime, level: Urgency, *, dropped: bool = False) -> datetime:
    """The instant that orders the queue, earliest first. It does not change while someone waits."""
    return requested_at - HEAD_STARTS[level] - (DROPPED_HEAD_START if dropped else timedelta(0))


# --- who is there

CONNECTED_FOR = timedelta(seconds=45)  # a console says that it is there three times in this
ACTIVE_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Duty:
    """What is known of one member of staff."""

    switched_on: bool
    seen_at: datetime | None  # their console was connected
    active_at: datetime | None  # they did something
    conversations: int
    room: int

    def is_connected(self, now: datetime) -> bool:
        """Whether a console of theirs is open."""
        return self.seen_at is not None and now - self.seen_at <= CONNECTED_FOR

    def is_on(self, now: datetime) -> bool:
        """On duty: switched on, connected, and active in the last ten minutes."""
        active = self.active_at is not None and now - self.active_at <= ACTIVE_FOR
        return self.switched_on and active and self.is_connected(now)

    def could_take_one(self, now: datetime) -> bool:
        """On duty, with room for another conversation."""
        return self.is_on(now) and self.conversations < self.room


# --- leases

FIRST_ANSWER_WITHIN = timedelta(minutes=3)
ANSWER_WITHIN = timedelta(minutes=8)
AWAY_FOR = timedelta(seconds=90)


class Lost(StrEnum):
    """Why a claim went back to the queue."""

    NOT_ANSWERED = "not_answered"
    WENT_AWAY = "went_away"


@dataclass(frozen=True)
class Claim:
    """One member of staff holds a conversation."""

    claimed_at: datetime
    answered: bool  # they wrote since they claimed it
    owed_since: datetime | None  # the oldest message that nobody has answered
    holder_seen_at: datetime | None

    def answer_by(self) -> datetime | None:
        """When the holder must have written. None: nothing is owed."""
        if not self.answered:
            return self.claimed_at + FIRST_ANSWER_WITHIN
        return self.owed_since + ANSWER_WITHIN if self.owed_since else None

    def lost(self, now: datetime) -> Lost | None:
        """Why the lease has ended. None: it holds."""
        seen = max(self.claimed_at, self.holder_seen_at or self.claimed_at)
        if now - seen > AWAY_FOR:
            return Lost.WENT_AWAY
        due = self.answer_by()
        return Lost.NOT_ANSWERED if due and now > due else None

    def owes(self, level: Urgency) -> bool:
        """Whether someone must still come when this claim ends: to the queue, not to the bot."""
        return not self.answered or self.owed_since is not None or is_crisis(level)


# --- what someone who waits is told

TOLD_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 8, 15))
CHANGE_AT_MOST_EVERY = timedelta(minutes=3)
CHANGES_AT_MOST = 4  # coming and leaving, each in two wordings


@dataclass(frozen=True)
class Wait:
    """What someone who waits was told, and when."""

    since: datetime  # the request, or the claim that was lost
    stages_told: int
    changes_told: int
    duty_told: bool  # whether someone was on duty when this was last said
    told_at: datetime

    def stages_due(self, now: datetime) -> int:
        """How many of the four times have passed."""
        return sum(now - self.since >= after for after in TOLD_AFTER)

    def changes(self, *, someone_on_duty: bool) -> int:
        """How often what was told of duty has changed, once this is told too. They alternate: no two sound the same."""
        return self.changes_told + (someone_on_duty != self.duty_told)

    def due(self, now: datetime, *, someone_on_duty: bool) -> str | None:
        """The name of what is to be said now, or None. Never the same twice.

        Times that passed unnoticed (no process ran) are not caught up one by one.
        """
        stage = self.stages_due(now)
        if stage > self.stages_told:
            return f"utter_wait_{stage}" if someone_on_duty else f"utter_wait_{stage}_nobody"
        changed = someone_on_duty != self.duty_told and now - self.told_at >= CHANGE_AT_MOST_EVERY
        if not changed or self.changes_told >= CHANGES_AT_MOST:
            return None
        name = "utter_wait_someone_came" if someone_on_duty else "utter_wait_everyone_left"
        return name if self.changes_told < CHANGES_AT_MOST // 2 else f"{name}_again"


WAIT_WORDS = (
    *(f"utter_wait_{stage}" for stage in range(1, len(TOLD_AFTER) + 1)),
    *(f"utter_wait_{stage}_nobody" for stage in range(1, len(TOLD_AFTER) + 1)),
    "utter_wait_someone_came",
    "utter_wait_everyone_left",
    "utter_wait_someone_came_again",
    "utter_wait_everyone_left_again",
)


# --- alerts to staff who are elsewhere

ALERT_EVERY: dict[Urgency, timedelta] = {
    Urgency.NOW: timedelta(minutes=2),
    Urgency.HIGH: timedelta(minutes=3),
    Urgency.RAISED: timedelta(minutes=5),
    Urgency.ASKED: timedelta(minutes=10),
    Urgency.NORMAL: timedelta(minutes=15),
}
ALERTS_BEFORE_WIDER = 2
ALERTS_AT_MOST = 12


@dataclass(frozen=True)
class AlertState:
    """The alerts that were sent about one request."""

    sent: int
    last_at: datetime | None

    def is_due(self, level: Urgency, now: datetime) -> bool:
        """Whether it is time to alert (again)."""
        if self.last_at is None:
            return True
        return self.sent < ALERTS_AT_MOST and now - self.last_at >= ALERT_EVERY[level]

    @property
    def is_wide(self) -> bool:
        """Whether the next one goes to the wider circle too."""
        return self.sent >= ALERTS_BEFORE_WIDER


# --- expected wait

ENOUGH_FIGURES = 8


def expected_wait(waits: Iterable[timedelta]) -> timedelta | None:
    """The median of recent waits, in whole minutes up. None: too few to say anything honest."""
    known = sorted(waits)
    if len(known) < ENOUGH_FIGURES:
        return None
    minutes = -(-known[len(known) // 2] // timedelta(minutes=1))
    return timedelta(minutes=max(1, minutes))
