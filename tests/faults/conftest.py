"""What the tests of faults share."""

from __future__ import annotations

import pytest

POINTS_IN_A_ROUND = 4


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A round of killing for every four points that ``--kill-points`` asks for."""
    if "kill_round" in metafunc.fixturenames:
        points = metafunc.config.getoption("--kill-points")
        metafunc.parametrize("kill_round", range(-(-points // POINTS_IN_A_ROUND)))
