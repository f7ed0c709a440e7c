"""Sees that nobody is left alone: lost claims, people who wait, alerts to staff elsewhere.

Everything it needs is in rows, so a restart forgets nothing. Several processes share the
work: each step locks its conversation, skips what another process holds, and looks again
before it acts. So it happens once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from bot.alerts import Alerts
from bot.conversation import State
from bot.desk import EVERY_DESK, LEFT, LOST, LOST_AGAIN, Desk
from bot.handoff import WAIT_WORDS
from bot.keyring import Erased
from bot.wakeups import Wakeups

log = structlog.get_logger()

LOOK_EVERY_SECONDS = 2.0
# After a start no claim is lost for so long: the consoles that lost their connection come back first.
COME_BACK_WITHIN = timedelta(seconds=30)


class Watchdog:
    """The watchdog of one process."""

    def __init__(self, desk: Desk, alerts: Alerts, wakeups: Wakeups) -> None:
        self._desk = desk
        self._alerts = alerts
        self._wakeups = wakeups
        self._sending: set[asyncio.Task[None]] = set()
        self._no_claim_is_lost_before = datetime.min.replace(tzinfo=UTC)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look, while the program runs."""
        self._no_claim_is_lost_before = self._desk.now() + COME_BACK_WITHIN
        looking = asyncio.create_task(self._look_for_ever())
        try:
            yield
        finally:
            tasks = [looking, *self._sending]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _look_for_ever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 - the watchdog must go on
                log.error("watchdog_failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def look(self) -> None:
        """See to every open request once. One that fails does not keep the others waiting."""
        for request in await self._desk.store.open_requests():
            try:
                await self._see_to(request.conversation.id, request.conversation.state)
            except Erased:
                continue
            except Exception as error:  # noqa: BLE001 - the others must be seen to
                log.error("watchdog_failed", error=type(error).__name__, conversation=request.conversation.id)

    async def _see_to(self, conversation_id: str, state: State) -> None:
        store, now = self._desk.store, self._desk.now()
        if state is State.HUMAN:
            if now < self._no_claim_is_lost_before:
                return
            words = {"queue": LOST, "again": LOST_AGAIN, "bot": LEFT}
            said = {when: self._desk.said(name) for when, name in words.items()}
            lost = await store.lose_claim(conversation_id, said, now)
            if lost is not None:
                log.warning("claim_lost", why=lost[0].value, now=lost[1].value, conversation=conversation_id)
                await self._wake(conversation_id)
            return
        said = {name: self._desk.said(name) for name in WAIT_WORDS}
        if await store.tell_waiting(conversation_id, said, now):
            await self._wake(conversation_id)
        if self._alerts.any and (request := await store.take_alert(conversation_id, now)):
            task = asyncio.create_task(self._alerts.about(request, now))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _wake(self, conversation_id: str) -> None:
        await self._wakeups.wake(conversation_id)
        await self._wakeups.wake(EVERY_DESK)
