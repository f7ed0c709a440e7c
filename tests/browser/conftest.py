"""A server that speaks the chat API and serves the page, for what the real one cannot be told to do."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, Route
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount
from starlette.routing import Route as Served
from starlette.staticfiles import StaticFiles

from bot.channels.headers import page_policy
from bot.channels.page import page_context, templates
from tests.browser.support import DESKTOP, NEUTRAL, PHONE, ready

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
EXPIRES = "2026-11-29T12:00:00+00:00"
CODE = "apple river stone cloud happy"


def action(kind: str, href: str, label: str) -> dict[str, str]:
    """One thing that a tap does."""
    return {"kind": kind, "href": href, "label": label}


EMERGENCY = {
    "name": "Emergency services",
    "note": "Police or ambulance",
    "actions": [action("call", "tel:999", "Call 999")],
}
SAMARITANS = {
    "name": "Samaritans",
    "note": "For anyone, day and night, free",
    "actions": [
        action("call", "tel:116123", "Call 116 123"),
        action("web", "https://www.samaritans.org/", "samaritans.org"),
    ],
}
CHILDLINE = {
    "name": "Childline",
    "note": "Up to 18, day and night, free",
    "actions": [action("call", "tel:08001111", "Call 0800 1111")],
}
OPENING = [
    {
        "author": "bot",
        "text": "Hello. I’m glad you’re here. Whatever happened, this is not your fault, "
        "and there are things you can do.",
    },
    {
        "author": "bot",
        "text": "I’m an automated helper, not a person, and not an emergency service. "
        "Staff may read this if you ask for a person or may be in danger.",
        "choices": [
            {"label": "Someone is threatening to share my images"},
            {"label": "I already paid"},
            {"label": "Is it too late?"},
        ],
    },
]
GUIDANCE = [
    {
        "author": "bot",
        "text": "That sounds frightening. What they are doing is a crime, and you are not the one to blame.",
    },
    {
        "author": "bot",
        "text": "Three things help most right now:\n1. Don’t pay.\n2. Don’t reply.\n"
        "3. Keep what they sent: take screenshots.",
        "contacts": [
            {
                "name": "Police",
                "note": "When it is not an emergency",
                "actions": [
                    action("call", "tel:101", "Call 101"),
                    action("web", "https://www.police.uk/", "Report online"),
                ],
            },
        ],
        "choices": [{"label": "I already paid"}, {"label": "I want to talk to a person"}],
    },
]


@dataclass
class Talk:
    """One conversation."""

    state: str = "bot"
    typing: bool = False
    messages: list[dict[str, Any]] = field(default_factory=list)
    by_client: dict[str, int] = field(default_factory=dict)
    erased: bool = False
    code: str = ""

    def say(self, author: str, text: str, *, name: str = "", choices: Any = (), contacts: Any = ()) -> int:
        """Add a message; return its number."""
        number = len(self.messages) + 1
        self.messages.append(
            {
                "id": number,
                "author": author,
                "name": name,
                "text": text,
                "choices": [{"id": f"{number}-{i}", "label": c["label"]} for i, c in enumerate(choices)],
                "contacts": list(contacts),
                "at": datetime.now(UTC).isoformat(),
            }
        )
        return number


class FakeServer:
    """What the tests tell the server to do, and what it saw."""

    url = ""

    def __init__(self) -> None:
        self.templates = templates()
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.talks: dict[str, Talk] = {}
        self.posts: list[dict[str, Any]] = []
        self.refuse: list[tuple[int, str, dict[str, str]]] = []
        self.swallow_answers = 0
        self.answers = True
        self.show_opening = True
        self.cut_streams = 0
        self.listening = 0
        self.organisation = "Example Charity"
        self.embedding_sites: list[str] = []

    @property
    def talk(self) -> Talk:
        """The newest conversation."""
        return list(self.talks.values())[-1]

    # -- the API

    async def begin(self, _request: Request) -> Response:
        """POST /api/conversations."""
        token, talk = self._begin()
        return JSONResponse({"token": token, "state": talk.state}, 201)

    def _begin(self) -> tuple[str, Talk]:
        token, talk = f"t{time.monotonic_ns()}", Talk()
        for opening in OPENING:
            talk.say(**opening)  # type: ignore[arg-type]
        self.talks[token] = talk
        return token, talk

    def _find(self, request: Request) -> Talk | None:
        talk = self.talks.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        return None if talk is None or talk.erased else talk

    async def send(self, request: Request) -> Response:
        """POST /api/messages."""
        body = json.loads(await request.body())
        self.posts.append(body)
        if self.refuse:
            status, message, headers = self.refuse.pop(0)
            return JSONResponse({"error": {"code": "refused", "message": message}}, status, headers=headers)
        talk = self._find(request)
        if talk is None:
            return unknown()
        number = self._take(talk, body)
        if self.swallow_answers:
            self.swallow_answers -= 1
            return JSONResponse({"error": {"code": "failed", "message": ""}}, 502)
        return JSONResponse({"id": number}, 202)

    def _take(self, talk: Talk, body: dict[str, Any]) -> int:
        client_id = body.get("client_id") or str(uuid4())
        if client_id in talk.by_client:
            return talk.by_client[client_id]
        text = body.get("text") or next(
            c["label"] for m in talk.messages for c in m["choices"] if c["id"] == body["choice"]
        )
        number = talk.by_client[client_id] = talk.say("person", text)
        if self.answers:
            for message in GUIDANCE:
                talk.say(**message)  # type: ignore[arg-type]
        return number

    async def read(self, request: Request) -> Response:
        """GET /api/messages."""
        talk = self._find(request)
        if talk is None:
            return unknown()
        after = int(request.query_params.get("after", "0"))
        return JSONResponse(
            {"messages": talk.messages[after : after + 200], "state": talk.state, "typing": talk.typing}
        )

    async def stream(self, request: Request) -> Response:
        """GET /api/stream."""
        talk = self._find(request)
        if talk is None:
            return unknown()
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
        return StreamingResponse(self._events(talk, after), media_type="text/event-stream")

    async def _events(self, talk: Talk, after: int) -> AsyncIterator[str]:
        cut, status = self.cut_streams, ("", False)
        yield ": hello\r\n\r\n"
        self.listening += 1
        while self.cut_streams == cut and not self.stopping:
            if talk.erased:
                yield "event: erased\r\ndata: {}\r\n\r\n"
                return
            for message in talk.messages[after:]:
                after = message["id"]
                yield f"id: {after}\r\nevent: message\r\ndata: {json.dumps(message)}\r\n\r\n"
            if status != (talk.state, talk.typing):
                status = (talk.state, talk.typing)
                yield f"event: status\r\ndata: {json.dumps({'state': talk.state, 'typing': talk.typing})}\r\n\r\n"
            await asyncio.sleep(0.02)

    async def erase(self, request: Request) -> Response:
        """DELETE /api/conversation."""
        talk = self._find(request)
        if talk is None:
            return unknown()
        talk.erased = True
        return Response(status_code=204)

    async def come_back(self, request: Request) -> Response:
        """POST /api/come-back."""
        code = json.loads(await request.body())["code"]
        for token, talk in list(self.talks.items()):
            if talk.code and talk.code == code:
                fresh = f"again{time.monotonic_ns()}"
                self.talks[fresh] = self.talks.pop(token)
                return JSONResponse({"token": fresh, "state": talk.state})
        return JSONResponse({"error": {"code": "unknown_code", "message": "These words open no conversation."}}, 404)

    async def code(self, request: Request) -> Response:
        """Any method on /api/come-back-code."""
        talk = self._find(request)
        if talk is None:
            return unknown()
        if request.method == "DELETE":
            talk.code = ""
            return Response(status_code=204)
        if request.method == "GET":
            return JSONResponse({"expires_at": EXPIRES if talk.code else None})
        talk.code = CODE
        return JSONResponse({"code": CODE, "expires_at": EXPIRES}, 201)

    # -- the page

    def page(self, request: Request, name: str = "chat.html", **context: Any) -> Response:
        """Draw a page as the bot does."""
        opening = Talk()
        for message in OPENING if self.show_opening else []:
            opening.say(**message)  # type: ignore[arg-type]
        given = {
            "organisation_name": self.organisation,
            "message_max_chars": 5000,
            "keep_days": 30,
            "come_back_days": 7,
            "embedding_sites": self.embedding_sites,
            "problem": "",
            "draft": "",
            "done": "",
            "code": "",
            "code_until": "",
            "help_now": [EMERGENCY, SAMARITANS, CHILDLINE],
            "messages": [{**message, "at": ""} for message in opening.messages],
            "token": "",
            "state": "",
        }
        return self.templates.TemplateResponse(
            request,
            name,
            {**page_context(request), **given, **context},
            headers={"Content-Security-Policy": page_policy(self.embedding_sites), "Cache-Control": "no-store"},
        )

    async def home(self, request: Request) -> Response:
        """GET /."""
        return self.page(request)

    async def chat(self, request: Request) -> Response:
        """POST /chat."""
        form = {key: value[0] for key, value in parse_qs((await request.body()).decode()).items()}
        token = form.get("token", "")
        if token not in self.talks:
            token, _ = self._begin()
        talk = self.talks[token]
        if "erase" in form:
            talk.erased = True
            return self.page(request, messages=[], done="erased")
        if form.get("choice") or form.get("text"):
            self._take(talk, {k: v for k, v in form.items() if k in ("text", "choice")})
        return self.page(request, messages=talk.messages, token=token, state=talk.state)

    def app(self) -> Starlette:
        """The application."""
        self.stopping = False
        return Starlette(
            routes=[
                Served("/", self.home),
                Served("/chat", self.chat, methods=["POST"]),
                Served("/privacy", lambda request: self.page(request, "en/privacy.html")),
                Served("/exit-help", lambda request: self.page(request, "en/exit-help.html")),
                Served("/api/conversations", self.begin, methods=["POST"]),
                Served("/api/messages", self.send, methods=["POST"]),
                Served("/api/messages", self.read, methods=["GET"]),
                Served("/api/stream", self.stream),
                Served("/api/come-back", self.come_back, methods=["POST"]),
                Served("/api/come-back-code", self.code, methods=["POST", "GET", "DELETE"]),
                Served(
                    "/widget.js", lambda _: FileResponse(WIDGET / "static" / "widget.js", media_type="text/javascript")
                ),
                Served("/api/conversation", self.erase, methods=["DELETE"]),
                Mount("/static", StaticFiles(directory=WIDGET / "static")),
            ],
            middleware=[Middleware(GZipMiddleware, minimum_size=500)],
        )


def unknown() -> Response:
    """No such conversation."""
    return JSONResponse({"error": {"code": "unknown_token", "message": "Not known."}}, 401)


@contextmanager
def listening(app: Starlette) -> Iterator[tuple[uvicorn.Server, int]]:
    """An app on a free port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield server, listener.getsockname()[1]
    server.should_exit = True
    thread.join(5)


