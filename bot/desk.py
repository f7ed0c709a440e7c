"""What staff do with conversations, one use case each, and what the bot asks about staff."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.conversation import State
from bot.crisis import Level
from bot.desk_store import PRACTICE, DeskStore, Member, NotTheirs
from bot.handoff import WAIT_WORDS
from bot.keyring import Erased
from bot.presence import PresenceNotes
from bot.replies import WAITING, Replies
from bot.store import Author, Conversation, Draft
from bot.wakeups import Wakeups

log = structlog.get_logger()

EVERY_DESK = "desk"  # the wake-up that all consoles wait on
WITHDRAWN = "utter_handoff_withdrawn"
JOINED = "utter_person_joined"
CHANGED = "utter_person_changed"
LOST = "utter_person_lost"
LOST_AGAIN = "utter_person_lost_again"
REQUEUED = "utter_person_requeued"
LEFT = "utter_person_left"
CLOSED = "utter_person_closed"
SAID_HERE = (WAITING, WITHDRAWN, JOINED, CHANGED, LOST, LOST_AGAIN, REQUEUED, LEFT, CLOSED, *WAIT_WORDS)

PERSON_SEEN_EVERY = timedelta(seconds=10)
PERSON_GONE_AFTER = timedelta(seconds=45)
TYPING_FOR = timedelta(seconds=6)


class FlagsNotSeen(Exception):
    """A crisis was found, and whoever holds the conversation has not looked at it yet."""


class NoDesk:
    """What the bot and the channels ask about staff, where there is no console: nobody is ever there."""

    async def someone_on_duty(self) -> bool:
        """Whether someone is on duty, with room."""
        return False

    async def changed(self) -> None:
        """Something was committed that the queue may show."""

    async def flag(self, conversation_id: str, number: int, level: Level) -> None:
        """Show staff what detection found in a message."""

    async def staff_wrote_after(self, conversation_id: str, number: int) -> bool:
        """Whether staff wrote something after this message."""
        return False

    async def withdraw(self, conversation_id: str, number: int | None = None) -> bool:
        """End the request that a person takes back, by a message of this number. False: nothing was done."""
        return False

    def person_is_here(self, conversation: Conversation, delivered: int) -> None:
        """The person's page is open, and has everything up to this number."""

    async def staff_is_typing(self, conversation: Conversation) -> bool:
        """Whether a member of staff is writing now."""
        return False

    def person_types(self, conversation: Conversation) -> None:
        """The person is writing: the console shows it while staff hold the conversation."""


