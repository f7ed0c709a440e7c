"""The only wiring: settings in, a web application out."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from bot.alerts import Alerts, addresses
from bot.answering import Answering
from bot.brain import Brain
from bot.channels.headers import SafeHeaders
from bot.channels.page import Page
from bot.channels.telegram.chats import Chats
from bot.channels.web import WebApi, erased_response, error_response, failure_response
from bot.come_back import ComeBack
from bot.console.accounts import Accounts
from bot.console.pages import Pages
from bot.console.routes import Console
from bot.contacts import Directory
from bot.crisis import Detector, LoadingDetector
from bot.database import KEYS_SCHEMA, engine_for
from bot.desk import Desk
from bot.desk_store import DeskStore
from bot.keyring import Erased, Keyring
from bot.replies import Replies
from bot.settings import ROOT, Settings
from bot.turns import Turns, utc_now
from bot.wakeups import wakeups_for
from bot.watchdog import Watchdog
from bot.words import Words

log = structlog.get_logger()

LISTENING_WITHIN_SECONDS = 0.1


def accounts_of(settings: Settings, store: DeskStore) -> Accounts:
    """The staff accounts of a store."""
    return Accounts(
        store,
        settings.secret_keys(),
        utc_now,
        idle=timedelta(minutes=settings.staff_idle_minutes),
        absolute=timedelta(hours=settings.staff_session_hours),
    )


def create_app(settings: Settings) -> Starlette:
    """Make the whole of the bot. The databases must be migrated."""
    words_engine = engine_for(settings.words_url)
    keys_engine = engine_for(settings.keys_url, schema=KEYS_SCHEMA)
    keyring = Keyring(keys_engine, settings.secret_keys())
    store = DeskStore(words_engine, keyring)
    brain = Brain(settings.brain_url, settings.brain_secret(), settings.brain_timeout_seconds)
    wakeups = wakeups_for(settings.words_url)
    detector = LoadingDetector(Detector.load)
    directory = Directory.load(ROOT / "data" / "contacts.yml")
    words = Words.load(ROOT / "domain.yml")
    replies = Replies(words, directory)
    desk = Desk(store, replies, wakeups, utc_now)
    answering = Answering(
        store,
        brain,
        replies,
        detector,
        wakeups,
        patience_seconds=settings.brain_patience_seconds,
        now=utc_now,
        desk=desk,
    )
    turns = Turns(store, replies, answering, wakeups)
    come_back = ComeBack(settings, store, wakeups, utc_now)
    api = WebApi(settings, store, turns, brain, wakeups, detector=detector, come_back=come_back, desk=desk)
    page = Page(
        settings=settings,
        store=store,
        turns=turns,
        api=api,
        directory=directory,
        wakeups=wakeups,
        come_back=come_back,
    )
    chats = Chats(words_engine, keyring, settings.secret_keys())
    alerts = Alerts(store, addresses(settings), settings.staff_link, utc_now)
    console = Console(
        settings=settings,
        desk=desk,
        accounts=accounts_of(settings, store),
        pages=Pages(desk, directory, chats),
        alerts=alerts,
        turns=turns,
        wakeups=wakeups,
    )
    watchdog = Watchdog(desk, alerts, wakeups)
    telegram = None
    if settings.telegram_bot_token.get_secret_value():
        # Loaded only where it is used: it costs a second of start.
        from bot.channels.telegram.channel import Telegram

        telegram = Telegram(
            settings=settings,
            engine=words_engine,
            store=store,
            turns=turns,
            words=words,
            replies=replies,
            wakeups=wakeups,
            chats=chats,
            desk=desk,
            now=utc_now,
        )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        try:
            await keyring.check()
            async with AsyncExitStack() as stack:
                for part in (
                    wakeups.running(),
                    brain.watched(),
                    answering.running(),
                    watchdog.running(),
                    desk.presence.running(),
                ):
                    await stack.enter_async_context(part)
                if telegram:
                    await stack.enter_async_context(telegram.running())
                watching = asyncio.create_task(stop_without(detector))
                yield
                watching.cancel()
        finally:
            await words_engine.dispose()
            await keys_engine.dispose()

    return Starlette(
        routes=[*api.routes(), *console.routes(), *page.routes(), *(telegram.routes() if telegram else ())],
        middleware=[Middleware(SafeHeaders), Middleware(GZipMiddleware)],
        exception_handlers={HTTPException: error_response, Erased: erased_response, Exception: failure_response},
        lifespan=lifespan,
    )


async def stop_without(detector: LoadingDetector) -> None:
    """Load the detector, after the page can be opened. Stop when it cannot be: nobody is served without it."""
    await asyncio.sleep(LISTENING_WITHIN_SECONDS)
    try:
        await asyncio.to_thread(detector.wait)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is said, and the program stops
        log.critical("detector_missing", error=type(error).__name__, why=str(error))
        signal.raise_signal(signal.SIGTERM)
