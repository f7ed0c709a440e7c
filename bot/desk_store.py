"""What staff do, as rows: the queue, claims, flags, notes, presence, figures and the audit.

The same engine and keyring as ``bot.store``. Every change locks the conversation first, so
that of any number of claims one wins, and several processes share the watchdog's work.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    RowMapping,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversation import Event, NotPossible, State
from bot.crisis import Level
from bot.database import Instant, immediate
from bot.handoff import AlertState, Claim, Duty, Lost, Urgency, Wait, is_crisis, place, urgency
from bot.store import Author, Conversation, Draft, Store, conversation_of, conversations, handoffs, messages, metadata

PRACTICE = "practice"
WAITS_LOOKED_AT = 20
WAITS_SINCE = timedelta(days=14)

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("name", String(40), nullable=False),
    Column("sign_in", String(40), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password", String(200), nullable=False),
    Column("totp_secret", LargeBinary),
    Column("totp_step", Integer),
    Column("recovery", Text, nullable=False, default="[]"),
    Column("failures", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    Column("disabled_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("duty_on", Boolean, nullable=False, default=False),
    Column("room", Integer, nullable=False, default=3),
    Column("seen_at", Instant),
    Column("active_at", Instant),
    Column("looking_at", String(32)),
)
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("stage", String(8), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False),
)
invites = Table(
    "invites",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("expires_at", Instant, nullable=False),
)
flags = Table(
    "flags",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("level", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("seen_by", Integer),
    Column("seen_at", Instant),
)
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("staff_name", String(40), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)
presence = Table(
    "presence",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("seen_at", Instant),
    Column("delivered", Integer, nullable=False, default=0),
    Column("person_typing_at", Instant),
    Column("staff_typing_at", Instant),
)
# What is counted. Nothing here leads back to a conversation, so it outlives erasure.
figures = Table(
    "figures",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("hour", Instant, nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("situation", String(32), nullable=False),
    Column("crisis", Boolean, nullable=False),
    Column("waited", Integer),
    Column("outcome", String(16), nullable=False),
)
alerts = Table(
    "alerts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("ok_at", Instant),
    Column("failed_at", Instant),
)
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Instant, nullable=False, index=True),
    Column("staff_name", String(40), nullable=False),
    Column("what", String(32), nullable=False),
    Column("conversation_id", String(32), nullable=False, default=""),
    Column("detail", String(200), nullable=False, default=""),
)


class AlreadyClaimed(Exception):
    """Someone else has the conversation, or nobody is wanted there any more."""


class NoRoom(Exception):
    """They have as many conversations as they said they can hold."""


class NotTheirs(Exception):
    """They do not hold this conversation."""


@dataclass(frozen=True)
class Member:
    """A member of staff, without anything secret."""

    id: int
    name: str
    role: str
    duty: Duty
    disabled: bool = False
    locked_until: datetime | None = None
    has_code: bool = False
    looking_at: str = ""
    sign_in: str = ""

    @property
    def is_supervisor(self) -> bool:
        """Whether they lead a shift."""
        return self.role == "supervisor"


@dataclass(frozen=True)
class Request:
    """An open request for a person."""

    id: int
    conversation: Conversation
    reason: str
    urgency: Urgency
    requested_at: datetime
    dropped: int
    staff_id: int | None
    claimed_at: datetime | None
    answered: bool
    practice: bool
    wait: Wait
    alerts: AlertState


@dataclass(frozen=True)
class Presence:
    """What is known of the person's side."""

    seen_at: datetime | None = None
    delivered: int = 0
    person_typing_at: datetime | None = None
    staff_typing_at: datetime | None = None


@dataclass(frozen=True)
class Flag:
    """Detection found something in a message."""

    conversation_id: str
    number: int
    level: Level
    at: datetime
    seen: bool


@dataclass(frozen=True)
class Note:
    """Private to staff."""

    staff_name: str
    text: str
    at: datetime


