"""What the tests of the brain share. They go through its one door, over HTTP."""

from __future__ import annotations

import pytest

from tests.harbour import BrainDoor, Harbour


@pytest.fixture(scope="session")
def door(harbour: Harbour) -> BrainDoor:
    """The door of a running brain that nobody harms."""
    return BrainDoor.of(harbour)
