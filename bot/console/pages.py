"""What the console's pages show, gathered from rows."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import RowMapping

from bot.channels.telegram.chats import Chats, Reached
from bot.contacts import UK, Directory
from bot.conversation import State
from bot.crisis import Level
from bot.desk import PERSON_GONE_AFTER, TYPING_FOR, Desk
from bot.desk_store import Flag, Member, Presence, Request
from bot.handoff import Urgency, expected_wait
from bot.keyring import Erased
from bot.settings import ROOT
from bot.store import Author, Message

QUEUE_KEPT_FOR = timedelta(milliseconds=400)
SILENT_AFTER = timedelta(minutes=3)
SMALL = 5
ALL = 2**31  # a made-up person has had everything
OUTCOMES = ("helped", "referred", "emergency", "no_reply", "other")
NOT_CANNED = re.compile(r"^utter_(opening|holding|still_holding|could_not|handoff|wait|person|media|message|telegram)")


@dataclass(frozen=True)
class Row:
    """One open request, as the queue shows it."""

    request: Request
    slots: Mapping[str, Any]
    gone: bool
    unreachable: str
    unseen: Sequence[Flag]
    holder: str

    @property
    def id(self) -> str:
        """The conversation."""
        return self.request.conversation.id

    @property
    def waits(self) -> bool:
        """Whether nobody has them."""
        return self.request.conversation.state is State.WAITING


@dataclass(frozen=True)
class Queue:
    """Everyone who waits or is with someone."""

    rows: Sequence[Row]
    members: Sequence[Member]
    expected: timedelta | None
    at: datetime

    @property
    def waiting(self) -> list[Row]:
        """Who waits, first to be served first."""
        return [row for row in self.rows if row.waits]

    @property
    def held(self) -> list[Row]:
        """Who is with someone."""
        return [row for row in self.rows if not row.waits]

    def looking_at(self, conversation_id: str, but: Member) -> list[str]:
        """Who else has this one open."""
        return [
            member.name
            for member in self.members
            if member.id != but.id and member.looking_at == conversation_id and member.duty.is_connected(self.at)
        ]

    def summary(self) -> dict[str, Any]:
        """What the badge and the sound need."""
        urgent = sum(row.request.urgency in (Urgency.NOW, Urgency.HIGH) for row in self.waiting)
        return {"waiting": len(self.waiting), "urgent": urgent}


@dataclass(frozen=True)
class Line:
    """One message, as the transcript shows it."""

    message: Message
    flag: Flag | None
    delivered: bool


@dataclass(frozen=True)
class Side:
    """The person's side: whether they are there, and what they have."""

    presence: Presence
    delivered: int
    unreachable: str


@dataclass(frozen=True)
class Talk:
    """A conversation, as whoever may read it sees it."""

    request: Request
    lines: Sequence[Line]
    slots: Mapping[str, Any]
    unseen: Sequence[Flag]
    delivered: int
    gone: bool
    unreachable: str
    typing: bool
    silent: bool

    @property
    def checklist(self) -> str:
        """Which checklist is wanted: ``danger``, ``silent`` or none."""
        if self.request.urgency is not Urgency.NOW and not any(f.level in _IMMINENT for f in self.unseen):
            return ""
        return "silent" if self.silent or self.gone else "danger"


_IMMINENT = (Level.IMMINENT, Level.DANGER)


