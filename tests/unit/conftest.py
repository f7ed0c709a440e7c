"""Fixtures for the fast tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from bot.settings import Settings
from bot.store import Store
from tests.unit.support import copy_databases, settings_in, store_of

# The same examples every time, however busy the machine is, and no folder of them in the project.
hypothesis_settings.register_profile("harbour", deadline=None, derandomize=True, database=None)
hypothesis_settings.load_profile("harbour")


@pytest.fixture
def settings(migrated: Path, tmp_path: Path) -> Settings:
    copy_databases(migrated, tmp_path / "var")
    return settings_in(tmp_path / "var")


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    async with store_of(settings) as opened:
        yield opened
