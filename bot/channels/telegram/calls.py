"""Calls to the Bot API: within its limits, and patient with it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

log = structlog.get_logger()

T = TypeVar("T")

# Telegram allows 30 messages a second. The limiter lets a burst through on top of its
# rate: 4 at once and 20 a second are never more than 24 in any second when they are sent,
# which leaves room for some that are held up on the way and arrive with the next ones.
BURST = 4
BURST_SECONDS = 0.2
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
MARGIN_SECONDS = 0.1


class _Paused(Exception):
    """The call got its turn while Telegram wanted silence."""


class Limiter(AIORateLimiter):
    """Keeps the bot's limits, and is silent for as long as Telegram asks.

    The library's own waits only in the call that was refused: the next call that succeeds
    lets all others go on (``_retry_after_event``).
    """

    def __init__(self) -> None:
        super().__init__(overall_max_rate=BURST, overall_time_period=BURST_SECONDS, max_retries=0)
        self._silent_until = 0.0

    async def process_request(  # noqa: PLR0917 - the library's signature
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Make one call, when it is its turn."""

        async def unless_silent(*args: Any, **kwargs: Any) -> Any:
            if time.monotonic() < self._silent_until:
                raise _Paused
            return await callback(*args, **kwargs)

        while True:
            await asyncio.sleep(self._silent_until - time.monotonic())
            try:
                return await super().process_request(unless_silent, args, kwargs, endpoint, data, rate_limit_args)
            except _Paused:
                continue
            except RetryAfter as error:
                self._silent_until = max(self._silent_until, time.monotonic() + _seconds(error))
                log.warning("telegram_limit", seconds=_seconds(error), call=endpoint)


class Backoff:
    """Waits that double, up to a limit, each a little different so that calls spread out."""

    def __init__(self) -> None:
        self._next = FIRST_WAIT_SECONDS

    async def wait(self) -> None:
        """Wait longer than last time."""
        await asyncio.sleep(self._next * random.uniform(0.8, 1.2))  # noqa: S311 - no secret
        self._next = min(self._next * 2, LONGEST_WAIT_SECONDS)

    def reset(self) -> None:
        """Begin again with a short wait."""
        self._next = FIRST_WAIT_SECONDS


async def patiently(call: Callable[[], Awaitable[T]], what: str, *, attempts: int | None = None) -> T:
    """Make a call until it works: through network loss, time-outs, 5xx, and a token that is refused for now.

    What cannot get better by waiting (Forbidden, BadRequest, …) is raised at once, and so
    is the last error after so many ``attempts``.
    """
    backoff = Backoff()
    tried = 0
    while True:
        tried += 1
        try:
            return await call()
        except TelegramError as error:
            if not may_pass(error) or tried == attempts:
                raise
            log.warning("telegram_call_failed", error=type(error).__name__, call=what)
        await backoff.wait()


def may_pass(error: TelegramError) -> bool:
    """Whether the same call may work later."""
    return isinstance(error, NetworkError | InvalidToken | RetryAfter) and not isinstance(error, BadRequest)


class Errands:
    """Calls whose outcome nobody waits for: acknowledging a pressed button, leaving a group."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, call: Callable[[], Awaitable[object]], what: str, *, attempts: int = 4) -> None:
        """Make a call in the background."""
        task = asyncio.create_task(self._run(call, what, attempts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, call: Callable[[], Awaitable[object]], what: str, attempts: int) -> None:
        try:
            await patiently(call, what, attempts=attempts)
        except TelegramError as error:
            log.info("telegram_errand_failed", error=type(error).__name__, call=what)

    async def finish(self, seconds: float) -> None:
        """Give what runs a moment to end, then stop it."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def _seconds(error: RetryAfter) -> float:
    after = error.retry_after
    return (after.total_seconds() if isinstance(after, timedelta) else after) + MARGIN_SECONDS
