"""The only file that speaks HTTP to Rasa."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from bot.words import Button, Response

log = structlog.get_logger()

POLL_SECONDS = 0.25
AT_ONCE = 32


class BrainDown(RuntimeError):
    """The brain is not there, still loading, or too slow: ask again later."""


class BrainLate(BrainDown):
    """The brain took this message and did not answer it in time."""


class BrainFailed(RuntimeError):
    """The brain answered that it cannot handle this message."""


class _Sent(BaseModel):
    model_config = ConfigDict(strict=True)


class _SentButton(_Sent):
    title: str
    payload: str


class _SentMessage(_Sent):
    name: str | None
    text: str
    buttons: list[_SentButton]
    custom: dict[str, Any]


class _SentSnapshot(_Sent):
    model_config = ConfigDict(strict=True, extra="allow")

    slots: dict[str, Any]


class _SentAnswer(_Sent):
    """What the brain's channel sends (``bot/nlu/channel.py``)."""

    messages: list[_SentMessage]
    snapshot: _SentSnapshot


@dataclass(frozen=True)
class Answer:
    """What the brain says, and the conversation as it sees it now."""

    responses: Sequence[Response]
    snapshot: Mapping[str, Any]

    @property
    def speaks_to_crisis(self) -> bool:
        """Whether the first thing that it says is about a crisis."""
        return bool(self.responses) and self.responses[0].name.startswith("utter_crisis")


class Brain:
    """Asks the brain, and knows whether it is up."""

    def __init__(self, url: str, token: str, timeout_seconds: float) -> None:
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(timeout_seconds, connect=2.0),
            limits=httpx.Limits(max_connections=AT_ONCE + 1),
            trust_env=False,
        )
        self._up = asyncio.Event()
        self._lost = asyncio.Event()
        self._lost.set()
        self._looked = False

    @property
    def is_up(self) -> bool:
        """Whether the brain was there when it was last asked."""
        return self._up.is_set()

    @property
    def is_down(self) -> bool:
        """Whether the brain was asked, and was not there."""
        return self._looked and not self._up.is_set()

    async def wait_until_up(self) -> None:
        """Return when the brain is there."""
        await self._up.wait()

    async def answer(
        self,
        conversation_id: str,
        *,
        text: str,
        payload: str,
        metadata: Mapping[str, Any],
        snapshot: Mapping[str, Any] | None,
    ) -> Answer:
        """Take one turn. Raises ``BrainDown`` or ``BrainFailed``."""
        body: dict[str, Any] = {"id": conversation_id, "metadata": dict(metadata), "snapshot": snapshot}
        body |= {"payload": payload} if payload else {"text": text}
        try:
            reply = await self._client.post("/webhooks/brain/turn", json=body)
        except httpx.PoolTimeout:
            raise BrainDown("busy") from None
        except httpx.ReadTimeout:
            self._mark_down("late")
            raise BrainLate("late") from None
        except httpx.TransportError as error:
            self._mark_down(type(error).__name__)
            raise BrainDown(type(error).__name__) from None
        except httpx.DecodingError:
            raise BrainFailed("an answer that cannot be unpacked") from None
        if reply.status_code in (401, 404, 503):
            self._mark_down(f"status {reply.status_code}")
            raise BrainDown(f"status {reply.status_code}")
        if reply.status_code != 200:
            raise BrainFailed(f"status {reply.status_code}")
        try:
            sent = _SentAnswer.model_validate_json(reply.content)
        except ValidationError:
            raise BrainFailed("an answer that cannot be read") from None
        return Answer(
            responses=[
                Response(m.name or "", m.text, tuple(Button(b.title, b.payload) for b in m.buttons), m.custom)
                for m in sent.messages
            ],
            snapshot=sent.snapshot.model_dump(),
        )

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look for the brain whenever it is down, while the program runs."""
        watch = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)
            await self._client.aclose()

    async def _watch(self) -> None:
        while True:
            await self._lost.wait()
            while not await self._is_ready():
                await asyncio.sleep(POLL_SECONDS)
            self._lost.clear()
            self._up.set()
            log.info("brain_up")

    async def _is_ready(self) -> bool:
        try:
            reply = await self._client.get("/webhooks/brain/ready", timeout=2.0)
        except httpx.HTTPError:
            return False
        finally:
            self._looked = True
        return reply.status_code == 200

    def _mark_down(self, why: str) -> None:
        if self._up.is_set():
            log.warning("brain_down", why=why)
        self._up.clear()
        self._lost.set()
