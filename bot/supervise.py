"""``python -m bot up``: supervisord with the bot, the brain and the action server.

The bot starts before anything else is done, and reads the settings itself. They are read here
beside it, for the other two, so whoever waits for the chat waits for them once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from supervisor import supervisord

if TYPE_CHECKING:
    from bot.settings import Settings

ROOT = Path(__file__).resolve().parent.parent  # not from bot.settings, which loads for a third of a second
MODEL = ROOT / "models" / "harbour.tar.gz"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - compared, not bound
BOT = "bot"
FOR_ALL_THREE = {
    "PYTHONUNBUFFERED": "1",
    "PYTHONPATH": str(ROOT),
    "RASA_TELEMETRY_ENABLED": "false",
    "SANIC_HOST": "127.0.0.1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class Foreground(supervisord.ServerOptions):  # type: ignore[misc]  # supervisor has no types
    """The options of a supervisor that whoever started it waits for."""

    def write_pidfile(self) -> None:
        """Write none: there is nobody to read it."""


class AtOnce(supervisord.Supervisor):  # type: ignore[misc]  # supervisor has no types
    """Starts its programs at once. As it comes it first looks around for a second."""

    def runforever(self) -> None:
        """Start every program, then look after them; with settings that are wrong, end with 2."""
        bot, *others = sorted(self.process_groups.values(), key=lambda group: group.config.name != BOT)
        bot.transition()
        from bot.settings import WrongSettings, read_settings  # a third of a second that nobody waits for here

        try:
            settings = read_settings()
            os.environ.update(environment(settings))
        except WrongSettings as error:  # the bot finds the same, and is not heard
            print(error, file=sys.stderr)
            bot.stop_all()
            raise SystemExit(2) from None
        greet(settings)
        for group in others:
            group.transition()
        super().runforever()


def main() -> int:
    """Run until stopped; return the exit status."""
    if not MODEL.exists():
        print("There is no model yet. Run: make train", file=sys.stderr)
        return 2
    os.environ.update(FOR_ALL_THREE)
    os.chdir(ROOT)
    supervisord.ServerOptions, supervisord.Supervisor = Foreground, AtOnce
    supervisord.main(["--configuration", "supervisord.conf"])
    return 0


def environment(settings: Settings) -> dict[str, str]:
    """What the brain, the action server and ``scripts/after-the-chat`` need; secrets are made at the first start."""
    settings.secret_keys()
    return {
        "BRAIN_TOKEN": settings.brain_secret(),
        "BRAIN_PORT": str(urlsplit(settings.brain_url).port or 80),
        "ACTIONS_PORT": str(settings.actions_port),
        "CHAT_HOST": "127.0.0.1" if settings.host == EVERYWHERE else settings.host,
        "PORT": str(settings.port),
    }


def greet(settings: Settings) -> None:
    """Say where the page is."""
    shown = "localhost" if settings.host in ("127.0.0.1", EVERYWHERE) else settings.host
    print(f"Chat page:  http://{shown}:{settings.port}/", flush=True)
    print("The chat answers at once; the whole of it when the brain has loaded, in under a minute.", flush=True)
    print("Ctrl-C stops everything.", flush=True)