@pytest.fixture(scope="session")
def running_fake() -> Iterator[FakeServer]:
    """The fake server."""
    fake = FakeServer()
    with listening(fake.app()) as (_, port):
        fake.url = f"http://127.0.0.1:{port}"
        yield fake
        fake.stopping = True


class Site:
    """Another organisation's site, of another origin, with one script line and a strict policy."""

    def __init__(self) -> None:
        self.url = ""
        self.line = ""
        self.policy = ""

    async def page(self, request: Request) -> Response:
        """Any page of it."""
        body = (
            "<!doctype html><html lang=en-GB><head><title>A charity</title>"
            "<meta name=viewport content='width=device-width'></head><body><main><h1>A charity</h1>"
            f"<p>Words of the charity at {request.url.path}</p></main>{self.line}</body></html>"
        )
        return Response(body, media_type="text/html", headers={"Content-Security-Policy": self.policy})

    def embeds(self, chat: str, attributes: str = "", also: str = "") -> None:
        """Put the line in every page, and allow no more than docs/embedding.md says."""
        self.line = f'<script src="{chat}/widget.js" {attributes} async></script>{also}'
        self.policy = (
            f"default-src 'none'; script-src {chat}; frame-src {chat}; base-uri 'none'; form-action 'none'; "
            "require-trusted-types-for 'script'"
        )


