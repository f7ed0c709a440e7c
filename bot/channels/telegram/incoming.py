"""Takes what people send: commits it, and only then lets Telegram forget it.

Each update is taken once, however often it comes, and the updates of a chat in their
order; chats do not wait for each other.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

import structlog
from telegram import Bot, CallbackQuery, ChatMemberUpdated, Message, ReplyKeyboardRemove, Update
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.channels.telegram import sentences as words
from bot.channels.telegram.calls import Backoff, Errands
from bot.channels.telegram.chats import Chats, Undeliverable
from bot.channels.telegram.clearing import delete_messages
from bot.channels.telegram.sentences import Sentences, first_choice_of
from bot.channels.text import clean
from bot.conversation import bot_may_speak
from bot.database import DATABASE_GONE
from bot.keyring import Erased
from bot.store import Author, Draft, NoSuchChoice, Store
from bot.turns import Turns

log = structlog.get_logger()

TRIES = 3
START = "/start"
AT_ONCE = 8
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")
GONE = (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
NOT_KEPT = {
    "photo": words.PHOTO,
    "video": words.VIDEO,
    "video_note": words.VIDEO,
    "animation": words.VIDEO,
    "paid_media": words.VIDEO,
    "live_photo": words.PHOTO,
    "voice": words.VOICE,
    "audio": words.VOICE,
    "sticker": words.STICKER,
    "dice": words.STICKER,
    "document": words.FILE,
    "contact": words.CONTACT,
    "venue": words.LOCATION,
    "location": words.LOCATION,
    "poll": words.OTHER,
    "story": words.OTHER,
    "game": words.OTHER,
    "checklist": words.OTHER,
}


@dataclass(frozen=True)
class Taken:
    """What became of an update: the chat, its message there, and the row."""

    chat_id: int | None = None
    message_id: int | None = None
    number: int | None = None


class Pace:
    """Counts what each chat sends, by Telegram's clock: a backlog is no flood."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._sent: dict[int, deque[datetime]] = defaultdict(deque)
        self._told: dict[int, datetime] = {}

    def allows(self, chat_id: int, at: datetime) -> bool:
        """Count a message, and say whether it is within the limit."""
        minute_ago = at - timedelta(minutes=1)
        for other, times in list(self._sent.items()) if len(self._sent) > 1000 else [(chat_id, self._sent[chat_id])]:
            while times and times[0] <= minute_ago:
                times.popleft()
            if not times and other != chat_id:
                del self._sent[other]
                self._told.pop(other, None)
        sent = self._sent[chat_id]
        if len(sent) >= self._per_minute:
            return False
        sent.append(at)
        return True

    def should_say_so(self, chat_id: int, at: datetime) -> bool:
        """Whether the person was not told in the last minute that it was too much."""
        last = self._told.get(chat_id)
        if last is not None and at - last < timedelta(minutes=1):
            return False
        self._told[chat_id] = at
        return True


