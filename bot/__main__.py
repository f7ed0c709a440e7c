"""``python -m bot``: run Harbour and look after it."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings


def main(arguments: list[str] | None = None) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # whatever is made, databases included, is for this user alone
    command: Callable[..., int] = options.command
    if command is up:
        return command()
    from bot.settings import WrongSettings, read_settings

    try:
        return command(read_settings(), options)
    except WrongSettings as error:
        print(error, file=sys.stderr)
    except Exception as error:
        said = _said_of_the_databases(error)
        if said is None:
            raise
        print(said, file=sys.stderr)
    return 2


def _said_of_the_databases(error: Exception) -> str | None:
    """What to tell someone about an error of the databases; None for any other."""
    # Loaded only now: most commands never need them.
    from sqlalchemy.exc import DatabaseError

    from bot.keyring import WrongSecretKey

    if isinstance(error, WrongSecretKey):
        return str(error)
    if isinstance(error, DatabaseError):
        return "The databases cannot be used as they are. Run: python -m bot migrate"
    return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Run Harbour and look after it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Callable[..., int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    add("up", up, "Start the bot, the brain and the action server under one supervisor.")
    add("run", run, "Start the bot alone.")
    add("migrate", migrate, "Bring both databases to the newest schema.")
    add("new-key", print_new_key, "Print a new key for BOT_SECRET_KEY.")
    add("rewrap", rewrap, "Wrap every conversation's key with the newest BOT_SECRET_KEY.")
    add("erase", erase, "Erase one conversation and everything about it.").add_argument("id")
    add("purge", purge, "Erase the conversations that are older than KEEP_DAYS.")
    staff = add("staff", staff_add, "Look after the accounts of staff.")
    staff.add_argument("what", choices=["add"])
    staff.add_argument("name")
    staff.add_argument("--role", choices=["supporter", "supervisor"], required=True)
    staff.add_argument(
        "--password-stdin", action="store_true", required=True, help="read the password from standard input"
    )
    contacts = add("contacts", contacts_check, "Look after the directory of contacts.")
    contacts.add_argument("what", choices=["check"], help="list what a person must ring or open before launch")
    add("content", content, "Write everything Harbour can say to build/content.html.")
    evaluation = add("evaluate", evaluate, "Measure understanding on rows that were not trained on.")
    evaluation.add_argument("what", choices=["crisis", "intents"])
    evaluation.add_argument("file", help='JSON lines: {"text", "level"} or {"text", "label"}')
    evaluation.add_argument("--predictions", help="where to write the rows with what was predicted")
    return parser


def up() -> int:
    """Start all three. It reads no settings first: the bot reads them, and whoever waits for it waits once."""
    from bot.supervise import main as supervise

    return supervise()


def run(settings: Settings, _options: argparse.Namespace) -> int:
    """Serve until stopped."""
    gc.disable()  # what is loaded now stays: looking through it over and over is a tenth of the start
    import uvicorn

    from bot.app import create_app
    from bot.console.first import first_supervisor_link
    from bot.logs import configure
    from bot.migrate import migrate as upgrade

    configure(settings.log_level)
    upgrade(settings)
    if link := asyncio.run(first_supervisor_link(settings)):
        print(f"Make the first supervisor here, within a day, once: {link}", flush=True)
    app = create_app(settings)
    gc.freeze()
    gc.enable()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=5,
    )
    return 0


def migrate(settings: Settings, _options: argparse.Namespace) -> int:
    """Upgrade both databases."""
    from bot.migrate import migrate as upgrade

    upgrade(settings)
    print("Both databases have the newest schema.")
    return 0


def print_new_key(_settings: Settings, _options: argparse.Namespace) -> int:
    """Print a key."""
    from bot.settings import new_key

    print(new_key())
    return 0


def rewrap(settings: Settings, _options: argparse.Namespace) -> int:
    """Wrap all keys anew."""
    from bot.upkeep import rewrap as rewrap_all

    print(f"{asyncio.run(rewrap_all(settings))} keys are wrapped with the newest BOT_SECRET_KEY.")
    return 0


def erase(settings: Settings, options: argparse.Namespace) -> int:
    """Erase one conversation."""
    from bot.upkeep import erase as erase_one

    if not asyncio.run(erase_one(settings, options.id)):
        print("There is no such conversation.", file=sys.stderr)
        return 1
    print("Erased.")
    return 0


def purge(settings: Settings, _options: argparse.Namespace) -> int:
    """Erase old conversations."""
    from bot.upkeep import purge as purge_old

    print(f"{asyncio.run(purge_old(settings, timedelta(days=settings.keep_days)))} conversations erased.")
    return 0


def staff_add(settings: Settings, options: argparse.Namespace) -> int:
    """Add a member of staff."""
    from bot.console.accounts import NotGood
    from bot.console.first import add_staff
    from bot.migrate import migrate as upgrade

    upgrade(settings)
    try:
        asyncio.run(add_staff(settings, options.name, options.role, sys.stdin.readline().rstrip("\r\n")))
    except NotGood as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Added. At the first sign-in {options.name} sets up one-time codes.")
    return 0


def contacts_check(_settings: Settings, _options: argparse.Namespace) -> int:
    """List what a person must verify."""
    from bot.upkeep import contacts_to_verify

    for line in contacts_to_verify():
        print(line)
    return 0


def content(_settings: Settings, _options: argparse.Namespace) -> int:
    """Write the page for review."""
    from bot.review import render
    from bot.settings import ROOT

    target = ROOT / "build" / "content.html"
    render(ROOT, target)
    print(f"Written: {target}")
    return 0


def evaluate(settings: Settings, options: argparse.Namespace) -> int:
    """Measure on a file of rows."""
    from bot.evaluation import evaluate as measure

    return measure(settings, options.what, options.file, options.predictions)


if __name__ == "__main__":
    sys.exit(main())