@pytest.fixture(scope="session")
def running_site() -> Iterator[Site]:
    """The other site: `localhost` and `127.0.0.1` are strangers to a browser."""
    site = Site()
    with listening(Starlette(routes=[Served("/{page:path}", site.page)])) as (_, port):
        site.url = f"http://localhost:{port}"
        yield site


@pytest.fixture
def site(running_site: Site, fake: FakeServer) -> Site:
    """The other site, which may and does embed the fake server's chat."""
    fake.embedding_sites = [running_site.url]
    running_site.embeds(fake.url)
    return running_site


@pytest.fixture
def fake(running_fake: FakeServer) -> FakeServer:
    """The fake server with nothing in it."""
    running_fake.reset()
    return running_fake


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a browser window of its own; nothing but this machine and the stand-in for the neutral page is reached."""
    made: list[BrowserContext] = []
    faults: list[str] = []

    def make(**options: Any) -> BrowserContext:
        context = browser.new_context(locale="en-GB", **options)
        context.set_default_timeout(8000)
        context.route(re.compile(r"^https://"), _neutral_or_nothing)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        context.on("console", lambda said: faults.append(said.text) if _is_fault(said.text, said.type) else None)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert not faults, faults


def _is_fault(text: str, kind: str) -> bool:
    return kind in ("error", "warning") and "Failed to load resource" not in text


def _neutral_or_nothing(route: Route) -> None:
    if route.request.url == NEUTRAL:
        route.fulfill(body="<!doctype html><title>Weather</title><p>Sunny", content_type="text/html")
    else:
        route.abort()


@pytest.fixture(params=["phone", "desktop"])
def page(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], fake: FakeServer) -> Page:
    """The page, opened."""
    page = new_context(**(PHONE if request.param == "phone" else DESKTOP)).new_page()
    page.goto(fake.url)
    return ready(page)
