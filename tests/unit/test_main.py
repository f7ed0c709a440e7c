"""The command line: what it says, and how it ends."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.settings import Settings
from tests.unit.support import A_KEY, ANOTHER_KEY, begin, store_of


@pytest.fixture
def var_dir(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of an operator whose databases are migrated."""
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    monkeypatch.setenv("BOT_SECRET_KEY", A_KEY)
    return settings.var_dir


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["erase"],
        ["contacts"],
        ["contacts", "burn"],
        ["evaluate"],
        ["evaluate", "x", "f"],
        ["purge", "x"],
    ],
)
def test_a_wrong_command_says_how(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: python -m bot" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("DATABASE_URL", "mysql://root:secret@localhost"),
        ("BOT_SECRET_KEY", "secret"),
        ("KEEP_DAYS", "0"),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert main(["new-key"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{name} ")
    assert "docs/operations.md" in said
    assert "secret" not in said
    assert "Value error" not in said


def test_two_bad_settings_are_both_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "-1")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    assert main(["new-key"]) == 2
    assert [line.split()[0] for line in capsys.readouterr().err.splitlines()][:2] == ["PORT", "LOG_LEVEL"]


def test_a_new_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new-key"]) == 0
    assert Settings(bot_secret_key=capsys.readouterr().out.strip()).secret_keys()


def test_migrating(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "new"))
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    assert "newest" in capsys.readouterr().out
    assert {path.name for path in (tmp_path / "new").glob("*.db")} == {"harbour.db", "keys.db"}


def test_erasing(var_dir: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    async def one() -> str:
        async with store_of(settings) as store:
            return (await begin(store))[0]

    conversation_id = asyncio.run(one())
    assert main(["erase", conversation_id]) == 0
    assert main(["erase", conversation_id]) == 1
    printed = capsys.readouterr()
    assert printed.out == "Erased.\n"
    assert "no such conversation" in printed.err


def test_purging_and_rewrapping(var_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["purge"]) == 0
    assert main(["rewrap"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0 conversations erased.",
        "0 keys are wrapped with the newest BOT_SECRET_KEY.",
    ]


def test_checking_contacts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contacts", "check"]) == 0
    assert "tel:999" in capsys.readouterr().out


def test_a_secret_file_that_others_can_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(settings.var_dir))
    path = settings.var_dir / "secret-key"
    path.write_text(A_KEY)
    path.chmod(0o644)
    assert main(["purge"]) == 2
    assert f"chmod 600 {path}" in capsys.readouterr().err


def test_the_wrong_secret_key(
    var_dir: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def one() -> None:
        async with store_of(settings) as store:
            await begin(store)

    asyncio.run(one())
    monkeypatch.setenv("BOT_SECRET_KEY", ANOTHER_KEY)
    assert main(["rewrap"]) == 2
    assert "old key after the new one" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["purge"], ["rewrap"], ["erase", "x"]])
def test_databases_that_were_never_migrated(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    assert main(command) == 2
    assert "python -m bot migrate" in capsys.readouterr().err
