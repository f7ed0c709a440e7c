"""Alembic's entry for the database of wrapped keys."""

from bot.keyring import metadata
from bot.migrate import run_environment

run_environment(metadata)
