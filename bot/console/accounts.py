"""Who may use the console: passwords, one-time codes, sessions, lockout.

Passwords are kept as argon2id, session tokens and recovery codes as digests, the secret of
the one-time codes encrypted. A name that does not exist costs as much time as one that does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.exc import IntegrityError

from bot.desk_store import DeskStore, Member

ROLES = ("supporter", "supervisor")
PASSWORD_MIN, PASSWORD_MAX, NAME_MAX = 12, 200, 40
FAILURES_ALLOWED = 5
LOCKED_FIRST = timedelta(minutes=1)
LOCKED_AT_MOST = timedelta(hours=1)
RECOVERY_CODES = 8
CODE_SECONDS = 30
INVITE_HOURS = 24
SETTING_UP_FOR = timedelta(minutes=15)  # between the password and the code
TOUCH_EVERY = timedelta(seconds=20)
HASHES_AT_ONCE = 2  # each takes 64 MiB and a core


class NotGood(ValueError):
    """A name or a password cannot be used; the text says why, for the person who chose it."""


class Refused(Exception):
    """The sign-in failed; nobody learns why."""


class Locked(Exception):
    """Too many failures; the account opens again by itself."""

    def __init__(self, until: datetime) -> None:
        super().__init__("locked")
        self.until = until


@dataclass(frozen=True)
class Session:
    """Someone's signed-in browser."""

    digest: str
    member: Member
    stage: str  # "code": the password was right, the one-time code is missing; "full"
    active_at: datetime


@dataclass(frozen=True)
class SetUp:
    """What someone needs to add Harbour to their authenticator."""

    secret: str
    picture: str  # SVG as a data address


