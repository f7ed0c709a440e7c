"""The staff console: every route says who may use it, and nothing is open by default.

A request that changes something must come from a page of ours: the browser says so in
``Sec-Fetch-Site``, or, where it is too old for that, in ``Origin``.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from bot.alerts import Alerts
from bot.channels.text import clean
from bot.channels.web import ApiError, limited_body
from bot.console.accounts import ROLES, Accounts, Locked, NotGood, Refused, Session
from bot.console.pages import OUTCOMES, Pages, as_csv, figures_of
from bot.contacts import UK
from bot.conversation import State
from bot.desk import EVERY_DESK, Desk, FlagsNotSeen
from bot.desk_store import PRACTICE, AlreadyClaimed, Member, NoRoom, NotTheirs
from bot.desk_store import Request as Asked
from bot.keyring import Erased
from bot.settings import ROOT, Settings
from bot.turns import Turns
from bot.wakeups import Wakeups

HERE = ROOT / "bot" / "console"
COOKIE = "harbour_staff"
TRIES_PER_MINUTE = 20
SEEN_EVERY_SECONDS = 12.0
# Longer than a queue is kept: what is shown so long after the last change was read after it.
DESK_SETTLES_SECONDS = 0.5
LIVE_FOR = timedelta(minutes=15)
ROOM_AT_MOST = 10

ANYONE, HALF, STAFF, SUPERVISOR = "anyone", "half", "staff", "supervisor"


@dataclass
class Asking:
    """One request to the console, after its guard."""

    http: HttpRequest
    session: Session | None
    form: Mapping[str, list[str]]

    @property
    def me(self) -> Member:
        """Who is signed in. Only where the guard lets nobody else through."""
        if self.session is None:
            raise Denied(HTTPStatus.UNAUTHORIZED)
        return self.session.member

    def field(self, name: str, limit: int = 5000) -> str:
        """A field of the form, cleaned."""
        return clean(self.form.get(name, [""])[0])[:limit]

    def number(self, name: str) -> int:
        """A number in the address or the form; 0 when it is none."""
        given = self.http.path_params.get(name) or self.field(name, 9) or self.http.query_params.get(name, "")
        return int(given) if str(given).isascii() and str(given).isdecimal() and len(str(given)) <= 9 else 0

    @property
    def conversation_id(self) -> str:
        """The conversation in the address."""
        return str(self.http.path_params["conversation"])


class Denied(Exception):
    """The request gets nothing."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status)
        self.status = status


Handler = Callable[[Asking], Awaitable[Response]]


