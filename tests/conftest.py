"""Fixtures for every layer of tests."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from bot.crisis import Detector
from bot.migrate import migrate
from bot.settings import ROOT, Settings
from tests.breaking import Breaking
from tests.browser.support import BROWSER_ARGUMENTS, CHROMIUM
from tests.harbour import Harbour
from tests.integration.support import Postgres
from tests.unit.support import settings_in

PAGE = ROOT / "bot" / "widget" / "static"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--kill-points",
        type=int,
        default=4,
        metavar="N",
        help="how many times tests/faults/test_kill.py kills a process with -9",
    )


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """No test, and no process that a test starts, is set up by the environment it happens to run in."""
    with pytest.MonkeyPatch.context() as patch:
        for name in Settings.model_fields:
            patch.delenv(name.upper(), raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def one_detector() -> Iterator[None]:
    """The real detector, loaded once: it holds nothing between messages, and loading takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Detector, "load", cache(Detector.load))
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of migrated SQLite databases, to copy."""
    folder = tmp_path_factory.mktemp("migrated")
    migrate(settings_in(folder))
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A real PostgreSQL server."""
    # It will not run as root; its user must be able to reach the folder.
    folder = Path(tempfile.mkdtemp(prefix="harbour-postgres-"))
    server = Postgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, one for all: Playwright cannot be started twice in a process."""
    if not CHROMIUM:
        pytest.skip("THE BROWSER TESTS DID NOT RUN: there is no chromium here. `apt-get install chromium` brings it.")
    assert (PAGE / "page.css").exists(), "The page is not built. Run: make assets"
    expect.set_options(timeout=15_000)  # a busy machine is no fault of the page
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """One whole Harbour, brain included, that tests share and do not harm.

    It waits for its brain, on a busy machine too.
    """
    running = Harbour(tmp_path_factory.mktemp("harbour"), BRAIN_PATIENCE_SECONDS="8")
    try:
        yield running.start().wait_for_brain()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def live_server(harbour: Harbour) -> str:
    """The address of the running chat."""
    return harbour.url


@pytest.fixture(scope="session")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harbour]:
    """One whole Harbour that tests may harm, if they leave all of it running. Its brain may be loading.

    It logs as much as it can, and believes the address that a proxy gives.
    """
    running = Harbour(tmp_path_factory.mktemp("fragile"), LOG_LEVEL="DEBUG", TRUSTED_PROXIES="127.0.0.1")
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def breaking(harbour: Harbour, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breaking]:
    """A second brain and action server, with the assistant that breaks on demand."""
    running = Breaking(harbour, tmp_path_factory.mktemp("breaking"))
    try:
        yield running.start()
    finally:
        running.stop()