class Accounts:
    """Accounts and sessions."""

    def __init__(
        self,
        store: DeskStore,
        secret_keys: Sequence[str],
        now: Callable[[], datetime],
        *,
        idle: timedelta,
        absolute: timedelta,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._store = store
        self._wrap = MultiFernet([Fernet(key) for key in secret_keys])
        self._now = now
        self._idle = idle
        self._absolute = absolute
        self._hasher = hasher or PasswordHasher()
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)
        self._nobodys = ""

    # --- accounts

    async def add(self, name: str, role: str, password: str) -> int:
        """Add a member of staff; return the id. Raises ``NotGood``."""
        try:
            return await self._store.add_account(**await self._new(name, role, password))
        except IntegrityError:
            raise NotGood(f"There is someone called {name.strip()} already. Choose another name.") from None

    async def make_invite(self) -> str | None:
        """Make the one-time link's secret for the first supervisor; None when there are accounts already."""
        if await self._store.has_accounts():
            return None
        token = secrets.token_urlsafe(32)
        await self._store.replace_invite(digest(token), self._now() + timedelta(hours=INVITE_HOURS))
        return token

    async def invited(self, token: str) -> bool:
        """Whether a one-time link still works."""
        return await self._store.invite(digest(token), self._now()) and not await self._store.has_accounts()

    async def accept_invite(self, token: str, name: str, password: str) -> int | None:
        """Make the first supervisor; None when the link no longer works. Raises ``NotGood``."""
        account = await self._new(name, "supervisor", password)
        return await self._store.use_invite(digest(token), self._now(), **account)

    async def change_password(self, staff_id: int, password: str) -> None:
        """Set another password, and sign out everywhere. Raises ``NotGood``."""
        member = await self._store.member(staff_id)
        _check_password(password, member.name if member else "")
        await self._store.update_staff(staff_id, password=await self._hash(password), failures=0, locked_until=None)
        await self._store.end_sessions(staff_id=staff_id)

    async def reset_code(self, staff_id: int) -> None:
        """Forget someone's authenticator and recovery codes: they set them up anew at their next sign-in."""
        await self._store.update_staff(
            staff_id, totp_secret=None, totp_step=None, recovery="[]", failures=0, locked_until=None
        )
        await self._store.end_sessions(staff_id=staff_id)

    async def disable(self, staff_id: int) -> None:
        """Shut someone out at once. What they hold goes back to the queue by its lease."""
        await self._store.update_staff(staff_id, disabled_at=self._now(), duty_on=False, seen_at=None)
        await self._store.end_sessions(staff_id=staff_id)

    async def enable(self, staff_id: int) -> None:
        """Let someone in again."""
        await self._store.update_staff(staff_id, disabled_at=None, failures=0, locked_until=None)

    # --- signing in

    async def check_password(self, name: str, password: str) -> str:
        """First step; return the token of a session that can only go on to the code.

        Raises ``Refused`` and ``Locked``.
        """
        row = await self._store.account(sign_in=_sign_in(name)) if name.strip() else None
        usable = row is not None and row["disabled_at"] is None
        nobodys = self._nobodys = self._nobodys or await self._hash(secrets.token_urlsafe(16))
        right = await self._verify(row["password"] if row is not None and usable else nobodys, password)
        if row is None or not usable:
            raise Refused
        self._refuse_when_locked(row["locked_until"])
        if not right:
            await self._failed(row["id"])
        return await self._begin(row["id"], "code")

    async def set_up(self, session: Session) -> SetUp:
        """Make a new secret for the authenticator. It counts from the first right code on."""
        secret = pyotp.random_base32()
        held = self._wrap.encrypt(f"new:{secret}".encode())
        await self._store.update_staff(session.member.id, totp_secret=held)
        return _shown(secret, session.member.name)

    async def needs_set_up(self, session: Session) -> bool:
        """Whether someone has no authenticator yet."""
        row = await self._store.account(staff_id=session.member.id)
        return row is None or self._secret(row["totp_secret"])[0] != "set"

    async def setting_up(self, session: Session) -> SetUp:
        """The secret that is being set up, or a new one."""
        row = await self._store.account(staff_id=session.member.id)
        state, secret = self._secret(row["totp_secret"] if row else None)
        return _shown(secret, session.member.name) if state == "new" else await self.set_up(session)

    async def check_code(self, session: Session, code: str) -> tuple[str, Sequence[str]]:
        """Second step; return the token of a full session, and new recovery codes when it was the first code.

        Raises ``Refused`` and ``Locked``.
        """
        row = await self._store.account(staff_id=session.member.id)
        if row is None or row["disabled_at"] is not None:
            raise Refused
        self._refuse_when_locked(row["locked_until"])
        state, secret = self._secret(row["totp_secret"])
        typed = "".join(code.split()).replace("-", "").lower()
        if not await self._is_right(row["id"], state, secret, typed):
            await self._failed(row["id"])
        shown: list[str] = []
        values: dict[str, Any] = {"failures": 0, "locked_until": None}
        if state == "new":
            shown = [secrets.token_hex(5) for _ in range(RECOVERY_CODES)]
            values["recovery"] = json.dumps([digest(each) for each in shown])
            values["totp_secret"] = self._wrap.encrypt(f"set:{secret}".encode())
        await self._store.update_staff(row["id"], **values)
        await self._store.end_sessions(digest=session.digest)
        return await self._begin(row["id"], "full"), [f"{each[:5]}-{each[5:]}" for each in shown]

    async def _is_right(self, staff_id: int, state: str, secret: str, typed: str) -> bool:
        if not state:
            return False
        if len(typed) == 2 * 5 and state == "set":
            return await self._store.use_recovery(staff_id, digest(typed))
        step = self._step_of(secret, typed)
        return step is not None and await self._store.use_step(staff_id, step)

    def _step_of(self, secret: str, typed: str) -> int | None:
        """The 30 seconds that a code belongs to: these, or those just before or after."""
        if not (len(typed) == 6 and typed.isascii() and typed.isdecimal()):
            return None
        clock, here = pyotp.TOTP(secret), int(self._now().timestamp()) // CODE_SECONDS
        steps = (here, here - 1, here + 1)
        return next((step for step in steps if secrets.compare_digest(clock.at(step * CODE_SECONDS), typed)), None)

    # --- sessions

    async def session(self, token: str) -> Session | None:
        """The session that a cookie opens, unless it has run out or its owner is shut out."""
        if not token or not token.isascii():
            return None
        row = await self._store.session(digest(token))
        if row is None:
            return None
        now = self._now()
        lasts = self._absolute if row["stage"] == "full" else SETTING_UP_FOR
        if now - row["active_at"] > self._idle or now - row["created_at"] > lasts:
            await self._store.end_sessions(digest=row["digest"])
            return None
        member = await self._store.member(row["staff_id"])
        if member is None or member.disabled:
            return None
        return Session(row["digest"], member, row["stage"], row["active_at"])

    async def used(self, session: Session) -> None:
        """Someone did something: the idle time begins anew, and they count as active."""
        now = self._now()
        if now - session.active_at < TOUCH_EVERY:
            return
        await self._store.touch_session(session.digest, now)
        await self._store.update_staff(session.member.id, active_at=now)

    async def sign_out(self, session: Session, *, everywhere: bool = False) -> None:
        """End one session, or all of this person, and go off duty."""
        await self._store.update_staff(session.member.id, duty_on=False)
        if everywhere:
            await self._store.end_sessions(staff_id=session.member.id)
        else:
            await self._store.end_sessions(digest=session.digest)

    async def forget_old_sessions(self) -> None:
        """Remove sessions that have run out."""
        now = self._now()
        await self._store.end_old_sessions(now - self._idle, now - self._absolute)

    async def _begin(self, staff_id: int, stage: str) -> str:
        token = secrets.token_urlsafe(32)
        await self._store.add_session(digest(token), staff_id, stage, self._now())
        return token

    # --- failures

    def _refuse_when_locked(self, until: datetime | None) -> None:
        if until is not None and self._now() < until:
            raise Locked(until)

    async def _failed(self, staff_id: int) -> None:
        """Count a failure; from the fifth on, lock for a minute, then twice as long each time."""
        failures = await self._store.note_failure(staff_id)
        if failures >= FAILURES_ALLOWED:
            until = self._now() + min(LOCKED_FIRST * 2 ** min(failures - FAILURES_ALLOWED, 10), LOCKED_AT_MOST)
            await self._store.update_staff(staff_id, locked_until=until)
            raise Locked(until)
        raise Refused

    # --- secrets

    async def _new(self, name: str, role: str, password: str) -> dict[str, Any]:
        shown = " ".join(name.split())
        if not 1 < len(shown) <= NAME_MAX or not shown.isprintable():
            raise NotGood(f"A name has 2 to {NAME_MAX} characters.")
        if role not in ROLES:
            raise NotGood(f"A role is {' or '.join(ROLES)}.")
        _check_password(password, shown)
        return {
            "name": shown,
            "sign_in": _sign_in(shown),
            "role": role,
            "password": await self._hash(password),
            "created_at": self._now(),
        }

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, held: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, held, password[: PASSWORD_MAX + 1])
            except (VerificationError, InvalidHashError):
                return False

    def _secret(self, held: bytes | None) -> tuple[str, str]:
        """``("", "")``, ``("new", secret)`` before the first right code, ``("set", secret)`` after it."""
        if held is None:
            return "", ""
        state, _, secret = self._wrap.decrypt(held).decode().partition(":")
        return state, secret


def digest(token: str) -> str:
    """What is kept of a token or a recovery code: both are random, so no slow hash is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _sign_in(name: str) -> str:
    return " ".join(name.split()).casefold()[:NAME_MAX]


def _check_password(password: str, name: str) -> None:
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise NotGood(f"A password has {PASSWORD_MIN} to {PASSWORD_MAX} characters. Three or four words work well.")
    if len(set(password)) < PASSWORD_MIN // 2:
        raise NotGood("That password repeats a few characters. Three or four words work well.")
    if name and name.casefold() in password.casefold():
        raise NotGood("A password must not contain the name.")


def _shown(secret: str, name: str) -> SetUp:
    address = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="Harbour")
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#12262c", light="#ffffff")
    return SetUp(secret, picture)
