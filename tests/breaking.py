"""A brain and an action server like the running ones, but with the assistant that breaks on demand."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Self

from bot.settings import ROOT
from tests.harbour import BrainDoor, Harbour, Twin

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

    def brain_twin(self, log: str, endpoints: Path = ASSISTANT / "endpoints.yml", **environment: str) -> Twin:
        """One more brain with this assistant."""
        arguments = ("--endpoints", str(endpoints))
        environment = {**self.environment, **environment}
        return Twin(self._original, self.folder / log, *arguments, model=self.model, environment=environment)

    def start(self) -> Self:
        """Train when needed, start both, and return when they answer."""
        self.actions.start()
        if not self.model.exists():
            self._train()
        self.brain.start()
        self.door.wait()
        return self

    def stop(self) -> None:
        """Stop both."""
        self.brain.stop()
        self.actions.stop()

    def logs(self) -> str:
        """All that was logged."""
        return "".join(log.read_text(encoding="utf-8") for log in self.folder.glob("*.log"))

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
