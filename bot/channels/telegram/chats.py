"""Which Telegram chat is which conversation, and what each chat has had.

A chat is found by a digest that only BOT_SECRET_KEY can make. Its id is also kept
encrypted with the conversation's own key, to write to it; erasing the conversation
erases both.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import Instant, immediate
from bot.keyring import Erased, Keyring
from bot.store import Author, messages, metadata

DELETABLE_FOR = timedelta(hours=48)  # Bot API, deleteMessage
UPDATES_KEPT_FOR = timedelta(hours=48)  # Telegram itself keeps an update for a day

chats = Table(
    "telegram_chats",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("chat_id", LargeBinary, nullable=False),
    Column("delivered_number", Integer, nullable=False, default=0),
    # Parts that were sent of the row after delivered_number: a long row is several messages.
    Column("delivered_parts", Integer, nullable=False, default=0),
    Column("undeliverable", String(16)),
    # Delete from the chat all up to this message, because the person asked for it.
    Column("hide_up_to", BigInteger),
)

in_chat = Table(
    "telegram_messages",
    metadata,
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    # For what the person wrote: the row it became.
    Column("number", Integer),
    Column("at", Instant, nullable=False),
)

updates = Table(
    "telegram_updates",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False, index=True),
)


class Undeliverable(StrEnum):
    """Why a chat cannot be written to."""

    BLOCKED = "blocked"
    ACCOUNT_DELETED = "account_deleted"
    GONE = "gone"


@dataclass(frozen=True)
class Chat:
    """A chat that can be written to."""

    id: int
    conversation_id: str
    delivered_number: int
    delivered_parts: int
    hide_up_to: int | None


@dataclass(frozen=True)
class Reached:
    """For staff: the last row that a chat has had, and why no more can come."""

    number: int
    undeliverable: Undeliverable | None


@dataclass(frozen=True)
class Sent:
    """Messages of a chat that Telegram still lets us delete, and whether there are older ones."""

    deletable: Sequence[int]
    some_are_older: bool


class Chats:
    """The rows that only Telegram needs."""

    def __init__(self, engine: AsyncEngine, keyring: Keyring, secret_keys: Sequence[str]) -> None:
        self._engine = engine
        self._keyring = keyring
        self._digest_keys = [hmac.digest(key.encode(), b"harbour: telegram chat id", sha256) for key in secret_keys]

    async def find(self, chat_id: int) -> str | None:
        """Return the conversation of a chat."""
        async with self._engine.connect() as connection:
            return await connection.scalar(
                select(chats.c.conversation_id).where(chats.c.digest.in_(self._digests(chat_id)))
            )

    async def add(self, chat_id: int, conversation_id: str) -> bool:
        """Tie a chat to a new conversation. False: another process was first."""
        cipher = await self._keyring.cipher(conversation_id)
        try:
            async with immediate(self._engine) as connection:
                await connection.execute(
                    insert(chats).values(
                        digest=self._digests(chat_id)[0],
                        conversation_id=conversation_id,
                        chat_id=cipher.seal(str(chat_id)),
                    )
                )
        except IntegrityError:
            return False
        return True

    async def open(self, conversation_id: str) -> Chat | None:
        """Return the chat of a conversation. None: there is none, or it cannot be written to."""
        async with self._engine.connect() as connection:
            row = (
                (
                    await connection.execute(
                        select(chats).where(chats.c.conversation_id == conversation_id, chats.c.undeliverable.is_(None))
                    )
                )
                .mappings()
                .first()
            )
        if row is None:
            return None
        try:
            cipher = await self._keyring.cipher(conversation_id)
        except Erased:
            return None
        return Chat(
            id=int(cipher.open(row["chat_id"])),
            conversation_id=conversation_id,
            delivered_number=row["delivered_number"],
            delivered_parts=row["delivered_parts"],
            hide_up_to=row["hide_up_to"],
        )

    async def was_taken(self, update_id: int) -> bool:
        """Whether an update was dealt with before."""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(select(exists().where(updates.c.update_id == update_id))))

    async def taken(
        self, update_id: int, now: datetime, *, chat_id: int | None, message_id: int | None, number: int | None
    ) -> None:
        """Note that an update was dealt with, and which message of the chat became which row."""
        try:
            async with immediate(self._engine) as connection:
                await connection.execute(insert(updates).values(update_id=update_id, at=now))
                if chat_id is None or message_id is None:
                    return
                conversation_id = await connection.scalar(
                    select(chats.c.conversation_id).where(chats.c.digest.in_(self._digests(chat_id)))
                )
                known = exists().where(in_chat.c.conversation_id == conversation_id, in_chat.c.message_id == message_id)
                if conversation_id and not await connection.scalar(select(known)):
                    await connection.execute(
                        insert(in_chat).values(
                            conversation_id=conversation_id, message_id=message_id, number=number, at=now
                        )
                    )
        except IntegrityError:
            return  # another process took the same update

    async def row_of(self, conversation_id: str, message_id: int) -> int | None:
        """Return the number of the row that a message of the person became."""
        async with self._engine.connect() as connection:
            return await connection.scalar(
                select(in_chat.c.number).where(
                    in_chat.c.conversation_id == conversation_id, in_chat.c.message_id == message_id
                )
            )

    async def behind(self) -> list[str]:
        """Return the conversations whose chat has not had everything yet."""
        waiting = exists().where(
            messages.c.conversation_id == chats.c.conversation_id,
            messages.c.number > chats.c.delivered_number,
            messages.c.author != Author.PERSON,
        )
        async with self._engine.connect() as connection:
            return list(
                await connection.scalars(
                    select(chats.c.conversation_id).where(
                        chats.c.undeliverable.is_(None), or_(waiting, chats.c.hide_up_to.is_not(None))
                    )
                )
            )

    async def delivered(
        self, conversation_id: str, *, number: int, parts: int, message_id: int | None, now: datetime
    ) -> bool:
        """Note what a chat has had: all up to ``number``, and ``parts`` of the row after it. False: it is erased."""
        async with immediate(self._engine) as connection:
            found = await connection.execute(
                update(chats)
                .where(chats.c.conversation_id == conversation_id)
                .values(delivered_number=number, delivered_parts=parts)
            )
            if message_id is not None and found.rowcount:
                await connection.execute(
                    insert(in_chat).values(conversation_id=conversation_id, message_id=message_id, at=now)
                )
            return found.rowcount > 0

    async def mark(self, conversation_id: str, why: Undeliverable | None) -> None:
        """Note that a chat cannot be written to, or (None) that it can be again."""
        async with immediate(self._engine) as connection:
            await connection.execute(
                update(chats).where(chats.c.conversation_id == conversation_id).values(undeliverable=why)
            )

    async def reached(self, conversation_ids: Iterable[str]) -> Mapping[str, Reached]:
        """What the chats of some conversations have had. A conversation without a chat is left out."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(chats.c.conversation_id, chats.c.undeliverable, chats.c.delivered_number).where(
                    chats.c.conversation_id.in_(list(conversation_ids))
                )
            )
            return {
                row.conversation_id: Reached(
                    row.delivered_number, Undeliverable(row.undeliverable) if row.undeliverable else None
                )
                for row in rows
            }

    async def move(self, conversation_id: str, chat_id: int) -> None:
        """Give a conversation's chat another id."""
        cipher = await self._keyring.cipher(conversation_id)
        async with immediate(self._engine) as connection:
            await connection.execute(
                update(chats)
                .where(chats.c.conversation_id == conversation_id)
                .values(digest=self._digests(chat_id)[0], chat_id=cipher.seal(str(chat_id)))
            )

    async def want_hidden(self, conversation_id: str, up_to: int) -> None:
        """Have everything up to a message deleted from the chat."""
        async with immediate(self._engine) as connection:
            await connection.execute(
                update(chats).where(chats.c.conversation_id == conversation_id).values(hide_up_to=up_to)
            )

    async def sent(self, conversation_id: str, now: datetime, *, up_to: int = 2**62) -> Sent:
        """Return what can be deleted from a chat, up to a message."""
        async with self._engine.connect() as connection:
            rows = (
                await connection.execute(
                    select(in_chat.c.message_id, in_chat.c.at).where(
                        in_chat.c.conversation_id == conversation_id, in_chat.c.message_id <= up_to
                    )
                )
            ).all()
        deletable = sorted(row.message_id for row in rows if row.at > now - DELETABLE_FOR)
        return Sent(deletable, len(deletable) < len(rows))

    async def hidden(self, conversation_id: str, up_to: int) -> None:
        """Note that the chat was cleared up to a message."""
        async with immediate(self._engine) as connection:
            await connection.execute(
                update(chats)
                .where(chats.c.conversation_id == conversation_id, chats.c.hide_up_to == up_to)
                .values(hide_up_to=None)
            )
            await connection.execute(
                delete(in_chat).where(in_chat.c.conversation_id == conversation_id, in_chat.c.message_id <= up_to)
            )

    async def forget_updates(self, now: datetime) -> None:
        """Forget the updates that Telegram cannot send again any more."""
        async with immediate(self._engine) as connection:
            await connection.execute(delete(updates).where(updates.c.at < now - UPDATES_KEPT_FOR))

    async def rekey(self) -> int:
        """Make every digest anew with the newest secret key; return how many there are."""
        async with self._engine.connect() as connection:
            rows = (await connection.execute(select(chats.c.conversation_id, chats.c.chat_id))).all()
        for row in rows:
            try:
                cipher = await self._keyring.cipher(row.conversation_id)
            except Erased:
                continue
            digest = self._digests(int(cipher.open(row.chat_id)))[0]
            async with immediate(self._engine) as connection:
                await connection.execute(
                    update(chats).where(chats.c.conversation_id == row.conversation_id).values(digest=digest)
                )
        return len(rows)

    def _digests(self, chat_id: int) -> list[str]:
        """The digests of a chat id, that of the newest secret key first."""
        return [hmac.new(key, str(chat_id).encode(), sha256).hexdigest() for key in self._digest_keys]
