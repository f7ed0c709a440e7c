"""The directory of contacts: who fits a person, at this hour.

All numbers and addresses are in ``data/contacts.yml``, each with its source and the
day on which that was read. What is unconfirmed is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

SHOWN_AT_MOST = 4
UK = ZoneInfo("Europe/London")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Age = Literal["under_18", "adult", "unknown"]
Nation = Literal["england", "wales", "scotland", "northern_ireland", "elsewhere", "unknown"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Action(_Strict):
    """One thing that a tap does."""

    kind: Literal["call", "text", "web", "email"]
    href: str = Field(pattern=r"^(tel:[0-9+*#]+|sms:[0-9+]+(\?body=[A-Za-z0-9%]+)?|https://\S+|mailto:\S+@\S+)$")
    label: str = Field(min_length=2, max_length=40)


class Hours(_Strict):
    """UK hours on some days of the week."""

    days: str = Field(pattern=r"^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$")
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Hours:
        first, _, last = self.days.partition("-")
        if DAYS.index(first) > DAYS.index(last or first) or self.opens >= self.closes:
            raise ValueError("days and times must be in order, within one week and one day")
        return self

    def open_at(self, moment: datetime) -> bool:
        """Whether a line with these hours is open."""
        here = moment.astimezone(UK)
        first, _, last = self.days.partition("-")
        days = range(DAYS.index(first), DAYS.index(last or first) + 1)
        return here.weekday() in days and self.opens <= here.time() < self.closes


class Contact(_Strict):
    """Somewhere to turn to."""

    id: str
    name: str = Field(min_length=2, max_length=60)
    note: str = Field("", max_length=160)
    ages: Sequence[Age]
    nations: Sequence[Nation]
    hours: Literal["always", "unknown"] | Hours
    actions: Sequence[Action] = Field(min_length=1)
    source: str = Field(min_length=3)
    checked_on: date
    status: Literal["confirmed", "unconfirmed"]

    def open_at(self, moment: datetime) -> bool:
        """Whether it can be reached now. Unknown hours count as open: only known ones close."""
        return not isinstance(self.hours, Hours) or self.hours.open_at(moment)

    def shown(self) -> dict[str, Any]:
        """What the person sees."""
        return {
            "name": self.name,
            "note": self.note,
            "actions": [action.model_dump() for action in self.actions],
        }


class Directory(_Strict):
    """All contacts, and for each need the ids that answer it, best first."""

    contacts: Sequence[Contact]
    needs: Mapping[str, Sequence[str]]

    @model_validator(mode="after")
    def _needs_name_contacts(self) -> Directory:
        known = [contact.id for contact in self.contacts]
        if len(set(known)) != len(known):
            raise ValueError("two contacts have the same id")
        for need, ids in self.needs.items():
            unknown = set(ids) - set(known)
            if unknown:
                raise ValueError(f"need {need!r} names contacts that do not exist: {sorted(unknown)}")
        return self

    @classmethod
    def load(cls, path: Path) -> Directory:
        """Read and check ``data/contacts.yml``."""
        return cls.model_validate(yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader))

    def for_need(self, need: str, slots: Mapping[str, Any], now: datetime) -> list[Contact]:
        """Return who fits this person now: open lines first, then the order of the need.

        Raises ``KeyError`` for a need that the directory does not have.
        """
        age, nation = age_of(slots), nation_of(slots)
        by_id = {contact.id: contact for contact in self.contacts}
        fitting = [
            contact
            for contact in (by_id[contact_id] for contact_id in self.needs[need])
            if contact.status == "confirmed" and age in contact.ages and nation in contact.nations
        ]
        return sorted(fitting, key=lambda contact: not contact.open_at(now))[:SHOWN_AT_MOST]


def age_of(slots: Mapping[str, Any]) -> Age:
    """Adult only when the person said they are one, and were so in the image."""
    if slots.get("age_band") == "under_18":
        return "under_18"
    return "adult" if slots.get("age_band") == "adult" and slots.get("adult_in_image") else "unknown"


def nation_of(slots: Mapping[str, Any]) -> Nation:
    """The nation that the person named."""
    nation = slots.get("nation")
    return nation if nation in ("england", "wales", "scotland", "northern_ireland", "elsewhere") else "unknown"
