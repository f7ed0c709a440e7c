"""The brain's one door: a turn goes in with its snapshot, replies and snapshot come out.

``POST /webhooks/brain/turn`` with ``{"id", "text" or "payload", "metadata", "snapshot"}``
answers ``{"messages": [{"name", "text", "buttons", "custom"}], "snapshot"}``.
``GET /webhooks/brain/ready`` answers 200 when a model is loaded, 503 before.
Both want ``Authorization: Bearer $BRAIN_TOKEN``.

An error is an error here, with its type and none of the person's words: Rasa's own
REST channel swallows it, logs the message and answers 200.
"""

from __future__ import annotations

import hmac
import logging
import os
import re
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.nlu.snapshot import BadSnapshot, restore, take
from bot.nlu.turn_store import TurnStore, open_turn

logger = logging.getLogger(__name__)


class Replies(OutputChannel):
    """Collects what Rasa says, each response whole."""

    def __init__(self) -> None:
        self.messages: List[Dict[Text, Any]] = []

    @classmethod
    def name(cls) -> Text:
        """The channel's name in response variations."""
        return "brain"

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        """Keep one response."""
        self.messages.append(
            {
                "name": message.get("utter_action"),
                "text": message.get("text") or "",
                "buttons": message.get("buttons") or [],
                "custom": message.get("custom") or {},
            }
        )


class BrainInput(InputChannel):
    """The input channel. ``BRAIN_TOKEN`` is the secret it shares with the bot."""

    def __init__(self, token: Text) -> None:
        self._expected = f"Bearer {token}".encode()

    @classmethod
    def name(cls) -> Text:
        """The channel's name, and its address below ``/webhooks``."""
        return "brain"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> BrainInput:
        """Read the shared secret; without one the brain does not start."""
        token = os.environ.get("BRAIN_TOKEN", "")
        if not token:
            raise RasaException("BRAIN_TOKEN is not set. `make run` makes one.")
        return cls(token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The two routes."""
        door = Blueprint("brain")

        def refused(request: Request) -> Optional[HTTPResponse]:
            given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
            if hmac.compare_digest(given, self._expected):
                return None
            return _error(401, "unauthorised")

        @door.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            return refused(request) or (
                _error(503, "loading") if _agent(request) is None else response.json({"ready": True})
            )

        @door.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            refusal = refused(request)
            if refusal:
                return refusal
            agent = _agent(request)
            if agent is None:
                return _error(503, "loading")
            try:
                return response.json(await _take_turn(agent, on_new_message, request.json))
            except BadSnapshot:
                return _error(422, "bad_snapshot")
            except Exception as error:  # noqa: BLE001 - whatever Rasa raises
                logger.error("turn failed: %s", type(error).__name__)
                return _error(500, type(error).__name__)

        return door


async def _take_turn(
    agent: Agent, on_new_message: Callable[[UserMessage], Awaitable[Any]], body: Dict[Text, Any]
) -> Dict[Text, Any]:
    domain = agent.domain
    tracker = restore(body["id"], body.get("snapshot"), domain)
    replies = Replies()
    message = UserMessage(
        text=body.get("payload") or _plain(body["text"]),
        output_channel=replies,
        sender_id=body["id"],
        input_channel="brain",
        metadata=body.get("metadata") or {},
    )
    with open_turn(tracker) as turn:
        await on_new_message(message)
    return {"messages": replies.messages, "snapshot": take(turn.tracker, domain)}


def _plain(text: Text) -> Text:
    """What a person typed, which Rasa must not take for a command."""
    return re.sub(r"^[\s/]+", "", text) or "?"


def _agent(request: Request) -> Optional[Agent]:
    """The agent, when a model is loaded and the tracker store is ours.

    Rasa falls back to a store of its own, silently, when the configured one cannot be
    imported; that one would keep what people write.
    """
    agent: Optional[Agent] = getattr(Sanic.get_app(request.app.name).ctx, "agent", None)
    if agent is None or not agent.is_ready():
        return None
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, TurnStore):
        raise RasaException("The tracker store is not bot.nlu.turn_store.TurnStore: check endpoints.yml.")
    return agent


def _error(status: int, code: Text) -> HTTPResponse:
    return response.json({"error": code}, status=status)
