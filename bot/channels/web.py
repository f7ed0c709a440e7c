"""The public chat API and the chat page.

The API is a contract with programs outside the project: docs/api.md. Identity is a
bearer token in the Authorization header, or, for a page without scripts, in a hidden
field of a form; never in an address.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import anyio
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.brain import Brain
from bot.channels.headers import SAFE
from bot.channels.text import clean
from bot.come_back import ComeBack
from bot.conversation import State, bot_may_speak
from bot.crisis import LoadingDetector
from bot.desk import NoDesk
from bot.keyring import Erased
from bot.settings import Settings
from bot.store import Conversation, Message, NoSuchChoice, Owed, Store
from bot.turns import Turns
from bot.wakeups import Wakeups

BODY_MAX_BYTES = 128 * 1024
LOOK_SECONDS = 15.0
PAGE = 200  # messages read at once
TYPING_PER_MINUTE = 40


class NewMessage(BaseModel):
    """The body of ``POST /api/messages``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = ""
    choice: str = ""
    client_id: UUID | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> NewMessage:
        if bool(self.text) == bool(self.choice):
            raise ValueError("give either text or choice, and not an empty one")
        return self


class TypedCode(BaseModel):
    """The body of ``POST /api/come-back``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str


class ApiError(HTTPException):
    """An error with a code for programs and a message for people."""

    def __init__(self, status: HTTPStatus, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)
        self.code = code


class WebApi:
    """The routes of the chat API."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        turns: Turns,
        brain: Brain,
        wakeups: Wakeups,
        *,
        detector: LoadingDetector,
        come_back: ComeBack,
        desk: NoDesk,
    ) -> None:
        self._desk = desk
        self._settings = settings
        self._store = store
        self._turns = turns
        self._brain = brain
        self._detector = detector
        self._wakeups = wakeups
        self._come_back = come_back
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._streams: dict[str, int] = {}

    def routes(self) -> list[Route]:
        """All routes of the API."""
        return [
            Route("/api/conversations", self.start, methods=["POST"]),
            Route("/api/conversation", self.erase, methods=["DELETE"]),
            Route("/api/come-back", self.come_back, methods=["POST"]),
            Route("/api/come-back-code", self.make_code, methods=["POST"]),
            Route("/api/come-back-code", self.look_at_code, methods=["GET"]),
            Route("/api/come-back-code", self.revoke_code, methods=["DELETE"]),
            Route("/api/messages", self.send, methods=["POST"]),
            Route("/api/messages", self.read, methods=["GET"]),
            Route("/api/stream", self.stream, methods=["GET"]),
            Route("/api/handoff/withdraw", self.withdraw, methods=["POST"]),
            Route("/api/typing", self.typing, methods=["POST"]),
            Route("/healthz", self.healthz),
            Route("/readyz", self.readyz),
        ]

    async def start(self, request: Request) -> Response:
        """Begin a conversation."""
        conversation, token = await self.begin(request)
        return JSONResponse({"token": token, "state": conversation.state}, HTTPStatus.CREATED)

    async def begin(self, request: Request) -> tuple[Conversation, str]:
        """Begin a conversation, within the limits; return it and its token."""
        await self._limit(RateLimitItemPerMinute(self._settings.conversations_per_minute), "start", _household(request))
        await self._limit(RateLimitItemPerMinute(self._settings.conversations_per_minute_all), "start")
        return await self._turns.start("web")

    async def send(self, request: Request) -> Response:
        """Take a message or a choice."""
        conversation = await self._conversation(request)
        body = await _json_body(request)
        if isinstance(body.get("text"), str):
            body["text"] = clean(body["text"])
        try:
            message = NewMessage.model_validate(body)
        except ValidationError as error:
            raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_message", _what_is_wrong(error)) from None
        number = await self.take(conversation, message)
        return JSONResponse({"id": number}, HTTPStatus.ACCEPTED)

    async def take(self, conversation: Conversation, message: NewMessage) -> int:
        """Keep a message, within the limits; return its number."""
        if len(message.text) > self._settings.message_max_chars:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "message_too_long",
                f"A message can have up to {self._settings.message_max_chars} characters. "
                "Nothing was lost: send it in two parts.",
            )
        await self._limit(RateLimitItemPerMinute(self._settings.messages_per_minute), "send", conversation.id)
        try:
            return await self._turns.receive(
                conversation.id,
                text=message.text,
                choice=message.choice,
                client_id=str(message.client_id) if message.client_id else None,
            )
        except NoSuchChoice:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "no_such_choice", "This choice was not offered here."
            ) from None
        except Erased:
            raise _unknown_token() from None

    async def read(self, request: Request) -> Response:
        """Return the messages after a number."""
        conversation = await self._conversation(request)
        return JSONResponse(await self._after(conversation, _number(request.query_params.get("after", "0"))))

    async def stream(self, request: Request) -> Response:
        """Send messages and status as they come."""
        token = _token(request)
        conversation = await self.opened_by(token)
        after = _number(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
        here = self._streams.get(conversation.id, 0)
        if here >= self._settings.streams_per_conversation or sum(self._streams.values()) >= self._settings.streams_max:
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_streams",
                "Too many live connections. Close another tab, or read /api/messages.",
                {"Retry-After": "5"},
            )
        return EventSourceResponse(
            self._events(conversation.id, token, after),
            headers={"Cache-Control": "no-store"},
            ping=LOOK_SECONDS,
            send_timeout=30,
        )

    async def _events(self, conversation_id: str, token: str, after: int) -> AsyncIterator[ServerSentEvent]:
        status: dict[str, Any] = {}
        self._streams[conversation_id] = self._streams.get(conversation_id, 0) + 1
        try:
            with self._wakeups.waiting(conversation_id) as woken:
                while True:
                    woken.clear()
                    with anyio.CancelScope(shield=True):  # a read that is cancelled stays open in SQLite's eyes
                        conversation = await self._store.find(token)
                        opened_elsewhere = conversation is None and await self._store.get(conversation_id) is not None
                        page = await self._after(conversation, after) if conversation else {}
                    if opened_elsewhere:
                        return  # with its code: this token opens nothing any more
                    if conversation is None:
                        break
                    messages = page.pop("messages")
                    for message in messages:
                        after = message["id"]
                        yield ServerSentEvent(json.dumps(message), event="message", id=str(after))
                    self._desk.person_is_here(conversation, after)
                    if page != status:
                        status = page
                        yield ServerSentEvent(json.dumps(status), event="status")
                    if len(messages) < PAGE:
                        with anyio.move_on_after(LOOK_SECONDS):
                            await woken.wait()
            yield ServerSentEvent("{}", event="erased")
        except Erased:
            yield ServerSentEvent("{}", event="erased")
        finally:
            left = self._streams.pop(conversation_id) - 1
            if left:
                self._streams[conversation_id] = left

    async def erase(self, request: Request) -> Response:
        """Erase everything about the conversation."""
        conversation = await self._conversation(request)
        await self._turns.erase(conversation.id)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def come_back(self, request: Request) -> Response:
        """Open a conversation by its come-back code."""
        try:
            typed = TypedCode.model_validate(await _json_body(request))
        except ValidationError:
            raise ApiError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "bad_code", 'The body must be {"code": "the words"}.'
            ) from None
        conversation, token = await self.open_by_code(request, typed.code)
        return JSONResponse({"token": token, "state": conversation.state})

    async def open_by_code(self, request: Request, typed: str) -> tuple[Conversation, str]:
        """Open a conversation by its come-back code, within the limits; return it and its new token."""
        tries, tries_all = self._settings.come_back_tries_per_minute, self._settings.come_back_tries_per_minute_all
        await self._limit(RateLimitItemPerMinute(tries), "come back", _household(request))
        await self._limit(RateLimitItemPerMinute(tries_all), "come back")
        opened = await self._come_back.open(typed)
        if opened is None:
            raise ApiError(
                HTTPStatus.NOT_FOUND,
                "unknown_code",
                "These words open no conversation. Check the spelling and the order. "
                "The code may also be too old, cancelled, or its conversation erased.",
            )
        return opened

    async def make_code(self, request: Request) -> Response:
        """Make a come-back code, and show it this once."""
        code = await self._come_back.make(await self._conversation(request))
        body = {"code": code.words, "expires_at": code.expires_at.isoformat()}
        return JSONResponse(body, HTTPStatus.CREATED)

    async def look_at_code(self, request: Request) -> Response:
        """Say until when there is a come-back code."""
        expires_at = await self._come_back.expires_at(await self._conversation(request))
        return JSONResponse({"expires_at": expires_at.isoformat() if expires_at else None})

    async def revoke_code(self, request: Request) -> Response:
        """Make the come-back code open nothing any more."""
        await self._come_back.revoke(await self._conversation(request))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def withdraw(self, request: Request) -> Response:
        """Take the request for a person back."""
        conversation = await self._conversation(request)
        if not await self._desk.withdraw(conversation.id):
            raise ApiError(HTTPStatus.CONFLICT, "nobody_asked_for", "You are not waiting for a person at the moment.")
        return JSONResponse({"state": State.BOT})

    async def typing(self, request: Request) -> Response:
        """The person is writing; staff see it while they hold the conversation."""
        conversation = await self._conversation(request)
        await self._limit(RateLimitItemPerMinute(TYPING_PER_MINUTE), "typing", conversation.id)
        self._desk.person_types(conversation)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def healthz(self, _request: Request) -> Response:
        """The process is alive."""
        return JSONResponse({"alive": True})

    async def readyz(self, _request: Request) -> Response:
        """People can be served: with the brain, or without it for the moment; not before a crisis would be noticed."""
        await self._store.check()
        is_ready = self._detector.is_loaded
        status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse({"database": True, "detector": is_ready, "brain": self._brain.is_up}, status)

    async def opened_by(self, token: str) -> Conversation:
        """Return the conversation that a token opens, or raise the API's error."""
        conversation = await self._store.find(token) if token.isascii() and token else None
        if conversation is None:
            raise _unknown_token()
        return conversation

    async def _conversation(self, request: Request) -> Conversation:
        return await self.opened_by(_token(request))

    async def _after(self, conversation: Conversation, number: int) -> dict[str, Any]:
        self._desk.person_is_here(conversation, number)
        is_new = conversation.last_number > number
        messages = await self._store.messages_after(conversation.id, number, limit=PAGE) if is_new else []
        owed = bot_may_speak(conversation.state) and await self._store.count_owed(conversation.id, Owed.ANSWER) > 0
        typing = owed or await self._desk.staff_is_typing(conversation)
        return {"messages": [public(message) for message in messages], "state": conversation.state, "typing": typing}

    async def _limit(self, limit: RateLimitItem, *key: str) -> None:
        if not await self._limiter.hit(limit, *key):
            raise ApiError(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                "That was a lot at once. Wait a moment, then try again. If you are in danger, call 999.",
                {"Retry-After": "10"},
            )


