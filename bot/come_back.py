"""The come-back code: a few plain words with which a conversation can be opened again.

The words are shown once and kept only as a keyed digest. Each word is known by its first
four letters, which no two words share, so a slip further on does no harm. The reasons and
the figures are in docs/decisions/0008-come-back-code.md.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mnemonic import Mnemonic

from bot.settings import ROOT, Settings
from bot.store import Conversation, Store
from bot.wakeups import Wakeups

WORDS_IN_A_CODE = 5
LETTERS_THAT_COUNT = 4

# Words of the list that are not for someone frightened, ashamed or blackmailed, nor for the paper in their pocket.
LEFT_OUT = ROOT / "data" / "come-back-left-out.txt"


@dataclass(frozen=True)
class Code:
    """A new code, as it is shown once."""

    words: str
    expires_at: datetime


@lru_cache(maxsize=1)
def word_list() -> Sequence[str]:
    """All words that a code can hold."""
    left_out = set(LEFT_OUT.read_text(encoding="utf-8").split())
    return tuple(word for word in Mnemonic("english").wordlist if word not in left_out)


def new_words() -> str:
    """Choose the words of a code."""
    return " ".join(secrets.choice(word_list()) for _ in range(WORDS_IN_A_CODE))


def essence(typed: str) -> str:
    """What counts of the words as someone typed them; empty when they are no code."""
    found = re.findall("[a-z]+", unicodedata.normalize("NFKC", typed[:500]).lower())
    if len(found) != WORDS_IN_A_CODE:
        return ""
    return " ".join(word[:LETTERS_THAT_COUNT] for word in found)


class ComeBack:
    """The use cases of the code."""

    def __init__(self, settings: Settings, store: Store, wakeups: Wakeups, now: Callable[[], datetime]) -> None:
        self._lasts = timedelta(days=settings.come_back_days)
        self._kept = timedelta(days=settings.keep_days)
        self._keys = [_derived(key) for key in settings.secret_keys()]
        self._store = store
        self._wakeups = wakeups
        self._now = now

    async def make(self, conversation: Conversation) -> Code:
        """Make a code; the one before it opens nothing any more. Raises ``Erased``."""
        now = self._now()
        # The conversation itself may be erased sooner: never promise more than that.
        code = Code(new_words(), min(now + self._lasts, conversation.active_at + self._kept))
        await self._store.keep_code(conversation.id, _digest(self._keys[0], essence(code.words)), code.expires_at)
        return code

    async def expires_at(self, conversation: Conversation) -> datetime | None:
        """Until when there is a code."""
        return await self._store.code_expires_at(conversation.id, self._now())

    async def revoke(self, conversation: Conversation) -> None:
        """Make the code open nothing any more."""
        await self._store.keep_code(conversation.id, None, None)

    async def open(self, typed: str) -> tuple[Conversation, str] | None:
        """Open a conversation by its code; return it and its new token. The old token opens nothing any more."""
        words = essence(typed)
        if not words:
            return None
        opened = await self._store.open_by_code([_digest(key, words) for key in self._keys], self._now())
        if opened is not None:
            await self._wakeups.wake(opened[0].id)
        return opened


def _derived(secret_key: str) -> bytes:
    """A key for this purpose alone."""
    return HKDF(SHA256(), 32, salt=None, info=b"harbour come-back code").derive(secret_key.encode())


def _digest(key: bytes, words: str) -> str:
    return hmac.digest(key, words.encode(), "sha256").hex()
