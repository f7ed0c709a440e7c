"""A brain that speaks the protocol of ``bot/nlu/channel.py`` and says what can be checked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.harbour import responses
from tests.telegram.double import served

RESPONSES = responses()


class BrainDouble:
    """Echoes; knows crisis, a request for a person, and the words for some situations."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.says: dict[str, list[dict[str, Any]]] = {}
        self.free = asyncio.Event()
        self.free.set()
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[BrainDouble]:
        routes = [
            Route("/webhooks/brain/ready", self._ready),
            Route("/webhooks/brain/turn", self._turn, methods=["POST"]),
        ]
        async with served(Starlette(routes=routes)) as url:
            self.url = url
            yield self
            self.free.set()

    async def _ready(self, _request: Request) -> Response:
        return JSONResponse({"ready": True})

    async def _turn(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        await self.free.wait()
        level = body["metadata"].get("crisis_level", "none")
        snapshot = {"slots": {"crisis_level": None if level == "none" else level}}
        said = body.get("payload") or body["text"]
        return JSONResponse({"messages": self._answer(said, level), "snapshot": snapshot})

    def _answer(self, said: str, level: str) -> list[dict[str, Any]]:
        if level != "none":
            return [spoken("utter_crisis", crisis_level=level)]
        if said == "/ask_human":
            return [message("utter_ask_human", "I have asked for a person.", custom={"handoff": "asked"})]
        return self.says.get(said) or [message("utter_echo", f"answer to {said}")]


def is_said_by(text: str, name: str) -> bool:
    """Whether a message is what the response of this name says, contacts left aside."""
    return any(text == v["text"] or text.startswith(f"{v['text']}\n\n") for v in RESPONSES[name])


def message(name: str, text: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "text": text, "buttons": [], "custom": {}, **more}


def spoken(name: str, **slots: Any) -> dict[str, Any]:
    """A response of ``domain.yml``, as the brain gives it."""

    def fits(variation: Mapping[str, Any]) -> bool:
        return all(slots.get(c["name"]) == c["value"] for c in variation.get("condition") or ())

    fitting = [v for v in RESPONSES[name] if fits(v)]
    raw = next((v for v in fitting if v.get("condition")), fitting[0])
    return message(name, raw["text"], buttons=raw.get("buttons") or [], custom=raw.get("custom") or {})