def public(message: Message) -> dict[str, Any]:
    """A message as the API shows it."""
    return {
        "id": message.number,
        "author": message.author,
        "name": message.name,
        "text": message.text,
        "choices": public_choices(message.number, message.choices),
        "contacts": message.contacts,
        "at": message.at.isoformat(),
    }


def public_choices(number: int, choices: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The choices of a message: what they stand for stays in the database."""
    return [{"id": f"{number}-{index}", "label": choice["label"]} for index, choice in enumerate(choices)]


async def error_response(_request: Request, error: Exception) -> Response:
    """Any HTTP error in the API's shape."""
    if not isinstance(error, HTTPException):
        raise error
    code = error.code if isinstance(error, ApiError) else HTTPStatus(error.status_code).name.lower()
    return JSONResponse(
        {"error": {"code": code, "message": error.detail}}, error.status_code, headers=dict(error.headers or {})
    )


async def erased_response(request: Request, _error: Exception) -> Response:
    """The conversation was erased, here or elsewhere, in the meantime."""
    return await error_response(request, _unknown_token())


async def failure_response(_request: Request, _error: Exception) -> Response:
    """What a person sees when we failed."""
    return JSONResponse(
        {
            "error": {
                "code": "failed",
                "message": "Something went wrong on our side. Try again in a moment. If you are in danger, call 999.",
            }
        },
        HTTPStatus.INTERNAL_SERVER_ERROR,
        headers={**SAFE, "cache-control": "no-store", "connection": "close"},
    )


async def limited_body(request: Request) -> bytes:
    """Read a body, but never more than the limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX_BYTES:
            raise ApiError(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "body_too_large",
                f"A request can have up to {BODY_MAX_BYTES} bytes.",
            )
    return bytes(body)


async def _json_body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await limited_body(request))
    except (ValueError, RecursionError):
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_json", "The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise ApiError(HTTPStatus.BAD_REQUEST, "bad_json", "The body must be a JSON object.")
    return body


def _household(request: Request) -> str:
    """The network that limits count: an IPv6 household has 2**64 addresses."""
    address = request.client.host if request.client else ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else address


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _number(given: str) -> int:
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_number", "`after` must be the id of a message, or 0.")
    return int(given)


def _what_is_wrong(error: ValidationError) -> str:
    """Name what was wrong, and never repeat what was sent."""
    known = NewMessage.model_fields
    return "; ".join(
        f"{fault['loc'][0] if fault['loc'] and fault['loc'][0] in known else 'body'}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_context=False)
    )


def _unknown_token() -> ApiError:
    return ApiError(
        HTTPStatus.UNAUTHORIZED,
        "unknown_token",
        "This conversation is not known, was erased, or was opened elsewhere with its come-back code.",
        {"WWW-Authenticate": "Bearer"},
    )
