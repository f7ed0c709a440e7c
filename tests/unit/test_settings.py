"""Settings: bad values stop the program, secrets are kept for one user alone, all is documented."""

from __future__ import annotations

import os
import re
import stat
import threading
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.settings import ROOT, Settings, UnsafeSecretFile, kept_secret, new_key
from tests.unit.support import A_KEY, ANOTHER_KEY

OPERATIONS = ROOT / "docs" / "operations.md"

BAD = [
    ("PORT", "-1"),
    ("PORT", "65536"),
    ("PORT", "http"),
    ("PORT", ""),
    ("HOST", ""),
    ("HOST", "   "),
    ("DATABASE_URL", "mysql://localhost/harbour"),
    ("DATABASE_URL", "postgres://localhost/harbour"),
    ("DATABASE_URL", "harbour.db"),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", "sqlite:///"),
    ("DATABASE_URL", "sqlite:///:memory:"),
    ("DATABASE_URL", "postgresql+asyncpg://localhost/harbour"),
    ("KEYS_DATABASE_URL", "oracle://localhost/keys"),
    ("KEYS_DATABASE_URL", "sqlite:///:memory:"),
    ("BOT_SECRET_KEY", "short"),
    ("BOT_SECRET_KEY", A_KEY[:-4]),
    ("BOT_SECRET_KEY", f"{A_KEY},short"),
    ("BOT_SECRET_KEY", f"short,{A_KEY}"),
    ("BOT_SECRET_KEY", "é" * 44),
    ("BOT_SECRET_KEY", ","),
    ("BOT_SECRET_KEY", " "),
    ("BRAIN_URL", ""),
    ("BRAIN_URL", "localhost:5005"),
    ("BRAIN_URL", "ftp://localhost"),
    ("BRAIN_URL", "file:///etc/passwd"),
    ("BRAIN_URL", "http://8.8.8.8:5005"),
    ("BRAIN_URL", "http://brain.example.org"),
    ("ACTIONS_PORT", "-1"),
    ("ACTIONS_PORT", "65536"),
    ("BRAIN_PATIENCE_SECONDS", "0"),
    ("BRAIN_PATIENCE_SECONDS", "-1"),
    ("BRAIN_PATIENCE_SECONDS", "11"),
    ("BRAIN_PATIENCE_SECONDS", "nan"),
    ("BRAIN_TIMEOUT_SECONDS", "0"),
    ("BRAIN_TIMEOUT_SECONDS", "121"),
    ("BRAIN_TIMEOUT_SECONDS", "inf"),
    ("ORGANISATION_NAME", "x" * 81),
    ("MESSAGE_MAX_CHARS", "199"),
    ("MESSAGE_MAX_CHARS", "20001"),
    ("MESSAGES_PER_MINUTE", "0"),
    ("MESSAGES_PER_MINUTE", "1001"),
    ("CONVERSATIONS_PER_MINUTE", "0"),
    ("CONVERSATIONS_PER_MINUTE_ALL", "0"),
    ("STREAMS_PER_CONVERSATION", "0"),
    ("STREAMS_PER_CONVERSATION", "51"),
    ("STREAMS_MAX", "0"),
    ("KEEP_DAYS", "0"),
    ("KEEP_DAYS", "3651"),
    ("KEEP_DAYS", "30.5"),
    ("LOG_LEVEL", "TRACE"),
    ("LOG_LEVEL", "info"),
    ("LOG_LEVEL", "INFO\nDEBUG"),
]

