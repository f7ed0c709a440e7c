"""Answers what people write: in order within a conversation, side by side across them.

Each conversation with something owed has one worker. It asks the brain about the oldest
message. When the brain is not there within a moment, the bot says what it can itself:
the words for a crisis, or the three rules and the contacts; the real answer follows when
the brain is back. A worker that fails leaves the message owed, and the sweep returns.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.brain import Answer, Brain, BrainDown, BrainFailed, BrainLate
from bot.conversation import State, bot_may_speak
from bot.crisis import ANSWERED_NO, Detector, Finding, Level
from bot.desk import NoDesk
from bot.replies import COULD_NOT_ANSWER, CRISIS_ANSWERED, HOLDING, STILL_HOLDING, Replies, Reply
from bot.store import Owed, Store, Turn
from bot.wakeups import Wakeups

log = structlog.get_logger()

SWEEP_SECONDS = 5.0
RETRY_SECONDS = 0.5
FAILURES_ALLOWED = 3
NOTHING = Reply([])
# The direct questions: yes to one of them means risk.
ASKED_ABOUT_RISK = ("utter_crisis_question", "utter_crisis_again")
# Done by the bot itself, so that a request can be taken back with the brain down too.
WITHDRAW = '/inform{"answer": "withdrawn"}'


class Answering:
    """All workers of this process."""

    def __init__(
        self,
        store: Store,
        brain: Brain,
        replies: Replies,
        detector: Detector,
        wakeups: Wakeups,
        *,
        patience_seconds: float,
        now: Callable[[], datetime],
        desk: NoDesk | None = None,
    ) -> None:
        self.store = store
        self.desk = desk or NoDesk()
        self.brain = brain
        self.replies = replies
        self.detector = detector
        self.wakeups = wakeups
        self.patience = patience_seconds
        self.now = now
        self._workers: dict[str, _Worker] = {}

    def look_at(self, conversation_id: str) -> None:
        """Have the conversation's worker look again, or give it one."""
        worker = self._workers.get(conversation_id)
        if worker is None:
            worker = self._workers[conversation_id] = _Worker(
                conversation_id, self, ended=lambda: self._workers.pop(conversation_id)
            )
        worker.look_again.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer, beginning with what was owed before a crash, while the program runs."""
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            tasks = [sweeper, *(worker.task for worker in self._workers.values())]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _sweep(self) -> None:
        """Find what is owed and nobody works on: at once at the start, then what was left lying."""
        moment = self.now()
        while True:
            try:
                for conversation_id in await self.store.owed_before(moment):
                    self.look_at(conversation_id)
            except Exception as error:  # noqa: BLE001 - the sweep must go on
                log.error("sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)
            moment = self.now() - timedelta(seconds=SWEEP_SECONDS)


class _Worker:
    """Answers one conversation until nothing is owed in it."""

    def __init__(self, conversation_id: str, of: Answering, *, ended: Callable[[], object]) -> None:
        self._id = conversation_id
        self._of = of
        self._ended = ended
        self._first_seen: dict[int, float] = {}
        self._findings: dict[int, Finding | None] = {}
        self._asking: tuple[int, asyncio.Task[Answer | None]] | None = None
        self.look_again = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while True:
                self.look_again.clear()
                turn = await self._of.store.next_turn(self._id)
                if turn is not None:
                    await self._step(turn)
                elif not self.look_again.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - what is owed stays owed, the sweep returns
            log.error("answering_failed", error=type(error).__name__, conversation=self._id)
        finally:
            self._stop_asking()
            self._ended()

    async def _step(self, oldest: Turn) -> None:
        """Do one thing: finish the oldest message, or say something about the oldest unanswered one."""
        if not bot_may_speak(oldest.conversation.state) or await self._was_left_to_staff(oldest):
            await self._leave_to_staff(oldest)
            return
        if oldest.message.payload == WITHDRAW and await self._of.desk.withdraw(self._id, oldest.message.number):
            return
        self._notice(oldest.conversation.last_number)
        asking = self._ask_about(oldest)
        fresh = oldest if oldest.owed is Owed.ANSWER else await self._of.store.next_turn(self._id, owed=Owed.ANSWER)
        if fresh and fresh is not oldest and await self._was_left_to_staff(fresh):
            await self._leave_to_staff(fresh)
            return
        await self._wait(asking, self._patience_for(fresh) if fresh else None)
        if asking.done():
            self._asking = None
            await self._finish(oldest, asking.result())
        elif fresh and self._patience_for(fresh) <= 0:
            await self._say_without_brain(fresh)

    async def _was_left_to_staff(self, turn: Turn) -> bool:
        """Whether staff wrote after it: after a kill the bot may get to it when they have left again."""
        return await self._of.desk.staff_wrote_after(self._id, turn.message.number)

    async def _leave_to_staff(self, turn: Turn) -> None:
        await self._flag(turn)
        await self._of.store.finish(turn, [], snapshot=None, handoff=None, now=self._of.now())

    def _notice(self, last_number: int) -> None:
        """Remember when each message was first seen: patience is counted from then, also for those behind it."""
        for number in range(max(self._first_seen, default=0) + 1, last_number + 1):
            self._first_seen[number] = time.monotonic()

    def _patience_for(self, turn: Turn) -> float:
        """Seconds for which the person behind this turn may still wait for the brain."""
        if self._of.brain.is_down:
            return 0
        self._notice(turn.message.number)
        return self._first_seen[turn.message.number] + self._of.patience - time.monotonic()

    async def _wait(self, asking: asyncio.Task[Answer | None], seconds: float | None) -> None:
        """Return when there is an answer, something new to look at, or no patience left."""
        if seconds is not None and seconds <= 0:
            return
        looking = asyncio.create_task(self.look_again.wait())
        try:
            await asyncio.wait({asking, looking}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            looking.cancel()

    def _ask_about(self, turn: Turn) -> asyncio.Task[Answer | None]:
        """The question about this turn that is under way, or a new one."""
        if self._asking and self._asking[0] != turn.message.number:
            self._stop_asking()
        if self._asking is None:
            self._asking = (turn.message.number, asyncio.create_task(self._ask(turn)))
        return self._asking[1]

    def _stop_asking(self) -> None:
        if self._asking:
            self._asking[1].cancel()
            self._asking = None

    async def _ask(self, turn: Turn) -> Answer | None:
        """Ask until the brain answers. None: it cannot handle this message."""
        failures = 0
        while failures < FAILURES_ALLOWED:
            await self._of.brain.wait_until_up()
            try:
                return await self._of.brain.answer(
                    self._id,
                    text=turn.message.text,
                    payload=turn.message.payload,
                    metadata=await self._told_to_brain(turn),
                    snapshot=turn.snapshot,
                )
            except BrainDown as error:
                failures += isinstance(error, BrainLate)  # a message that hangs the brain is not asked for ever
                await asyncio.sleep(RETRY_SECONDS)
            except BrainFailed as error:
                failures += 1
                log.error("brain_failed", why=str(error), conversation=self._id)
            except Exception as error:  # noqa: BLE001 - nobody is left in silence by what nobody thought of
                failures += 1
                log.error("brain_failed", why=type(error).__name__, conversation=self._id)
        return None

    async def _told_to_brain(self, turn: Turn) -> dict[str, str]:
        """What the brain is told of detection.

        Nothing when it failed, so that the brain looks itself. A yes to a direct question is
        no new crisis to the brain: it asked, and knows which answer fits.
        """
        finding = await self._finding(turn)
        if finding is None:
            return {}
        if finding.reason in CRISIS_ANSWERED:
            return {"crisis_level": Level.NONE.value}
        return {"crisis_level": finding.level.value} | ({"crisis_about": finding.doubt.value} if finding.doubt else {})

    async def _finding(self, turn: Turn) -> Finding | None:
        """What detection finds, looked for once; None when it failed."""
        number = turn.message.number
        if number not in self._findings:
            self._findings[number] = await self._detect(turn)
        return self._findings[number]

    async def _detect(self, turn: Turn) -> Finding | None:
        asked = turn.asked if turn.asked in ASKED_ABOUT_RISK else None
        if turn.message.payload and not asked:
            return Finding(Level.NONE)  # a pressed choice has none of the person's words
        try:
            return await asyncio.to_thread(self._of.detector.look, turn.message.text, turn.earlier, asked)
        except Exception as error:  # noqa: BLE001 - a fault here must not silence the bot
            log.error("detection_failed", error=type(error).__name__, conversation=self._id)
            return None

    async def _flag(self, turn: Turn) -> Finding | None:
        """Flag a crisis and return it, in every state; it is committed before anything is said. None: there is none."""
        finding = await self._finding(turn)
        if finding is None or finding.level is Level.NONE:
            return None
        await self._of.desk.flag(self._id, turn.message.number, finding.level)
        return finding

    async def _said_no(self, turn: Turn) -> Finding | None:
        """What was found in a plain no to a direct question: no crisis, but to be answered as what it is."""
        finding = await self._finding(turn)
        return finding if finding and finding.reason == ANSWERED_NO else None

    async def _say_without_brain(self, turn: Turn) -> None:
        slots, now = _slots(turn.snapshot), self._of.now()
        found, on_duty = await self._flag(turn) or await self._said_no(turn), await self._of.desk.someone_on_duty()
        if found:
            reply = self._of.replies.crisis(found, slots, now, waiting=_waits(turn), said=turn.said, on_duty=on_duty)
            owed = Owed.SNAPSHOT
        else:
            held = await self._of.store.count_owed(self._id, Owed.REAL_ANSWER)
            reply, owed = self._holding(held, slots, now), Owed.REAL_ANSWER
        if await self._of.store.say(turn, reply.drafts, still_owed=owed, handoff=reply.handoff, now=now):
            await self._of.wakeups.wake(self._id)
            await self._of.desk.changed()

    def _holding(self, held: int, slots: Mapping[str, Any], now: datetime) -> Reply:
        """The three rules once, then that we are still here once, then nothing the same again."""
        if held > 1:
            return NOTHING
        return self._of.replies.own(STILL_HOLDING if held else HOLDING, slots, now)

    async def _finish(self, turn: Turn, answer: Answer | None) -> None:
        now = self._of.now()
        slots = _slots(answer.snapshot if answer else turn.snapshot)
        crisis, on_duty = await self._flag(turn), await self._of.desk.someone_on_duty()
        reply = NOTHING if turn.owed is Owed.SNAPSHOT else self._reply(turn, answer, crisis, slots, on_duty=on_duty)
        await self._of.store.finish(
            turn, reply.drafts, snapshot=answer.snapshot if answer else None, handoff=reply.handoff, now=now
        )
        await self._of.wakeups.wake(self._id)
        await self._of.desk.changed()

    def _reply(
        self, turn: Turn, answer: Answer | None, crisis: Finding | None, slots: Mapping[str, Any], *, on_duty: bool
    ) -> Reply:
        """The brain's answer; but a crisis gets the words for it, whatever the brain made of the message."""
        now, waiting = self._of.now(), _waits(turn)
        if crisis and not (answer and answer.speaks_to_crisis):
            return self._of.replies.crisis(crisis, slots, now, waiting=waiting, said=turn.said, on_duty=on_duty)
        if answer is None:
            return self._of.replies.own(COULD_NOT_ANSWER, slots, now)
        return self._of.replies.of(answer.responses, slots, now, waiting=waiting, on_duty=on_duty)


def _waits(turn: Turn) -> bool:
    return turn.conversation.state is State.WAITING


def _slots(snapshot: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(snapshot.get("slots") or {}) if snapshot else {}
