"""Alembic's entry for the database of words."""

from bot import desk_store
from bot.channels.telegram import chats, lease
from bot.migrate import run_environment
from bot.store import metadata

# Each of these modules adds its tables to the same.
assert all(table.metadata is metadata for table in (desk_store.staff, chats.chats, lease.leases))  # noqa: S101

run_environment(metadata)