class Console:
    """The routes below ``/staff``."""

    def __init__(
        self,
        *,
        settings: Settings,
        desk: Desk,
        accounts: Accounts,
        pages: Pages,
        alerts: Alerts,
        turns: Turns,
        wakeups: Wakeups,
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._store = desk.store
        self._accounts = accounts
        self._pages = pages
        self._alerts = alerts
        self._turns = turns
        self._wakeups = wakeups
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._templates = Jinja2Templates(HERE / "templates")
        self._templates.env.filters["uk"] = lambda at, form="%H:%M": at.astimezone(UK).strftime(form)
        self._tasks: set[asyncio.Task[object]] = set()

    def routes(self) -> list[BaseRoute]:
        """All routes, with who may use each."""
        get, post, talk = ["GET"], ["POST"], "/c/{conversation:str}"
        table: list[tuple[str, list[str], str, Handler]] = [
            ("/sign-in", get, ANYONE, self.sign_in_page),
            ("/sign-in", post, ANYONE, self.sign_in),
            ("/first/{token:str}", get, ANYONE, self.first_page),
            ("/first/{token:str}", post, ANYONE, self.first),
            ("/code", get, HALF, self.code_page),
            ("/code", post, HALF, self.code),
            ("/sign-out", post, STAFF, self.sign_out),
            ("/sign-out-everywhere", post, STAFF, self.sign_out_everywhere),
            ("/account", get, STAFF, self.account_page),
            ("/account/password", post, STAFF, self.change_password),
            ("/", get, STAFF, self.queue_page),
            ("/part/queue", get, STAFF, self.queue_part),
            ("/events", get, STAFF, self.events),
            ("/duty", post, STAFF, self.duty),
            ("/here", post, STAFF, self.here),
            ("/practice", get, STAFF, self.practice_page),
            ("/practice", post, STAFF, self.practice),
            (talk, get, STAFF, self.talk_page),
            (f"{talk}/part", get, STAFF, self.talk_part),
            (f"{talk}/side", get, STAFF, self.talk_side),
            (f"{talk}/events", get, STAFF, self.talk_events),
            (f"{talk}/claim", post, STAFF, self.claim),
            (f"{talk}/reply", post, STAFF, self.reply),
            (f"{talk}/typing", post, STAFF, self.typing),
            (f"{talk}/note", post, STAFF, self.note),
            (f"{talk}/checklist", post, STAFF, self.checklist),
            (f"{talk}/seen", post, STAFF, self.see_flags),
            (f"{talk}/transfer", post, STAFF, self.transfer),
            (f"{talk}/requeue", post, STAFF, self.requeue),
            (f"{talk}/release", post, STAFF, self.release),
            (f"{talk}/close", post, STAFF, self.close),
            ("/board", get, SUPERVISOR, self.board_page),
            ("/part/board", get, SUPERVISOR, self.board_part),
            ("/alerts/test", post, SUPERVISOR, self.test_alerts),
            ("/figures", get, SUPERVISOR, self.figures_page),
            ("/figures.csv", get, SUPERVISOR, self.figures_csv),
            ("/audit", get, SUPERVISOR, self.audit_page),
            ("/people", get, SUPERVISOR, self.people_page),
            ("/people/add", post, SUPERVISOR, self.add_person),
            ("/people/{person:int}/disable", post, SUPERVISOR, self.disable_person),
            ("/people/{person:int}/enable", post, SUPERVISOR, self.enable_person),
            ("/people/{person:int}/reset", post, SUPERVISOR, self.reset_person),
        ]
        routes: list[BaseRoute] = [
            Route(path, self._guarded(handler, who), methods=methods, name=f"{methods[0]} {path}")
            for path, methods, who, handler in table
        ]
        static = Mount("/static", StaticFiles(directory=HERE / "static", check_dir=False))
        return [
            Route("/staff", lambda _request: RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)),
            Mount("/staff", routes=[static, *routes]),
        ]

    # --- the guard

    def _guarded(self, handler: Handler, who: str) -> Callable[[HttpRequest], Awaitable[Response]]:
        async def guarded(http: HttpRequest) -> Response:
            session = None
            try:
                session = await self._accounts.session(http.cookies.get(COOKIE, ""))
                self._let_in(http, session, who)
                form = {}
                if http.method == "POST":
                    form = parse_qs((await limited_body(http)).decode("utf-8", "replace"), keep_blank_values=True)
                if session and session.stage == "full" and not http.url.path.endswith(("/events", "/part", "/side")):
                    await self._used(session, http)
                return await handler(Asking(http, session, form))
            except Denied as denied:
                return self._refused(http, session, denied.status)
            except (Erased, NotTheirs):
                return self._refused(http, session, HTTPStatus.NOT_FOUND)
            except ApiError as error:
                return self._problem(http, session, HTTPStatus(error.status_code), "too_much")

        return guarded

    @staticmethod
    def _let_in(http: HttpRequest, session: Session | None, who: str) -> None:
        if http.method == "POST" and not is_from_our_page(http):
            raise Denied(HTTPStatus.FORBIDDEN)
        if who == ANYONE:
            return
        if session is None:
            raise Denied(HTTPStatus.UNAUTHORIZED)
        if (session.stage == "full") != (who != HALF):
            raise Denied(HTTPStatus.UNAUTHORIZED)
        if who == SUPERVISOR and not session.member.is_supervisor:
            raise Denied(HTTPStatus.FORBIDDEN)

    async def _used(self, session: Session, http: HttpRequest) -> None:
        """Pages that refresh themselves do not keep someone signed in or on duty; what people do does."""
        if "/part/" not in http.url.path:
            await self._accounts.used(session)

    def _refused(self, http: HttpRequest, session: Session | None, status: HTTPStatus) -> Response:
        if status is HTTPStatus.UNAUTHORIZED and http.method == "GET" and "hx-request" not in http.headers:
            at = "/staff/code" if session and session.stage == "code" else "/staff/sign-in"
            accepts = "text/html" in http.headers.get("accept", "")
            if accepts and not http.url.path.endswith(("/events", "/part", "/side")):
                return RedirectResponse(at, HTTPStatus.SEE_OTHER)
        return self._problem(http, session, status, "refused")

    def _problem(self, http: HttpRequest, session: Session | None, status: HTTPStatus, why: str) -> Response:
        context = {"me": session.member if session and session.stage == "full" else None, "why": why}
        return self._templates.TemplateResponse(http, "problem.html", {**context, "status": status}, status)

    # --- signing in and out

    async def sign_in_page(self, asking: Asking) -> Response:
        """Name and password."""
        return self._show(asking, "sign_in.html")

    async def sign_in(self, asking: Asking) -> Response:
        """Check name and password."""
        if not await self._may_try(asking):
            return self._show(asking, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, problem="too_many")
        try:
            token = await self._accounts.check_password(
                asking.field("name", 80), asking.form.get("password", [""])[0][:400]
            )
        except Locked as locked:
            return self._show(
                asking, "sign_in.html", HTTPStatus.TOO_MANY_REQUESTS, problem="locked", until=locked.until
            )
        except Refused:
            return self._show(asking, "sign_in.html", HTTPStatus.FORBIDDEN, problem="refused")
        return self._with_cookie(asking, RedirectResponse("/staff/code", HTTPStatus.SEE_OTHER), token)

    async def code_page(self, asking: Asking) -> Response:
        """The one-time code, or setting it up."""
        return await self._code_page(asking)

    async def _code_page(self, asking: Asking, status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
        session = self._half(asking)
        set_up = await self._accounts.setting_up(session) if await self._accounts.needs_set_up(session) else None
        return self._show(asking, "code.html", status, set_up=set_up, **more)

    async def code(self, asking: Asking) -> Response:
        """Check the one-time code."""
        session = self._half(asking)
        if not await self._may_try(asking):
            return await self._code_page(asking, HTTPStatus.TOO_MANY_REQUESTS, problem="too_many")
        try:
            token, recovery = await self._accounts.check_code(session, asking.field("code", 40))
        except Locked as locked:
            return await self._code_page(asking, HTTPStatus.TOO_MANY_REQUESTS, problem="locked", until=locked.until)
        except Refused:
            return await self._code_page(asking, HTTPStatus.FORBIDDEN, problem="refused")
        await self._store.write_audit(session.member.name, "sign_in", self._desk.now())
        if recovery:
            answer = self._show(asking, "recovery.html", codes=recovery)
        else:
            answer = RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)
        return self._with_cookie(asking, answer, token)

    @staticmethod
    def _half(asking: Asking) -> Session:
        if asking.session is None:
            raise Denied(HTTPStatus.UNAUTHORIZED)
        return asking.session

    async def first_page(self, asking: Asking) -> Response:
        """The one-time link that makes the first supervisor."""
        if not await self._accounts.invited(str(asking.http.path_params["token"])):
            raise Denied(HTTPStatus.NOT_FOUND)
        return self._show(asking, "first.html")

    async def first(self, asking: Asking) -> Response:
        """Make the first supervisor."""
        if not await self._may_try(asking):
            return self._show(asking, "first.html", HTTPStatus.TOO_MANY_REQUESTS, problem="too_many")
        if not await self._accounts.invited(str(asking.http.path_params["token"])):
            raise Denied(HTTPStatus.NOT_FOUND)
        try:
            made = await self._accounts.accept_invite(
                str(asking.http.path_params["token"]), asking.field("name", 80), asking.form.get("password", [""])[0]
            )
        except NotGood as error:
            return self._show(asking, "first.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem=str(error))
        if made is None:
            raise Denied(HTTPStatus.NOT_FOUND)
        await self._store.write_audit(asking.field("name", 40), "first_supervisor", self._desk.now())
        return RedirectResponse("/staff/sign-in", HTTPStatus.SEE_OTHER)

    async def sign_out(self, asking: Asking) -> Response:
        """End this session."""
        return await self._sign_out(asking, everywhere=False)

    async def sign_out_everywhere(self, asking: Asking) -> Response:
        """End all sessions of this person."""
        return await self._sign_out(asking, everywhere=True)

    async def _sign_out(self, asking: Asking, *, everywhere: bool) -> Response:
        await self._accounts.sign_out(self._half(asking), everywhere=everywhere)
        what = "sign_out_everywhere" if everywhere else "sign_out"
        await self._store.write_audit(asking.me.name, what, self._desk.now())
        await self._wakeups.wake(EVERY_DESK)
        answer = RedirectResponse("/staff/sign-in", HTTPStatus.SEE_OTHER)
        answer.delete_cookie(COOKIE, path="/staff")
        return answer

    async def account_page(self, asking: Asking) -> Response:
        """One's own account."""
        return self._show(asking, "account.html")

    async def change_password(self, asking: Asking) -> Response:
        """Set another password; everyone who was signed in with the old one is out."""
        session = self._half(asking)
        if not await self._may_try(asking):
            return self._show(asking, "account.html", HTTPStatus.TOO_MANY_REQUESTS, problem="too_many")
        try:
            await self._accounts.check_password(session.member.sign_in, asking.form.get("old", [""])[0][:400])
            await self._accounts.change_password(session.member.id, asking.form.get("new", [""])[0])
        except NotGood as error:
            return self._show(asking, "account.html", HTTPStatus.UNPROCESSABLE_ENTITY, problem=str(error))
        except (Locked, Refused):
            return self._show(asking, "account.html", HTTPStatus.FORBIDDEN, problem="refused")
        await self._store.write_audit(session.member.name, "password", self._desk.now())
        return RedirectResponse("/staff/sign-in", HTTPStatus.SEE_OTHER)

    async def _may_try(self, asking: Asking) -> bool:
        address = asking.http.client.host if asking.http.client else "unknown"
        return await self._limiter.hit(RateLimitItemPerMinute(TRIES_PER_MINUTE), "sign_in", address)

    @staticmethod
    def _with_cookie(asking: Asking, answer: Response, token: str) -> Response:
        answer.set_cookie(
            COOKIE,
            token,
            path="/staff",
            httponly=True,
            samesite="strict",
            secure=asking.http.url.scheme == "https",
        )
        return answer

    # --- the queue

    async def queue_page(self, asking: Asking) -> Response:
        """Who waits, and who is with someone."""
        await self._look_at(asking.me, "")
        return self._show(asking, "queue.html", queue=await self._pages.queue())

    async def queue_part(self, asking: Asking) -> Response:
        """The part of the queue that changes."""
        return self._show(asking, "_queue.html", queue=await self._pages.queue())

    async def events(self, asking: Asking) -> Response:
        """Say when something changed."""
        return self._stream(asking, "")

    async def duty(self, asking: Asking) -> Response:
        """Switch duty on or off."""
        room = min(max(asking.number("room"), 1), ROOM_AT_MOST)
        await self._desk.switch_duty(asking.me, on=asking.field("on") == "1", room=room)
        return RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)

    async def here(self, asking: Asking) -> Response:
        """A key or the mouse was used: the guard has noted it."""
        await self._store.update_staff(asking.me.id, active_at=self._desk.now())
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def _look_at(self, me: Member, conversation_id: str) -> None:
        await self._store.update_staff(me.id, looking_at=conversation_id or None, seen_at=self._desk.now())
        if conversation_id != me.looking_at:
            await self._wakeups.wake(EVERY_DESK)

    # --- a conversation

    async def talk_page(self, asking: Asking) -> Response:
        """A conversation; whoever may not read it sees only that someone waits."""
        asked = await self._asked(asking)
        await self._look_at(asking.me, asking.conversation_id)
        if not _may_read(asking.me, asked):
            if asked.conversation.state is not State.WAITING:
                raise Denied(HTTPStatus.NOT_FOUND)
            queue = await self._pages.queue()
            row = next((row for row in queue.rows if row.id == asking.conversation_id), None)
            if row is None:
                raise Denied(HTTPStatus.NOT_FOUND)
            return self._show(asking, "preview.html", row=row, queue=queue)
        await self._store.write_audit(asking.me.name, "look", self._desk.now(), asking.conversation_id)
        return self._show(asking, "talk.html", **await self._talk(asking, asked))

    async def talk_part(self, asking: Asking) -> Response:
        """Messages after a number."""
        asked = await self._readable(asking)
        return self._show(asking, "_lines.html", lines=await self._pages.lines(asked, asking.number("after")))

    async def talk_side(self, asking: Asking) -> Response:
        """What changes beside the transcript."""
        asked = await self._readable(asking)
        return self._show(asking, "_side.html", **await self._talk(asking, asked))

    async def talk_events(self, asking: Asking) -> Response:
        """Send messages as they come, and say when something else changed."""
        await self._readable(asking)
        return self._stream(asking, asking.conversation_id)

    async def _talk(self, asking: Asking, asked: Asked) -> dict[str, Any]:
        members = await self._store.members(self._desk.now())
        now = self._desk.now()
        return {
            "talk": await self._pages.talk(asked),
            "mine": asked.staff_id == asking.me.id,
            "notes": await self._store.notes_of(asking.conversation_id),
            "colleagues": [m for m in members if m.id != asking.me.id and m.duty.could_take_one(now)],
            "looking": [
                m.name
                for m in members
                if m.id != asking.me.id and m.looking_at == asking.conversation_id and m.duty.is_connected(now)
            ],
            "holder": next((m.name for m in members if m.id == asked.staff_id), ""),
            "canned": self._pages.canned,
            "contacts": self._pages.contacts({}),
            "checklists": self._pages.checklists,
            "outcomes": OUTCOMES,
            "client_id": str(uuid.uuid4()),
            "practising": asked.practice,
        }

    async def _asked(self, asking: Asking) -> Asked:
        """The open request in the address. Another's practice does not exist for anyone else."""
        asked = await self._store.request_of(asking.conversation_id)
        if asked is None or (asked.practice and asked.staff_id != asking.me.id):
            raise Denied(HTTPStatus.NOT_FOUND)
        return asked

    async def _readable(self, asking: Asking) -> Asked:
        asked = await self._asked(asking)
        if not _may_read(asking.me, asked):
            raise Denied(HTTPStatus.NOT_FOUND)
        return asked

    async def _held(self, asking: Asking, *, real: bool = False) -> Asked:
        """The request that whoever asks holds; with ``real``, no practice."""
        asked = await self._asked(asking)
        if asked.staff_id != asking.me.id or (real and asked.practice):
            raise Denied(HTTPStatus.NOT_FOUND)
        return asked

    async def claim(self, asking: Asking) -> Response:
        """Take a conversation."""
        conversation = await self._store.get(asking.conversation_id)
        if conversation is None or conversation.channel == PRACTICE:
            raise Denied(HTTPStatus.NOT_FOUND)
        if conversation.state is not State.WAITING and not asking.me.is_supervisor:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "taken")
        try:
            await self._desk.claim(asking.conversation_id, asking.me)
        except AlreadyClaimed:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "taken")
        except NoRoom:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "no_room")
        return self._to_talk(asking)

    async def reply(self, asking: Asking) -> Response:
        """Write to the person."""
        await self._held(asking)
        text = asking.field("text", self._settings.message_max_chars)
        cards = self._pages.cards(asking.form.get("contact", []))
        given = asking.field("client_id", 36)
        if text or cards:
            await self._desk.reply(
                asking.conversation_id, asking.me, text, contacts=cards, client_id=given if _is_uuid(given) else None
            )
            await self._practise(asking)
        if "hx-request" in asking.http.headers:
            return self._show(asking, "_sent.html", client_id=str(uuid.uuid4()))
        return self._to_talk(asking)

    async def typing(self, asking: Asking) -> Response:
        """Writing to the person."""
        await self._desk.staff_types(asking.conversation_id, asking.me)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def note(self, asking: Asking) -> Response:
        """Keep a private note."""
        await self._held(asking)
        if text := asking.field("note", 2000):
            await self._store.add_note(asking.conversation_id, asking.me, text, self._desk.now())
        return self._to_talk(asking)

    async def checklist(self, asking: Asking) -> Response:
        """Keep what was done of a checklist, as a note."""
        await self._held(asking)
        which = asking.field("which", 10)
        known = [str(item["do"]) for item in self._pages.checklists.get(which, {}).get("items", ())]
        done = [known[int(n)] for n in asking.form.get("done", []) if n.isdecimal() and int(n) < len(known)]
        written = [f"✓ {each}" for each in done] + ([asking.field("written", 1000)] if asking.field("written") else [])
        if written:
            await self._store.add_note(asking.conversation_id, asking.me, "\n".join(written), self._desk.now())
        return self._to_talk(asking)

    async def see_flags(self, asking: Asking) -> Response:
        """What detection found was looked at."""
        await self._held(asking)
        await self._desk.see_flags(asking.conversation_id, asking.me)
        return self._to_talk(asking)

    async def transfer(self, asking: Asking) -> Response:
        """Hand over to a colleague."""
        await self._held(asking, real=True)
        to = await self._store.member(asking.number("to"))
        if to is None or to.disabled:
            raise Denied(HTTPStatus.NOT_FOUND)
        if not to.duty.could_take_one(self._desk.now()):
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "no_room")
        try:
            await self._desk.transfer(asking.conversation_id, asking.me, to)
        except NoRoom:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "no_room")
        return RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)

    async def requeue(self, asking: Asking) -> Response:
        """Put back in the queue."""
        await self._held(asking, real=True)
        await self._desk.requeue(asking.conversation_id, asking.me)
        return RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)

    async def release(self, asking: Asking) -> Response:
        """Give back to the bot."""
        await self._held(asking, real=True)
        try:
            await self._desk.release(asking.conversation_id, asking.me)
        except FlagsNotSeen:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "flags")
        return RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)

    async def close(self, asking: Asking) -> Response:
        """End a conversation, with how it ended."""
        await self._held(asking)
        outcome = asking.field("outcome", 16)
        if outcome not in OUTCOMES:
            return self._problem(asking.http, asking.session, HTTPStatus.UNPROCESSABLE_ENTITY, "outcome")
        try:
            await self._desk.close(asking.conversation_id, asking.me, outcome)
        except FlagsNotSeen:
            return self._problem(asking.http, asking.session, HTTPStatus.CONFLICT, "flags")
        return RedirectResponse("/staff/", HTTPStatus.SEE_OTHER)

    def _to_talk(self, asking: Asking) -> Response:
        return RedirectResponse(f"/staff/c/{quote(asking.conversation_id, safe='')}", HTTPStatus.SEE_OTHER)

    # --- practice

    async def practice_page(self, asking: Asking) -> Response:
        """Made-up people to practise with."""
        mine = [r for r in await self._store.open_requests(practice=True) if r.staff_id == asking.me.id]
        return self._show(asking, "practice.html", people=self._pages.practice, mine=mine)

    async def practice(self, asking: Asking) -> Response:
        """Begin with one of them."""
        number = asking.number("person")
        if number >= len(self._pages.practice):
            raise Denied(HTTPStatus.NOT_FOUND)
        lines = self._pages.practice[number]["lines"]
        there = await self._desk.start_practice(asking.me, lines[:1])
        return RedirectResponse(f"/staff/c/{there}", HTTPStatus.SEE_OTHER)

    async def _practise(self, asking: Asking) -> None:
        """In a practice, the made-up person says the next thing."""
        asked = await self._store.request_of(asking.conversation_id)
        if asked is None or not asked.practice:
            return
        said = [m.text for m in await self._store.messages_after(asking.conversation_id, 0) if m.author == "person"]
        script: list[str] = next((p["lines"] for p in self._pages.practice if said and p["lines"][0] == said[0]), [])
        if len(said) < len(script):
            await self._turns.receive(asking.conversation_id, text=script[len(said)])

    # --- supervisors

    async def board_page(self, asking: Asking) -> Response:
        """Now: who waits, who is with whom, who is on duty, whether the alerts work."""
        return self._show(asking, "board.html", **await self._board())

    async def board_part(self, asking: Asking) -> Response:
        """The part of the board that changes."""
        return self._show(asking, "_board.html", **await self._board())

    async def _board(self) -> dict[str, Any]:
        return {
            "queue": await self._pages.queue(),
            "live": await self._store.active_with_bot(self._desk.now() - LIVE_FOR),
            "health": await self._store.alert_health(),
            "alerting": self._alerts.any,
        }

    async def test_alerts(self, asking: Asking) -> Response:
        """Send a test to every address."""
        await self._store.write_audit(asking.me.name, "alert_test", self._desk.now())
        await self._alerts.test()
        return RedirectResponse("/staff/board", HTTPStatus.SEE_OTHER)

    async def figures_page(self, asking: Asking) -> Response:
        """What was counted."""
        days = self._days(asking)
        return self._show(asking, "figures.html", figures=await self._figures(days), days=days)

    async def figures_csv(self, asking: Asking) -> Response:
        """The same for a spreadsheet."""
        days = self._days(asking)
        await self._store.write_audit(asking.me.name, "export", self._desk.now(), "", f"figures, {days} days")
        return Response(
            as_csv(await self._figures(days)),
            media_type="text/csv",
            headers={"Content-Disposition": f'attachment; filename="harbour-{days}-days.csv"'},
        )

    async def _figures(self, days: int) -> Any:
        now = self._desk.now()
        return figures_of(await self._store.figures_between(now - timedelta(days=days), now))

    @staticmethod
    def _days(asking: Asking) -> int:
        return min(max(asking.number("days"), 1), 366) if asking.number("days") else 28

    async def audit_page(self, asking: Asking) -> Response:
        """Who did what, when."""
        words = clean(asking.http.query_params.get("words", ""))[:100]
        return self._show(asking, "audit.html", rows=await self._store.search_audit(words), words=words)

    async def people_page(self, asking: Asking) -> Response:
        """All staff."""
        return await self._people(asking)

    async def _people(self, asking: Asking, status: HTTPStatus = HTTPStatus.OK, **more: Any) -> Response:
        members = await self._store.members(self._desk.now(), disabled=True)
        return self._show(asking, "people.html", status, members=members, roles=ROLES, now=self._desk.now(), **more)

    async def add_person(self, asking: Asking) -> Response:
        """Add someone."""
        name, role = asking.field("name", 80), asking.field("role", 16)
        try:
            await self._accounts.add(name, role, asking.form.get("password", [""])[0])
        except NotGood as error:
            return await self._people(asking, HTTPStatus.UNPROCESSABLE_ENTITY, problem=str(error), name=name)
        await self._store.write_audit(asking.me.name, "staff_add", self._desk.now(), "", f"{name}, {role}")
        return RedirectResponse("/staff/people", HTTPStatus.SEE_OTHER)

    async def disable_person(self, asking: Asking) -> Response:
        """Shut someone out at once."""
        other = await self._other(asking)
        await self._accounts.disable(other.id)
        return await self._done_to(asking, other, "staff_disable")

    async def enable_person(self, asking: Asking) -> Response:
        """Let someone in again."""
        other = await self._other(asking)
        await self._accounts.enable(other.id)
        return await self._done_to(asking, other, "staff_enable")

    async def reset_person(self, asking: Asking) -> Response:
        """Have someone set up their authenticator anew, and unlock them."""
        other = await self._other(asking)
        await self._accounts.reset_code(other.id)
        return await self._done_to(asking, other, "staff_reset")

    async def _other(self, asking: Asking) -> Member:
        """Someone else: nobody can lock themselves out."""
        other = await self._store.member(asking.number("person"))
        if other is None or other.id == asking.me.id:
            raise Denied(HTTPStatus.NOT_FOUND)
        return other

    async def _done_to(self, asking: Asking, other: Member, what: str) -> Response:
        await self._store.write_audit(asking.me.name, what, self._desk.now(), "", other.name)
        await self._wakeups.wake(EVERY_DESK)
        return RedirectResponse("/staff/people", HTTPStatus.SEE_OTHER)

    # --- streams

    def _stream(self, asking: Asking, conversation_id: str) -> Response:
        given = asking.http.headers.get("last-event-id") or asking.http.query_params.get("after", "0")
        after = int(given) if given.isascii() and given.isdecimal() and len(given) <= 9 else 0
        events = self._events(asking.http, asking.me, conversation_id, after)
        return EventSourceResponse(events, headers={"Cache-Control": "no-store"}, ping=15, send_timeout=30)

    async def _events(
        self, http: HttpRequest, me: Member, conversation_id: str, after: int
    ) -> AsyncIterator[ServerSentEvent]:
        """Messages at once; that something else changed, at most every so often, and after the last change."""
        clock = asyncio.get_running_loop().time
        seen_at = changed_at = -SEEN_EVERY_SECONDS
        # After a start all consoles come at once; they do not go on looking all at once.
        seen_every = SEEN_EVERY_SECONDS * secrets.SystemRandom().uniform(0.6, 1)
        desk_due: float | None = None
        with self._wakeups.waiting(EVERY_DESK) as desk, self._wakeups.waiting(conversation_id or EVERY_DESK) as talk:
            while True:
                if clock() - seen_at >= seen_every:
                    if await self._accounts.session(http.cookies.get(COOKIE, "")) is None:
                        break
                    self._desk.presence.note_staff(me.id, seen_at=self._desk.now(), looking_at=conversation_id or None)
                    seen_at = clock()
                    desk_due = clock()  # however a change was missed, it is shown by now
                    talk.set()
                if conversation_id and talk.is_set():
                    talk.clear()
                    asked = await self._store.request_of(conversation_id)
                    if asked is None or not _may_read(me, asked):
                        yield ServerSentEvent("{}", event="left")
                        break
                    is_new = asked.conversation.last_number > after
                    if new := await self._pages.lines(asked, after) if is_new else []:
                        after = new[-1].message.number
                        html = self._templates.get_template("_lines.html").render(lines=new)
                        yield ServerSentEvent(html, event="talk", id=str(after))
                if desk.is_set():
                    desk.clear()
                    changed_at = clock()
                    desk_due = changed_at + DESK_SETTLES_SECONDS if desk_due is None else desk_due
                if desk_due is not None and clock() >= desk_due:
                    settled = changed_at + DESK_SETTLES_SECONDS
                    desk_due = settled if settled > clock() else None
                    yield ServerSentEvent(json.dumps((await self._pages.queue()).summary()), event="desk")
                patience = seen_every if desk_due is None else max(0.01, desk_due - clock())
                await _first_of([talk, desk] if conversation_id else [desk], patience)
        yield ServerSentEvent("{}", event="over")

    # --- pages

    def _show(self, asking: Asking, template: str, status: HTTPStatus = HTTPStatus.OK, **context: Any) -> Response:
        full = asking.session is not None and asking.session.stage == "full"
        return self._templates.TemplateResponse(
            asking.http,
            template,
            {
                "me": asking.session.member if asking.session and full else None,
                "now": self._desk.now(),
                "organisation_name": self._settings.organisation_name,
                **context,
            },
            status,
        )


def is_from_our_page(http: HttpRequest) -> bool:
    """Whether a browser says that a request was made by a page of this origin."""
    site = http.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = http.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == http.headers.get("host", "")


def _may_read(me: Member, asked: Asked) -> bool:
    """Whoever holds the conversation, and supervisors."""
    return asked.staff_id == me.id or (me.is_supervisor and not asked.practice)


def _is_uuid(given: str) -> bool:
    try:
        uuid.UUID(given)
    except ValueError:
        return False
    return True


async def _first_of(events: list[asyncio.Event], seconds: float) -> None:
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
