"""Sends the rows that a chat has not had yet: each once, in order, for as long as it takes.

What a chat has had is committed after each message. Telegram cannot be asked whether a
message arrived: after a kill or a time-out at that very moment it is sent again, since
saying a sentence twice harms less than leaving out a number to ring.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    MessageEntity,
    ReplyKeyboardMarkup,
)
from telegram.constants import ChatAction
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.channels.telegram import sentences as words
from bot.channels.telegram.calls import Backoff, patiently
from bot.channels.telegram.chats import Chat, Chats, Undeliverable
from bot.channels.telegram.clearing import delete_messages
from bot.channels.telegram.look import Part, parts_of
from bot.channels.telegram.sentences import Sentences
from bot.database import DATABASE_GONE
from bot.desk import NoDesk
from bot.keyring import Erased
from bot.store import Author, Message, Store
from bot.turns import Turns
from bot.wakeups import Wakeups

log = structlog.get_logger()

SWEEP_SECONDS = 5.0
TYPING_SECONDS = 4.5  # Telegram shows it for five
BUSY = 10  # with so many messages waiting to be sent, showing that we type would only delay them
ROWS_AT_ONCE = 20
LAST_MESSAGE_SECONDS = 2.0


class Delivery:
    """All deliveries of the process that has the post."""

    def __init__(
        self,
        *,
        bot: Bot,
        store: Store,
        turns: Turns,
        chats: Chats,
        sentences: Sentences,
        wakeups: Wakeups,
        desk: NoDesk,
        may_send: Callable[[], bool],
        is_typing: Callable[[str], Awaitable[bool]],
        now: Callable[[], datetime],
    ) -> None:
        self.bot = bot
        self.store = store
        self.turns = turns
        self.chats = chats
        self.sentences = sentences
        self.wakeups = wakeups
        self.desk = desk
        self.may_send = may_send
        self.is_typing = is_typing
        self.now = now
        self.sending = 0
        self.leaving = False
        self._carriers: dict[str, _Carrier] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver, beginning with what was left over, while this process has the post.

        What is being sent at the end may still arrive and be noted: the next one would send it again.
        """
        self.leaving = False
        sweeper = asyncio.create_task(self._sweep())
        try:
            with self.wakeups.telling(self.look_at):
                yield
        finally:
            self.leaving = True
            sweeper.cancel()
            carriers = list(self._carriers.values())
            for carrier in carriers:
                carrier.look_again.set()
            tasks = [sweeper, *(carrier.task for carrier in carriers)]
            await asyncio.wait(tasks, timeout=LAST_MESSAGE_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def look_at(self, conversation_id: str) -> None:
        """Have a conversation's rows delivered, if it has a chat."""
        carrier = self._carriers.get(conversation_id)
        if carrier is None or carrier.task.done():
            carrier = self._carriers[conversation_id] = _Carrier(conversation_id, self)
            carrier.task.add_done_callback(lambda _: self._forget(conversation_id))
        carrier.look_again.set()

    def _forget(self, conversation_id: str) -> None:
        carrier = self._carriers.get(conversation_id)
        if carrier and carrier.task.done():
            del self._carriers[conversation_id]

    async def _sweep(self) -> None:
        while True:
            try:
                for conversation_id in await self.chats.behind():
                    self.look_at(conversation_id)
                await self.chats.forget_updates(self.now())
            except Exception as error:  # noqa: BLE001 - the sweep must go on
                log.error("telegram_sweep_failed", error=type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)


class _Stop(Exception):
    """Nothing more can be delivered now: another process does it, or the chat has changed."""


class _Carrier:
    """Delivers one conversation until its chat has had everything."""

    def __init__(self, conversation_id: str, of: Delivery) -> None:
        self._id = conversation_id
        self._of = of
        self.look_again = asyncio.Event()
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            while not self._of.leaving:
                self.look_again.clear()
                if not await self._step() and not self.look_again.is_set():
                    return
        except (_Stop, Erased):
            return
        except Exception as error:  # noqa: BLE001 - the sweep returns
            log.error("telegram_delivery_failed", error=type(error).__name__, conversation=self._id)

    async def _step(self) -> bool:
        """Do one thing. False: there is nothing to do."""
        chat = await self._of.chats.open(self._id)
        if chat is None:
            return False
        if chat.hide_up_to is not None:
            await self._hide(chat, chat.hide_up_to)
            return True
        rows = await self._of.store.messages_after(self._id, chat.delivered_number, limit=ROWS_AT_ONCE)
        if any(row.author is not Author.PERSON for row in rows) or len(rows) == ROWS_AT_ONCE:
            await self._deliver(chat, rows)
            return True
        if await self._of.is_typing(self._id):
            await self._show_typing(chat)
            return True
        return False

    async def _deliver(self, chat: Chat, rows: list[Message]) -> None:
        had = chat.delivered_parts
        for row in rows:
            parts = [] if row.author is Author.PERSON else parts_of(row)
            for position, part in enumerate(parts[had:], start=had + 1):
                message_id = await self._send(chat, row, part)
                whole = position == len(parts)
                number, had_of_next = (row.number, 0) if whole else (row.number - 1, position)
                await self._note(chat, message_id, number=number, parts=had_of_next)
            had = 0
            if row.author is Author.STAFF:
                await self._of.desk.changed()
        if rows[-1].author is Author.PERSON and len(rows) == ROWS_AT_ONCE:
            await self._note(chat, None, number=rows[-1].number, parts=0)

    async def _note(self, chat: Chat, message_id: int | None, *, number: int, parts: int) -> None:
        """Note what the chat has had, for as long as it takes: what is not noted is sent again.

        A message that was on its way while the person erased everything is deleted.
        """
        backoff = Backoff()
        while True:
            try:
                known = await self._of.chats.delivered(
                    self._id, number=number, parts=parts, message_id=message_id, now=self._of.now()
                )
            except DATABASE_GONE as error:
                log.error("telegram_database_away", error=type(error).__name__)
                await backoff.wait()
            else:
                break
        if known:
            return
        if message_id:
            await patiently(lambda: delete_messages(self._of.bot, chat.id, [message_id]), "erase_late")
        raise _Stop

    async def _send(self, chat: Chat, row: Message, part: Part) -> int | None:
        """Send one message; return its id in the chat, or None when Telegram will never take it."""
        self._of.sending += 1
        try:
            return await patiently(lambda: self._send_once(chat.id, row, part), "send")
        except Forbidden as error:
            deleted = "deactivated" in error.message
            await self._give_up(Undeliverable.ACCOUNT_DELETED if deleted else Undeliverable.BLOCKED)
        except ChatMigrated as error:
            await self._of.chats.move(self._id, error.new_chat_id)
        except BadRequest as error:
            if any(sign in error.message.lower() for sign in ("chat not found", "user not found", "peer_id_invalid")):
                await self._give_up(Undeliverable.GONE)
            log.error("telegram_refused", what="card" if part.number_to_ring else "text", conversation=self._id)
            return None if part.number_to_ring else await self._send_plain(chat.id, part)
        finally:
            self._of.sending -= 1
        raise _Stop

    async def _give_up(self, why: Undeliverable) -> None:
        await self._of.chats.mark(self._id, why)
        await self._of.desk.changed()
        log.info("telegram_undeliverable", why=why, conversation=self._id)
        raise _Stop

    async def _send_once(self, chat_id: int, row: Message, part: Part) -> int:
        if self._of.leaving or not self._of.may_send():
            raise _Stop
        bot = self._of.bot
        if part.number_to_ring:
            return (await bot.send_contact(chat_id, part.number_to_ring, part.text[:64])).message_id
        sent = await bot.send_message(
            chat_id,
            part.text,
            entities=[MessageEntity(e.kind, e.offset, e.length, url=e.url) for e in part.entities],
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=self._keyboard(row, part),
        )
        return sent.message_id

    async def _send_plain(self, chat_id: int, part: Part) -> int | None:
        """The words alone, when Telegram refuses what is around them."""
        try:
            return (await patiently(lambda: self._of.bot.send_message(chat_id, part.text), "send_plain")).message_id
        except BadRequest:
            log.error("telegram_refused", what="plain text", conversation=self._id)
            return None

    def _keyboard(self, row: Message, part: Part) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | None:
        if part.buttons:
            return InlineKeyboardMarkup(
                [[InlineKeyboardButton(button.label, callback_data=button.data)] for button in part.buttons]
            )
        if row.author is Author.SYSTEM:
            button = KeyboardButton(self._of.sentences.profile().get_help)
            return ReplyKeyboardMarkup([[button]], is_persistent=True, resize_keyboard=True)
        return None

    async def _show_typing(self, chat: Chat) -> None:
        """Show that we type, and return when there is something new, or when the sign goes out."""
        if self._of.sending < BUSY:
            try:
                await self._of.bot.send_chat_action(chat.id, ChatAction.TYPING)
            except TelegramError as error:
                log.info("telegram_typing_failed", error=type(error).__name__)
        try:
            await asyncio.wait_for(self.look_again.wait(), TYPING_SECONDS)
        except TimeoutError:
            return

    async def _hide(self, chat: Chat, up_to: int) -> None:
        """Delete from the chat what Telegram lets us, and say what is left."""
        sent = await self._of.chats.sent(self._id, self._of.now(), up_to=up_to)
        deletable = sorted({*sent.deletable, up_to})
        refused = await patiently(lambda: delete_messages(self._of.bot, chat.id, deletable), "hide")
        name = words.HIDDEN_PARTLY if refused or sent.some_are_older else words.HIDDEN
        await self._of.turns.note(self._id, self._of.sentences.say(name), f"hidden:{up_to}")
        await self._of.chats.hidden(self._id, up_to)
