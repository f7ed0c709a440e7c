"""The whole of Harbour as real processes, for the tests that need it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import psutil
import yaml

from bot.settings import ROOT

T = TypeVar("T")

PROCESSES = {
    "bot": ("-m", "bot", "run"),
    "brain": ("rasa", "run", "--interface"),
    "actions": ("rasa", "run", "actions"),
}


class Harbour:
    """``python -m bot up`` on free ports, with a folder of its own."""

    def __init__(self, var_dir: Path, **settings: str) -> None:
        self.var_dir = var_dir
        self.port, self.brain_port, self.actions_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.port}"
        self.brain_url = f"http://127.0.0.1:{self.brain_port}"
        self.log = var_dir / "harbour.log"
        self.environment = {
            **os.environ,
            "PORT": str(self.port),
            "VAR_DIR": str(var_dir),
            "BRAIN_URL": self.brain_url,
            "ACTIONS_PORT": str(self.actions_port),
            "CONVERSATIONS_PER_MINUTE": "100000",
            "CONVERSATIONS_PER_MINUTE_ALL": "100000",
            "MESSAGES_PER_MINUTE": "1000",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._client = _client(self.url, timeout=5)
        weakref.finalize(self, self._client.close)

    def start(self) -> Self:
        """Start everything, and return when the chat answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "up"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self.ready() is not None, 90, "the chat answers")
        return self

    def ready(self) -> dict[str, Any] | None:
        """What ``/readyz`` says, or None when nobody answers."""
        try:
            reply = self._client.get("/readyz")
        except httpx.TransportError:
            return None
        return dict(reply.json()) if reply.status_code == 200 else None

    def wait_for_brain(self) -> Self:
        """Return when the brain answers too."""
        until(lambda: (self.ready() or {}).get("brain") is True, 300, "the brain is up", pause=0.2)
        return self

    def pid(self, name: str) -> int | None:
        """The process id of ``bot``, ``brain`` or ``actions``."""
        if self._process is None:
            return None
        for child in psutil.Process(self._process.pid).children(recursive=True):
            with _gone_is_fine():
                line = child.cmdline()
                if all(part in line or any(a.endswith(f"/{part}") for a in line) for part in PROCESSES[name]):
                    return child.pid
        return None

    def process(self, name: str) -> psutil.Process:
        """The running ``bot``, ``brain`` or ``actions``."""
        return psutil.Process(until(lambda: self.pid(name), 30, f"{name} runs"))

    def kill(self, name: str) -> None:
        """Kill one process with -9; the supervisor starts it again."""
        pid = until(lambda: self.pid(name), 30, f"{name} runs")
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.pid(name) not in (None, pid), 30, f"{name} runs again", pause=0.1)

    def pause(self, name: str) -> None:
        """Make one process hang."""
        os.kill(until(lambda: self.pid(name), 30, f"{name} runs"), signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a hanging process go on."""
        os.kill(until(lambda: self.pid(name), 30, f"{name} runs"), signal.SIGCONT)

    def stop(self) -> None:
        """Stop everything."""
        if self._process is None:
            return
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for child in children:
            with _gone_is_fine():
                child.kill()
        psutil.wait_procs(children, 10)
        self._process = None


class Twin:
    """A copy of a running ``brain`` or ``actions``: its command and its environment, on another port."""

    def __init__(
        self,
        original: psutil.Process,
        log: Path,
        *arguments: str,
        environment: Mapping[str, str],
        model: Path | None = None,
    ) -> None:
        self.log = log
        (self.port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        command = [*original.cmdline(), *arguments]
        command[command.index("--port") + 1] = str(self.port)
        if model:
            command[command.index("--model") + 1] = str(model)
        self._command = command
        self._environment = {**original.environ(), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and return at once."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        return self

    @property
    def has_died(self) -> bool:
        """Whether it ended by itself."""
        return self._process is not None and self._process.poll() is not None

    @property
    def process(self) -> psutil.Process:
        """What runs."""
        assert self._process is not None, "not started"
        return psutil.Process(self._process.pid)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


class BrainDoor:
    """The brain's channel, as the bot uses it."""

    def __init__(self, url: str, token: str) -> None:
        self.client = _client(url, timeout=20)
        self.client.headers["Authorization"] = f"Bearer {token}"
        weakref.finalize(self, self.client.close)

    @classmethod
    def of(cls, harbour: Harbour) -> Self:
        """The door of a Harbour's brain."""
        return cls(harbour.brain_url, (harbour.var_dir / "brain-token").read_text().strip())

    def is_ready(self) -> bool:
        """Whether the brain has loaded."""
        try:
            return self.client.get("/webhooks/brain/ready").status_code == 200
        except httpx.TransportError:
            return False

    def wait(self, seconds: float = 300) -> Self:
        """Return when the brain has loaded."""
        until(self.is_ready, seconds, "the brain has loaded", pause=0.2)
        return self

    def post(self, body: object) -> httpx.Response:
        """Any body at all."""
        return self.client.post("/webhooks/brain/turn", json=body)

    def turn(
        self, text: str = "", snapshot: Mapping[str, Any] | None = None, *, level: str = "none", **body: Any
    ) -> dict[str, Any]:
        """One turn, with the level that the bot would have found."""
        said = body if "payload" in body else {"text": text, **body}
        reply = self.post({"id": "c0ffee", "metadata": {"crisis_level": level}, "snapshot": snapshot} | said)
        assert reply.status_code == 200, (reply.status_code, reply.text)
        return dict(reply.json())


class Person:
    """Someone who writes to Harbour through the public API."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = _client(url, timeout=15)
        weakref.finalize(self, self.client.close)
        begun = self.client.post("/api/conversations")
        assert begun.status_code == 201, begun.text
        self.token: str = begun.json()["token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    def send(self, text: str = "", **body: Any) -> httpx.Response:
        """Send a message or a choice, and return at once."""
        return self.client.post("/api/messages", json={"text": text, **body} if text else body)

    def read(self, after: int = 0) -> dict[str, Any]:
        """Everything after a message."""
        reply = self.client.get("/api/messages", params={"after": after})
        assert reply.status_code == 200, reply.text
        return dict(reply.json())

    def say(self, text: str = "", *, seconds: float = 20, **body: Any) -> list[dict[str, Any]]:
        """Send, wait until nothing is owed, and return what was answered."""
        sent = self.send(text, **body)
        assert sent.status_code == 202, sent.text
        number = sent.json()["id"]

        def answered() -> list[dict[str, Any]] | None:
            page = self.read(number)
            return page["messages"] if page["messages"] and not page["typing"] else None

        return until(answered, seconds, "an answer")

    def choose(self, label: str) -> list[dict[str, Any]]:
        """Press the newest choice with this label, and return what was answered."""
        choices = [c for m in self.read()["messages"] for c in m["choices"] if c["label"] == label]
        assert choices, f"no choice is labelled {label!r}"
        return self.say(choice=choices[-1]["id"])


def _client(url: str, *, timeout: float) -> httpx.Client:
    """A client for loopback: it looks at no proxy and loads no certificates, which takes long."""
    return httpx.Client(base_url=url, timeout=timeout, trust_env=False, verify=False)


def until(look: Callable[[], T | None], seconds: float, what: str, *, pause: float = 0.02) -> T:
    """Look until there is something to see, and return it; fail after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(pause)
    raise AssertionError(f"waited {seconds} s in vain until {what}")


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@contextmanager
def _gone_is_fine() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess:
        return


@lru_cache(maxsize=1)
def responses() -> dict[str, list[dict[str, Any]]]:
    """All responses of ``domain.yml``."""
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"])


@lru_cache(maxsize=1)
def _patterns() -> dict[str, list[re.Pattern[str]]]:
    return {
        name: [
            re.compile(re.sub(r"\\\{\w+\\\}", ".*", re.escape(variation.get("text") or "")), re.DOTALL)
            for variation in variations
        ]
        for name, variations in responses().items()
    }


def names_of(text: str) -> set[str]:
    """The names of the responses of ``domain.yml`` that say this."""
    return {name for name, patterns in _patterns().items() if any(p.fullmatch(text) for p in patterns)}


def understood(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What the brain made of the newest message: the event, with its intent and entities."""
    return dict([event for event in answer["snapshot"]["events"] if event["event"] == "user"][-1])


def texts(messages: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was said, without the rest."""
    return [message["text"] for message in messages]