class Incoming:
    """Takes updates, from polling and from the webhook alike."""

    def __init__(
        self,
        *,
        bot: Bot,
        store: Store,
        turns: Turns,
        chats: Chats,
        sentences: Sentences,
        errands: Errands,
        messages_per_minute: int,
        message_max_chars: int,
        now: Callable[[], datetime],
    ) -> None:
        self._bot = bot
        self._bot_id = bot.token.partition(":")[0]
        self._store = store
        self._turns = turns
        self._chats = chats
        self._sentences = sentences
        self._errands = errands
        self._pace = Pace(messages_per_minute)
        self._longest = message_max_chars
        self._now = now
        self._in_line: dict[int, tuple[asyncio.Lock, list[None]]] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    async def take(self, update: Update) -> None:
        """Return when an update is committed; wait for as long as the database is away.

        An update that we fail on, with the database there, is left out after a few tries:
        it must not keep everyone else from being heard.
        """
        backoff = Backoff()
        failed = 0
        async with self._turn_of(_chat_id(update)), self._at_once:
            while True:
                try:
                    await self._take(update)
                except DATABASE_GONE as error:
                    log.error("telegram_database_away", error=type(error).__name__)
                except Exception as error:  # noqa: BLE001 - others must be heard
                    failed += 1
                    log.error("telegram_update_failed", error=type(error).__name__, final=failed == TRIES)
                    if failed == TRIES:
                        return
                else:
                    return
                await backoff.wait()

    @asynccontextmanager
    async def _turn_of(self, chat_id: int) -> AsyncIterator[None]:
        """Wait until the chat's earlier updates are done."""
        lock, users = self._in_line.setdefault(chat_id, (asyncio.Lock(), []))
        users.append(None)
        try:
            async with lock:
                yield
        finally:
            users.pop()
            if not users:
                self._in_line.pop(chat_id, None)

    async def _take(self, update: Update) -> None:
        if await self._chats.was_taken(update.update_id):
            return
        taken = Taken()
        client_id = self._client_id("update", update.update_id)
        if update.my_chat_member:
            await self._membership(update.my_chat_member)
        elif update.callback_query:
            taken = await self._pressed(update.callback_query)
        elif update.edited_message:
            taken = await self._edited(update.edited_message, client_id)
        elif update.message:
            taken = await self._sent(update.message, client_id)
        await self._chats.taken(
            update.update_id,
            self._now(),
            chat_id=taken.chat_id,
            message_id=taken.message_id,
            number=taken.number,
        )

    # --- messages

    async def _sent(self, message: Message, client_id: str) -> Taken:
        if message.chat.type != ChatType.PRIVATE:
            self._leave(message.chat.id)
            return Taken()
        if message.from_user is None or message.from_user.is_bot:
            return Taken()
        number = await self._heard(message, client_id)
        return Taken(message.chat.id, message.message_id, number)

    async def _heard(self, message: Message, client_id: str) -> int | None:
        """Deal with one message of a person; return the row that it became."""
        command, argument = _command(message)
        if command in ("erase", "hide"):
            return await self._erase_or_hide(command, message, client_id)
        kind = next((kind for kind in NOT_KEPT if getattr(message, kind, None)), None)
        text = clean(message.text or message.caption or "")
        if not text and kind is None:
            return None  # a service message: something was pinned, a timer was set
        conversation_id = await self._conversation(message.chat.id)
        if not self._pace.allows(message.chat.id, message.date):
            if self._pace.should_say_so(message.chat.id, message.date):
                await self._turns.note(conversation_id, self._sentences.say(words.SLOW_DOWN), client_id)
            return None
        if kind:
            number = await self._not_kept(conversation_id, kind, message, client_id)
            return await self._wrote(conversation_id, _quoted(message, text), client_id) if text else number
        return await self._commanded(conversation_id, command, argument, text, client_id) or await self._wrote(
            conversation_id, _quoted(message, text), client_id
        )

    async def _commanded(
        self, conversation_id: str, command: str, argument: str, text: str, client_id: str
    ) -> int | None:
        """Do what a command or the button that stays asks for. None: it is neither."""
        profile = self._sentences.profile()
        if command == "start":
            return await self._started(conversation_id, argument, client_id)
        if command == "human":
            return await self._turns.receive(
                conversation_id, text=profile.ask_human, payload="/ask_human", client_id=client_id
            )
        asked = {"help": words.HELP, "contacts": words.CONTACTS}.get(command)
        if text == profile.get_help:
            asked = words.GET_HELP
        return await self._answer(conversation_id, text, asked, client_id) if asked else None

    async def _wrote(self, conversation_id: str, text: str, client_id: str) -> int:
        number = await self._turns.receive(conversation_id, text=text[: self._longest], client_id=client_id)
        if len(text) > self._longest:
            too_long = self._client_id("too_long", client_id)
            await self._turns.note(conversation_id, self._sentences.say(words.TOO_LONG), too_long)
        return number

    async def _answer(self, conversation_id: str, text: str, name: str, client_id: str) -> int:
        """Keep what was asked, with the answer that needs no brain."""
        number, _ = await self._turns.note(
            conversation_id, [Draft(Author.PERSON, text), *self._sentences.say(name)], client_id
        )
        return number

    async def _not_kept(self, conversation_id: str, kind: str, message: Message, client_id: str) -> int:
        """Say that something was not looked at; once for an album, however many pictures it has."""
        name = NOT_KEPT[kind]
        what = ("album", message.media_group_id) if message.media_group_id else ("media", client_id)
        drafts = [Draft(Author.PERSON, self._sentences.stand_in(name)), *self._sentences.say(name)]
        number, _ = await self._turns.note(conversation_id, drafts, self._client_id(*what))
        return number

    async def _edited(self, message: Message, client_id: str) -> Taken:
        """What was changed is heard like something new. A place that moves, or the same words, is not."""
        text = clean(message.text or message.caption or "")
        if message.chat.type != ChatType.PRIVATE or message.from_user is None or message.from_user.is_bot or not text:
            return Taken()
        conversation_id = await self._chats.find(message.chat.id)
        if conversation_id is None:
            return Taken()
        number = await self._chats.row_of(conversation_id, message.message_id)
        if number:
            rows = await self._store.messages_after(conversation_id, number - 1, limit=1)
            if rows and rows[0].text == _quoted(message, text):
                return Taken()
        await self._wrote(conversation_id, _quoted(message, text), client_id)
        return Taken(message.chat.id, message.message_id, number)

    async def _conversation(self, chat_id: int) -> str:
        """The chat's conversation, begun when there is none."""
        while True:
            conversation_id = await self._chats.find(chat_id)
            if conversation_id:
                return conversation_id
            begun, _ = await self._turns.start("telegram", self._preface())
            if await self._chats.add(chat_id, begun.id):
                return begun.id
            await self._turns.erase(begun.id)

    async def _started(self, conversation_id: str, argument: str, client_id: str) -> int:
        """The opening words, and the choice in them that a link stands for: t.me/NAME?start=threat_live."""
        conversation = await self._store.get(conversation_id)
        if conversation is None:
            raise Erased(conversation_id)
        if not bot_may_speak(conversation.state):
            return await self._answer(conversation_id, START, words.HELP, client_id)
        opening = self._turns.opening()
        first = len(self._preface()) + 1
        is_fresh = conversation.last_number < first + len(opening)
        drafts = [Draft(Author.PERSON, START), *(() if is_fresh else opening)]
        number, _ = await self._turns.note(conversation_id, drafts, client_id)
        if number > first + len(opening):
            first = number + 1
        chosen = first_choice_of(opening, argument)
        if chosen:
            position, index = chosen
            link = self._client_id("link", client_id)
            await self._turns.receive(conversation_id, choice=f"{first + position}-{index}", client_id=link)
        return number

    def _preface(self) -> list[Draft]:
        """What comes before the opening words."""
        return self._sentences.say(words.PRIVACY)

    # --- erasing and hiding

    async def _erase_or_hide(self, command: str, message: Message, client_id: str) -> int | None:
        chat_id = message.chat.id
        conversation_id = await self._chats.find(chat_id)
        if conversation_id is None:
            self._say_outside(chat_id, words.NOTHING_KEPT, "nothing_kept")
            return None
        if command == "hide":
            await self._chats.want_hidden(conversation_id, message.message_id)
            return (await self._turns.note(conversation_id, [Draft(Author.PERSON, "/hide")], client_id))[0]
        drafts = [Draft(Author.PERSON, "/erase"), *self._sentences.erase_question()]
        return (await self._turns.note(conversation_id, drafts, client_id))[0]

    async def _erase(self, conversation_id: str, chat_id: int, *, asked_in: int) -> None:
        """Erase what we keep at once, and from the chat what Telegram lets us.

        The question can be answered before it is noted that the chat has it.
        """
        sent = await self._chats.sent(conversation_id, self._now())
        deletable = sorted({*sent.deletable, *([asked_in] if asked_in else [])})
        await self._turns.erase(conversation_id)
        bot, text = self._bot, self._sentences.text(words.ERASED)

        async def clear_and_say_so() -> None:
            await delete_messages(bot, chat_id, deletable)
            await bot.send_message(chat_id, text, reply_markup=ReplyKeyboardRemove())

        self._errands.run(clear_and_say_so, "erase")

    # --- pressed buttons

    async def _pressed(self, query: CallbackQuery) -> Taken:
        chat_id = query.from_user.id  # in a private chat they are the same
        message_id = query.message.message_id if query.message else 0
        conversation_id = await self._chats.find(chat_id)
        known = conversation_id is not None and await self._choose(conversation_id, chat_id, message_id, query)
        toast = None if known else self._sentences.text(words.OLD_BUTTON)
        self._errands.run(lambda: query.answer(text=toast, show_alert=toast is not None), "acknowledge", attempts=2)
        if message_id:
            self._errands.run(
                lambda: self._bot.edit_message_reply_markup(chat_id, message_id, reply_markup=None), "clear_buttons"
            )
        return Taken()

    async def _choose(self, conversation_id: str, chat_id: int, message_id: int, query: CallbackQuery) -> bool:
        """Take a choice. False: it is from a conversation that is gone."""
        data = query.data or ""
        client_id = self._client_id("press", chat_id, message_id, data)
        if data == words.ERASE:
            await self._erase(conversation_id, chat_id, asked_in=message_id)
            return True
        if data == words.KEEP:
            label = self._sentences.label(data)
            await self._answer(conversation_id, label, words.NOT_ERASED, client_id)
            return True
        try:
            await self._turns.receive(conversation_id, choice=data, client_id=client_id)
        except NoSuchChoice:
            return False
        return True

    # --- groups, channels, and people who block the bot

    async def _membership(self, change: ChatMemberUpdated) -> None:
        status = change.new_chat_member.status
        if change.chat.type != ChatType.PRIVATE:
            # What is said in a group or a channel, others can read.
            if status not in GONE and change.chat.type == ChatType.CHANNEL:
                self._leave(change.chat.id)
            elif status not in GONE:
                self._errands.run(lambda: self._say_and_leave(change.chat.id), "leave")
            return
        conversation_id = await self._chats.find(change.chat.id)
        if conversation_id:
            await self._chats.mark(conversation_id, Undeliverable.BLOCKED if status in GONE else None)

    def _leave(self, chat_id: int) -> None:
        self._errands.run(lambda: self._bot.leave_chat(chat_id), "leave")

    async def _say_and_leave(self, chat_id: int) -> None:
        try:
            await self._bot.send_message(chat_id, self._sentences.text(words.GROUP))
        except TelegramError as error:
            log.info("telegram_errand_failed", error=type(error).__name__, call="say_before_leaving")
        await self._bot.leave_chat(chat_id)

    def _say_outside(self, chat_id: int, name: str, what: str) -> None:
        """Say something where there is no conversation."""
        text = self._sentences.text(name)
        self._errands.run(lambda: self._bot.send_message(chat_id, text), what)

    def _client_id(self, *of: object) -> str:
        """The id that makes the same thing twice one message."""
        return str(uuid5(NAMESPACE_URL, ":".join(["telegram", self._bot_id, *map(str, of)])))


def _chat_id(update: Update) -> int:
    if update.callback_query:
        return update.callback_query.from_user.id
    chat = update.effective_chat
    return chat.id if chat else 0


def _command(message: Message) -> tuple[str, str]:
    """The command, if the message is one, and what follows it."""
    if not message.text or not message.text.startswith("/") or message.forward_origin:
        return "", ""
    word, _, argument = message.text[1:].partition(" ")
    return word.partition("@")[0].lower(), argument.strip()


def _quoted(message: Message, text: str) -> str:
    """Something forwarded is in quotation marks: it is somebody else's words."""
    return f"“{text}”" if text and message.forward_origin else text


def in_order(updates: Sequence[Update]) -> list[Update]:
    """Updates in the order in which they happened."""
    return sorted(updates, key=lambda update: update.update_id)
