"""The Telegram channel: its parts put together, its post kept, its webhook."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, BotCommand, Update
from telegram.error import Conflict, InvalidToken, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.channels.telegram.calls import Backoff, Errands, Limiter, patiently
from bot.channels.telegram.chats import Chats
from bot.channels.telegram.delivery import Delivery
from bot.channels.telegram.incoming import ALLOWED, Incoming, in_order
from bot.channels.telegram.lease import RENEW_SECONDS, Lease
from bot.channels.telegram.sentences import Sentences
from bot.channels.web import limited_body
from bot.conversation import bot_may_speak
from bot.database import DATABASE_GONE
from bot.desk import NoDesk
from bot.replies import Replies
from bot.settings import Settings
from bot.store import Owed, Store
from bot.turns import Turns
from bot.wakeups import Wakeups
from bot.words import Words

log = structlog.get_logger()

PATH = "/telegram/webhook"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
POLL_SECONDS = 25
SEND_SECONDS = 20.0
CONNECTIONS = 64
COMMIT_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
REFUSED_TOKEN_SECONDS = 60.0


class Telegram:
    """Everything that Telegram needs, made once."""

    def __init__(
        self,
        *,
        settings: Settings,
        engine: AsyncEngine,
        store: Store,
        turns: Turns,
        words: Words,
        replies: Replies,
        wakeups: Wakeups,
        chats: Chats,
        desk: NoDesk,
        now: Callable[[], datetime],
    ) -> None:
        self._bot = _bot(settings)
        self._store = store
        self._desk = desk
        self._webhook_url = settings.telegram_webhook_url
        self._secret = settings.telegram_secret() if self._webhook_url else ""
        self._errands = Errands()
        self._lease = Lease(engine, now)
        self._sentences = Sentences(words, replies, now)
        self._incoming = Incoming(
            bot=self._bot,
            store=store,
            turns=turns,
            chats=chats,
            sentences=self._sentences,
            errands=self._errands,
            messages_per_minute=settings.messages_per_minute,
            message_max_chars=settings.message_max_chars,
            now=now,
        )
        self._delivery = Delivery(
            bot=self._bot,
            store=store,
            turns=turns,
            chats=chats,
            sentences=self._sentences,
            wakeups=wakeups,
            desk=desk,
            may_send=lambda: self._lease.held,
            is_typing=self._is_typing,
            now=now,
        )

    def routes(self) -> list[Route]:
        """What Telegram calls, when it is to call us."""
        return [Route(PATH, self.webhook, methods=["POST"])] if self._webhook_url else []

    async def webhook(self, request: Request) -> Response:
        """Take one update; Telegram sends it again unless we say that it is committed."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            return Response(status_code=HTTPStatus.FORBIDDEN)
        try:
            update = Update.de_json(json.loads(await limited_body(request)), self._bot)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                await self._incoming.take(update)
        except TimeoutError:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return Response(status_code=HTTPStatus.OK)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Take the post when it is free, and keep it, while the program runs."""
        keeping = asyncio.create_task(self._keep_post())
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await self._errands.finish(GOODBYE_SECONDS)
            await self._leave_post()
            await self._bot.shutdown()

    async def _leave_post(self) -> None:
        try:
            await self._lease.give_up()
        except DATABASE_GONE as error:
            log.warning("telegram_database_away", error=type(error).__name__)

    async def _keep_post(self) -> None:
        await self._be_known()
        duty: asyncio.Task[None] | None = None
        try:
            while True:
                has_post = await self._renewed()
                if has_post and (duty is None or duty.done()):
                    _say_why_it_ended(duty)
                    duty = asyncio.create_task(self._on_duty())
                    log.info("telegram_on_duty")
                elif not has_post and duty:
                    await _stopped(duty)
                    duty = None
                    log.info("telegram_off_duty")
                await asyncio.sleep(RENEW_SECONDS)
        finally:
            if duty:
                await _stopped(duty)

    async def _be_known(self) -> None:
        """Ask Telegram who we are. A refused token is said plainly, and tried again: it may be mended there."""
        while True:
            try:
                await self._bot.initialize()
            except InvalidToken:
                log.error("telegram_token_refused")
                await asyncio.sleep(REFUSED_TOKEN_SECONDS)
            except TelegramError as error:
                log.warning("telegram_call_failed", error=type(error).__name__, call="get_me")
                await asyncio.sleep(RENEW_SECONDS)
            else:
                return

    async def _renewed(self) -> bool:
        """Whether we have the post; when the database cannot say, for as long as the lease lasts."""
        try:
            return await self._lease.take()
        except DATABASE_GONE as error:
            log.error("telegram_database_away", error=type(error).__name__)
            return self._lease.held

    async def _on_duty(self) -> None:
        self._errands.run(lambda: introduce(self._bot, self._sentences), "introduce", attempts=10)
        async with self._delivery.running():
            if self._webhook_url:
                await self._ask_to_be_called()
            else:
                await self._poll()

    async def _ask_to_be_called(self) -> None:
        await patiently(
            lambda: self._bot.set_webhook(
                f"{self._webhook_url}{PATH}", secret_token=self._secret, allowed_updates=ALLOWED
            ),
            "set_webhook",
        )
        log.info("telegram_webhook_set")
        await asyncio.Event().wait()

    async def _poll(self) -> None:
        """Ask for updates, and confirm them by asking for those after, when they are committed.

        The last confirmed number is not kept here: Telegram remembers it, and its numbers
        begin anew at random after a quiet week.
        """
        await patiently(self._bot.delete_webhook, "delete_webhook")
        backoff = Backoff()
        after: int | None = None
        while True:
            try:
                updates = in_order(await self._bot.get_updates(after, timeout=POLL_SECONDS, allowed_updates=ALLOWED))
            except Conflict:
                log.error("telegram_conflict")
                await backoff.wait()
            except TelegramError as error:
                log.warning("telegram_call_failed", error=type(error).__name__, call="get_updates")
                await backoff.wait()
            except (TypeError, KeyError, ValueError, AttributeError):
                after = await patiently(partial(self._take_one_by_one, after), "get_updates")
            else:
                backoff.reset()
                await asyncio.gather(*(self._incoming.take(update) for update in updates))
                after = updates[-1].update_id + 1 if updates else after

    async def _take_one_by_one(self, after: int | None) -> int | None:
        """Take a batch in which the library cannot read something; leave that out, and return what comes next."""
        # Method names have no case at Telegram; under its own name the library would only warn.
        raw: Any = await self._bot.do_api_request("getupdates", {"offset": after} if after else {})
        for data in raw:
            try:
                update = Update.de_json(data, self._bot)
            except (TypeError, KeyError, ValueError, AttributeError) as error:
                log.error("telegram_update_unreadable", error=type(error).__name__)
            else:
                await self._incoming.take(update)
            after = int(data["update_id"]) + 1
        return after

    async def _is_typing(self, conversation_id: str) -> bool:
        conversation = await self._store.get(conversation_id)
        if conversation is None:
            return False
        if not bot_may_speak(conversation.state):
            return await self._desk.staff_is_typing(conversation)
        return await self._store.count_owed(conversation_id, Owed.ANSWER) > 0


async def introduce(bot: Bot, sentences: Sentences) -> None:
    """Set the bot's menu and its page, where they are not right already: Telegram limits how often."""
    profile = sentences.profile()
    commands = [BotCommand(name, text) for name, text in profile.commands.items()]
    if list(await bot.get_my_commands()) != commands:
        await bot.set_my_commands(commands)
    if (await bot.get_my_description()).description != profile.description:
        await bot.set_my_description(profile.description)
    if (await bot.get_my_short_description()).short_description != profile.short_description:
        await bot.set_my_short_description(profile.short_description)


def _bot(settings: Settings) -> ExtBot[int]:
    base = settings.telegram_api_base_url
    return ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=_request(SEND_SECONDS),
        get_updates_request=_request(5.0, connections=2),
        rate_limiter=Limiter(),
    )


def _request(seconds: float, connections: int = CONNECTIONS) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=seconds,
        write_timeout=seconds,
        connect_timeout=5.0,
        pool_timeout=seconds,
    )


def _say_why_it_ended(duty: asyncio.Task[None] | None) -> None:
    error = duty.exception() if duty and not duty.cancelled() else None
    if error:
        log.error("telegram_duty_failed", error=type(error).__name__)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
