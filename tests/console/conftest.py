"""A desk on SQLite and on PostgreSQL, with a clock that tests move."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.contacts import Directory
from bot.crisis import Level
from bot.database import KEYS_SCHEMA, engine_for
from bot.desk import Desk
from bot.desk_store import DeskStore, Member
from bot.keyring import Keyring
from bot.replies import Replies
from bot.settings import ROOT, Settings
from bot.store import Author, Draft
from bot.wakeups import Wakeups
from bot.words import Words
from tests.integration.support import Postgres
from tests.unit.support import NOW, copy_databases, settings_in

REPLIES = Replies(Words.load(ROOT / "domain.yml"), Directory.load(ROOT / "data" / "contacts.yml"))


class Clock:
    """The time, which stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """Let time pass."""
        self.now += timedelta(**by)
        return self.now


class Night:
    """A desk with people and staff, on one database; ``another()`` is a second process on the same."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self.settings = settings
        self._stack = stack
        self.clock = Clock()
        self.desk = self.another()
        self.store = self.desk.store

    def another(self) -> Desk:
        """The desk of one more process."""
        words = engine_for(self.settings.words_url)
        keys = engine_for(self.settings.keys_url, schema=KEYS_SCHEMA)
        self._stack.push_async_callback(words.dispose)
        self._stack.push_async_callback(keys.dispose)
        store = DeskStore(words, Keyring(keys, self.settings.secret_keys()))
        return Desk(store, REPLIES, Wakeups(), self.clock)

    async def staff(self, name: str, *, role: str = "supporter", on: bool = True, room: int = 3) -> Member:
        """Someone who is connected and active."""
        now = self.clock()
        number = await self.store.add_account(
            name=name,
            sign_in=name.casefold(),
            role=role,
            password="-",
            created_at=now,
            duty_on=on,
            room=room,
            seen_at=now,
            active_at=now,
        )
        return await self.again(number)

    async def again(self, number: int) -> Member:
        """What is known of someone now."""
        found = await self.store.member(number)
        assert found is not None
        return found

    async def active(self, *people: Member) -> None:
        """These are connected and active now."""
        for person in people:
            await self.store.update_staff(person.id, seen_at=self.clock(), active_at=self.clock())

    async def person(self, *lines: str, reason: str = "", level: Level = Level.NONE) -> str:
        """Someone who wrote; with a reason, they asked for a person."""
        conversation, _ = await self.store.start("web", [Draft(Author.BOT, "opening")], self.clock())
        for line in lines:
            number = await self.write(conversation.id, line)
            if level is not Level.NONE:
                await self.store.flag(conversation.id, number, level, self.clock())
        if reason:
            await self.store.request_person(conversation.id, reason, [], self.clock())
        return conversation.id

    async def write(self, there: str, line: str) -> int:
        """The person writes."""
        return await self.store.receive(there, text=line, choice="", client_id=None, now=self.clock())

    async def texts(self, there: str) -> list[str]:
        """The transcript."""
        return [f"{m.author.value}: {m.text}" for m in await self.store.messages_after(there, 0)]

    async def state(self, there: str) -> str:
        """Who answers now."""
        found = await self.store.get(there)
        assert found is not None
        return found.state.value


@pytest.fixture(params=["sqlite", "postgresql"])
async def night(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> AsyncIterator[Night]:
    if request.param == "sqlite":
        copy_databases(migrated, tmp_path / "var")
        async with AsyncExitStack() as stack:
            yield Night(settings_in(tmp_path / "var"), stack)
        return
    server: Postgres = request.getfixturevalue("postgres")
    settings = server.settings(tmp_path / "var")
    async with AsyncExitStack() as stack:
        yield Night(settings, stack)
    server.drop(settings)
