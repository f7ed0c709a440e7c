"""Conversations and messages as rows. Each method is one transaction or one read.

What a person writes is committed before anything else happens to it. The replies, the
snapshot, the state and "this message is done" are committed together. Within a
conversation, messages are numbered from 1 in the order in which they were committed.
Texts and snapshots are encrypted with the conversation's own key.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    RowMapping,
    String,
    Table,
    UniqueConstraint,
    delete,
    false,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversation import Event, State, after, bot_may_speak
from bot.database import Instant, batched, immediate
from bot.keyring import Cipher, Erased, Keyring

BEGINNING_TAKES = timedelta(minutes=10)

metadata = MetaData()

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("token_digest", String(64), nullable=False, unique=True),
    Column("channel", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    # Counts the changes of who may speak: an answer worked out before one is dropped.
    Column("version", Integer, nullable=False, default=0),
    Column("last_number", Integer, nullable=False, default=0),
    Column("snapshot", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("active_at", Instant, nullable=False, index=True),
    # The come-back code (bot/come_back.py): its keyed digest, and until when it opens the conversation.
    Column("code_digest", String(64)),
    Column("code_expires_at", Instant),
    Index("conversations_code", "code_digest", unique=True),
)

messages = Table(
    "messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("author", String(8), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("client_id", String(36)),
    Column("at", Instant, nullable=False),
    # For a person's message: what it still waits for. Null when it is done.
    Column("owed", String(8)),
    UniqueConstraint("conversation_id", "client_id", name="one_message_per_client_id"),
    Index("messages_owed", "owed", "at"),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("reason", String(16), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("ended_at", Instant),
    # What follows is bot/desk_store.py's: the place in the queue, the claim, what was told.
    Column("practice", Boolean, nullable=False, default=False, server_default=false()),
    Column("urgency", String(8), nullable=False, default="normal", server_default="normal"),
    Column("place", Instant, index=True),
    Column("dropped", Integer, nullable=False, default=0, server_default="0"),
    Column("staff_id", Integer),
    Column("claimed_at", Instant),
    Column("answered_at", Instant),
    Column("first_claimed_at", Instant),
    Column("stages_told", Integer, nullable=False, default=0, server_default="0"),
    Column("changes_told", Integer, nullable=False, default=0, server_default="0"),
    Column("duty_told", Boolean, nullable=False, default=False, server_default=false()),
    Column("told_at", Instant),
    Column("alerts_sent", Integer, nullable=False, default=0, server_default="0"),
    Column("alerted_at", Instant),
    Column("outcome", String(16)),
)


class Author(StrEnum):
    """Who wrote a message."""

    PERSON = "person"
    BOT = "bot"
    STAFF = "staff"
    SYSTEM = "system"


class Owed(StrEnum):
    """What a person's message still waits for."""

    ANSWER = "answer"  # nothing was said yet
    REAL_ANSWER = "real"  # the holding words were said; the brain's answer is owed
    SNAPSHOT = "snapshot"  # all was said; the brain only has to know


@dataclass(frozen=True)
class Draft:
    """A message before it has a number."""

    author: Author
    text: str
    name: str = ""
    choices: Sequence[Mapping[str, str]] = ()  # {"label", "payload"}
    contacts: Sequence[Mapping[str, Any]] = ()
    payload: str = ""  # for a person's message: what the pressed choice stands for
    response: str = ""  # for the bot's: the response's name in domain.yml

    def sealed(self, cipher: Cipher) -> bytes:
        """The encrypted body of the row."""
        body = {
            "text": self.text,
            "name": self.name,
            "choices": list(self.choices),
            "contacts": list(self.contacts),
            "payload": self.payload,
            "response": self.response,
        }
        return cipher.seal(json.dumps({key: value for key, value in body.items() if value}))


@dataclass(frozen=True)
class Message:
    """A message as it was written."""

    number: int
    author: Author
    at: datetime
    text: str = ""
    name: str = ""
    choices: Sequence[Mapping[str, str]] = ()
    contacts: Sequence[Mapping[str, Any]] = ()
    payload: str = ""
    response: str = ""


