"""The queue's order, who is on duty, leases, what is said to someone who waits, alerts."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.crisis import Level
from bot.handoff import (
    ALERT_EVERY,
    ALERTS_AT_MOST,
    CHANGES_AT_MOST,
    HEAD_STARTS,
    WAIT_WORDS,
    AlertState,
    Claim,
    Duty,
    Lost,
    Urgency,
    Wait,
    expected_wait,
    is_crisis,
    most_urgent,
    place,
    urgency,
)
from tests.unit.support import NOW

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# --- urgency

OF_LEVEL = {
    Level.IMMINENT: Urgency.NOW,
    Level.DANGER: Urgency.NOW,
    Level.ACTIVE: Urgency.HIGH,
    Level.THIRD_PARTY: Urgency.HIGH,
    Level.PASSIVE: Urgency.RAISED,
    Level.CHECK_IN: Urgency.NORMAL,
    Level.NONE: Urgency.NORMAL,
}


@pytest.mark.parametrize("level", Level)
def test_a_level_alone(level: Level) -> None:
    assert urgency("misunderstood", [level]) is OF_LEVEL[level]


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("crisis", Urgency.RAISED),
        ("asked", Urgency.ASKED),
        ("staff", Urgency.ASKED),
        ("misunderstood", Urgency.NORMAL),
        ("something new", Urgency.NORMAL),
    ],
)
def test_a_reason_alone(reason: str, expected: Urgency) -> None:
    assert urgency(reason, []) is expected


@pytest.mark.parametrize(("one", "other"), list(permutations(Level, 2)))
def test_of_two_levels_the_more_urgent_counts(one: Level, other: Level) -> None:
    order = list(Urgency)
    assert urgency("", [one, other]) is min(OF_LEVEL[one], OF_LEVEL[other], key=order.index)


@pytest.mark.parametrize("level", [level for level in Level if level.hands_over])
@pytest.mark.parametrize("reason", ["asked", "misunderstood", "crisis"])
def test_whatever_hands_over_is_a_crisis_whatever_the_reason(level: Level, reason: str) -> None:
    assert is_crisis(urgency(reason, [level]))


def test_nothing_is_normal() -> None:
    assert most_urgent([]) is Urgency.NORMAL


# --- the place in the queue


@pytest.mark.parametrize(("more", "less"), list(pairwise(Urgency)))
def test_of_two_at_the_same_moment_the_more_urgent_goes_first(more: Urgency, less: Urgency) -> None:
    assert place(NOW, more) < place(NOW, less)


@pytest.mark.parametrize("level", Urgency)
def test_of_two_as_urgent_the_earlier_goes_first(level: Urgency) -> None:
    assert place(NOW, level) < place(NOW + SECOND, level)


@pytest.mark.parametrize("waiting", Urgency)
@pytest.mark.parametrize("newer", Urgency)
def test_waiting_promotes_so_that_nobody_starves(waiting: Urgency, newer: Urgency) -> None:
    long_enough = HEAD_STARTS[newer] - HEAD_STARTS[waiting] + SECOND
    assert place(NOW, waiting) < place(NOW + max(long_enough, SECOND), newer)


@pytest.mark.parametrize("dropped", Urgency)
@pytest.mark.parametrize("other", Urgency)
def test_whoever_was_dropped_goes_first(dropped: Urgency, other: Urgency) -> None:
    assert place(NOW, dropped, dropped=True) < place(NOW - minutes(60), other)


@given(st.integers(0, 10_000), st.sampled_from(Urgency))
def test_a_place_does_not_depend_on_when_it_is_asked(seconds: int, level: Urgency) -> None:
    at = NOW + timedelta(seconds=seconds)
    assert place(at, level) == at - HEAD_STARTS[level]


# --- duty


def duty(*, on: bool = True, seen: float = 0, active: float = 0, held: int = 0, room: int = 3) -> Duty:
    return Duty(on, NOW - timedelta(seconds=seen), NOW - timedelta(seconds=active), held, room)


@pytest.mark.parametrize("on", [True, False])
@pytest.mark.parametrize(("seen", "connected"), [(0, True), (45, True), (45.1, False), (600, False)])
@pytest.mark.parametrize(("active", "is_active"), [(0, True), (600, True), (600.1, False)])
@pytest.mark.parametrize(("held", "has_room"), [(0, True), (2, True), (3, False), (4, False)])
def test_on_duty_is_all_four(  # noqa: PLR0917 - one per condition
    on: bool, seen: float, connected: bool, active: float, is_active: bool, held: int, has_room: bool
) -> None:
    someone = duty(on=on, seen=seen, active=active, held=held)
    assert someone.is_connected(NOW) is connected
    assert someone.is_on(NOW) is (on and connected and is_active)
    assert someone.could_take_one(NOW) is (on and connected and is_active and has_room)


def test_someone_who_never_came_is_not_there() -> None:
    never = Duty(True, None, None, 0, 3)
    assert not never.is_connected(NOW)
    assert not never.is_on(NOW)


# --- leases


def claim(*, age: float, answered: bool, owed: float | None = None, seen: float = 0) -> Claim:
    return Claim(
        NOW - minutes(age), answered, None if owed is None else NOW - minutes(owed), NOW - timedelta(seconds=seen)
    )


@pytest.mark.parametrize("age", [0, 1, 2, 2.9, 3])
def test_a_claim_has_three_minutes_for_the_first_answer(age: float) -> None:
    assert claim(age=age, answered=False).lost(NOW) is None


@pytest.mark.parametrize("age", [3.1, 5, 60])
def test_a_claim_without_an_answer_is_lost(age: float) -> None:
    assert claim(age=age, answered=False).lost(NOW) is Lost.NOT_ANSWERED


@pytest.mark.parametrize(("owed", "lost"), [(None, None), (0, None), (8, None), (8.1, Lost.NOT_ANSWERED)])
def test_later_answers_have_eight_minutes(owed: float | None, lost: Lost | None) -> None:
    assert claim(age=60, answered=True, owed=owed).lost(NOW) is lost


@pytest.mark.parametrize(("seen", "lost"), [(0, None), (90, None), (91, Lost.WENT_AWAY)])
@pytest.mark.parametrize("owed", [None, 1])
def test_a_holder_who_went_away(seen: float, lost: Lost | None, owed: float | None) -> None:
    assert claim(age=60, answered=True, owed=owed, seen=seen).lost(NOW) is lost


def test_a_claim_itself_counts_as_being_there() -> None:
    assert claim(age=1, answered=False, seen=3600).lost(NOW) is None
    assert Claim(NOW, False, None, None).lost(NOW) is None


@pytest.mark.parametrize("level", Urgency)
@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("owed", [None, 1.0])
def test_when_someone_must_still_come(level: Urgency, answered: bool, owed: float | None) -> None:
    expected = not answered or owed is not None or level in (Urgency.NOW, Urgency.HIGH, Urgency.RAISED)
    assert claim(age=5, answered=answered, owed=owed).owes(level) is expected


# --- what someone who waits is told


def wait(age: float, told: int = 0, *, on_duty: bool = True, changes: int = 0, told_ago: float | None = None) -> Wait:
    return Wait(NOW - minutes(age), told, changes, on_duty, NOW - minutes(age if told_ago is None else told_ago))


@pytest.mark.parametrize(
    ("age", "stages"), [(0, 0), (0.9, 0), (1, 1), (2.9, 1), (3, 2), (7.9, 2), (8, 3), (14.9, 3), (15, 4), (600, 4)]
)
@pytest.mark.parametrize("told", range(5))
@pytest.mark.parametrize("on_duty", [True, False])
def test_told_at_one_three_eight_and_fifteen_minutes(age: float, stages: int, told: int, on_duty: bool) -> None:
    due = wait(age, told, on_duty=on_duty).due(NOW, someone_on_duty=on_duty)
    if stages <= told:
        assert due is None
    else:
        assert due == f"utter_wait_{stages}{'' if on_duty else '_nobody'}"


@pytest.mark.parametrize(("told_ago", "told"), [(2.9, False), (3, True), (30, True)])
@pytest.mark.parametrize("on_duty", [True, False])
def test_a_change_is_told(told_ago: float, told: bool, on_duty: bool) -> None:
    due = wait(60, 4, on_duty=not on_duty, told_ago=told_ago).due(NOW, someone_on_duty=on_duty)
    words = "utter_wait_someone_came" if on_duty else "utter_wait_everyone_left"
    assert due == (words if told else None)


@given(st.lists(st.tuples(st.integers(1, 240), st.booleans()), max_size=60))
@example([(1, False), (178, False), (180, True), (120, False), (180, True)])
def test_nothing_is_ever_said_twice(steps: list[tuple[int, bool]]) -> None:
    """Whatever comes and goes, and whenever the watchdog looks."""
    now, state, said = NOW, Wait(NOW, 0, 0, False, NOW), list[str]()
    for seconds, on_duty in steps:
        now += timedelta(seconds=seconds)
        due = state.due(now, someone_on_duty=on_duty)
        if due is None:
            continue
        said.append(due)
        changes = state.changes(someone_on_duty=on_duty)
        state = Wait(state.since, max(state.stages_due(now), state.stages_told), changes, on_duty, now)
    assert len(said) == len(set(said))
    assert set(said) <= set(WAIT_WORDS)
    assert len(said) <= 4 + CHANGES_AT_MOST


@given(st.integers(0, 7200), st.integers(0, 4), st.booleans(), st.booleans())
def test_what_is_said_about_duty_is_true(age: int, told: int, was: bool, is_now: bool) -> None:
    due = Wait(NOW - timedelta(seconds=age), told, 0, was, NOW - timedelta(seconds=age)).due(
        NOW, someone_on_duty=is_now
    )
    if due is not None:
        assert ("nobody" in due or "left" in due) is not is_now


# --- alerts


@pytest.mark.parametrize("level", Urgency)
def test_the_first_alert_goes_out_at_once(level: Urgency) -> None:
    assert AlertState(0, None).is_due(level, NOW)


@pytest.mark.parametrize("level", Urgency)
@pytest.mark.parametrize("sent", range(1, ALERTS_AT_MOST + 3))
def test_it_is_repeated_but_not_for_ever(level: Urgency, sent: int) -> None:
    early = AlertState(sent, NOW - ALERT_EVERY[level] + SECOND)
    late = AlertState(sent, NOW - ALERT_EVERY[level])
    assert not early.is_due(level, NOW)
    assert late.is_due(level, NOW) is (sent < ALERTS_AT_MOST)


@pytest.mark.parametrize(("sent", "wide"), [(0, False), (1, False), (2, True), (9, True)])
def test_it_is_widened(sent: int, wide: bool) -> None:
    assert AlertState(sent, None).is_wide is wide


@pytest.mark.parametrize(("more", "less"), list(pairwise(Urgency)))
def test_the_more_urgent_the_oftener(more: Urgency, less: Urgency) -> None:
    assert ALERT_EVERY[more] <= ALERT_EVERY[less]


# --- expected wait


@pytest.mark.parametrize("count", range(8))
def test_too_few_figures_say_nothing(count: int) -> None:
    assert expected_wait([MINUTE] * count) is None


@pytest.mark.parametrize(
    ("waits", "expected"), [([30] * 8, 1), ([60] * 9, 1), ([61] * 8, 2), ([0] * 8, 1), ([60] * 4 + [600] * 5, 10)]
)
def test_the_median_rounded_up(waits: list[int], expected: int) -> None:
    assert expected_wait([timedelta(seconds=s) for s in waits]) == minutes(expected)
