"""kill -9 of the real bot process between receiving and replying."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bot.settings import ROOT, Settings
from tests.harbour import free_ports
from tests.telegram.brain import BrainDouble
from tests.telegram.conftest import eventually
from tests.telegram.double import TOKEN, TelegramDouble
from tests.telegram.test_conversations import ANNA, begin


class Bot:
    """``python -m bot run`` on a folder of its own."""

    def __init__(self, settings: Settings, log: Path) -> None:
        self._log = log
        self._environment = {
            **os.environ,
            "PORT": str(free_ports(1)[0]),
            "VAR_DIR": str(settings.var_dir),
            "BOT_SECRET_KEY": settings.bot_secret_key.get_secret_value(),
            "BRAIN_TOKEN": settings.brain_token.get_secret_value(),
            "BRAIN_URL": settings.brain_url,
            "BRAIN_PATIENCE_SECONDS": "10",
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_BASE_URL": settings.telegram_api_base_url,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)


@pytest.mark.parametrize("when", ["before the brain answers", "while the reply is sent"])
async def test_a_kill_between_receiving_and_replying(
    api: TelegramDouble, brain: BrainDouble, settings: Settings, tmp_path: Path, when: str
) -> None:
    bot = Bot(settings, tmp_path / "bot.log")
    bot.start()
    try:
        chat = await begin(api, seconds=40)
        if when == "before the brain answers":
            brain.free.clear()
        else:
            api.fail("sendMessage", status=502, hang=30)
        api.say(ANNA, "one")
        api.say(ANNA, "two")
        await eventually(lambda: brain.asked, "the brain is asked", 20)
        if when == "while the reply is sent":
            await eventually(lambda: not api.made("sendMessage")[-1].ok, "the reply is on its way")
        bot.kill()
        brain.free.set()
        api.say(ANNA, "three")
        bot.start()
        await eventually(lambda: "answer to three" in chat.texts, "all is answered after the kill", 40)
        await asyncio.sleep(1)
    finally:
        bot.kill()
    assert chat.texts[2:] == ["answer to one", "answer to two", "answer to three"]
    assert max(Counter(chat.texts).values()) == 1
    assert TOKEN not in (tmp_path / "bot.log").read_text()
