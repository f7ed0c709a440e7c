"""Who fits a person at this hour; and the real directory leaves nobody without anyone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import ValidationError

from bot.channels.page import NEED_IN_THE_STRIP
from bot.contacts import SHOWN_AT_MOST, UK, Age, Contact, Directory, Hours, Nation, age_of, nation_of
from bot.settings import ROOT

FILE = ROOT / "data" / "contacts.yml"
REAL = Directory.load(FILE)
UK_NATIONS = ("england", "wales", "scotland", "northern_ireland", "unknown")

SLOTS_FOR_AGE: dict[Age, dict[str, Any]] = {
    "under_18": {"age_band": "under_18"},
    "adult": {"age_band": "adult", "adult_in_image": True},
    "unknown": {},
}
WEEK = [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=n) for n in range(7 * 24)]


def hours(days: str, opens: str, closes: str) -> Hours:
    return Hours.model_validate({"days": days, "from": opens, "to": closes})


def contact(name: str = "line", **values: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": f"The {name}",
        "ages": list(get_args(Age)),
        "nations": list(get_args(Nation)),
        "hours": "always",
        "actions": [{"kind": "call", "href": "tel:111", "label": "Call 111"}],
        "source": "a test",
        "checked_on": "2026-11-22",
        "status": "confirmed",
        **values,
    }


def directory(*contacts: Mapping[str, Any]) -> Directory:
    return Directory.model_validate({"contacts": contacts, "needs": {"help": [each["id"] for each in contacts]}})


def found(of: Directory, slots: Mapping[str, Any], now: datetime = WEEK[0]) -> list[str]:
    return [each.id for each in of.for_need("help", slots, now)]


def uk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UK)


# --- hours

MON_FRI = hours("mon-fri", "10:00", "16:00")


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-25 09:59:59", False),
        ("2026-11-25 10:00:00", True),
        ("2026-11-25 15:59:59", True),
        ("2026-11-25 16:00:00", False),
        ("2026-11-23 12:00:00", True),  # Monday
        ("2026-11-27 12:00:00", True),  # Friday
        ("2026-11-28 12:00:00", False),  # Saturday
        ("2026-11-29 12:00:00", False),  # Sunday
        ("2026-11-25 00:00:00", False),
        ("2026-11-25 23:59:59", False),
        ("2028-02-29 12:00:00", True),  # a leap day, a Tuesday
    ],
)
def test_hours_of_the_week(moment: str, is_open: bool) -> None:
    assert MON_FRI.open_at(uk(moment)) is is_open


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-01-14 09:30", False),  # winter: 9:30 in London
        ("2026-01-14 10:30", True),
        ("2026-01-14 15:30", True),
        ("2026-07-15 08:59", False),
        ("2026-07-15 09:30", True),  # summer: 10:30 in London
        ("2026-07-15 15:30", False),  # summer: 16:30 in London
        ("2026-03-27 09:30", False),  # the Friday before the clocks go forward
        ("2026-03-30 09:30", True),  # the Monday after
        ("2026-10-23 09:30", True),  # the Friday before they go back
        ("2026-10-26 09:30", False),  # the Monday after
    ],
)
def test_british_summer_time(utc: str, is_open: bool) -> None:
    assert MON_FRI.open_at(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is is_open


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-06-28 22:59", False),  # Sunday 23:59 in London
        ("2026-06-28 23:00", True),  # Monday 00:00 in London, still Sunday in UTC
        ("2026-06-29 22:59", True),
        ("2026-06-29 23:00", False),  # Tuesday in London, still Monday in UTC
    ],
)
def test_the_day_is_the_day_in_london(utc: str, is_open: bool) -> None:
    monday = hours("mon", "00:00", "23:59:59.999999")
    assert monday.open_at(datetime.fromisoformat(utc).replace(tzinfo=UTC)) is is_open


def test_the_hour_does_not_depend_on_the_zone_it_is_said_in() -> None:
    moment = uk("2026-07-15 10:30")
    for zone in ("Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati"):
        assert MON_FRI.open_at(moment.astimezone(ZoneInfo(zone)))


@pytest.mark.parametrize("day", range(7))
def test_one_day_alone(day: int) -> None:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    noons = [datetime(2026, 11, 23 + n, 12, tzinfo=UK) for n in range(7)]
    alone = hours(names[day], "10:00", "16:00")
    assert [alone.open_at(noon) for noon in noons] == [n == day for n in range(7)]


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        ("monday", "10:00", "16:00"),
        ("mon-", "10:00", "16:00"),
        ("mon-fri-sun", "10:00", "16:00"),
        ("", "10:00", "16:00"),
        ("mon", "25:00", "26:00"),
        ("mon", "ten", "four"),
        # These would be open at no moment of the week, and nobody would notice:
        ("fri-mon", "10:00", "16:00"),
        ("mon-fri", "16:00", "10:00"),
        ("mon-fri", "22:00", "02:00"),
        ("mon-fri", "10:00", "10:00"),
    ],
)
def test_hours_that_make_no_sense_are_refused(days: str, opens: str, closes: str) -> None:
    with pytest.raises(ValidationError):
        hours(days, opens, closes)


# --- who fits


@pytest.mark.parametrize(
    ("slots", "age"),
    [
        ({}, "unknown"),
        ({"age_band": None}, "unknown"),
        ({"age_band": "under_18"}, "under_18"),
        ({"age_band": "under_18", "adult_in_image": True}, "under_18"),
        ({"age_band": "adult"}, "unknown"),
        ({"age_band": "adult", "adult_in_image": None}, "unknown"),
        ({"age_band": "adult", "adult_in_image": False}, "unknown"),
        ({"age_band": "adult", "adult_in_image": True}, "adult"),
        ({"adult_in_image": True}, "unknown"),
        ({"age_band": "ADULT", "adult_in_image": True}, "unknown"),
        ({"age_band": "19", "adult_in_image": True}, "unknown"),
        ({"age_band": ["adult"], "adult_in_image": True}, "unknown"),
    ],
)
def test_only_who_said_so_is_an_adult(slots: Mapping[str, Any], age: Age) -> None:
    assert age_of(slots) == age


@pytest.mark.parametrize("nation", get_args(Nation))
def test_a_named_nation(nation: Nation) -> None:
    assert nation_of({"nation": nation}) == nation


@pytest.mark.parametrize("nation", [None, "", "England", "france", ["england"], 7])
def test_any_other_nation_is_unknown(nation: Any) -> None:
    assert nation_of({"nation": nation}) == "unknown"
    assert nation_of({}) == "unknown"


@pytest.mark.parametrize(("age", "other"), [(a, b) for a, b in product(get_args(Age), repeat=2) if a != b])
def test_a_contact_for_another_age_is_not_shown(age: Age, other: Age) -> None:
    assert found(directory(contact(ages=[age])), SLOTS_FOR_AGE[age]) == ["line"]
    assert found(directory(contact(ages=[age])), SLOTS_FOR_AGE[other]) == []


@pytest.mark.parametrize("nation", get_args(Nation))
def test_a_contact_for_another_nation_is_not_shown(nation: Nation) -> None:
    here = directory(contact(nations=[nation]))
    elsewhere = directory(contact(nations=[n for n in get_args(Nation) if n != nation]))
    assert found(here, {"nation": nation}) == ["line"]
    assert found(elsewhere, {"nation": nation}) == []


@pytest.mark.parametrize("age", get_args(Age))
def test_what_is_unconfirmed_is_never_shown(age: Age) -> None:
    both = directory(contact("guess", status="unconfirmed"), contact("sure"))
    assert found(both, SLOTS_FOR_AGE[age]) == ["sure"]


CLOSED_NOW = {"days": "sat-sun", "from": "10:00", "to": "16:00"}
OPEN_NOW = {"days": "mon-sun", "from": "00:00", "to": "23:59"}


def test_who_is_open_comes_first_and_else_the_order_of_the_need() -> None:
    of = directory(
        contact("closed_one", hours=CLOSED_NOW),
        contact("open_one", hours=OPEN_NOW),
        contact("closed_two", hours=CLOSED_NOW),
        contact("unknown", hours="unknown"),
    )
    assert found(of, {}) == ["open_one", "unknown", "closed_one", "closed_two"]


def test_who_is_open_is_not_cut_off_by_who_is_closed() -> None:
    closed = [contact(f"closed_{n}", hours=CLOSED_NOW) for n in range(SHOWN_AT_MOST)]
    assert found(directory(*closed, contact("open")), {})[0] == "open"


def test_never_more_than_a_few() -> None:
    assert len(found(directory(*(contact(f"line_{n}") for n in range(9))), {})) == SHOWN_AT_MOST


def test_a_need_that_does_not_exist() -> None:
    with pytest.raises(KeyError, match="nothing"):
        directory(contact()).for_need("nothing", {}, WEEK[0])


def test_what_is_shown_has_no_source_and_no_status() -> None:
    shown = Contact.model_validate(contact(note="Free.")).shown()
    assert shown == {
        "name": "The line",
        "note": "Free.",
        "actions": [{"kind": "call", "href": "tel:111", "label": "Call 111"}],
    }


# --- a directory with a mistake is refused


@pytest.mark.parametrize(
    "mistake",
    [
        {"ages": ["child"]},
        {"nations": ["ireland"]},
        {"hours": "sometimes"},
        {"status": "probably"},
        {"checked_on": "yesterday"},
        {"source": ""},
        {"actions": []},
        {"actions": [{"kind": "call", "href": "javascript:alert(1)", "label": "Call"}]},
        {"actions": [{"kind": "web", "href": "http://plain.example/", "label": "Open"}]},
        {"actions": [{"kind": "web", "href": "//host.example/", "label": "Open"}]},
        {"actions": [{"kind": "call", "href": "tel:0800 1111", "label": "Call"}]},
        {"actions": [{"kind": "text", "href": "sms:85258?body=a b", "label": "Text"}]},
        {"actions": [{"kind": "fax", "href": "tel:111", "label": "Fax"}]},
        {"actions": [{"kind": "call", "href": "tel:111", "label": ""}]},
        {"actions": [{"kind": "call", "href": "tel:111\nx", "label": "Call"}]},
        {"nmae": "typo"},
    ],
)
def test_a_contact_with_a_mistake_is_refused(mistake: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        directory(contact(**mistake))


def test_the_same_id_twice_is_refused() -> None:
    with pytest.raises(ValidationError, match="same id"):
        directory(contact(), contact())


def test_a_need_that_names_nobody_known_is_refused() -> None:
    with pytest.raises(ValidationError, match="nobody"):
        Directory.model_validate({"contacts": [contact()], "needs": {"help": ["line", "nobody"]}})


# --- the real directory


@pytest.mark.parametrize("need", sorted(REAL.needs))
@pytest.mark.parametrize("age", get_args(Age))
def test_everybody_finds_somebody_at_every_hour(need: str, age: Age) -> None:
    for nation, now in product(get_args(Nation), WEEK):
        shown = REAL.for_need(need, {**SLOTS_FOR_AGE[age], "nation": nation}, now)
        case = f"{need}, {age}, {nation}, {now:%a %H:%M}"
        assert 1 <= len(shown) <= SHOWN_AT_MOST, case
        assert all(each.status == "confirmed" and age in each.ages and nation in each.nations for each in shown), case
        open_now = [each.open_at(now) for each in shown]
        assert open_now == sorted(open_now, reverse=True), case


@pytest.mark.parametrize("need", sorted(REAL.needs))
def test_the_order_of_the_clocks_changes_nothing(need: str) -> None:
    """The hours are the same wall-clock hours in summer."""
    winter, summer = uk("2026-01-14 12:00"), uk("2026-07-15 12:00")
    assert REAL.for_need(need, {}, winter) == REAL.for_need(need, {}, summer)


@pytest.mark.parametrize("nation", UK_NATIONS)
@pytest.mark.parametrize("age", ["under_18", "unknown"])
def test_whoever_may_be_a_child_sees_childline_and_ceop(age: Age, nation: str) -> None:
    for now in WEEK:
        slots = {**SLOTS_FOR_AGE[age], "nation": nation}
        assert {"childline", "ceop"} <= {each.id for each in REAL.for_need("blackmail", slots, now)}


@pytest.mark.parametrize("nation", UK_NATIONS)
@pytest.mark.parametrize("age", get_args(Age))
def test_999_comes_first_where_someone_may_be_in_danger(age: Age, nation: str) -> None:
    for need, now in product(("crisis", "danger", "third_party", NEED_IN_THE_STRIP), WEEK):
        first = REAL.for_need(need, {**SLOTS_FOR_AGE[age], "nation": nation}, now)[0]
        assert first.actions[0].href == "tel:999", (need, f"{now:%a %H:%M}")


def test_everyone_in_the_directory_is_of_use() -> None:
    named = {name for names in REAL.needs.values() for name in names}
    confirmed = {each.id for each in REAL.contacts if each.status == "confirmed"}
    assert confirmed - named == set()


@pytest.mark.parametrize("each", REAL.contacts, ids=lambda each: each.id)
def test_a_real_contact_is_sourced_and_dated(each: Contact) -> None:
    assert each.checked_on <= date(2100, 1, 1)
    assert each.ages
    assert each.nations
    kinds = {"tel": "call", "sms": "text", "https": "web", "mailto": "email"}
    assert [action.kind for action in each.actions] == [kinds[a.href.partition(":")[0]] for a in each.actions]


def test_rasa_does_not_take_the_file_for_its_own() -> None:
    """Rasa reads every file below ``data/`` with a line that begins with one of its keys."""
    keys = ("nlu", "rules", "stories", "responses", "intents", "entities", "slots", "forms", "actions", "version")
    lines = [line.strip() for line in FILE.read_text(encoding="utf-8").splitlines()]
    theirs = tuple(f"{key}:" for key in keys if key != "actions")
    assert not [line for line in lines if line.startswith(theirs)]
    assert isinstance(yaml.safe_load(FILE.read_text(encoding="utf-8")), dict)