class Desk(NoDesk):
    """The use cases. One of these exists in a process."""

    def __init__(self, store: DeskStore, replies: Replies, wakeups: Wakeups, now: Callable[[], datetime]) -> None:
        self.store = store
        self.now = now
        self._replies = replies
        self._wakeups = wakeups
        self._person_seen: dict[str, tuple[datetime, int]] = {}
        self.presence = PresenceNotes(store, wakeups)
        replies.require(SAID_HERE)

    # --- what the bot asks and tells

    async def someone_on_duty(self) -> bool:
        """Whether someone is on duty, with room."""
        return await self.store.someone_could_take_one(self.now())

    async def changed(self) -> None:
        """Something was committed that the queue may show."""
        await self._wakeups.wake(EVERY_DESK)

    async def flag(self, conversation_id: str, number: int, level: Level) -> None:
        """Show staff what detection found in a message."""
        await self.store.flag(conversation_id, number, level, self.now())
        await self._wake(conversation_id)

    async def staff_wrote_after(self, conversation_id: str, number: int) -> bool:
        """Whether staff wrote something after this message."""
        return await self.store.staff_wrote_after(conversation_id, number)

    async def withdraw(self, conversation_id: str, number: int | None = None) -> bool:
        """End the request that a person takes back, by a message of this number. False: nothing was done."""
        try:
            ended = await self.store.withdraw(conversation_id, self.said(WITHDRAWN), self.now(), number=number)
        except Erased:
            return False
        await self._wake(conversation_id)
        return ended

    def person_is_here(self, conversation: Conversation, delivered: int) -> None:
        """The person's page is open, and has everything up to this number. Kept only while staff may look."""
        if conversation.state not in (State.WAITING, State.HUMAN):
            self._person_seen.pop(conversation.id, None)
            return
        now = self.now()
        seen_at, had = self._person_seen.get(conversation.id, (datetime.min.replace(tzinfo=UTC), -1))
        if had >= delivered and now - seen_at < PERSON_SEEN_EVERY:
            return
        self._person_seen[conversation.id] = (now, max(had, delivered))
        shown = EVERY_DESK if delivered > had and conversation.state is State.HUMAN else None
        self.presence.note(conversation.id, wake=shown, seen_at=now, delivered=max(had, delivered))

    async def staff_is_typing(self, conversation: Conversation) -> bool:
        """Whether a member of staff is writing now."""
        if conversation.state is not State.HUMAN:
            return False
        found = (await self.store.presence_of([conversation.id])).get(conversation.id)
        at = found.staff_typing_at if found else None
        return at is not None and self.now() - at < TYPING_FOR

    def person_types(self, conversation: Conversation) -> None:
        """The person is writing: the console shows it while staff hold the conversation."""
        if conversation.state is State.HUMAN:
            self.presence.note(conversation.id, wake=EVERY_DESK, person_typing_at=self.now())

    # --- what staff do

    async def claim(self, conversation_id: str, who: Member) -> None:
        """Take a conversation. Raises ``AlreadyClaimed``, ``NoRoom`` and ``Erased``."""
        await self.store.claim(conversation_id, who, self._notice(JOINED), self.now())
        await self._wake(conversation_id)

    async def reply(
        self,
        conversation_id: str,
        who: Member,
        text: str,
        *,
        contacts: Sequence[Mapping[str, Any]] = (),
        client_id: str | None = None,
    ) -> int | None:
        """Write to the person. Raises ``NotTheirs`` and ``Erased``."""
        draft = Draft(Author.STAFF, text, name=who.name, contacts=contacts)
        number = await self.store.reply(conversation_id, who, draft, client_id, self.now())
        await self._wake(conversation_id)
        return number

    async def staff_types(self, conversation_id: str, who: Member) -> None:
        """A member of staff is writing to the person."""
        request = await self.store.request_of(conversation_id)
        if request and request.staff_id == who.id:
            self.presence.note(conversation_id, wake=conversation_id, staff_typing_at=self.now())

    async def transfer(self, conversation_id: str, who: Member, to: Member) -> None:
        """Hand over to a colleague. Raises ``NotTheirs``, ``NoRoom`` and ``Erased``."""
        if to.id == who.id or not to.duty.is_on(self.now()):
            raise NotTheirs
        await self.store.transfer(conversation_id, who, to, self._notice(CHANGED), self.now())
        await self._wake(conversation_id)

    async def requeue(self, conversation_id: str, who: Member) -> None:
        """Put back in the queue, at the top. Raises ``NotTheirs`` and ``Erased``."""
        await self.store.requeue(conversation_id, who, self.said(REQUEUED), self.now())
        await self._wake(conversation_id)

    async def release(self, conversation_id: str, who: Member) -> None:
        """Give back to the bot. Raises ``NotTheirs``, ``FlagsNotSeen`` and ``Erased``."""
        await self._all_seen(conversation_id)
        await self.store.release(conversation_id, who, self.said(LEFT), self.now())
        await self._wake(conversation_id)

    async def close(self, conversation_id: str, who: Member, outcome: str) -> None:
        """End the conversation. Raises ``NotTheirs``, ``FlagsNotSeen`` and ``Erased``."""
        await self._all_seen(conversation_id)
        await self.store.close(conversation_id, who, outcome, self.said(CLOSED), self.now())
        await self._wake(conversation_id)

    async def see_flags(self, conversation_id: str, who: Member) -> None:
        """Say that what detection found was looked at. Raises ``NotTheirs``."""
        await self.store.see_flags(conversation_id, who, self.now())
        await self._wake(conversation_id)

    async def switch_duty(self, who: Member, *, on: bool, room: int) -> None:
        """Go on duty or off it."""
        now = self.now()
        await self.store.update_staff(who.id, duty_on=on, room=room, active_at=now, seen_at=now)
        await self.store.write_audit(who.name, "duty_on" if on else "duty_off", now)
        await self._wakeups.wake(EVERY_DESK)

    async def _all_seen(self, conversation_id: str) -> None:
        found = (await self.store.flags_of([conversation_id]))[conversation_id]
        if any(not flag.seen for flag in found):
            raise FlagsNotSeen

    # --- practice: made-up people, in conversations of a channel that no person can reach

    async def start_practice(self, who: Member, lines: Sequence[str]) -> str:
        """Begin a conversation with a made-up person who has written these; return its id."""
        now = self.now()
        opening = [Draft(Author.PERSON, line) for line in lines]
        conversation, _token = await self.store.start(PRACTICE, opening, now)
        await self.store.start_practice(conversation.id, who, now)
        await self.store.write_audit(who.name, "practice", now, conversation.id)
        return conversation.id

    # --- words

    def said(self, name: str) -> Sequence[Draft]:
        """A response, as the bot says it."""
        return self._replies.own(name, {}, self.now()).drafts

    def _notice(self, name: str) -> Sequence[Draft]:
        return [replace(draft, author=Author.SYSTEM, name="") for draft in self.said(name)]

    async def _wake(self, conversation_id: str) -> None:
        await self._wakeups.wake(conversation_id)
        await self._wakeups.wake(EVERY_DESK)