class Pages:
    """Gathers what pages show."""

    def __init__(self, desk: Desk, directory: Directory, chats: Chats) -> None:
        self._desk = desk
        self._chats = chats
        self._store = desk.store
        self._directory = directory
        self._queue: Queue | None = None
        self._reading = asyncio.Lock()
        self._gathered: dict[str, tuple[object, Mapping[str, Any]]] = {}
        self.checklists: Mapping[str, Any] = _load(ROOT / "data" / "checklists.yml")
        self.practice: Sequence[Mapping[str, Any]] = _load(ROOT / "data" / "practice.yml")["people"]

    @cached_property
    def canned(self) -> list[tuple[str, str]]:
        """Reviewed words that fit in a reply: name and text, each text once."""
        return _canned(ROOT / "domain.yml")

    async def queue(self) -> Queue:
        """The queue, at most a moment old: all consoles of this process share it."""
        async with self._reading:
            now = self._desk.now()
            if self._queue is None or now - self._queue.at > QUEUE_KEPT_FOR:
                self._queue = await self._read_queue(now)
            return self._queue

    async def _read_queue(self, now: datetime) -> Queue:
        requests = await self._store.open_requests()
        ids = [request.conversation.id for request in requests]
        seen, found = await self._store.presence_of(ids), await self._store.flags_of(ids)
        reached = await self._chats.reached(ids)
        members = await self._store.members(now)
        names = {member.id: member.name for member in members}
        rows = []
        for request in requests:
            there = request.conversation.id
            try:
                slots = await self._gathered_in(request)
            except Erased:
                continue
            rows.append(
                Row(
                    request=request,
                    slots=slots,
                    gone=_is_gone(request, seen.get(there, Presence()), now),
                    unreachable=_why_unreachable(reached.get(there)),
                    unseen=[flag for flag in found[there] if not flag.seen],
                    holder=names.get(request.staff_id or 0, ""),
                )
            )
        self._gathered = {there: known for there, known in self._gathered.items() if there in ids}
        return Queue(rows, members, expected_wait(await self._store.recent_waits(now)), now)

    async def _gathered_in(self, request: Request) -> Mapping[str, Any]:
        """What the bot gathered. While a person is in, the bot learns nothing more: it is read once."""
        conversation = request.conversation
        if conversation.state is not State.HUMAN:
            return await self._store.slots(conversation.id)
        version, slots = self._gathered.get(conversation.id, (None, {}))
        if version != conversation.version:
            slots = await self._store.slots(conversation.id)
            self._gathered[conversation.id] = (conversation.version, slots)
        return slots

    async def lines(self, request: Request, after: int = 0) -> list[Line]:
        """The messages of a conversation after a number. Raises ``Erased``."""
        lines, _, _ = await self._read(request, after)
        return lines

    async def talk(self, request: Request) -> Talk:
        """A conversation. Raises ``Erased``."""
        now, there = self._desk.now(), request.conversation.id
        lines, flags, side = await self._read(request, 0)
        messages = [line.message for line in lines]
        by_person = [message.at for message in messages if message.author is Author.PERSON]
        last = by_person[-1] if by_person else request.requested_at
        typing_at = side.presence.person_typing_at
        return Talk(
            request=request,
            lines=lines,
            slots=await self._store.slots(there),
            unseen=[flag for flag in flags if not flag.seen],
            delivered=side.delivered,
            gone=_is_gone(request, side.presence, now),
            unreachable=side.unreachable,
            typing=typing_at is not None and now - typing_at < TYPING_FOR and typing_at > last,
            silent=now - last > SILENT_AFTER,
        )

    async def _read(self, request: Request, after: int) -> tuple[list[Line], Sequence[Flag], Side]:
        there = request.conversation.id
        messages = await self._store.messages_after(there, after, limit=1000)
        flags, side = (await self._store.flags_of([there]))[there], await self._their_side(request)
        found = {flag.number: flag for flag in flags}
        return [Line(m, found.get(m.number), m.number <= side.delivered) for m in messages], flags, side

    async def _their_side(self, request: Request) -> Side:
        there = request.conversation.id
        presence = (await self._store.presence_of([there])).get(there, Presence())
        reached = (await self._chats.reached([there])).get(there)
        delivered = reached.number if reached else presence.delivered
        return Side(presence, ALL if request.practice else delivered, _why_unreachable(reached))

    def contacts(self, slots: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """Contacts that can be put into a reply: id, name, note; never an unconfirmed one."""
        return [(c.id, c.name, c.note) for c in self._directory.contacts if c.status == "confirmed"]

    def cards(self, chosen: Sequence[str]) -> list[dict[str, Any]]:
        """The contacts with these ids, as the person sees them."""
        known = {c.id: c for c in self._directory.contacts if c.status == "confirmed"}
        return [known[contact_id].shown() for contact_id in chosen if contact_id in known]


def _is_gone(request: Request, presence: Presence, now: datetime) -> bool:
    """Whether the person's page is closed; only the web can tell."""
    if request.conversation.channel != "web":
        return False
    seen = presence.seen_at or request.requested_at
    return now - seen > PERSON_GONE_AFTER


def _why_unreachable(reached: Reached | None) -> str:
    """Why answers do not arrive any more; empty when they do."""
    return reached.undeliverable.value if reached and reached.undeliverable else ""


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)


def _canned(domain: Path) -> list[tuple[str, str]]:
    texts: dict[str, str] = {}
    for name, variations in _load(domain)["responses"].items():
        for variation in variations:
            text = (variation.get("text") or "").strip()
            if text and "{" not in text and not NOT_CANNED.match(name):
                texts.setdefault(text, name.removeprefix("utter_").replace("_", " "))
    return [(name, text) for text, name in texts.items()]


# --- figures

UNDER, NOT_SHOWN = "under 5", "not shown"
PARTS = ("abandoned", "crisis")


