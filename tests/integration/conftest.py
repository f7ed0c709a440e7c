"""Both databases for every test that asks for ``databases``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.settings import ROOT, Settings
from bot.store import Store
from bot.words import Words
from tests.harbour import Person
from tests.integration.support import Chat, Databases, QuickDetector, Sqlite, chat_on
from tests.unit.support import store_of


@pytest.fixture(autouse=True, scope="package")
def quick_detector() -> Iterator[None]:
    """The app as it is, but for the detector, whose model takes seconds to load; the words are read once."""
    words = Words.load(ROOT / "domain.yml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.app.Detector", QuickDetector)
        patch.setattr("bot.app.Words.load", lambda _: words)
        yield


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgres"])
def databases(request: pytest.FixtureRequest) -> Databases:
    found: Databases = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def settings(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    made = databases.settings(tmp_path / "var")
    yield made
    databases.drop(made)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with store_of(settings) as opened:
        yield opened


@pytest.fixture(scope="package")
def chat_on_sqlite(sqlite: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with chat_on(sqlite, tmp_path_factory.mktemp("chat"), brain_patience_seconds=10) as shared:
        yield shared


@pytest.fixture(scope="package")
def chat_on_postgres(postgres: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chat]:
    with chat_on(postgres, tmp_path_factory.mktemp("chat"), brain_patience_seconds=10) as shared:
        yield shared


@pytest.fixture
def chat(databases: Databases, request: pytest.FixtureRequest) -> Chat:
    """One app for each database, that tests share and do not harm: each has its own conversation."""
    shared: Chat = request.getfixturevalue(f"chat_on_{databases.name}")
    return shared


@pytest.fixture
def person(chat: Chat) -> Iterator[Person]:
    someone = chat.person()
    yield someone
    someone.client.close()
