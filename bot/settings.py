"""Every setting, from the environment. Each one is in docs/operations.md; a test says so."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import secrets
import stat
import tempfile
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
PRIVATE_NAMES = (".internal", ".local", ".lan", ".home.arpa")
# As a browser names it; without encryption only on the machine itself, for trying out.
_HOST = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
_ORIGIN = re.compile(rf"(https://{_HOST}|http://(localhost|127\.0\.0\.1))(:\d{{1,5}})?")


def _is_near(host: str) -> bool:
    """Whether a host is this machine or in a private network, as far as its name or address says."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_NAMES)


class Settings(BaseSettings):
    """What an organisation can choose. Bad values stop the program with a clear message."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address that the bot listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port that the bot listens on.")
    var_dir: Path = Field(ROOT / "var", description="Folder for the databases and the secrets made at first start.")
    database_url: str = Field(
        "",
        description="Where conversations are kept. Empty: a SQLite file in VAR_DIR. `postgresql://…` for PostgreSQL.",
    )
    keys_database_url: str = Field(
        "",
        description="Where the wrapped keys are kept. Empty: a second SQLite file, "
        "or the schema `harbour_keys` of the same PostgreSQL database.",
    )
    bot_secret_key: SecretStr = Field(
        SecretStr(""),
        description="Wraps every conversation's key: 32 bytes in URL-safe base64, newest first, comma-separated "
        "to change it. Empty: made once and kept in VAR_DIR.",
    )
    brain_url: str = Field(
        "http://127.0.0.1:5005", description="Where the brain listens: loopback or a private network."
    )
    actions_port: int = Field(5055, ge=0, le=65535, description="Port on loopback that the action server listens on.")
    brain_token: SecretStr = Field(
        SecretStr(""), description="Secret that the bot and the brain share. Empty: made once and kept in VAR_DIR."
    )
    brain_patience_seconds: float = Field(
        0.8, gt=0, le=10, description="How long a person waits for the brain before the bot says what it can itself."
    )
    brain_timeout_seconds: float = Field(
        10.0, gt=0, le=120, description="How long the bot waits for one answer of the brain before it asks again."
    )
    telegram_bot_token: SecretStr = Field(
        SecretStr(""), description="Token of the Telegram bot, from BotFather. Empty: no Telegram."
    )
    telegram_webhook_url: str = Field(
        "",
        description="Public https address of this Harbour, when Telegram is to call it. Empty: Harbour asks Telegram.",
    )
    telegram_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that Telegram sends with each call. Empty: made once and kept in VAR_DIR; "
        "with several machines, set the same one on each.",
    )
    telegram_api_base_url: str = Field("https://api.telegram.org", description="Which Bot API server to use.")
    organisation_name: str = Field(
        "", max_length=80, description="Who runs this Harbour. Shown on the page; empty: not shown."
    )
    message_max_chars: int = Field(5000, ge=200, le=20000, description="Longest message that is taken.")
    messages_per_minute: int = Field(30, ge=1, le=1000, description="Messages one conversation may send in a minute.")
    conversations_per_minute: int = Field(
        20,
        ge=1,
        le=100000,
        description="Conversations that one address may start in a minute. Addresses are never stored.",
    )
    conversations_per_minute_all: int = Field(
        600, ge=1, le=100000, description="Conversations that everyone together may start in a minute."
    )
    streams_per_conversation: int = Field(
        5, ge=1, le=50, description="Live streams that one conversation may hold open."
    )
    streams_max: int = Field(2000, ge=1, le=100000, description="Live streams that may be open at once.")
    embed_origins: str = Field(
        "",
        description="Sites whose pages may show the chat in a frame: origins such as https://charity.example, "
        "comma-separated. Empty: none but this one.",
    )
    come_back_days: int = Field(
        7, ge=1, le=90, description="Days for which a come-back code opens its conversation, KEEP_DAYS permitting."
    )
    come_back_tries_per_minute: int = Field(
        5, ge=1, le=1000, description="Come-back codes that one address may try in a minute."
    )
    come_back_tries_per_minute_all: int = Field(
        60, ge=1, le=100000, description="Come-back codes that everyone together may try in a minute."
    )
    trusted_proxies: str = Field(
        "", description="Addresses of proxies whose X-Forwarded-For is believed, comma-separated. Used for limits only."
    )
    keep_days: int = Field(30, ge=1, le=3650, description="Days after its last message that a conversation is erased.")
    staff_idle_minutes: int = Field(
        30, ge=5, le=240, description="Minutes without doing anything after which a member of staff is signed out."
    )
    staff_session_hours: int = Field(12, ge=1, le=24, description="Hours after which staff sign in again in any case.")
    staff_alert_urls: SecretStr = Field(
        SecretStr(""),
        description="Apprise addresses (mailto://, tgram://, slack://, …) that hear of every request, "
        "separated by spaces.",
    )
    staff_alert_wider_urls: SecretStr = Field(
        SecretStr(""), description="Apprise addresses that hear of it too when nobody comes after two alerts."
    )
    public_url: str = Field(
        "", description="Address at which people and staff reach this Harbour; alerts link to it. Empty: HOST and PORT."
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="How much is logged. Never a person's words."
    )

    @field_validator("host")
    @classmethod
    def _host_is_given(cls, host: str) -> str:
        if not host.strip():
            raise ValueError("is empty; 127.0.0.1 for this machine only, 0.0.0.0 for every network")
        return host

    @field_validator("database_url", "keys_database_url")
    @classmethod
    def _database_is_known(cls, url: str) -> str:
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        if url.startswith("sqlite") and _file_of(url) in ("", ":memory:"):
            raise ValueError("must name a file: a database in memory loses what people write")
        return url

    @field_validator("embed_origins")
    @classmethod
    def _origins_are_origins(cls, origins: str) -> str:
        given = [origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()]
        for origin in given:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("must be origins such as https://charity.example, without a path, comma-separated")
        return ",".join(dict.fromkeys(given))

    @field_validator("brain_url")
    @classmethod
    def _brain_is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        if url.startswith("http://") and not _is_near(urlsplit(url).hostname or ""):
            raise ValueError("must begin with https:// unless it is on this machine or a private network")
        return url.rstrip("/")

    @field_validator("telegram_bot_token")
    @classmethod
    def _token_is_a_token(cls, token: SecretStr) -> SecretStr:
        if token.get_secret_value() and not re.fullmatch(r"\d{3,20}:[\w-]{20,100}", token.get_secret_value(), re.ASCII):
            raise ValueError("is not a token from BotFather: digits, a colon, then letters and digits")
        return token

    @field_validator("telegram_webhook_url")
    @classmethod
    def _webhook_is_an_origin(cls, url: str) -> str:
        parts = urlsplit(url)
        local = parts.hostname in ("127.0.0.1", "localhost")
        if url and (parts.scheme != "https" and not (local and parts.scheme == "http")):
            raise ValueError("must begin with https://")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("must be an address without a path, such as https://chat.example.org")
        return url.rstrip("/")

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _webhook_secret_can_be_sent(cls, secret: SecretStr) -> SecretStr:
        if secret.get_secret_value() and not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret.get_secret_value()):
            raise ValueError("must be 16 to 256 letters, digits, _ or -")
        return secret

    @field_validator("telegram_api_base_url")
    @classmethod
    def _bot_api_is_http(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/")

    @field_validator("bot_secret_key")
    @classmethod
    def _key_is_a_key(cls, key: SecretStr) -> SecretStr:
        parts = [part for part in key.get_secret_value().split(",") if part.strip()]
        if key.get_secret_value() and not parts:
            raise ValueError("has no key in it; `python -m bot new-key` prints one")
        for part in parts:
            try:
                whole = len(base64.urlsafe_b64decode(part.strip().encode())) == 32
            except ValueError:
                whole = False
            if not whole:
                raise ValueError("must be 32 bytes in URL-safe base64; `python -m bot new-key` prints one")
        return key

    @field_validator("public_url")
    @classmethod
    def _public_url_is_http(cls, url: str) -> str:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError("must begin with https:// (or http:// on this machine)")
        return url

    @model_validator(mode="after")
    def _keys_are_apart(self) -> Self:
        words, keys = self.words_url, self.keys_url
        both_files = words.startswith("sqlite") and keys.startswith("sqlite")
        if both_files and Path(_file_of(words)).resolve() == Path(_file_of(keys)).resolve():
            raise ValueError("KEYS_DATABASE_URL must not be DATABASE_URL: keys and words are kept apart")
        return self

    @property
    def embedding_sites(self) -> list[str]:
        """The origins in ``embed_origins``."""
        return [origin for origin in self.embed_origins.split(",") if origin]

    @property
    def staff_link(self) -> str:
        """The address of the staff console."""
        return f"{self.public_url.rstrip('/') or f'http://{self.host}:{self.port}'}/staff"

    @property
    def words_url(self) -> str:
        """SQLAlchemy address of the database of words."""
        return _async_url(self.database_url or _sqlite(self.var_dir / "harbour.db"))

    @property
    def keys_url(self) -> str:
        """SQLAlchemy address of the database of wrapped keys."""
        default = self.database_url if self.database_url.startswith("postgresql") else _sqlite(self.var_dir / "keys.db")
        return _async_url(self.keys_database_url or default)

    def secret_keys(self) -> list[str]:
        """The keys that wrap the conversations' keys, newest first."""
        given = self.bot_secret_key.get_secret_value() or kept_secret(self.var_dir / "secret-key", new_key)
        return [part.strip() for part in given.split(",") if part.strip()]

    def brain_secret(self) -> str:
        """The token that the bot and the brain share."""
        return self.brain_token.get_secret_value() or kept_secret(self.var_dir / "brain-token", secrets.token_urlsafe)

    def telegram_secret(self) -> str:
        """What Telegram sends with each call of the webhook."""
        return self.telegram_webhook_secret.get_secret_value() or kept_secret(
            self.var_dir / "telegram-webhook-secret", secrets.token_urlsafe
        )


