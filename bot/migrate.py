"""Brings both databases to the newest schema. Safe to run at any time, from several processes."""

from __future__ import annotations

from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url

from bot.database import BUSY_SECONDS, KEYS_SCHEMA
from bot.settings import ROOT, Settings

ADVISORY_LOCK = 0x4841_5242  # "HARB": any number that only Harbour uses


def migrate(settings: Settings) -> None:
    """Upgrade the words and the keys."""
    _upgrade(settings.words_url, "words", None)
    _upgrade(settings.keys_url, "keys", KEYS_SCHEMA)


def _upgrade(url: str, database: str, schema: str | None) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations" / database))
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(address.set(drivername="sqlite"), connect_args={"timeout": BUSY_SECONDS})
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # whoever comes second waits
            _to_newest(config, connection)
            connection.exec_driver_sql("COMMIT")
    else:
        engine = create_engine(address)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            if schema:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
                connection.execute(text(f"SET LOCAL search_path TO {schema}"))
            _to_newest(config, connection)
    engine.dispose()


def _to_newest(config: Config, connection: Connection) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def run_environment(metadata: MetaData) -> None:
    """What both ``env.py`` do: migrate on the connection that ``migrate`` opened."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
