"""A brain and an action server like the running ones, but with the assistant that breaks on demand."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Self

import httpx

from bot.settings import ROOT
from tests.harbour import BrainDoor, Harbour, Twin, until

ASSISTANT = ROOT / "tests" / "brain" / "assistant"
AUDIT = ROOT / "tests" / "faults" / "audit"
RASA = ROOT / ".venv-rasa" / "bin" / "rasa"


class Breaking:
    """Both processes, with every connection that they try written down."""

    def __init__(self, harbour: Harbour, folder: Path) -> None:
        self.folder = folder
        self.connections = folder / "connections.log"
        brain = harbour.process("brain")
        self.environment = {
            **brain.environ(),
            "PYTHONPATH": f"{AUDIT}:{ROOT}",
            "NETWORK_LOG": str(self.connections),
            "RASA_CACHE_DIRECTORY": str(folder / "cache"),
        }
        self.actions = Twin(
            harbour.process("actions"),
            folder / "actions.log",
            "--actions",
            "tests.brain.assistant.actions",
            environment=self.environment,
        )
        self.environment["ACTIONS_PORT"] = str(self.actions.port)
        self.model = ROOT / "build" / "tests" / f"breaks-{_digest()}.tar.gz"
        self._original = brain
        self.brain = self.brain_twin("brain.log")
        self.token = self.environment["BRAIN_TOKEN"]
        self.door = BrainDoor(self.brain.url, self.token)

    def brain_twin(self, log: str, endpoints: Path = ROOT / "endpoints.yml", **environment: str) -> Twin:
        """One more brain with this assistant, and with the project's own endpoints or others."""
        arguments = ("--endpoints", str(endpoints))
        environment = {**self.environment, **environment}
        return Twin(self._original, self.folder / log, *arguments, model=self.model, environment=environment)

    def start(self) -> Self:
        """Train when needed, start both, and return when they answer."""
        self.start_actions()
        if not self.model.exists():
            self._train()
        self.brain.start()
        self.door.wait()
        return self

    def start_actions(self) -> None:
        """Start the action server, and return when it answers."""
        self.actions.start()
        until(self._actions_answer, 200, "the action server answers", pause=0.2)

    def _actions_answer(self) -> bool:
        try:
            return httpx.get(f"{self.actions.url}/health", trust_env=False, verify=False).is_success
        except httpx.TransportError:
            return False

    def stop(self) -> None:
        """Stop both."""
        self.brain.stop()
        self.actions.stop()

    def _train(self) -> None:
        files = {"--config": "config.yml", "--domain": "domain.yml", "--data": "data.yml"}
        where = [part for option, name in files.items() for part in (option, str(ASSISTANT / name))]
        name = self.model.name.removesuffix(".tar.gz")
        trained = subprocess.run(
            [RASA, "train", *where, "--out", self.model.parent, "--fixed-model-name", name],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert trained.returncode == 0, trained.stdout[-2000:]


def _digest() -> str:
    parts = sorted((*ASSISTANT.glob("*.yml"), ASSISTANT / "parts.py"))
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]