GOOD = [
    ("PORT", "0", 0),
    ("PORT", "65535", 65535),
    ("HOST", "0.0.0.0", "0.0.0.0"),
    ("HOST", "::1", "::1"),
    ("VAR_DIR", "/srv/harbour", Path("/srv/harbour")),
    ("DATABASE_URL", "", ""),
    ("DATABASE_URL", "sqlite:////srv/a.db", "sqlite:////srv/a.db"),
    ("DATABASE_URL", "postgresql://u:p@h/d", "postgresql://u:p@h/d"),
    ("BRAIN_URL", "http://127.0.0.1:5005/", "http://127.0.0.1:5005"),
    ("BRAIN_URL", "https://brain.internal:443", "https://brain.internal:443"),
    ("BRAIN_URL", "http://brain:5005", "http://brain:5005"),
    ("BRAIN_URL", "http://10.0.0.5:5005", "http://10.0.0.5:5005"),
    ("BRAIN_URL", "https://brain.example.org", "https://brain.example.org"),
    ("BRAIN_PATIENCE_SECONDS", "0.1", 0.1),
    ("ORGANISATION_NAME", "Ŝafe Hârbour", "Ŝafe Hârbour"),
    ("MESSAGE_MAX_CHARS", "200", 200),
    ("KEEP_DAYS", "1", 1),
    ("LOG_LEVEL", "ERROR", "ERROR"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_stops_the_program_and_names_the_setting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert [fault["loc"] for fault in caught.value.errors()] == [(name.lower(),)]


@pytest.mark.parametrize(("name", "value", "expected"), GOOD)
def test_a_good_value_is_taken(name: str, value: str, expected: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(Settings(), name.lower()) == expected


def test_nothing_has_to_be_set() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert settings.words_url == f"sqlite+aiosqlite:///{ROOT}/var/harbour.db"
    assert settings.keys_url == f"sqlite+aiosqlite:///{ROOT}/var/keys.db"


def test_settings_do_not_change_while_the_program_runs() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/./a.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/b/../a.db"),
        ("sqlite:////srv/a.db", "sqlite:////srv/a.db?timeout=5"),
        ("sqlite:////var_dir/keys.db", ""),
        ("", "sqlite:////var_dir/harbour.db"),
    ],
)
def test_keys_and_words_are_never_in_one_file(words: str, keys: str) -> None:
    with pytest.raises(ValidationError, match="apart"):
        Settings(database_url=words, keys_database_url=keys, var_dir=Path("/var_dir"))


@pytest.mark.parametrize(
    ("words", "keys", "words_url", "keys_url"),
    [
        ("", "", "sqlite+aiosqlite:////v/harbour.db", "sqlite+aiosqlite:////v/keys.db"),
        ("postgresql://h/d", "", "postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
        ("postgresql://h/d", "sqlite:////k.db", "postgresql+psycopg://h/d", "sqlite+aiosqlite:////k.db"),
        ("sqlite:////w.db", "postgresql://h/k", "sqlite+aiosqlite:////w.db", "postgresql+psycopg://h/k"),
        ("sqlite:////w.db", "", "sqlite+aiosqlite:////w.db", "sqlite+aiosqlite:////v/keys.db"),
        ("postgresql://h/d", "postgresql://h/d", "postgresql+psycopg://h/d", "postgresql+psycopg://h/d"),
    ],
)
def test_where_words_and_keys_are(words: str, keys: str, words_url: str, keys_url: str) -> None:
    settings = Settings(database_url=words, keys_database_url=keys, var_dir=Path("/v"))
    assert (settings.words_url, settings.keys_url) == (words_url, keys_url)


@pytest.mark.parametrize("given", [A_KEY, f"{ANOTHER_KEY},{A_KEY}", f" {ANOTHER_KEY} , {A_KEY} ", f"{A_KEY},"])
def test_several_keys_newest_first(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_SECRET_KEY", given)
    assert Settings().secret_keys() == [part.strip() for part in given.split(",") if part]


@pytest.mark.parametrize("name", ["bot_secret_key", "brain_token"])
def test_secrets_are_not_printed(name: str) -> None:
    settings = Settings(bot_secret_key=A_KEY, brain_token=A_KEY)
    assert A_KEY not in f"{settings!r} {settings} {getattr(settings, name)}"


# --- sites that may show the chat


@pytest.mark.parametrize(
    ("given", "sites"),
    [
        ("", []),
        (" , ", []),
        ("https://charity.example", ["https://charity.example"]),
        (
            " https://a.example/ ,https://b.example:8443,https://a.example",
            ["https://a.example", "https://b.example:8443"],
        ),
        ("http://localhost:8000", ["http://localhost:8000"]),
    ],
)
def test_sites_that_may_show_the_chat(given: str, sites: list[str]) -> None:
    assert Settings(embed_origins=given).embedding_sites == sites


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "https://*.example",
        "charity.example",
        "http://charity.example",
        "https://a.example/path",
        "https://A.example",
        "https://a.example; script-src *",
        "https://a.example https://b.example",
        "https://",
        "null",
        "https://-a.example",
    ],
)
def test_what_is_not_an_origin_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="must be origins"):
        Settings(embed_origins=given)


