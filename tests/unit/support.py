"""What tests of the core share: settings, migrated databases, and hand-written fakes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from bot.brain import Answer, Brain
from bot.contacts import Directory
from bot.crisis import ANSWERED_NO, Detector, Finding, Level
from bot.database import KEYS_SCHEMA, engine_for
from bot.keyring import Keyring
from bot.replies import Replies
from bot.settings import Settings
from bot.store import Author, Draft, Store
from bot.words import Response, Words

T = TypeVar("T")

NOW = datetime.now(UTC).replace(microsecond=0)
A_KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
ANOTHER_KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="


def settings_in(folder: Path, **values: Any) -> Settings:
    """Settings with everything in one folder."""
    return Settings(**{"var_dir": folder, "bot_secret_key": A_KEY, "brain_token": "a shared secret", **values})


def copy_databases(template: Path, folder: Path) -> None:
    """Put fresh copies of migrated SQLite databases in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("harbour.db", "keys.db"):
        shutil.copyfile(template / name, folder / name)


@asynccontextmanager
async def store_of(settings: Settings, keyring: type[Keyring] = Keyring) -> AsyncIterator[Store]:
    """A store on the databases of some settings, closed afterwards."""
    words = engine_for(settings.words_url)
    keys = engine_for(settings.keys_url, schema=KEYS_SCHEMA)
    try:
        yield Store(words, keyring(keys, settings.secret_keys()))
    finally:
        await words.dispose()
        await keys.dispose()


async def begin(store: Store, *texts: str) -> tuple[str, str]:
    """Begin a conversation; return its id and its token."""
    conversation, token = await store.start("web", [Draft(Author.BOT, text) for text in texts], NOW)
    return conversation.id, token


async def write(store: Store, conversation_id: str, text: str = "", choice: str = "") -> int:
    """Have the person write or choose."""
    return await store.receive(conversation_id, text=text, choice=choice, client_id=None, now=NOW)


async def transcript(store: Store, conversation_id: str) -> list[str]:
    """All texts, each with its author: ``person: hello``."""
    messages = await store.messages_after(conversation_id, 0)
    return [f"{message.author.value}: {message.text}" for message in messages]


async def eventually(look: Callable[[], Awaitable[T | None]], seconds: float = 5.0) -> T:
    """Look until there is something, and return it; fail when it does not come."""
    async with asyncio.timeout(seconds):
        while True:
            seen = await look()
            if seen:
                return seen
            await asyncio.sleep(0.005)


def answer(*texts: str, slots: Mapping[str, Any] | None = None, **custom: Any) -> Answer:
    """An answer of the brain; ``custom`` belongs to its first message."""
    responses = [Response(f"utter_{n}", text, custom=custom if n == 0 else {}) for n, text in enumerate(texts)]
    return Answer(responses, {"slots": dict(slots or {})})


class FakeBrain(Brain):
    """A brain that answers as a test says; at first it is up and echoes."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.reply: Callable[[str], Awaitable[Answer]] = self.echo
        self._up = asyncio.Event()
        self._up.set()

    @staticmethod
    async def echo(text: str) -> Answer:
        """Answer at once."""
        return answer(f"answer to {text}")

    def held_back(self) -> asyncio.Event:
        """Hold every answer back until the returned event is set."""
        released = asyncio.Event()

        async def late(text: str) -> Answer:
            await released.wait()
            return await self.echo(text)

        self.reply = late
        return released

    def go_down(self) -> None:
        """Be known to be away."""
        self._up.clear()

    def come_up(self) -> None:
        """Be there again."""
        self._up.set()

    @property
    def is_up(self) -> bool:
        return self._up.is_set()

    @property
    def is_down(self) -> bool:
        return not self._up.is_set()

    async def answer(
        self,
        conversation_id: str,
        *,
        text: str,
        payload: str,
        metadata: Mapping[str, Any],
        snapshot: Mapping[str, Any] | None,
    ) -> Answer:
        self.asked.append(
            {
                "id": conversation_id,
                "text": text,
                "payload": payload,
                "metadata": dict(metadata),
                "snapshot": snapshot,
            }
        )
        return await self.reply(text)


class FakeDetector(Detector):
    """Finds a level where a message names it in capitals, such as ``ACTIVE``."""

    def __init__(self) -> None:
        self.earlier: dict[str, list[str]] = {}

    def look(self, text: str, earlier: Sequence[str] = (), asked: str | None = None) -> Finding:
        self.earlier[text] = list(earlier)
        if asked and text == "No":
            return Finding(Level.NONE, ANSWERED_NO)
        said = text.split()
        doubt = Level.DANGER if "DANGER?" in said else None
        return Finding(next((level for level in Level if level.name in said), Level.NONE), doubt=doubt)


WORDS = Words(
    {
        "utter_opening": [{"text": "opening"}],
        "utter_holding": [{"text": "holding", "custom": {"contacts": "help"}}],
        "utter_still_holding": [{"text": "still holding"}],
        "utter_could_not_answer": [{"text": "could not answer"}],
        "utter_crisis": [
            {
                "condition": [{"type": "slot", "name": "crisis_level", "value": "imminent"}],
                "text": "crisis imminent",
                "custom": {"handoff": "crisis", "contacts": "help"},
            },
            {
                "condition": [{"type": "slot", "name": "crisis_level", "value": "check_in"}],
                "text": "crisis check in",
            },
            {"text": "crisis", "custom": {"handoff": "crisis"}},
        ],
        "utter_crisis_question": [
            {
                "condition": [{"type": "slot", "name": "crisis_about", "value": "danger"}],
                "text": "danger question",
            },
            {
                "text": "question",
                "buttons": [{"title": "Yes", "payload": "/affirm"}, {"title": "No", "payload": "/deny"}],
            },
        ],
        "utter_crisis_again": [{"text": "crisis again", "custom": {"handoff": "crisis"}}],
        "utter_crisis_yes": [
            {
                "condition": [{"type": "slot", "name": "crisis_about", "value": "danger"}],
                "text": "said yes to danger",
                "custom": {"handoff": "crisis"},
            },
            {"text": "said yes", "custom": {"handoff": "crisis"}},
        ],
        "utter_crisis_unsure": [{"text": "not sure"}],
        "utter_crisis_no": [{"text": "said no"}],
        "utter_crisis_back": [{"text": "back"}],
        "utter_handoff_nobody_on_duty": [{"text": "nobody is on duty"}],
    }
)

DIRECTORY = Directory.model_validate(
    {
        "contacts": [
            {
                "id": "line",
                "name": "The line",
                "ages": ["under_18", "adult", "unknown"],
                "nations": ["england", "unknown"],
                "hours": "always",
                "actions": [{"kind": "call", "href": "tel:111", "label": "Call 111"}],
                "source": "a test",
                "checked_on": "2026-11-22",
                "status": "confirmed",
            }
        ],
        "needs": {"help": ["line"]},
    }
)

REPLIES = Replies(WORDS, DIRECTORY)
