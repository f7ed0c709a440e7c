"""The bot as a process of its own, with no brain and no supervisor; and staff who are signed in already."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import httpx

from bot.console.accounts import digest
from bot.desk_store import DeskStore
from bot.settings import ROOT, Settings
from bot.upkeep import opened
from tests.harbour import free_ports, until

NO_BRAIN = "http://127.0.0.1:9"


class BotAlone:
    """``python -m bot run`` on a folder of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._log = folder / "bot.log"
        self.environment = {
            **os.environ,
            "PORT": str(port),
            "VAR_DIR": str(folder),
            "BRAIN_URL": NO_BRAIN,
            "CONVERSATIONS_PER_MINUTE": "1000",
            "MESSAGES_PER_MINUTE": "1000",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and return when it answers."""
        self.begin()
        until(self._answers, 60, "the bot answers")
        return self

    def begin(self) -> None:
        """Start it, and return at once."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """Kill it with -9."""
        if self._process:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text()


async def signed_in(settings: Settings, name: str, role: str = "supporter", *, room: int = 3) -> dict[str, str]:
    """Someone on duty with an open session; return the headers of their browser."""
    async with opened(settings) as (words, keyring):
        store, now = DeskStore(words, keyring), datetime.now(UTC)
        number = await store.add_account(
            name=name, sign_in=name.casefold(), role=role, password="-", created_at=now, duty_on=True, room=room,
            seen_at=now, active_at=now,
        )  # fmt: skip
        await store.add_session(digest(name), number, "full", now)
    return {"Cookie": f"harbour_staff={name}", "Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