class DeskStore(Store):
    """The database of words, with what staff do in it."""

    # --- asking for a person, and taking it back

    async def _request_person(
        self, connection: AsyncConnection, conversation: Conversation, reason: str, now: datetime
    ) -> None:
        await self._move(connection, conversation, Event.ASK_FOR_PERSON)
        if await self._open(connection, conversation) is None:
            on_duty = await self._someone_could(connection, now)
            await self._file(connection, conversation, reason, now, duty_told=on_duty)
        await self._rank(connection, conversation)

    async def _file(
        self, connection: AsyncConnection, conversation: Conversation, reason: str, now: datetime, **more: Any
    ) -> None:
        await connection.execute(
            insert(handoffs).values(
                conversation_id=conversation.id, reason=reason, requested_at=now, place=now, told_at=now, **more
            )
        )

    async def _rank(self, connection: AsyncConnection, conversation: Conversation) -> None:
        """Put the open request where what was found by now puts it."""
        request = await self._open(connection, conversation)
        if request is None:
            return
        found = urgency(request.reason, await self._unseen_levels(connection, conversation.id))
        if request.urgency is not Urgency.NORMAL:
            found = min(found, request.urgency, key=list(Urgency).index)
        at = place(request.requested_at, found, dropped=request.dropped > 0)
        await connection.execute(update(handoffs).where(handoffs.c.id == request.id).values(urgency=found, place=at))

    async def _unseen_levels(self, connection: AsyncConnection, conversation_id: str) -> list[Level]:
        rows = await connection.scalars(
            select(flags.c.level).where(flags.c.conversation_id == conversation_id, flags.c.seen_at.is_(None))
        )
        return [Level(row) for row in rows]

    async def flag(self, conversation_id: str, number: int, level: Level, now: datetime) -> None:
        """Keep what detection found in a message. The same message twice is one flag."""
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            await connection.execute(
                self._upsert(flags)
                .values(conversation_id=conversation_id, number=number, level=level.value, at=now)
                .on_conflict_do_nothing()
            )
            await self._rank(connection, conversation)

    async def staff_wrote_after(self, conversation_id: str, number: int) -> bool:
        """Whether staff wrote something after this message."""
        later = (
            select(messages.c.number)
            .where(messages.c.conversation_id == conversation_id, messages.c.number > number)
            .where(messages.c.author == Author.STAFF)
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(later.limit(1)) is not None

    async def withdraw(
        self, conversation_id: str, said: Sequence[Draft], now: datetime, *, number: int | None = None
    ) -> bool:
        """End the request that a person takes back. False: nothing was done.

        ``number`` is the message that asked for it: it is done in the same transaction, and
        answered even when nobody was being waited for.
        """
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            request = await self._open(connection, conversation)
            waits = conversation.state is State.WAITING and request is not None
            if number is None and not waits:
                return False
            if number is not None:
                this = messages.c.conversation_id == conversation_id, messages.c.number == number
                done = await connection.execute(
                    update(messages).where(*this, messages.c.owed.is_not(None)).values(owed=None)
                )
                if done.rowcount != 1 or conversation.state is State.HUMAN:
                    return True
            if waits and request:
                await self._move(connection, conversation, Event.WITHDRAW_REQUEST)
                await self._end(connection, request, "withdrawn", now)
            await self._append(connection, conversation, said, cipher=cipher, now=now)
            return True

    # --- staff take, answer and leave a conversation

    async def claim(self, conversation_id: str, who: Member, said: Sequence[Draft], now: datetime) -> None:
        """Give a conversation to one member of staff. Raises ``AlreadyClaimed`` and ``NoRoom``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            if await self._held_by(connection, who.id) >= who.duty.room:
                raise NoRoom
            try:
                await self._move(connection, conversation, Event.CLAIM)
            except NotPossible:
                raise AlreadyClaimed from None
            request = await self._open(connection, conversation)
            if request is None:
                await self._file(connection, conversation, "staff", now)
                await self._rank(connection, conversation)
            theirs = handoffs.c.conversation_id == conversation_id, handoffs.c.ended_at.is_(None)
            await connection.execute(
                update(handoffs)
                .where(*theirs)
                .values(
                    staff_id=who.id,
                    claimed_at=now,
                    answered_at=None,
                    first_claimed_at=func.coalesce(handoffs.c.first_claimed_at, now),
                )
            )
            await self._append(connection, conversation, said, cipher=cipher, now=now)
            await self._write_audit(connection, who.name, "claim", now, conversation_id)

    async def reply(
        self, conversation_id: str, who: Member, draft: Draft, client_id: str | None, now: datetime
    ) -> int | None:
        """Commit what a member of staff wrote; return its number, or None when it was there already.

        Raises ``NotTheirs`` when the lease has ended in the meantime.
        """
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            request = await self._theirs(connection, conversation, who)
            if client_id and await connection.scalar(
                select(messages.c.number).where(
                    messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
                )
            ):
                return None
            number = await self._append(connection, conversation, [draft], cipher=cipher, now=now, client_id=client_id)
            await connection.execute(
                update(handoffs)
                .where(handoffs.c.id == request.id)
                .values(answered_at=func.coalesce(handoffs.c.answered_at, now))
            )
            await connection.execute(
                update(presence).where(presence.c.conversation_id == conversation_id).values(staff_typing_at=None)
            )
            await self._write_audit(connection, who.name, "reply", now, conversation_id, f"message {number}")
            return number

    async def transfer(
        self, conversation_id: str, who: Member, to: Member, said: Sequence[Draft], now: datetime
    ) -> None:
        """Hand a conversation to a colleague. Raises ``NotTheirs`` and ``NoRoom``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            request = await self._theirs(connection, conversation, who)
            if await self._held_by(connection, to.id) >= to.duty.room:
                raise NoRoom
            await connection.execute(
                update(handoffs)
                .where(handoffs.c.id == request.id)
                .values(staff_id=to.id, claimed_at=now, answered_at=None)
            )
            await self._append(connection, conversation, said, cipher=cipher, now=now)
            await self._write_audit(connection, who.name, "transfer", now, conversation_id, f"to {to.name}")

    async def release(self, conversation_id: str, who: Member, said: Sequence[Draft], now: datetime) -> None:
        """Give a conversation back to the bot. Raises ``NotTheirs``."""
        await self._leave(conversation_id, who, said, now, event=Event.RELEASE_ANSWERED, outcome="returned")

    async def close(
        self, conversation_id: str, who: Member, outcome: str, said: Sequence[Draft], now: datetime
    ) -> None:
        """End a conversation. Raises ``NotTheirs``."""
        await self._leave(conversation_id, who, said, now, event=Event.CLOSE, outcome=outcome)

    async def requeue(self, conversation_id: str, who: Member, said: Sequence[Draft], now: datetime) -> None:
        """Put a conversation back in the queue, at the top. Raises ``NotTheirs``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            request = await self._theirs(connection, conversation, who)
            await self._back_to_queue(connection, conversation, request, now)
            await self._append(connection, conversation, said, cipher=cipher, now=now)
            await self._write_audit(connection, who.name, "requeue", now, conversation_id)

    async def _leave(
        self, conversation_id: str, who: Member, said: Sequence[Draft], now: datetime, *, event: Event, outcome: str
    ) -> None:
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            request = await self._theirs(connection, conversation, who)
            await self._move(connection, conversation, event)
            await self._end(connection, request, outcome, now)
            await self._append(connection, conversation, said, cipher=cipher, now=now)
            await self._write_audit(connection, who.name, event.value, now, conversation_id, outcome)

    async def _theirs(self, connection: AsyncConnection, conversation: Conversation, who: Member) -> Request:
        request = await self._open(connection, conversation)
        if request is None or request.staff_id != who.id:
            raise NotTheirs
        return request

    async def _end(self, connection: AsyncConnection, request: Request, outcome: str, now: datetime) -> None:
        """End a request and count it, with nothing that leads back to the conversation."""
        await connection.execute(
            update(handoffs)
            .where(handoffs.c.id == request.id)
            .values(ended_at=now, outcome=outcome, staff_id=None, claimed_at=None)
        )
        await connection.execute(
            update(flags)
            .where(flags.c.conversation_id == request.conversation.id, flags.c.seen_at.is_(None))
            .values(seen_at=now)
        )
        if request.practice:
            return
        claimed: datetime | None = await connection.scalar(
            select(handoffs.c.first_claimed_at).where(handoffs.c.id == request.id)
        )
        slots = await self._slots(connection, request.conversation.id)
        await connection.execute(
            insert(figures).values(
                hour=request.requested_at.replace(minute=0, second=0, microsecond=0),
                channel=request.conversation.channel,
                situation=str(slots.get("situation") or "unknown"),
                crisis=is_crisis(request.urgency),
                waited=int((claimed - request.requested_at).total_seconds()) if claimed else None,
                outcome=outcome,
            )
        )

    async def _back_to_queue(
        self, connection: AsyncConnection, conversation: Conversation, request: Request, now: datetime
    ) -> None:
        """To the top; of the times at which someone is told, those that passed are not caught up."""
        await self._move(connection, conversation, Event.RELEASE_OWED)
        on_duty = await self._someone_could(connection, now)
        await connection.execute(
            update(handoffs)
            .where(handoffs.c.id == request.id)
            .values(
                staff_id=None,
                claimed_at=None,
                answered_at=None,
                dropped=request.dropped + 1,
                place=place(request.requested_at, request.urgency, dropped=True),
                stages_told=request.wait.stages_due(now),
                changes_told=request.wait.changes(someone_on_duty=on_duty),
                duty_told=on_duty,
                told_at=now,
                alerts_sent=0,
                alerted_at=None,
            )
        )

    # --- the watchdog's three, each one transaction, each harmless when another process was first

    async def lose_claim(
        self, conversation_id: str, said: Mapping[str, Sequence[Draft]], now: datetime
    ) -> tuple[Lost, State] | None:
        """End a lease that has run out; ``said`` has the words for ``queue``, ``again`` and ``bot``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._try_lock(connection, conversation_id)
            if conversation is None or conversation.state is not State.HUMAN:
                return None
            request = await self._open(connection, conversation)
            if request is None or request.practice:
                return None
            claim = await self._claim_of(connection, request)
            lost = claim.lost(now)
            if lost is None:
                return None
            if claim.owes(urgency("", await self._unseen_levels(connection, conversation_id))):
                await self._back_to_queue(connection, conversation, request, now)
                words, state = said["again" if request.dropped else "queue"], State.WAITING
            else:
                await self._move(connection, conversation, Event.RELEASE_ANSWERED)
                await self._end(connection, request, "lost", now)
                words, state = said["bot"], State.BOT
            await self._append(connection, conversation, words, cipher=cipher, now=now)
            await self._write_audit(connection, "Harbour", "claim_lost", now, conversation_id, lost.value)
            return lost, state

    async def tell_waiting(
        self, conversation_id: str, said: Mapping[str, Sequence[Draft]], now: datetime
    ) -> str | None:
        """Tell someone who waits what is due; return the name of what was said."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._try_lock(connection, conversation_id)
            if conversation is None or conversation.state is not State.WAITING:
                return None
            request = await self._open(connection, conversation)
            if request is None or request.practice:
                return None
            on_duty = await self._someone_could(connection, now)
            due = request.wait.due(now, someone_on_duty=on_duty)
            if due is None:
                return None
            stage = request.wait.stages_due(now)
            await connection.execute(
                update(handoffs)
                .where(handoffs.c.id == request.id)
                .values(
                    stages_told=max(stage, request.wait.stages_told),
                    changes_told=request.wait.changes(someone_on_duty=on_duty),
                    duty_told=on_duty,
                    told_at=now,
                )
            )
            await self._append(connection, conversation, said[due], cipher=cipher, now=now)
            return due

    async def take_alert(self, conversation_id: str, now: datetime) -> Request | None:
        """Return a request that an alert is due for, marked as alerted; None when it is not."""
        async with immediate(self._engine) as connection:
            conversation = await self._try_lock(connection, conversation_id)
            if conversation is None or conversation.state is not State.WAITING:
                return None
            request = await self._open(connection, conversation)
            if request is None or request.practice or not request.alerts.is_due(request.urgency, now):
                return None
            await connection.execute(
                update(handoffs)
                .where(handoffs.c.id == request.id)
                .values(alerts_sent=request.alerts.sent + 1, alerted_at=now)
            )
            return request

    async def _try_lock(self, connection: AsyncConnection, conversation_id: str) -> Conversation | None:
        """Hold a conversation unless someone else does: they are seeing to it."""
        row = await connection.scalar(
            select(conversations.c.id).where(conversations.c.id == conversation_id).with_for_update(skip_locked=True)
        )
        return None if row is None else await self._lock(connection, conversation_id)

    async def _claim_of(self, connection: AsyncConnection, request: Request) -> Claim:
        claimed_at = request.claimed_at or request.requested_at
        seen = await connection.scalar(select(staff.c.seen_at).where(staff.c.id == request.staff_id))
        return Claim(claimed_at, request.answered, await self._owed_since(connection, request.conversation.id), seen)

    async def _owed_since(self, connection: AsyncConnection, conversation_id: str) -> datetime | None:
        theirs = messages.c.conversation_id == conversation_id
        last = (
            select(func.coalesce(func.max(messages.c.number), 0))
            .where(theirs, messages.c.author == Author.STAFF)
            .scalar_subquery()
        )
        return await connection.scalar(
            select(messages.c.at)
            .where(theirs, messages.c.author == Author.PERSON, messages.c.number > last)
            .order_by(messages.c.number)
            .limit(1)
        )

    # --- reading

    async def open_requests(self, *, practice: bool = False) -> list[Request]:
        """All open requests, waiting and claimed, in the order in which they are to be served."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                _requests()
                .where(handoffs.c.ended_at.is_(None), handoffs.c.practice.is_(practice))
                .order_by(handoffs.c.place, handoffs.c.id)
            )
            return [_request(row) for row in rows.mappings()]

    async def request_of(self, conversation_id: str) -> Request | None:
        """The open request of a conversation."""
        async with self._engine.connect() as connection:
            row = await connection.execute(
                _requests().where(handoffs.c.conversation_id == conversation_id, handoffs.c.ended_at.is_(None))
            )
            found = row.mappings().first()
            return _request(found) if found else None

    async def _open(self, connection: AsyncConnection, conversation: Conversation) -> Request | None:
        row = await connection.execute(
            _requests()
            .where(handoffs.c.conversation_id == conversation.id, handoffs.c.ended_at.is_(None))
            .order_by(handoffs.c.id)
        )
        found = row.mappings().first()
        return replace(_request(found), conversation=conversation) if found else None

    async def owed_since(self, conversation_id: str) -> datetime | None:
        """When the oldest message that no member of staff has answered was written."""
        async with self._engine.connect() as connection:
            return await self._owed_since(connection, conversation_id)

    async def active_with_bot(self, since: datetime, limit: int = 50) -> list[Conversation]:
        """Conversations that the bot is answering now, newest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(conversations)
                .where(
                    conversations.c.state == State.BOT,
                    conversations.c.active_at >= since,
                    conversations.c.channel != PRACTICE,
                )
                .order_by(conversations.c.active_at.desc())
                .limit(limit)
            )
            return [conversation_of(row) for row in rows.mappings()]

    async def slots(self, conversation_id: str) -> dict[str, Any]:
        """What the bot gathered. Raises ``Erased``."""
        async with self._engine.connect() as connection:
            return await self._slots(connection, conversation_id)

    async def _slots(self, connection: AsyncConnection, conversation_id: str) -> dict[str, Any]:
        cipher = await self._keyring.cipher(conversation_id)
        sealed = await connection.scalar(select(conversations.c.snapshot).where(conversations.c.id == conversation_id))
        return dict(json.loads(cipher.open(sealed)).get("slots", {})) if sealed else {}

    async def recent_waits(self, now: datetime) -> list[timedelta]:
        """How long the last few people waited, of those to whom someone came."""
        async with self._engine.connect() as connection:
            rows = await connection.scalars(
                select(figures.c.waited)
                .where(figures.c.waited.is_not(None), figures.c.hour >= now - WAITS_SINCE)
                .order_by(figures.c.id.desc())
                .limit(WAITS_LOOKED_AT)
            )
            return [timedelta(seconds=int(row)) for row in rows]

    # --- flags, notes, presence

    async def flags_of(self, conversation_ids: Sequence[str]) -> dict[str, list[Flag]]:
        """What detection found in some conversations, in the order of the messages."""
        found: dict[str, list[Flag]] = {conversation_id: [] for conversation_id in conversation_ids}
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(flags).where(flags.c.conversation_id.in_(conversation_ids)).order_by(flags.c.number)
            )
            for row in rows.mappings():
                found[row["conversation_id"]].append(
                    Flag(
                        row["conversation_id"],
                        row["number"],
                        Level(row["level"]),
                        row["at"],
                        row["seen_at"] is not None,
                    )
                )
        return found

    async def see_flags(self, conversation_id: str, who: Member, now: datetime) -> None:
        """A member of staff has looked at what was found. Raises ``NotTheirs``."""
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            await self._theirs(connection, conversation, who)
            await connection.execute(
                update(flags)
                .where(flags.c.conversation_id == conversation_id, flags.c.seen_at.is_(None))
                .values(seen_at=now, seen_by=who.id)
            )
            await self._write_audit(connection, who.name, "flag_seen", now, conversation_id)

    async def add_note(self, conversation_id: str, who: Member, text: str, now: datetime) -> None:
        """Keep a note that only staff see, under the conversation's own key. Raises ``NotTheirs``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            await self._theirs(connection, conversation, who)
            await connection.execute(
                insert(notes).values(
                    conversation_id=conversation_id, staff_name=who.name, body=cipher.seal(text), at=now
                )
            )
            await self._write_audit(connection, who.name, "note", now, conversation_id)

    async def notes_of(self, conversation_id: str) -> list[Note]:
        """The notes of a conversation, oldest first. Raises ``Erased``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(notes).where(notes.c.conversation_id == conversation_id).order_by(notes.c.id)
            )
            return [Note(row["staff_name"], cipher.open(row["body"]), row["at"]) for row in rows.mappings()]

    async def presence_of(self, conversation_ids: Sequence[str]) -> dict[str, Presence]:
        """The person's side of some conversations."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(presence).where(presence.c.conversation_id.in_(conversation_ids)))
            return {
                row["conversation_id"]: Presence(
                    row["seen_at"], row["delivered"], row["person_typing_at"], row["staff_typing_at"]
                )
                for row in rows.mappings()
            }

    async def note_presences(
        self, people: Mapping[str, Mapping[str, Any]], members: Mapping[int, Mapping[str, Any]]
    ) -> None:
        """Keep what was just learnt of conversations and of staff, columns by id; who is gone is no error."""
        async with immediate(self._engine) as connection:
            for staff_id, values in members.items():
                await connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))
            there = await connection.scalars(select(conversations.c.id).where(conversations.c.id.in_(list(people))))
            for conversation_id in there.all():
                values = people[conversation_id]
                await connection.execute(
                    self._upsert(presence)
                    .values(conversation_id=conversation_id, **{"delivered": 0, **values})
                    .on_conflict_do_update(index_elements=["conversation_id"], set_=values)
                )

    # --- who is there

    async def members(self, now: datetime, *, disabled: bool = False) -> list[Member]:
        """All staff, by name."""
        async with self._engine.connect() as connection:
            return await self._members(connection, disabled=disabled)

    async def member(self, staff_id: int) -> Member | None:
        """One member of staff, disabled or not."""
        async with self._engine.connect() as connection:
            return next(iter(await self._members(connection, disabled=True, only=staff_id)), None)

    async def _members(
        self, connection: AsyncConnection, *, disabled: bool = False, only: int | None = None
    ) -> list[Member]:
        statement = select(staff).order_by(staff.c.sign_in)
        if only is not None:
            statement = statement.where(staff.c.id == only)
        if not disabled:
            statement = statement.where(staff.c.disabled_at.is_(None))
        rows = (await connection.execute(statement)).mappings().all()
        held = await connection.execute(
            select(handoffs.c.staff_id, func.count())
            .where(handoffs.c.ended_at.is_(None), handoffs.c.staff_id.is_not(None), handoffs.c.practice.is_(False))
            .group_by(handoffs.c.staff_id)
        )
        counts = {staff_id: int(count) for staff_id, count in held.all()}
        return [_member(row, counts.get(row["id"], 0)) for row in rows]

    async def someone_could_take_one(self, now: datetime) -> bool:
        """Whether anyone is on duty with room: the truth that people are told."""
        async with self._engine.connect() as connection:
            return await self._someone_could(connection, now)

    async def _someone_could(self, connection: AsyncConnection, now: datetime) -> bool:
        return any(member.duty.could_take_one(now) for member in await self._members(connection))

    async def _held_by(self, connection: AsyncConnection, staff_id: int) -> int:
        """How many conversations someone holds. Locks them, so that two claims of theirs are counted one by one."""
        await connection.execute(select(staff.c.id).where(staff.c.id == staff_id).with_for_update())
        count = await connection.scalar(
            select(func.count()).where(
                handoffs.c.staff_id == staff_id, handoffs.c.ended_at.is_(None), handoffs.c.practice.is_(False)
            )
        )
        return int(count or 0)

    async def update_staff(self, staff_id: int, **values: Any) -> None:
        """Change what is known of one member of staff."""
        async with immediate(self._engine) as connection:
            await connection.execute(update(staff).where(staff.c.id == staff_id).values(**values))

    # --- practice

    async def start_practice(self, conversation_id: str, who: Member, now: datetime) -> None:
        """Make a conversation with a made-up person theirs; it never enters the queue or a figure."""
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            if conversation.channel != PRACTICE:
                raise NotTheirs
            await self._file(
                connection,
                conversation,
                "staff",
                now,
                practice=True,
                staff_id=who.id,
                claimed_at=now,
                first_claimed_at=now,
            )
            await self._move(connection, conversation, Event.CLAIM)

    # --- figures, alerts, audit

    async def figures_between(self, start: datetime, end: datetime) -> list[RowMapping]:
        """What was counted, oldest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(figures).where(figures.c.hour >= start, figures.c.hour < end).order_by(figures.c.hour)
            )
            return list(rows.mappings())

    async def note_alert(self, name: str, *, ok: bool, now: datetime) -> None:
        """Keep whether an alert went out, for the board."""
        values = {"ok_at": now} if ok else {"failed_at": now}
        async with immediate(self._engine) as connection:
            await connection.execute(
                self._upsert(alerts)
                .values(name=name, **values)
                .on_conflict_do_update(index_elements=["name"], set_=values)
            )

    async def alert_health(self) -> list[RowMapping]:
        """When each way of alerting last worked, and last failed."""
        async with self._engine.connect() as connection:
            return list((await connection.execute(select(alerts).order_by(alerts.c.name))).mappings())

    async def write_audit(
        self, staff_name: str, what: str, now: datetime, conversation_id: str = "", detail: str = ""
    ) -> None:
        """Add to the audit. Never a word of a conversation."""
        async with immediate(self._engine) as connection:
            await self._write_audit(connection, staff_name, what, now, conversation_id, detail)

    async def _write_audit(  # noqa: PLR0917 - the columns, in their order
        self,
        connection: AsyncConnection,
        staff_name: str,
        what: str,
        now: datetime,
        conversation_id: str = "",
        detail: str = "",
    ) -> None:
        await connection.execute(
            insert(audit).values(
                at=now, staff_name=staff_name, what=what, conversation_id=conversation_id, detail=detail[:200]
            )
        )

    async def search_audit(self, words: str, *, limit: int = 200) -> list[RowMapping]:
        """Entries in which every word occurs, newest first."""
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        for word in words.split()[:6]:
            columns = (audit.c.staff_name, audit.c.what, audit.c.conversation_id, audit.c.detail)
            found = [column.icontains(word, autoescape=True) for column in columns]
            statement = statement.where(found[0] | found[1] | found[2] | found[3])
        async with self._engine.connect() as connection:
            return list((await connection.execute(statement)).mappings())

    # --- accounts; bot.console.accounts decides what is allowed

    async def account(self, *, sign_in: str = "", staff_id: int = 0) -> RowMapping | None:
        """One row of staff, secrets included."""
        condition = staff.c.sign_in == sign_in if sign_in else staff.c.id == staff_id
        async with self._engine.connect() as connection:
            return (await connection.execute(select(staff).where(condition))).mappings().first()

    async def add_account(self, **values: Any) -> int:
        """Add a member of staff; return the id. Raises ``IntegrityError`` when the name is taken."""
        async with immediate(self._engine) as connection:
            added = await connection.execute(insert(staff).values(**values).returning(staff.c.id))
            return int(added.scalar_one())

    async def has_accounts(self) -> bool:
        """Whether anyone can sign in at all."""
        async with self._engine.connect() as connection:
            return await connection.scalar(select(staff.c.id).limit(1)) is not None

    async def use_step(self, staff_id: int, step: int) -> bool:
        """Use a one-time code up. False: it, or a later one, was used before."""
        async with immediate(self._engine) as connection:
            changed = await connection.execute(
                update(staff)
                .where(staff.c.id == staff_id, func.coalesce(staff.c.totp_step, -1) < step)
                .values(totp_step=step)
            )
            return changed.rowcount == 1

    async def use_recovery(self, staff_id: int, digest: str) -> bool:
        """Use a recovery code up. False: it is not one, or was used before."""
        async with immediate(self._engine) as connection:
            held = await connection.scalar(select(staff.c.recovery).where(staff.c.id == staff_id).with_for_update())
            codes = json.loads(held or "[]")
            if digest not in codes:
                return False
            codes.remove(digest)
            await connection.execute(update(staff).where(staff.c.id == staff_id).values(recovery=json.dumps(codes)))
            return True

    async def note_failure(self, staff_id: int) -> int:
        """Count a failed sign-in; return how many there are now."""
        async with immediate(self._engine) as connection:
            changed = await connection.execute(
                update(staff)
                .where(staff.c.id == staff_id)
                .values(failures=staff.c.failures + 1)
                .returning(staff.c.failures)
            )
            return int(changed.scalar_one())

    async def add_session(self, digest: str, staff_id: int, stage: str, now: datetime) -> None:
        """Keep a session by its digest."""
        async with immediate(self._engine) as connection:
            await connection.execute(
                insert(sessions).values(digest=digest, staff_id=staff_id, stage=stage, created_at=now, active_at=now)
            )

    async def session(self, digest: str) -> RowMapping | None:
        """A session by its digest."""
        async with self._engine.connect() as connection:
            return (await connection.execute(select(sessions).where(sessions.c.digest == digest))).mappings().first()

    async def touch_session(self, digest: str, now: datetime) -> None:
        """A session was used."""
        async with immediate(self._engine) as connection:
            await connection.execute(update(sessions).where(sessions.c.digest == digest).values(active_at=now))

    async def end_sessions(self, *, digest: str = "", staff_id: int = 0) -> None:
        """Sign out here, or everywhere."""
        condition = sessions.c.digest == digest if digest else sessions.c.staff_id == staff_id
        async with immediate(self._engine) as connection:
            await connection.execute(delete(sessions).where(condition))

    async def end_old_sessions(self, idle_since: datetime, created_before: datetime) -> None:
        """Forget sessions that have run out."""
        async with immediate(self._engine) as connection:
            await connection.execute(
                delete(sessions).where((sessions.c.active_at < idle_since) | (sessions.c.created_at < created_before))
            )

    async def replace_invite(self, digest: str, expires_at: datetime) -> None:
        """Keep the one link that makes the first supervisor; earlier ones end."""
        async with immediate(self._engine) as connection:
            await connection.execute(delete(invites))
            await connection.execute(insert(invites).values(digest=digest, expires_at=expires_at))

    async def invite(self, digest: str, now: datetime) -> bool:
        """Whether a link still works."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(
                select(invites.c.digest).where(invites.c.digest == digest, invites.c.expires_at > now)
            )
            return found is not None

    async def use_invite(self, digest: str, now: datetime, **account: Any) -> int | None:
        """Use a link up and make the first account; None when it was used, or there is an account already."""
        async with immediate(self._engine) as connection:
            used = await connection.execute(
                delete(invites).where(invites.c.digest == digest, invites.c.expires_at > now)
            )
            if used.rowcount != 1 or await connection.scalar(select(staff.c.id).limit(1)) is not None:
                return None
            added = await connection.execute(insert(staff).values(**account).returning(staff.c.id))
            return int(added.scalar_one())

    def _upsert(self, table: Table) -> Any:
        return import_module(f"sqlalchemy.dialects.{self._engine.dialect.name}").insert(table)


