"""``rasa data validate`` and ``rasa test`` work from the root, as a Rasa user expects."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from bot.settings import ROOT

RASA = ROOT / ".venv-rasa" / "bin" / "rasa"
STORIES = ROOT / "tests" / "stories"
LOUD = re.compile(r"\b(error|warning|userwarning)\b", re.IGNORECASE)
OF_LIBRARIES = re.compile(r"deprecat|pkg_resources|pyparsing|tensorflow|cuda|site-packages/(?!rasa/)", re.IGNORECASE)


def rasa(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "BRAIN_TOKEN": "for-tests",
        "ACTIONS_PORT": "9",
        "MPLCONFIGDIR": str(folder),
    }
    return subprocess.run(
        [RASA, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def complaints(output: str) -> list[str]:
    """The lines that complain, but not about what the libraries do among themselves."""
    return [line for line in output.splitlines() if LOUD.search(line) and not OF_LIBRARIES.search(line)]


@pytest.mark.timeout(300)
def test_the_data_is_valid(tmp_path: Path) -> None:
    checked = rasa(tmp_path, "data", "validate", "--fail-on-warnings")
    assert checked.returncode == 0, checked.stdout[-4000:]
    assert not complaints(checked.stdout)


@pytest.mark.timeout(300)
@pytest.mark.skipif(not list(STORIES.glob("*.yml")), reason="there are no test stories yet")
def test_the_stories_go_as_written(tmp_path: Path) -> None:
    told = rasa(
        tmp_path, "test", "core", "--stories", STORIES, "--model", "models/harbour.tar.gz", "--out", tmp_path,
        "--fail-on-prediction-errors", "--no-plot",
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-4000:]