@dataclass(frozen=True)
class Figures:
    """Counts of some days. Where fewer than five people stand behind a count, it is not shown."""

    by_day: Sequence[Mapping[str, Any]] = ()
    by_hour: Sequence[Mapping[str, Any]] = ()
    situations: Sequence[Mapping[str, Any]] = ()
    total: Mapping[str, Any] = field(default_factory=dict)


def figures_of(rows: Sequence[RowMapping]) -> Figures:
    """Count ended requests by day, hour and situation (UK time)."""
    local = [(row["hour"].astimezone(UK), row) for row in rows]
    days: dict[str, list[RowMapping]] = {}
    hours: dict[str, list[RowMapping]] = {f"{hour:02}": [] for hour in range(24)}
    situations: dict[str, list[RowMapping]] = {}
    for at, row in sorted(local, key=lambda each: each[0]):
        days.setdefault(at.date().isoformat(), []).append(row)
        hours[f"{at.hour:02}"].append(row)
        situations.setdefault(row["situation"], []).append(row)
    often = dict(sorted(situations.items(), key=lambda each: -len(each[1])))
    return Figures(
        by_day=_lines(days),
        by_hour=_lines(hours),
        situations=[{"name": line["name"], "count": line["count"]} for line in _lines(often)],
        total=_counted("all", list(rows)),
    )


def _lines(groups: Mapping[str, Sequence[RowMapping]]) -> list[dict[str, Any]]:
    """A line for each group. What is hidden in one cannot be worked out from the total and the others."""
    lines = [_counted(name, of) for name, of in groups.items()]
    sizes = [len(of) for of in groups.values()]
    for place in also_hidden(sizes, {place for place, line in enumerate(lines) if line["count"] == UNDER}):
        lines[place] = {**_nothing(lines[place]["name"]), "count": NOT_SHOWN}
    for part in PARTS:
        values = [_part(part, of) for of in groups.values()]
        hidden = {place for place, line in enumerate(lines) if not isinstance(line[part], int)}
        for place in also_hidden(values, hidden):
            lines[place][part] = NOT_SHOWN
    return lines


def also_hidden(values: Sequence[int], hidden: Set[int]) -> set[int]:
    """Which more to hide, the smallest first, until the hidden ones are at least two, and at least five together."""
    more: set[int] = set()
    shown = sorted(
        (place for place, value in enumerate(values) if value and place not in hidden), key=values.__getitem__
    )
    for place in shown:
        among = hidden | more
        if not among or (len(among) > 1 and sum(values[each] for each in among) >= SMALL):
            break
        more.add(place)
    return more


def _counted(name: str, rows: Sequence[RowMapping]) -> dict[str, Any]:
    """One line; what fewer than five people stand behind is not shown, nor what it could be worked out from."""
    if not rows:
        return {**_nothing(name), "count": 0, "abandoned": 0, "crisis": 0}
    if len(rows) < SMALL:
        return {**_nothing(name), "count": UNDER}
    waits = sorted(row["waited"] for row in rows if row["waited"] is not None)
    return {
        "name": name,
        "count": len(rows),
        "share": len(rows),
        "p50": _minutes(waits, 0.5),
        "p95": _minutes(waits, 0.95),
        **{part: _shown(_part(part, rows), len(rows)) for part in PARTS},
    }


def _nothing(name: str) -> dict[str, Any]:
    return {"name": name, "count": "", "share": 0, "p50": "", "p95": "", **dict.fromkeys(PARTS, "")}


def _part(part: str, rows: Sequence[RowMapping]) -> int:
    return sum(row["waited"] is None if part == "abandoned" else bool(row["crisis"]) for row in rows)


def _shown(part: int, whole: int) -> int | str:
    """A part of a count, hidden when it or its complement is small."""
    return part if part in (0, whole) or (part >= SMALL and whole - part >= SMALL) else NOT_SHOWN


def _minutes(waits: Sequence[int], at: float) -> str:
    if len(waits) < SMALL:
        return ""
    return f"{waits[min(len(waits) - 1, int(len(waits) * at))] / 60:.1f}"


def as_csv(figures: Figures) -> str:
    """The same figures for a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["kind", "name", "requests", "wait_p50_minutes", "wait_p95_minutes", "abandoned", "crisis"])
    for kind, lines in (("total", [figures.total]), ("day", figures.by_day), ("hour", figures.by_hour)):
        for line in lines:
            writer.writerow([kind, *(line[key] for key in ("name", "count", "p50", "p95", "abandoned", "crisis"))])
    for line in figures.situations:
        writer.writerow(["situation", line["name"], line["count"], "", "", "", ""])
    return out.getvalue()