class WrongSettings(RuntimeError):
    """A setting cannot be used; the message is for whoever starts Harbour, and repeats no value."""


class UnsafeSecretFile(WrongSettings):
    """A file with a secret can be read by others, or is empty."""


def read_settings() -> Settings:
    """Read the settings from the environment; raise ``WrongSettings``, which names each one that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        faults = [
            f"{'_'.join(str(part) for part in fault['loc']).upper() or 'SETTINGS'} "
            f"{fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
    raise WrongSettings("\n".join([*faults, "Every setting is described in docs/operations.md."]))


def new_key() -> str:
    """Make a key for BOT_SECRET_KEY."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """Read a secret that was made before, or make it and keep it for this user alone.

    It is written whole before it gets its name, so a crash leaves none and two programs
    that start at once have the same one.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        _keep(path, make())
        mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise UnsafeSecretFile(f"{path} can be read by others (mode {mode:o}). Run: chmod 600 {path}")
    secret = path.read_text(encoding="ascii").strip()
    if not secret:
        raise UnsafeSecretFile(f"{path} is empty. Put the secret back from your backup, or remove the file.")
    return secret


def _keep(path: Path, secret: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # readable by this user alone
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(name, path)
    Path(name).unlink()


def _sqlite(path: Path) -> str:
    return f"sqlite:///{path}"


def _file_of(url: str) -> str:
    """The file that an SQLite address names. SQLAlchemy could say too, for a third of a second of every start."""
    return url.partition(":///")[2].partition("?")[0]


def _async_url(url: str) -> str:
    """The same address with the driver that the store uses."""
    return url.replace("sqlite://", "sqlite+aiosqlite://", 1).replace("postgresql://", "postgresql+psycopg://", 1)
