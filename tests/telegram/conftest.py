"""A Bot API double, a brain double, and the real bot on real ports between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.app import create_app
from bot.settings import Settings
from bot.words import Words
from tests.harbour import free_ports
from tests.telegram.brain import BrainDouble
from tests.telegram.double import TOKEN, TelegramDouble, served
from tests.unit.support import copy_databases, settings_in

T = TypeVar("T")
Start = Callable[..., AbstractAsyncContextManager[str]]


@pytest.fixture(scope="session", autouse=True)
def words_read_once() -> Iterator[None]:
    """``domain.yml`` takes a quarter of a second, and every test starts a bot."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Words, "load", lru_cache(Words.load))
        yield


@pytest.fixture
async def api() -> AsyncIterator[TelegramDouble]:
    async with TelegramDouble().running() as double:
        yield double


@pytest.fixture
async def brain() -> AsyncIterator[BrainDouble]:
    async with BrainDouble().running() as double:
        yield double


@pytest.fixture
def settings(api: TelegramDouble, brain: BrainDouble, migrated: Path, tmp_path: Path) -> Settings:
    copy_databases(migrated, tmp_path / "var")
    return settings_in(
        tmp_path / "var",
        telegram_bot_token=TOKEN,
        telegram_api_base_url=api.url,
        brain_url=brain.url,
        messages_per_minute=1000,
    )


@asynccontextmanager
async def running(settings: Settings, **changes: Any) -> AsyncIterator[str]:
    """The whole bot, with some settings changed; gives its address."""
    async with served(create_app(settings.model_copy(update=changes))) as url:
        yield url


@asynccontextmanager
async def called_back(settings: Settings, **changes: Any) -> AsyncIterator[str]:
    """The whole bot in webhook mode."""
    (port,) = free_ports(1)
    changes |= {"telegram_webhook_url": f"http://127.0.0.1:{port}"}
    async with served(create_app(settings.model_copy(update=changes)), port) as url:
        yield url


@pytest.fixture(params=["polling", "webhook"])
async def bot(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[str]:
    """The whole bot, once in each mode."""
    start: Start = running if request.param == "polling" else called_back
    async with start(settings) as url:
        yield url


async def until_async(look: Callable[[], Awaitable[bool]], what: str, seconds: float = 15.0) -> None:
    """Ask until the answer is yes."""
    try:
        async with asyncio.timeout(seconds):
            while not await look():
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s in vain until {what}") from None


async def eventually(look: Callable[[], T | None], what: str, seconds: float = 15.0) -> T:
    """Look until there is something to see, and return it."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                seen = look()
                if seen:
                    return seen
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"waited {seconds} s in vain until {what}") from None
