"""Tells staff who are elsewhere that someone waits. Never a word of the conversation.

Each address is an Apprise URL. The first circle hears of every request; the wider one
joins when nobody has come after the first alerts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.desk_store import DeskStore, Request
from bot.settings import ROOT, Settings

log = structlog.get_logger()

TEMPLATE = "alert.txt"
SEND_WITHIN_SECONDS = 30.0
# Apprise writes addresses, secrets included, into its own log.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Address:
    """One way of alerting. The name is for the board: its place in the setting and its kind, no secret."""

    name: str
    url: str
    wide: bool


def addresses(settings: Settings) -> list[Address]:
    """The addresses that the settings name, in their order."""
    found = []
    for wide, given in ((False, settings.staff_alert_urls), (True, settings.staff_alert_wider_urls)):
        for number, url in enumerate(given.get_secret_value().split(), start=1):
            kind = url.partition(":")[0][:20]
            found.append(Address(f"{'wider ' if wide else ''}{number} ({kind})", url, wide))
    return found


def send(url: str, title: str, body: str) -> bool:
    """Send one alert; return whether it was taken. Blocks."""
    import apprise  # only here: it costs half a second of start

    sender = apprise.Apprise()
    return bool(sender.add(url)) and bool(sender.notify(title=title, body=body))


class Alerts:
    """Sends alerts, and keeps whether each address works."""

    def __init__(
        self,
        store: DeskStore,
        known: Sequence[Address],
        link: str,
        now: Callable[[], datetime],
        send: Callable[[str, str, str], bool] = send,
    ) -> None:
        self._store = store
        self._known = known
        self._link = link
        self._now = now
        self._send = send
        folder = FileSystemLoader(ROOT / "bot" / "console" / "templates")
        words = Environment(loader=folder, undefined=StrictUndefined, autoescape=False)  # noqa: S701 - plain text
        self._template = words.get_template(TEMPLATE)

    @property
    def any(self) -> bool:
        """Whether there is anyone to alert."""
        return bool(self._known)

    async def about(self, request: Request, now: datetime) -> None:
        """Alert about one request: how urgent, how long, where to go."""
        minutes = max(0, int((now - request.requested_at).total_seconds() // 60))
        known = [address for address in self._known if request.alerts.is_wide or not address.wide]
        await self._to(known, urgency=request.urgency.value, minutes=minutes, test=False)

    async def test(self) -> None:
        """Send a test to every address."""
        await self._to(self._known, urgency="normal", minutes=0, test=True)

    async def _to(self, known: Sequence[Address], **what: Any) -> None:
        title, _, body = self._template.render(link=self._link, **what).strip().partition("\n")
        await asyncio.gather(*(self._one(address, title.strip(), body.strip()) for address in known))

    async def _one(self, address: Address, title: str, body: str) -> None:
        try:
            async with asyncio.timeout(SEND_WITHIN_SECONDS):
                ok = await asyncio.to_thread(self._send, address.url, title, body)
        except Exception as error:  # noqa: BLE001 - one way that fails must not silence the others
            log.error("alert_failed", error=type(error).__name__, address=address.name)
            ok = False
        await self._store.note_alert(address.name, ok=ok, now=self._now())
