"""Migrations: they make what the models say, once, however often and from wherever they run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, create_engine, insert, inspect, text
from sqlalchemy.engine import make_url

from bot import keyring, store
from bot.database import KEYS_SCHEMA
from bot.migrate import migrate, newest
from bot.settings import ROOT, Settings
from tests.integration.support import Databases, Postgres
from tests.unit.support import NOW, settings_in

# Tables register themselves when their module is read, wherever it is.
for _path in sorted((ROOT / "bot").rglob("*.py")):
    if " = Table(" in _path.read_text(encoding="utf-8"):
        import_module(".".join(_path.relative_to(ROOT).with_suffix("").parts))

BOTH = [("words", store.metadata), ("keys", keyring.metadata)]


@pytest.fixture
def empty(databases: Databases, tmp_path: Path) -> Iterator[Settings]:
    made = databases.empty(tmp_path / "var")
    yield made
    databases.drop(made)


@contextmanager
def connected(settings: Settings, which: str) -> Iterator[Connection]:
    url = make_url(settings.words_url if which == "words" else settings.keys_url)
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url.set(drivername="sqlite") if sqlite else url)
    try:
        with engine.connect() as connection:
            if which == "keys" and not sqlite:
                connection.execute(text(f"SET search_path TO {KEYS_SCHEMA}"))
                connection.dialect.default_schema_name = KEYS_SCHEMA
            yield connection
    finally:
        engine.dispose()


@pytest.mark.parametrize(("which", "metadata"), BOTH)
def test_models_and_migrations_agree(empty: Settings, which: str, metadata: MetaData) -> None:
    migrate(empty)
    with connected(empty, which) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize(("which", "metadata"), BOTH)
def test_the_comparison_would_see_a_difference(empty: Settings, which: str, metadata: MetaData) -> None:
    migrate(empty)
    with connected(empty, which) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, MetaData()) != []


def test_keys_and_words_are_apart(empty: Settings) -> None:
    migrate(empty)
    with connected(empty, "words") as words, connected(empty, "keys") as keys:
        schema = None if words.dialect.name == "sqlite" else "public"
        assert "keys" not in inspect(words).get_table_names(schema)
        assert set(inspect(keys).get_table_names()) == {"keys", "alembic_version"}


def test_migrating_again_changes_nothing(empty: Settings) -> None:
    migrate(empty)
    with connected(empty, "keys") as keys:
        keys.execute(insert(keyring.keys).values(conversation_id="a", wrapped=b"b", made_at=NOW))
        keys.commit()
    migrate(empty)
    with connected(empty, "keys") as keys:
        assert keys.scalar(text("SELECT count(*) FROM keys")) == 1


def test_folders_are_made(tmp_path: Path) -> None:
    migrate(settings_in(tmp_path / "a" / "b", keys_database_url=f"sqlite:///{tmp_path}/c/keys.db"))
    assert (tmp_path / "a" / "b" / "harbour.db").exists()
    assert (tmp_path / "c" / "keys.db").exists()


def test_a_path_with_signs_that_mean_something_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / "100% ü #"
    settings = settings_in(folder)
    migrate(settings)
    assert {path.name for path in folder.glob("*.db")} == {"harbour.db", "keys.db"}


@pytest.mark.parametrize("database", ["words", "keys"])
def test_the_newest_revision_is_known_without_alembic(database: str) -> None:
    folder = ROOT / "migrations" / database
    scripts = ScriptDirectory(str(folder))
    assert newest(folder) == scripts.get_current_head()


def test_a_start_at_the_newest_schema_does_without_alembic(empty: Settings) -> None:
    migrate(empty)
    program = (
        "import sys; from bot.settings import Settings; from bot.migrate import migrate\n"
        f"migrate(Settings(var_dir={str(empty.var_dir)!r}, database_url={empty.database_url!r}))\n"
        "assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


def test_several_processes_at_once(empty: Settings, tmp_path: Path) -> None:
    """Two hosts, or a person and a supervisor, may start at the same moment."""
    go = tmp_path / "go"
    program = (
        "import sys, time, pathlib; from bot.settings import Settings; from bot.migrate import migrate\n"
        "print('ready', flush=True)\n"
        f"while not pathlib.Path({str(go)!r}).exists(): time.sleep(0.001)\n"
        f"migrate(Settings(var_dir={str(empty.var_dir)!r}, database_url={empty.database_url!r}))"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    go.touch()
    errors = [process.communicate(timeout=60)[1].splitlines()[-1:] for process in running]
    assert [process.returncode for process in running] == [0, 0], errors


def test_in_postgres_the_keys_have_a_schema_of_their_own(postgres: Postgres, tmp_path: Path) -> None:
    settings = postgres.empty(tmp_path)
    migrate(settings)
    with connected(settings, "words") as connection:
        found = connection.execute(text("SELECT table_schema FROM information_schema.tables WHERE table_name = 'keys'"))
        assert found.scalars().all() == [KEYS_SCHEMA]
