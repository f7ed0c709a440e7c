"""Alembic's entry for the database of words."""

from bot.migrate import run_environment
from bot.store import metadata

run_environment(metadata)
