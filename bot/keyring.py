"""A key for each conversation, wrapped, and kept apart from the words.

Backups of the words need not hold the keys. Erasing a key makes the words unreadable
in old backups too, so it is the first thing that erasure does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cachetools import TTLCache
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.database import Instant, batched, immediate

HELD_AT_MOST, HELD_SECONDS = 1000, 2.0

metadata = MetaData()
keys = Table(
    "keys",
    metadata,
    Column("conversation_id", String(32), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("made_at", Instant, nullable=False),
)


class Erased(LookupError):
    """The conversation was erased: its words can no longer be read."""


class WrongSecretKey(RuntimeError):
    """The stored keys were wrapped with another BOT_SECRET_KEY."""


@dataclass(frozen=True)
class Cipher:
    """Encrypts and decrypts the words of one conversation."""

    _fernet: Fernet

    def seal(self, text: str) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """Decrypt what ``seal`` made."""
        return self._fernet.decrypt(sealed).decode()


class Keyring:
    """The wrapped keys, in a database of their own."""

    def __init__(self, engine: AsyncEngine, secret_keys: Sequence[str]) -> None:
        self._engine = engine
        self._wrap = MultiFernet([Fernet(key) for key in secret_keys])
        # Several look-ups a message. Another process may erase: what is held here is soon forgotten too.
        self._held: TTLCache[str, Cipher] = TTLCache(maxsize=HELD_AT_MOST, ttl=HELD_SECONDS)

    async def make(self, conversation_id: str) -> Cipher:
        """Make and keep a key for a new conversation."""
        key = Fernet.generate_key()
        async with immediate(self._engine) as connection:
            await connection.execute(
                insert(keys).values(
                    conversation_id=conversation_id, wrapped=self._wrap.encrypt(key), made_at=datetime.now(UTC)
                )
            )
        return Cipher(Fernet(key))

    async def cipher(self, conversation_id: str) -> Cipher:
        """Return a conversation's cipher. Raises ``Erased`` when it was erased."""
        held = self._held.get(conversation_id)
        if held is not None:
            return held
        async with self._engine.connect() as connection:
            wrapped = await connection.scalar(select(keys.c.wrapped).where(keys.c.conversation_id == conversation_id))
        if wrapped is None:
            raise Erased(conversation_id)
        cipher = self._held[conversation_id] = Cipher(Fernet(self._unwrap(wrapped)))
        return cipher

    async def erase(self, conversation_ids: Sequence[str]) -> None:
        """Forget keys for good: overwritten in the file, and out of the write-ahead log."""
        for some in batched(conversation_ids):
            async with immediate(self._engine) as connection:
                await connection.execute(delete(keys).where(keys.c.conversation_id.in_(some)))
            for conversation_id in some:
                self._held.pop(conversation_id, None)
        if self._engine.dialect.name == "sqlite":
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def known(self, *, made_before: datetime | None = None) -> set[str]:
        """Return the conversations that have a key, or had one before a moment."""
        statement = select(keys.c.conversation_id)
        if made_before is not None:
            statement = statement.where(keys.c.made_at < made_before)
        async with self._engine.connect() as connection:
            return set(await connection.scalars(statement))

    async def rewrap(self) -> int:
        """Wrap every key with the newest secret key; return how many there are."""
        async with immediate(self._engine) as connection:
            rows = (await connection.execute(select(keys))).all()
            for row in rows:
                await connection.execute(
                    update(keys)
                    .where(keys.c.conversation_id == row.conversation_id)
                    .values(wrapped=self._wrap.encrypt(self._unwrap(row.wrapped)))
                )
        return len(rows)

    async def check(self) -> None:
        """Raise ``WrongSecretKey`` at start rather than at the first message."""
        async with self._engine.connect() as connection:
            wrapped = await connection.scalar(select(keys.c.wrapped).limit(1))
        if wrapped is not None:
            self._unwrap(wrapped)

    def _unwrap(self, wrapped: bytes) -> bytes:
        try:
            return self._wrap.decrypt(wrapped)
        except InvalidToken:
            raise WrongSecretKey(
                "BOT_SECRET_KEY does not open the stored keys. Put the old key after the new one, separated by a comma."
            ) from None
