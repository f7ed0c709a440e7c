"""Brings both databases to the newest schema. Safe to run at any time, from several processes."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy import Connection, MetaData, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from bot.database import BUSY_SECONDS, KEYS_SCHEMA
from bot.settings import ROOT, Settings

ADVISORY_LOCK = 0x4841_5242  # "HARB": any number that only Harbour uses


def migrate(settings: Settings) -> None:
    """Upgrade the words and the keys."""
    _upgrade(settings.words_url, "words", None)
    _upgrade(settings.keys_url, "keys", KEYS_SCHEMA)


def _upgrade(url: str, database: str, schema: str | None) -> None:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address.set(drivername="sqlite"), connect_args={"timeout": BUSY_SECONDS})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _write_ahead(connection)
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # whoever comes second waits
            _to_newest(connection, database, None)
            connection.exec_driver_sql("COMMIT")
    else:
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            if schema:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
                connection.execute(text(f"SET LOCAL search_path TO {schema}"))
            _to_newest(connection, database, schema)
    engine.dispose()


def _write_ahead(connection: Connection) -> None:
    """Let readers and a writer go on side by side. The file remembers it; SQLite does not wait for its turn here."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _to_newest(connection: Connection, database: str, schema: str | None) -> None:
    folder = ROOT / "migrations" / database
    if _version(connection, schema) == newest(folder):
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def newest(folder: Path) -> str:
    """The newest revision: each file in ``versions`` begins with its own, in order."""
    return max(path.name for path in folder.glob("versions/*.py")).partition("_")[0]


def _version(connection: Connection, schema: str | None) -> str | None:
    """What the database is at. Read without alembic, whose import would double the time of a start."""
    if not inspect(connection).has_table("alembic_version", schema):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def run_environment(metadata: MetaData) -> None:
    """What both ``env.py`` do: migrate on the connection that ``migrate`` opened."""
    from alembic import context

    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
