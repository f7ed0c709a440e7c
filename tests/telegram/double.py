"""A Bot API of our own, on a real port: strict where Telegram is, and as unreliable as a test wants.

It keeps chats as people see them, gives updates by polling or calls a webhook, refuses
what Telegram refuses (limits, lengths, broken entities, old messages, blocked bots) and
notes every call.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

TOKEN = "123456789:AAE-a_token_of_nobody_at_all_0000000"
BOT_ID = 123456789
PER_SECOND = 30
HOURS_48 = 48 * 3600
ADMINISTRATOR = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
COUNTED = ("sendMessage", "sendContact")


@dataclass
class Fault:
    """What goes wrong with the next calls of a method."""

    method: str
    times: int
    answer: Callable[[], Response] | None = None
    hang: float = 0.0
    after: bool = False  # the call takes effect all the same


@dataclass
class Call:
    at: float
    method: str
    data: dict[str, Any]
    ok: bool = True


@dataclass
class ChatView:
    """A chat as its person sees it."""

    id: int
    kind: str = "private"
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    typing: int = 0
    toasts: list[dict[str, Any]] = field(default_factory=list)
    refuses: tuple[int, str] | None = None

    @property
    def shown(self) -> list[dict[str, Any]]:
        """The bot's messages, oldest first."""
        return [m for m in self.messages.values() if m["from"]["is_bot"]]

    @property
    def texts(self) -> list[str]:
        return [m["text"] for m in self.shown if "text" in m]

    def buttons(self) -> list[tuple[int, str, str]]:
        """Every inline button there is: the message, the label and what it stands for."""
        return [
            (m["message_id"], button["text"], button["callback_data"])
            for m in self.shown
            for row in m.get("reply_markup", {}).get("inline_keyboard", [])
            for button in row
        ]


