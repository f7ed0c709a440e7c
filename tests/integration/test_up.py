"""``python -m bot up``: what it refuses, and what it hands on. That it starts all three is seen in ``tests/faults``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bot import supervise
from bot.settings import ROOT, Settings
from tests.unit.support import A_KEY


def up(**settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "up"],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def left_running(var_dir: Path) -> list[psutil.Process]:
    """Processes that were started with this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("VAR_DIR") == str(var_dir) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_bad_setting_is_said_once_and_nothing_stays(tmp_path: Path) -> None:
    ended = up(VAR_DIR=str(tmp_path), PORT="http")
    assert ended.returncode == 2
    assert ended.stderr.count("PORT ") == 1
    assert "docs/operations.md" in ended.stderr
    assert "Chat page" not in ended.stdout
    assert not psutil.wait_procs(left_running(tmp_path), 10)[1]


def test_a_secret_file_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    path.write_text(A_KEY)
    path.chmod(0o644)
    ended = up(VAR_DIR=str(tmp_path))
    assert ended.returncode == 2
    assert ended.stderr.count(f"chmod 600 {path}") == 1
    assert A_KEY not in ended.stderr


def test_without_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(supervise, "MODEL", tmp_path / "none.tar.gz")
    assert supervise.main() == 2
    assert "make train" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("brain_url", "port"),
    [
        ("http://127.0.0.1:5005", "5005"),
        ("http://127.0.0.1:6000/", "6000"),
        ("http://127.0.0.1", "80"),
        ("http://[::1]:5005", "5005"),
    ],
)
def test_the_brain_is_started_where_the_bot_looks_for_it(brain_url: str, port: str, tmp_path: Path) -> None:
    settings = Settings(brain_url=brain_url, var_dir=tmp_path, host=supervise.EVERYWHERE)
    handed_on = supervise.environment(settings)
    assert handed_on["BRAIN_PORT"] == port
    assert handed_on["CHAT_HOST"] == "127.0.0.1"
    assert handed_on["BRAIN_TOKEN"] == settings.brain_secret()


def test_the_supervisor_gets_all_that_the_three_need(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("supervisor.supervisord.main", started.append)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(os, "chdir", lambda _: None)
    monkeypatch.setattr(Path, "exists", lambda _: True)
    assert supervise.main() == 0
    assert "supervisord.conf" in started[0]
    assert os.environ["RASA_TELEMETRY_ENABLED"] == "false"
    assert os.environ["SANIC_HOST"] == "127.0.0.1"


def test_whoever_starts_it_is_told_where_the_page_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(var_dir=tmp_path)
    supervise.greet(settings)
    printed = capsys.readouterr().out
    assert "Chat page:  http://localhost:8080/" in printed
    assert settings.brain_secret() not in printed