def _requests() -> Any:
    return select(
        handoffs,
        *(column.label(f"of_{column.name}") for column in conversations.columns if column.name != "snapshot"),
    ).join(conversations, conversations.c.id == handoffs.c.conversation_id)


def _request(row: RowMapping) -> Request:
    return Request(
        id=row["id"],
        conversation=conversation_of(row, "of_"),
        reason=row["reason"],
        urgency=Urgency(row["urgency"]),
        requested_at=row["requested_at"],
        dropped=row["dropped"],
        staff_id=row["staff_id"],
        claimed_at=row["claimed_at"],
        answered=row["answered_at"] is not None,
        practice=row["practice"],
        wait=Wait(
            row["requested_at"],
            row["stages_told"],
            row["changes_told"],
            row["duty_told"],
            row["told_at"] or row["requested_at"],
        ),
        alerts=AlertState(row["alerts_sent"], row["alerted_at"]),
    )


def _member(row: RowMapping, conversations_held: int) -> Member:
    return Member(
        id=row["id"],
        name=row["name"],
        role=row["role"],
        duty=Duty(row["duty_on"], row["seen_at"], row["active_at"], conversations_held, row["room"]),
        disabled=row["disabled_at"] is not None,
        locked_until=row["locked_until"],
        has_code=row["totp_secret"] is not None,
        looking_at=row["looking_at"] or "",
        sign_in=row["sign_in"],
    )