class TelegramDouble:
    """The server. Everything on it runs in the loop of the test."""

    def __init__(self) -> None:
        self.chats: dict[int, ChatView] = {}
        self.calls: list[Call] = []
        self.faults: list[Fault] = []
        self.pending: deque[dict[str, Any]] = deque()
        self.confirmed = 0
        self.webhook: dict[str, Any] = {}
        self.webhook_results: list[int] = []
        self.commands: list[dict[str, str]] = []
        self.profile: dict[str, str] = {"description": "", "short_description": ""}
        self.left: list[int] = []
        self.keeps_limits = True
        self.url = ""
        self._update_id = 870_000_000
        self._message_id = 0
        self._news = asyncio.Event()
        self._poll = 0
        self._sent: deque[float] = deque()
        self._client = httpx.AsyncClient(timeout=40, trust_env=False)

    # --- what people do

    def chat(self, chat_id: int, kind: str = "private") -> ChatView:
        return self.chats.setdefault(chat_id, ChatView(chat_id, kind))

    def say(self, chat_id: int, text: str = "", *, kind: str = "private", **extra: Any) -> int:
        """Have someone write, and return the message's id."""
        message = self._message(chat_id, kind, **({"text": text} if text else {}), **extra)
        self.chat(chat_id, kind).messages[message["message_id"]] = message
        self.update(message=message)
        return int(message["message_id"])

    def edit(self, chat_id: int, message_id: int, **extra: Any) -> None:
        message = {**self.chat(chat_id).messages[message_id], "edit_date": int(time.time()), **extra}
        self.update(edited_message=message)

    def press(self, chat_id: int, label: str) -> None:
        """Press the newest button with this label."""
        message_id, _, data = [b for b in self.chat(chat_id).buttons() if b[1] == label][-1]
        self.press_data(chat_id, message_id, data)

    def press_data(self, chat_id: int, message_id: int, data: str) -> None:
        message = self.chat(chat_id).messages.get(message_id)
        shown = message or {"message_id": message_id, "date": 0, "chat": {"id": chat_id, "type": "private"}}
        self.update(
            callback_query={
                "id": f"q{self._update_id}",
                "from": _person(chat_id),
                "chat_instance": "1",
                "message": shown,
                "data": data,
            }
        )

    def membership(self, chat_id: int, status: str, kind: str = "private") -> None:
        """The bot is blocked (``kicked``), unblocked or added (``member``)."""
        self.chat(chat_id, kind)
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Harbour"}
        rights = dict.fromkeys(ADMINISTRATOR, False) if status == "administrator" else {}
        until = {"until_date": 0} if status == "kicked" else rights
        self.update(
            my_chat_member={
                "chat": _chat(chat_id, kind),
                "from": _person(abs(chat_id)),
                "date": int(time.time()),
                "old_chat_member": {"user": bot, "status": "left"},
                "new_chat_member": {"user": bot, "status": status, **until},
            }
        )

    def update(self, **what: Any) -> dict[str, Any]:
        self._update_id += 1
        update = {"update_id": self._update_id, **what}
        self.pending.append(update)
        self._news.set()
        return update

    def fail(self, method: str, times: int = 1, **how: Any) -> None:
        """Make the next calls of a method fail: ``status`` (with ``retry_after``), or ``hang``."""
        status = how.pop("status", 0)
        retry_after = how.pop("retry_after", None)
        description = how.pop("description", "made to fail")
        answer = (lambda: _refusal(status, description, retry_after)) if status else None
        self.faults.append(Fault(method, times, answer, **how))

    def made(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    def most_in_a_second(self) -> int:
        """The most messages that were sent within any second."""
        times = [call.at for call in self.calls if call.method in COUNTED]
        most = first = 0
        for last, at in enumerate(times):
            while times[first] <= at - 1:
                first += 1
            most = max(most, last - first + 1)
        return most

    # --- the server

    @asynccontextmanager
    async def running(self) -> AsyncIterator[TelegramDouble]:
        app = Starlette(routes=[Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])])
        caller = asyncio.create_task(self._call_webhook())
        try:
            async with served(app) as url:
                self.url = url
                yield self
                self._poll += 1  # whoever still polls is sent away, or the server would wait for them
                self._news.set()
        finally:
            caller.cancel()
            await asyncio.gather(caller, return_exceptions=True)
            await self._client.aclose()

    async def _answer(self, request: Request) -> Response:
        method = {"getupdates": "getUpdates"}.get(request.path_params["method"], request.path_params["method"])
        form = parse_qs((await request.body()).decode(), keep_blank_values=True)
        data = {key: _value(values[0]) for key, values in form.items()}
        call = Call(time.monotonic(), method, data)
        self.calls.append(call)
        if request.path_params["token"] != TOKEN:
            call.ok = False
            return _refusal(401, "Unauthorized")
        fault = next((f for f in self.faults if f.method == method and f.times > 0), None)
        if fault:
            fault.times -= 1
            call.ok = False
            done = await self._do(call) if fault.after else None
            await asyncio.sleep(fault.hang)
            if fault.answer:
                return fault.answer()
            if done:
                return done
        return await self._do(call)

    async def _do(self, call: Call) -> Response:
        try:
            result = await getattr(self, f"_{call.method}")(call.data)
        except Refused as error:
            call.ok = False
            return _refusal(error.status, error.description, error.retry_after)
        return JSONResponse({"ok": True, "result": result})

    async def _call_webhook(self) -> None:
        """Deliver updates to the webhook, each until it is taken, in order."""
        while True:
            if not (self.webhook.get("url") and self.pending):
                self._news.clear()
                await self._news.wait()
                continue
            headers = {"X-Telegram-Bot-Api-Secret-Token": str(self.webhook.get("secret_token", ""))}
            try:
                reply = await self._client.post(self.webhook["url"], json=self.pending[0], headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(0.2)
                continue
            self.webhook_results.append(reply.status_code)
            if reply.status_code == 200:
                self.pending.popleft()
            else:
                await asyncio.sleep(0.2)

    # --- the methods

    async def _getMe(self, _data: Mapping[str, Any]) -> Any:  # noqa: N802
        return {"id": BOT_ID, "is_bot": True, "first_name": "Harbour", "username": "harbour_test_bot"}

    async def _getUpdates(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        if self.webhook.get("url"):
            raise Refused(409, "Conflict: can't use getUpdates method while webhook is active")
        self._poll += 1
        mine = self._poll
        offset = int(data.get("offset", 0))
        while self.pending and self.pending[0]["update_id"] < offset:
            self.confirmed = self.pending.popleft()["update_id"]
        end = time.monotonic() + int(data.get("timeout", 0))
        while not self.pending and time.monotonic() < end:
            self._news.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), min(0.25, end - time.monotonic()))
            if mine != self._poll:
                raise Refused(409, "Conflict: terminated by other getUpdates request")
        return [*self.pending][:100]

    async def _deleteWebhook(self, _data: Mapping[str, Any]) -> Any:  # noqa: N802
        self.webhook = {}
        return True

    async def _setWebhook(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        self.webhook = dict(data)
        self._news.set()
        return True

    async def _sendMessage(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        text = str(data["text"])
        units = len(text.encode("utf-16-le")) // 2
        if not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if units > 4096:
            raise Refused(400, "Bad Request: message is too long")
        for entity in data.get("entities", []):
            if entity["length"] <= 0 or entity["offset"] + entity["length"] > units:
                raise Refused(400, "Bad Request: entity is out of bounds")
        for row in _keyboard(data):
            for button in row:
                if len(button["callback_data"].encode()) > 64 or not button["text"]:
                    raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
        return self._post(data, text=text, entities=data.get("entities", []))

    async def _sendContact(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        contact = {"phone_number": str(data["phone_number"]), "first_name": str(data["first_name"])}
        return self._post(data, contact=contact)

    async def _sendChatAction(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        self._reachable(data).typing += 1
        return True

    async def _answerCallbackQuery(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        self.chat(0).toasts.append(dict(data))
        return True

    async def _editMessageReplyMarkup(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        message = self._reachable(data).messages.get(int(data["message_id"]))
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        message.pop("reply_markup", None)
        return message

    async def _deleteMessages(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        chat = self._reachable(data)
        ids = [int(i) for i in data["message_ids"]]
        if len(ids) > 100 or any(_is_old(chat.messages.get(i)) for i in ids):
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        for message_id in ids:
            chat.messages.pop(message_id, None)
        return True

    async def _deleteMessage(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        chat = self._reachable(data)
        message = chat.messages.get(int(data["message_id"]))
        if message is None or _is_old(message):
            raise Refused(400, "Bad Request: message can't be deleted")
        del chat.messages[int(data["message_id"])]
        return True

    async def _leaveChat(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        self.left.append(int(data["chat_id"]))
        return True

    async def _getMyCommands(self, _data: Mapping[str, Any]) -> Any:  # noqa: N802
        return self.commands

    async def _setMyCommands(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        self.commands = data["commands"]
        return True

    async def _getMyDescription(self, _data: Mapping[str, Any]) -> Any:  # noqa: N802
        return {"description": self.profile["description"]}

    async def _setMyDescription(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        if len(data["description"]) > 512:
            raise Refused(400, "Bad Request: description is too long")
        self.profile["description"] = data["description"]
        return True

    async def _getMyShortDescription(self, _data: Mapping[str, Any]) -> Any:  # noqa: N802
        return {"short_description": self.profile["short_description"]}

    async def _setMyShortDescription(self, data: Mapping[str, Any]) -> Any:  # noqa: N802
        if len(data["short_description"]) > 120:
            raise Refused(400, "Bad Request: short description is too long")
        self.profile["short_description"] = data["short_description"]
        return True

    # --- help

    def _post(self, data: Mapping[str, Any], **content: Any) -> dict[str, Any]:
        chat = self._reachable(data)
        self._keep_limits()
        self._message_id += 1
        message = {
            "message_id": self._message_id,
            "date": int(time.time()),
            "chat": _chat(chat.id, chat.kind),
            "from": {"id": BOT_ID, "is_bot": True, "first_name": "Harbour"},
            **content,
        }
        if "reply_markup" in data:
            message["reply_markup"] = data["reply_markup"]
        chat.messages[self._message_id] = message
        inline = bool(_keyboard(data))
        return {k: v for k, v in message.items() if k != "reply_markup" or inline}

    def _reachable(self, data: Mapping[str, Any]) -> ChatView:
        chat = self.chats.get(int(data["chat_id"]))
        if chat is None:
            raise Refused(400, "Bad Request: chat not found")
        if chat.refuses:
            raise Refused(*chat.refuses)
        return chat

    def _keep_limits(self) -> None:
        now = time.monotonic()
        while self._sent and self._sent[0] <= now - 1:
            self._sent.popleft()
        if self.keeps_limits and len(self._sent) >= PER_SECOND:
            raise Refused(429, "Too Many Requests: retry after 1", 1)
        self._sent.append(now)

    def _message(self, chat_id: int, kind: str, **content: Any) -> dict[str, Any]:
        self._message_id += 1
        return {
            "message_id": self._message_id,
            "date": int(time.time()),
            "chat": _chat(chat_id, kind),
            "from": _person(abs(chat_id)),
            **content,
        }


class Refused(Exception):
    def __init__(self, status: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the signals to the tests."""
        yield


@asynccontextmanager
async def served(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serve an application on a real port, in this loop."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def _refusal(status: int, description: str, retry_after: int | None = None) -> Response:
    if status >= 500:
        return PlainTextResponse("<html>Bad gateway</html>", status)
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return JSONResponse(body, status)


def _value(raw: str) -> Any:
    """What PTB sends as JSON is JSON; the rest is text."""
    if raw[:1] in "[{":
        try:
            return json.loads(raw)
        except ValueError:
            return raw
    return raw


def _keyboard(data: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    markup = data.get("reply_markup")
    return list(markup.get("inline_keyboard", [])) if isinstance(markup, dict) else []


def _is_old(message: Mapping[str, Any] | None) -> bool:
    return message is not None and bool(message["date"] < time.time() - HOURS_48)


def _person(user_id: int) -> dict[str, Any]:
    return {"id": user_id, "is_bot": False, "first_name": "Somebody"}


def _chat(chat_id: int, kind: str) -> dict[str, Any]:
    return {"id": chat_id, "type": kind, **({"first_name": "Somebody"} if kind == "private" else {"title": "A group"})}