# --- secrets that are made once


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "new" / "secret", new_key)
    assert first
    assert kept_secret(tmp_path / "new" / "secret", new_key) == first


def test_both_secrets_are_kept_and_differ(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    made = (settings.secret_keys(), settings.brain_secret())
    again = Settings(var_dir=tmp_path)
    assert (again.secret_keys(), again.brain_secret()) == made
    assert made[0] != [made[1]]


def test_a_given_secret_makes_no_file(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path, bot_secret_key=A_KEY, brain_token="x" * 20)
    assert (settings.secret_keys(), settings.brain_secret()) == ([A_KEY], "x" * 20)
    assert not list(tmp_path.iterdir())


def test_a_secret_is_made_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        kept_secret(tmp_path / "secret", new_key)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o700])
def test_a_secret_of_this_user_is_read(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("kept\n")
    path.chmod(mode)
    assert kept_secret(path, new_key) == "kept"


@pytest.mark.parametrize("mode", [0o601, 0o602, 0o604, 0o606, 0o610, 0o620, 0o640, 0o644, 0o660, 0o666, 0o755, 0o777])
def test_a_secret_that_others_can_reach_is_refused(mode: int, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("kept")
    path.chmod(mode)
    with pytest.raises(UnsafeSecretFile, match=rf"mode {mode:o}.*chmod 600") as caught:
        kept_secret(path, new_key)
    assert "kept" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "\n", "  "])
def test_an_empty_secret_is_never_used(content: str, tmp_path: Path) -> None:
    """A crash between making the file and writing it leaves it empty."""
    path = tmp_path / "secret"
    path.write_text(content)
    path.chmod(0o600)
    try:
        secret = kept_secret(path, new_key)
    except RuntimeError as error:
        secret = str(error)
    assert secret.strip()


def test_two_programs_that_start_at_once_have_one_secret(tmp_path: Path) -> None:
    path, got = tmp_path / "secret", dict[str, str]()
    making, go_on = threading.Event(), threading.Event()

    def slowly() -> str:
        making.set()
        go_on.wait(5)
        return "from the slow one"

    first = threading.Thread(target=lambda: got.update(slow=kept_secret(path, slowly)))
    second = threading.Thread(target=lambda: got.update(quick=kept_secret(path, lambda: "from the quick one")))
    first.start()
    assert making.wait(5)
    second.start()
    second.join(0.2)  # it may be done by now, or wait for the slow one: both are right
    go_on.set()
    first.join(5)
    second.join(5)
    assert got["slow"]
    assert got["slow"] == got["quick"]


def test_new_keys_are_keys_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {new_key() for _ in range(20)}
    assert len(made) == 20
    for key in made:
        monkeypatch.setenv("BOT_SECRET_KEY", key)
        assert Settings().secret_keys() == [key]


# --- documentation


def documented() -> list[str]:
    """The names in the first column of the table of settings."""
    return re.findall(r"^\|\s*`([A-Z][A-Z0-9_]*)`\s*\|", OPERATIONS.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert documented().count(name.upper()) == 1


def test_nothing_is_documented_that_is_not_a_setting() -> None:
    assert set(documented()) <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_is_for(name: str) -> None:
    assert (Settings.model_fields[name].description or "").endswith(".")