@dataclass(frozen=True)
class Conversation:
    """What is known of a conversation without reading its words."""

    id: str
    channel: str
    state: State
    version: int
    last_number: int
    created_at: datetime
    active_at: datetime


@dataclass(frozen=True)
class Turn:
    """The oldest message of a person that something is owed to, and what answering it needs."""

    conversation: Conversation
    message: Message
    owed: Owed
    snapshot: Mapping[str, Any] | None
    earlier: Sequence[str] = ()  # the person's messages before it, oldest first
    said: Sequence[str] = ()  # the bot's responses before it, oldest first

    @property
    def asked(self) -> str:
        """The response that the bot said last before it."""
        return self.said[-1] if self.said else ""


class NoSuchChoice(LookupError):
    """The choice was never offered in this conversation."""


class Store:
    """The database of words."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring) -> None:
        self._engine = engine
        self._keyring = keyring

    async def start(self, channel: str, opening: Sequence[Draft], now: datetime) -> tuple[Conversation, str]:
        """Begin a conversation; return it and the token that opens it, which is not kept."""
        conversation_id, token = secrets.token_hex(16), secrets.token_urlsafe(32)
        cipher = await self._keyring.make(conversation_id)
        row: dict[str, Any] = {
            "id": conversation_id,
            "token_digest": _digest(token),
            "channel": channel,
            "state": State.BOT,
            "version": 0,
            "last_number": 0,
            "created_at": now,
            "active_at": now,
        }
        async with immediate(self._engine) as connection:
            await connection.execute(insert(conversations).values(**row))
            begun = conversation_of(row)
            number = await self._append(connection, begun, opening, cipher=cipher, now=now)
        return replace(begun, last_number=number), token

    async def find(self, token: str) -> Conversation | None:
        """Return the conversation that a token opens."""
        async with self._engine.connect() as connection:
            return await _one(connection, conversations.c.token_digest == _digest(token))

    async def get(self, conversation_id: str) -> Conversation | None:
        """Return a conversation by its id."""
        async with self._engine.connect() as connection:
            return await _one(connection, conversations.c.id == conversation_id)

    async def keep_code(self, conversation_id: str, digest: str | None, expires_at: datetime | None) -> None:
        """Keep the digest of a conversation's only come-back code, or none. Raises ``Erased``."""
        async with immediate(self._engine) as connection:
            await self._lock(connection, conversation_id)
            await connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(code_digest=digest, code_expires_at=expires_at)
            )

    async def code_expires_at(self, conversation_id: str, now: datetime) -> datetime | None:
        """Return until when a conversation's come-back code works; None when there is none."""
        async with self._engine.connect() as connection:
            return await connection.scalar(
                select(conversations.c.code_expires_at).where(
                    conversations.c.id == conversation_id, conversations.c.code_expires_at > now
                )
            )

    async def open_by_code(self, digests: Sequence[str], now: datetime) -> tuple[Conversation, str] | None:
        """Give the conversation with one of these digests a new token; the old one opens nothing any more."""
        token = secrets.token_urlsafe(32)
        async with immediate(self._engine) as connection:
            found = await _one(
                connection,
                conversations.c.code_digest.in_(digests) & (conversations.c.code_expires_at > now),
                for_update=True,
            )
            if found is None:
                return None
            await connection.execute(
                update(conversations).where(conversations.c.id == found.id).values(token_digest=_digest(token))
            )
        return found, token

    async def receive(
        self,
        conversation_id: str,
        *,
        text: str,
        choice: str,
        client_id: str | None,
        now: datetime,
        payload: str = "",
    ) -> int:
        """Keep what a person wrote or chose; return its number.

        ``payload`` is what a channel's own button or command stands for. The same
        ``client_id`` twice is one message. Writing opens a closed conversation.
        Raises ``NoSuchChoice`` and ``Erased``.
        """
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            number = await self._known(connection, conversation_id, client_id)
            if number is not None:
                return number
            draft = Draft(Author.PERSON, text, payload=payload)
            if choice:
                draft = await self._chosen(connection, conversation_id, choice, cipher)
            number = await self._append(
                connection, conversation, [draft], cipher=cipher, now=now, client_id=client_id, owed=Owed.ANSWER
            )
            await self._move(connection, conversation, Event.WRITE)
            return number

    async def add(
        self, conversation_id: str, drafts: Sequence[Draft], *, client_id: str | None, now: datetime
    ) -> tuple[int, bool]:
        """Append messages that nothing is owed to; return the first one's number, and whether it is new.

        The same ``client_id`` twice is once. Raises ``Erased``.
        """
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            number = await self._known(connection, conversation_id, client_id)
            if number is not None:
                return number, False
            first = await self._append(
                connection, conversation, drafts[:1], cipher=cipher, now=now, client_id=client_id
            )
            await self._append(connection, replace(conversation, last_number=first), drafts[1:], cipher=cipher, now=now)
            await self._move(connection, conversation, Event.WRITE)
            return first, True

    async def next_turn(self, conversation_id: str, *, owed: Owed | None = None, context: int = 4) -> Turn | None:
        """Return the oldest message that something is owed to, with the ``context`` before it.

        ``owed`` looks only for messages that wait for just that.
        """
        try:
            cipher = await self._keyring.cipher(conversation_id)
        except Erased:
            return None
        async with self._engine.connect() as connection:
            theirs = messages.c.conversation_id == conversation_id
            row = (
                (
                    await connection.execute(
                        select(messages)
                        .where(theirs, messages.c.owed == owed if owed else messages.c.owed.is_not(None))
                        .order_by(messages.c.number)
                        .limit(1)
                    )
                )
                .mappings()
                .first()
            )
            if row is None:
                return None
            of = await connection.execute(select(conversations).where(conversations.c.id == conversation_id))
            found = of.mappings().first()
            if found is None:
                return None
            before = await connection.execute(
                select(messages.c.body)
                .where(theirs, messages.c.author == Author.PERSON, messages.c.number < row["number"])
                .order_by(messages.c.number.desc())
                .limit(context)
            )
            earlier = [json.loads(cipher.open(body)).get("text", "") for body in before.scalars()]
            by_bot = await connection.execute(
                select(messages.c.body)
                .where(theirs, messages.c.author == Author.BOT, messages.c.number < row["number"])
                .order_by(messages.c.number.desc())
                .limit(context)
            )
            said = [json.loads(cipher.open(body)).get("response", "") for body in by_bot.scalars()]
        return Turn(
            conversation=conversation_of(found),
            message=_message(row, cipher),
            owed=Owed(row["owed"]),
            snapshot=json.loads(cipher.open(found["snapshot"])) if found["snapshot"] else None,
            earlier=earlier[::-1],
            said=said[::-1],
        )

    async def say(
        self, turn: Turn, drafts: Sequence[Draft], *, still_owed: Owed, handoff: str | None, now: datetime
    ) -> bool:
        """Say something before the brain has answered; ``still_owed`` remains. False: too late.

        Where the brain only has to know, nothing comes after what is said: not an answer to an earlier message, either,
        or it would bury a question about danger.
        """
        return await self._settle(turn, drafts, owed=still_owed, snapshot=None, handoff=handoff, now=now)

    async def finish(
        self,
        turn: Turn,
        drafts: Sequence[Draft],
        *,
        snapshot: Mapping[str, Any] | None,
        handoff: str | None,
        now: datetime,
    ) -> bool:
        """Commit an answer whole: replies, snapshot, request for a person, and "done".

        Returns False, and keeps nothing, when the message was answered elsewhere or the
        conversation is gone. When who may speak has changed since, the message is done and
        the answer, worked out for an older state, is dropped.
        """
        return await self._settle(turn, drafts, owed=None, snapshot=snapshot, handoff=handoff, now=now)

    async def _settle(
        self,
        turn: Turn,
        drafts: Sequence[Draft],
        *,
        owed: Owed | None,
        snapshot: Mapping[str, Any] | None,
        handoff: str | None,
        now: datetime,
    ) -> bool:
        conversation_id = turn.conversation.id
        this_message = (messages.c.conversation_id == conversation_id) & (messages.c.number == turn.message.number)
        try:
            cipher = await self._keyring.cipher(conversation_id)
            async with immediate(self._engine) as connection:
                conversation = await self._lock(connection, conversation_id)
                if await connection.scalar(select(messages.c.owed).where(this_message)) != turn.owed:
                    return False
                await connection.execute(update(messages).where(this_message).values(owed=owed))
                if conversation.version != turn.conversation.version:
                    return True
                await self._append(connection, conversation, drafts, cipher=cipher, now=now)
                if owed is Owed.SNAPSHOT:
                    await connection.execute(
                        update(messages)
                        .where(messages.c.conversation_id == conversation_id, messages.c.owed == Owed.REAL_ANSWER)
                        .values(owed=Owed.SNAPSHOT)
                    )
                if snapshot is not None:
                    await connection.execute(
                        update(conversations)
                        .where(conversations.c.id == conversation_id)
                        .values(snapshot=cipher.seal(json.dumps(snapshot)))
                    )
                if handoff:
                    await self._request_person(connection, conversation, handoff, now)
                return True
        except Erased:
            return False

    async def request_person(self, conversation_id: str, reason: str, drafts: Sequence[Draft], now: datetime) -> None:
        """Put a conversation in the queue, outside a turn, and say so."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            conversation = await self._lock(connection, conversation_id)
            await self._append(connection, conversation, drafts, cipher=cipher, now=now)
            await self._request_person(connection, conversation, reason, now)

    async def waiting_since(self, conversation_id: str) -> datetime | None:
        """When the open request for a person was made."""
        async with self._engine.connect() as connection:
            return await connection.scalar(
                select(handoffs.c.requested_at).where(
                    handoffs.c.conversation_id == conversation_id, handoffs.c.ended_at.is_(None)
                )
            )

    async def messages_after(self, conversation_id: str, number: int, *, limit: int = 200) -> list[Message]:
        """Return the messages with a number above ``number``, oldest first. Raises ``Erased``."""
        cipher = await self._keyring.cipher(conversation_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(messages)
                .where(messages.c.conversation_id == conversation_id, messages.c.number > number)
                .order_by(messages.c.number)
                .limit(limit)
            )
            return [_message(row, cipher) for row in rows.mappings()]

    async def count_owed(self, conversation_id: str, owed: Owed) -> int:
        """Return how many messages of a conversation wait for just this."""
        async with self._engine.connect() as connection:
            count = await connection.scalar(
                select(func.count()).where(messages.c.conversation_id == conversation_id, messages.c.owed == owed)
            )
            return int(count or 0)

    async def owed_before(self, moment: datetime) -> list[str]:
        """Return the conversations in which something has been owed since ``moment`` or longer."""
        async with self._engine.connect() as connection:
            return list(
                await connection.scalars(
                    select(messages.c.conversation_id)
                    .where(messages.c.owed.is_not(None), messages.c.at <= moment)
                    .distinct()
                )
            )

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        """Erase conversations whole: the keys first, then every row."""
        await self._keyring.erase(conversation_ids)
        for some in batched(conversation_ids):
            async with immediate(self._engine) as connection:
                for table, column in (
                    (messages, messages.c.conversation_id),
                    (handoffs, handoffs.c.conversation_id),
                    (conversations, conversations.c.id),
                ):
                    await connection.execute(delete(table).where(column.in_(some)))
        if self._engine.dialect.name == "sqlite":
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def inactive_since(self, moment: datetime) -> list[str]:
        """Return the conversations with no message since ``moment``."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(select(conversations.c.id).where(conversations.c.active_at < moment)))

    async def finish_erasing(self, now: datetime) -> None:
        """Erase what a crash left half-way: keys without a conversation, and rows without a key.

        A key is made just before its conversation, so young ones are left alone.
        """
        async with self._engine.connect() as connection:
            living = set(await connection.scalars(select(conversations.c.id)))
        keyed = await self._keyring.known()
        left = (living - keyed) | (await self._keyring.known(made_before=now - BEGINNING_TAKES) - living)
        if left:
            await self.erase(sorted(left))

    async def check(self) -> None:
        """Raise unless both databases answer."""
        await self._keyring.check()
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def _lock(self, connection: AsyncConnection, conversation_id: str) -> Conversation:
        """Hold the conversation until the transaction ends: one change at a time."""
        conversation = await _one(connection, conversations.c.id == conversation_id, for_update=True)
        if conversation is None:
            raise Erased(conversation_id)
        return conversation

    async def _known(self, connection: AsyncConnection, conversation_id: str, client_id: str | None) -> int | None:
        """The number of the message that came with this ``client_id`` before."""
        if client_id is None:
            return None
        return await connection.scalar(
            select(messages.c.number).where(
                messages.c.conversation_id == conversation_id, messages.c.client_id == client_id
            )
        )

    async def _append(
        self,
        connection: AsyncConnection,
        to: Conversation,
        drafts: Sequence[Draft],
        *,
        cipher: Cipher,
        now: datetime,
        **waiting: Any,
    ) -> int:
        """Number and insert messages; ``waiting`` are more columns of them. Return the last number."""
        if not drafts:
            return to.last_number
        number = to.last_number
        for number, draft in enumerate(drafts, start=to.last_number + 1):
            await connection.execute(
                insert(messages).values(
                    conversation_id=to.id,
                    number=number,
                    author=draft.author,
                    body=draft.sealed(cipher),
                    at=now,
                    **waiting,
                )
            )
        await connection.execute(
            update(conversations).where(conversations.c.id == to.id).values(last_number=number, active_at=now)
        )
        return number

    async def _move(self, connection: AsyncConnection, conversation: Conversation, event: Event) -> None:
        state = after(conversation.state, event)
        if state is conversation.state:
            return
        changed = bot_may_speak(state) != bot_may_speak(conversation.state)
        await connection.execute(
            update(conversations)
            .where(conversations.c.id == conversation.id)
            .values(state=state, version=conversation.version + changed)
        )

    async def _request_person(
        self, connection: AsyncConnection, conversation: Conversation, reason: str, now: datetime
    ) -> None:
        await self._move(connection, conversation, Event.ASK_FOR_PERSON)
        waiting = await connection.scalar(
            select(handoffs.c.id).where(handoffs.c.conversation_id == conversation.id, handoffs.c.ended_at.is_(None))
        )
        if waiting is None:
            await connection.execute(
                insert(handoffs).values(conversation_id=conversation.id, reason=reason, requested_at=now)
            )

    async def _chosen(self, connection: AsyncConnection, conversation_id: str, choice: str, cipher: Cipher) -> Draft:
        number, _, index = choice.partition("-")
        if not (number.isdecimal() and index.isdecimal() and len(number) < 10 and len(index) < 10):
            raise NoSuchChoice(choice)
        body = await connection.scalar(
            select(messages.c.body).where(
                messages.c.conversation_id == conversation_id, messages.c.number == int(number)
            )
        )
        offered = json.loads(cipher.open(body)).get("choices", []) if body else []
        if int(index) >= len(offered):
            raise NoSuchChoice(choice)
        chosen = offered[int(index)]
        return Draft(Author.PERSON, chosen["label"], payload=chosen["payload"])


async def _one(connection: AsyncConnection, condition: Any, *, for_update: bool = False) -> Conversation | None:
    statement = select(conversations).where(condition)
    if for_update:
        statement = statement.with_for_update()
    row = (await connection.execute(statement)).mappings().first()
    return None if row is None else conversation_of(row)


def conversation_of(row: Mapping[str, Any] | RowMapping, prefix: str = "") -> Conversation:
    """The conversation in a row, whose columns may have a prefix."""
    return Conversation(
        id=row[f"{prefix}id"],
        channel=row[f"{prefix}channel"],
        state=State(row[f"{prefix}state"]),
        version=row[f"{prefix}version"],
        last_number=row[f"{prefix}last_number"],
        created_at=row[f"{prefix}created_at"],
        active_at=row[f"{prefix}active_at"],
    )


def _message(row: RowMapping, cipher: Cipher) -> Message:
    return Message(
        number=row["number"],
        author=Author(row["author"]),
        at=row["at"],
        **json.loads(cipher.open(row["body"])),
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
