"""What people and staff can do with a conversation, one use case each.

A message's way: ``receive`` commits it and returns; ``bot.answering`` answers it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.answering import Answering
from bot.replies import OPENING, Replies
from bot.store import Conversation, Draft, Store
from bot.wakeups import Wakeups


def utc_now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


class Turns:
    """The use cases. One of these exists in a process."""

    def __init__(
        self,
        store: Store,
        replies: Replies,
        answering: Answering,
        wakeups: Wakeups,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._store = store
        self._replies = replies
        self._answering = answering
        self._wakeups = wakeups
        self._now = now

    async def start(self, channel: str, preface: Sequence[Draft] = ()) -> tuple[Conversation, str]:
        """Begin a conversation with the opening words; return it and its token."""
        return await self._store.start(channel, [*preface, *self.opening()], self._now())

    def opening(self) -> Sequence[Draft]:
        """The words that every conversation begins with."""
        return self._replies.own(OPENING, {}, self._now()).drafts

    async def receive(
        self,
        conversation_id: str,
        *,
        text: str = "",
        choice: str = "",
        client_id: str | None = None,
        payload: str = "",
    ) -> int:
        """Keep what a person wrote or chose, and see that it is answered; return its number.

        ``payload`` is what a channel's own button or command stands for.
        Raises ``NoSuchChoice`` and ``Erased``.
        """
        number = await self._store.receive(
            conversation_id, text=text, choice=choice, client_id=client_id, now=self._now(), payload=payload
        )
        self._answering.look_at(conversation_id)
        await self._wakeups.wake(conversation_id)
        return number

    async def note(
        self, conversation_id: str, drafts: Sequence[Draft], client_id: str | None = None
    ) -> tuple[int, bool]:
        """Keep messages that need no answer; return the first one's number, and whether it is new.

        Raises ``Erased``.
        """
        noted = await self._store.add(conversation_id, drafts, client_id=client_id, now=self._now())
        await self._wakeups.wake(conversation_id)
        return noted

    async def erase(self, conversation_id: str) -> None:
        """Erase everything about a conversation."""
        await self._store.erase([conversation_id])
        await self._wakeups.wake(conversation_id)
