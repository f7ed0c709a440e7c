"""Every route of the console: without a session, half signed in, with the other role, cross-site, with guessed ids."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.app import accounts_of, create_app
from bot.console.accounts import Locked, NotGood, Refused, digest
from bot.console.pages import SMALL, also_hidden, as_csv, figures_of
from bot.crisis import Level
from bot.database import KEYS_SCHEMA, engine_for
from bot.desk_store import DeskStore, Member
from bot.keyring import Keyring
from bot.settings import Settings
from bot.store import Author, Draft
from tests.unit.support import copy_databases, settings_in

ORIGIN = "http://harbour.test"
OURS = {"Sec-Fetch-Site": "same-origin"}
SECRET = "CANARYWORDS"
PASSWORD = "correct horse battery"
OPEN = {("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/first/{token:str}"), ("POST", "/first/{token:str}")}
SUPERVISORS = ("/board", "/part/board", "/alerts", "/figures", "/audit", "/people")


def table(app: Starlette) -> list[tuple[str, str]]:
    mount = next(route for route in app.routes if isinstance(route, Mount) and route.path == "/staff")
    return [
        (method, route.path)
        for route in mount.routes
        if isinstance(route, Route)
        for method in sorted((route.methods or set()) - {"HEAD"})
    ]


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    return table(create_app(settings_in(tmp_path_factory.mktemp("routes"))))


class House:
    """A running console, with what tests need to look behind it."""

    def __init__(self, settings: Settings) -> None:
        self.app = create_app(settings)
        words, keys = engine_for(settings.words_url), engine_for(settings.keys_url, schema=KEYS_SCHEMA)
        self.engines = (words, keys)
        self.store = DeskStore(words, Keyring(keys, settings.secret_keys()))
        self.accounts = accounts_of(settings, self.store)
        self.clients: list[httpx.AsyncClient] = []

    def client(self, token: str = "") -> httpx.AsyncClient:
        """A browser."""
        made = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app), base_url=ORIGIN, headers={"Accept": "text/html", **OURS}
        )
        if token:
            made.cookies.set("harbour_staff", token, domain="harbour.test", path="/staff")
        self.clients.append(made)
        return made

    async def staff(self, name: str, role: str = "supporter", stage: str = "full") -> tuple[Member, httpx.AsyncClient]:
        """Someone who is signed in, so far."""
        now = datetime.now(UTC)
        number = await self.store.add_account(
            name=name, sign_in=name.casefold(), role=role, password="-", created_at=now,
            duty_on=True, seen_at=now, active_at=now,
        )  # fmt: skip
        token = f"token-of-{name}"
        await self.store.add_session(digest(token), number, stage, now)
        member = await self.store.member(number)
        assert member
        return member, self.client(token)

    async def person(self) -> str:
        """Someone who waits, in a crisis."""
        now = datetime.now(UTC)
        conversation, _ = await self.store.start("web", [Draft(Author.BOT, "opening")], now)
        number = await self.store.receive(conversation.id, text=SECRET, choice="", client_id=None, now=now)
        await self.store.flag(conversation.id, number, Level.ACTIVE, now)
        await self.store.request_person(conversation.id, "crisis", [], now)
        return conversation.id


@pytest.fixture
async def house(migrated: Path, tmp_path: Path) -> AsyncIterator[House]:
    copy_databases(migrated, tmp_path / "var")
    made = House(settings_in(tmp_path / "var"))
    async with made.app.router.lifespan_context(made.app):
        yield made
    for client in made.clients:
        await client.aclose()
    for engine in made.engines:
        await engine.dispose()


def address(path: str, conversation: str = "0" * 32) -> str:
    return "/staff" + path.replace("{conversation:str}", conversation).replace("{token:str}", "guessed").replace(
        "{person:int}", "1"
    )


async def ask(client: httpx.AsyncClient, method: str, url: str, **more: Any) -> httpx.Response:
    return await client.request(method, url, data={} if method == "POST" else None, **more)


async def test_every_route_is_walked(house: House, routes: list[tuple[str, str]]) -> None:
    """Without a session nothing is open but signing in."""
    there, client = await house.person(), house.client()
    for method, path in routes:
        reply = await ask(client, method, address(path, there))
        if (method, path) in OPEN:
            assert reply.status_code in (200, 403, 404), (method, path)
        elif reply.status_code == 303:
            assert reply.headers["location"] == "/staff/sign-in", (method, path)
        else:
            assert reply.status_code == 401, (method, path)
        assert SECRET not in reply.text
    assert len(routes) > 35


async def test_half_signed_in_gets_no_further(house: House, routes: list[tuple[str, str]]) -> None:
    there = await house.person()
    _, client = await house.staff("Half", "supervisor", stage="code")
    for method, path in routes:
        if (method, path) in OPEN or path == "/code":
            continue
        reply = await ask(client, method, address(path, there))
        assert reply.status_code in (303, 401), (method, path)
        assert reply.headers.get("location", "/staff/code") == "/staff/code"
        assert SECRET not in reply.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_another_site_changes_nothing(
    house: House, routes: list[tuple[str, str]], headers: dict[str, str]
) -> None:
    there = await house.person()
    _, client = await house.staff("Mo", "supervisor")
    del client.headers["Sec-Fetch-Site"]
    for method, path in routes:
        if method == "POST":
            reply = await ask(client, method, address(path, there), headers=headers)
            assert reply.status_code == 403, path
    conversation = await house.store.get(there)
    assert conversation
    assert conversation.state == "waiting"


async def test_an_old_browser_is_believed_by_its_origin(house: House) -> None:
    _, client = await house.staff("Mo")
    del client.headers["Sec-Fetch-Site"]
    assert (await ask(client, "POST", "/staff/here", headers={"Origin": ORIGIN})).status_code == 204


async def test_a_supporter_is_no_supervisor(house: House, routes: list[tuple[str, str]]) -> None:
    _, client = await house.staff("Mo")
    found = 0
    for method, path in routes:
        if path.startswith(SUPERVISORS):
            found += 1
            assert (await ask(client, method, address(path))).status_code == 403, path
    assert found >= 10


@pytest.mark.parametrize("which", ["guessed", "waiting", "held", "practice"])
async def test_conversations_of_others_give_nothing(house: House, routes: list[tuple[str, str]], which: str) -> None:
    there = await house.person()
    other, _ = await house.staff("Other")
    _, client = await house.staff("Mo")
    now = datetime.now(UTC)
    if which == "held":
        await house.store.claim(there, other, [], now)
    elif which == "practice":
        practice, _ = await house.store.start("practice", [Draft(Author.PERSON, SECRET)], now)
        await house.store.start_practice(practice.id, other, now)
        there = practice.id
    elif which == "guessed":
        there = "f" * 32
    before = len(await house.store.messages_after(there, 0)) if which != "guessed" else 0
    for method, path in routes:
        if "{conversation" not in path or path.endswith("/claim"):
            continue
        reply = await ask(client, method, address(path, there))
        preview = which == "waiting" and method == "GET" and path.endswith("str}")
        typing = path.endswith("/typing") and reply.status_code == 204
        assert reply.status_code == 404 or preview or typing, (which, method, path)
        assert SECRET not in reply.text
        assert other.name not in reply.text
    for path, form in (("reply", {"text": "hi"}), ("note", {"note": "hi"}), ("close", {"outcome": "helped"})):
        assert (await client.post(f"/staff/c/{there}/{path}", data=form)).status_code == 404
    if which in ("held", "guessed", "practice"):
        assert (await client.post(f"/staff/c/{there}/claim")).status_code == (409 if which == "held" else 404)
    if which != "guessed":
        assert len(await house.store.messages_after(there, 0)) == before


async def test_a_transcript_opens_to_its_holder_and_each_look_is_kept(house: House) -> None:
    there = await house.person()
    _, client = await house.staff("Mo")
    assert (await client.post(f"/staff/c/{there}/claim")).status_code == 303
    assert SECRET in (await client.get(f"/staff/c/{there}")).text
    looks = await house.store.search_audit(f"look {there}")
    assert [row["staff_name"] for row in looks] == ["Mo"]
    await client.post(
        f"/staff/c/{there}/reply", data={"text": "<b>hello</b> https://evil.example", "contact": "nonsense"}
    )
    page = (await client.get(f"/staff/c/{there}")).text
    assert "&lt;b&gt;hello" in page
    assert 'href="https://evil' not in page


async def test_the_queue_shows_no_words(house: House) -> None:
    await house.person()
    _, client = await house.staff("Mo", "supervisor")
    for path in ("/", "/part/queue", "/board", "/part/board", "/figures", "/figures.csv", "/audit"):
        reply = await client.get(f"/staff{path}")
        assert reply.status_code == 200
        assert SECRET not in reply.text


async def test_headers_of_a_page(house: House) -> None:
    reply = await house.client().get("/staff/sign-in")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["cache-control"] == "no-store"


# --- signing in


def code_of(secret: str, **ago: float) -> str:
    return pyotp.TOTP(secret).at(datetime.now(UTC) - timedelta(**ago))


async def sign_in(house: House, name: str = "Mo") -> tuple[httpx.AsyncClient, str]:
    await house.accounts.add(name, "supporter", PASSWORD)
    client = house.client()
    reply = await client.post("/staff/sign-in", data={"name": name.upper(), "password": PASSWORD})
    assert reply.headers["location"] == "/staff/code"
    page = (await client.get("/staff/code")).text
    return client, page.split('class="key">')[1].split("<")[0]


async def test_the_whole_way_in_and_out(house: House) -> None:
    client, secret = await sign_in(house)
    half = client.cookies["harbour_staff"]
    assert (await client.post("/staff/code", data={"code": "000000"})).status_code == 403
    reply = await client.post("/staff/code", data={"code": code_of(secret)})
    assert "Keep these recovery codes" in reply.text
    flags = reply.headers["set-cookie"].lower()
    assert "httponly" in flags
    assert "samesite=strict" in flags
    assert "path=/staff" in flags
    assert (await client.get("/staff/")).status_code == 200
    assert await house.accounts.session(half) is None
    full = client.cookies["harbour_staff"]
    await client.post("/staff/sign-out")
    assert await house.accounts.session(full) is None


async def test_a_code_works_once_and_so_does_a_recovery_code(house: House) -> None:
    client, secret = await sign_in(house)
    used = code_of(secret)
    page = (await client.post("/staff/code", data={"code": used})).text
    recovery = page.split("<code>")[1].split("<")[0]
    for code, status in ((used, 403), (recovery, 303), (recovery, 403)):
        again = house.client()
        await again.post("/staff/sign-in", data={"name": "Mo", "password": PASSWORD})
        assert (await again.post("/staff/code", data={"code": code})).status_code == status


async def test_a_name_that_does_not_exist_looks_like_a_wrong_password(house: House) -> None:
    await house.accounts.add("Mo", "supporter", PASSWORD)
    client = house.client()
    wrong = await client.post("/staff/sign-in", data={"name": "Mo", "password": "wrong horse battery"})
    nobody = await client.post("/staff/sign-in", data={"name": "Nobody", "password": "wrong horse battery"})
    assert (wrong.status_code, wrong.text) == (nobody.status_code, nobody.text)


async def test_lockout(house: House) -> None:
    await house.accounts.add("Mo", "supporter", PASSWORD)
    for _ in range(4):
        with pytest.raises(Refused):
            await house.accounts.check_password("Mo", "wrong horse battery")
    with pytest.raises(Locked):
        await house.accounts.check_password("Mo", "wrong horse battery")
    with pytest.raises(Locked):
        await house.accounts.check_password("Mo", PASSWORD)
    row = await house.store.account(sign_in="mo")
    assert row
    await house.accounts.reset_code(row["id"])
    assert await house.accounts.check_password("Mo", PASSWORD)


async def test_tries_from_one_address_are_limited(house: House) -> None:
    client = house.client()
    statuses = [
        (await client.post("/staff/sign-in", data={"name": "", "password": "x"})).status_code for _ in range(21)
    ]
    assert statuses[-1] == 429


@pytest.mark.parametrize(
    ("idle", "age", "works"), [(0, 0, True), (29, 60, True), (31, 60, False), (1, 12 * 60 + 1, False)]
)
async def test_sessions_run_out(house: House, idle: int, age: int, works: bool) -> None:
    member, _ = await house.staff("Mo")
    now = datetime.now(UTC)
    await house.store.add_session(digest("old"), member.id, "full", now - timedelta(minutes=age))
    await house.store.touch_session(digest("old"), now - timedelta(minutes=idle))
    assert (await house.accounts.session("old") is not None) is works


async def test_shut_out_and_reset(house: House) -> None:
    supervisor, boss = await house.staff("Ada", "supervisor")
    member, client = await house.staff("Mo")
    assert (await boss.post(f"/staff/people/{member.id}/disable")).status_code == 303
    assert (await client.get("/staff/")).status_code == 303
    assert (await boss.post(f"/staff/people/{supervisor.id}/disable")).status_code == 404
    assert (await boss.post(f"/staff/people/{member.id}/enable")).status_code == 303
    assert (
        await boss.post("/staff/people/add", data={"name": "Lin", "role": "supporter", "password": PASSWORD})
    ).status_code == 303
    assert (
        await boss.post("/staff/people/add", data={"name": "Lin", "role": "supporter", "password": PASSWORD})
    ).status_code == 422


async def test_the_first_link_works_once(house: House) -> None:
    token = await house.accounts.make_invite()
    client = house.client()
    assert (await client.get(f"/staff/first/{token}")).status_code == 200
    form = {"name": "Ada", "password": PASSWORD}
    assert (await client.post(f"/staff/first/{token}", data={**form, "password": "short"})).status_code == 422
    assert (await client.post(f"/staff/first/{token}", data=form)).status_code == 303
    assert (await client.post(f"/staff/first/{token}", data={**form, "name": "Eve"})).status_code == 404
    assert await house.accounts.make_invite() is None


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaaaaaa", "x" * 201, "my name is mo ok ok"])
async def test_passwords_that_are_not_good(house: House, password: str) -> None:
    with pytest.raises(NotGood):
        await house.accounts.add("mo ok", "supporter", password)


# --- figures


def rows(count: int, **more: Any) -> list[Any]:
    hour = datetime(2026, 11, 25, 12, tzinfo=UTC)
    return [{"hour": hour, "channel": "web", "situation": "threat_live", "crisis": False, "waited": 60, **more}] * count


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, "under 5"), (4, "under 5"), (5, 5), (50, 50)])
def test_small_counts_are_not_shown(count: int, shown: int | str) -> None:
    figures = figures_of(rows(count))
    assert figures.total["count"] == shown
    if count:
        assert figures.situations == [{"name": "threat_live", "count": shown}]


@pytest.mark.parametrize(
    ("crisis", "shown"), [(0, 0), (1, "not shown"), (4, "not shown"), (5, 5), (7, "not shown"), (10, 10)]
)
def test_a_small_part_is_not_shown_nor_its_complement(crisis: int, shown: int | str) -> None:
    assert figures_of(rows(crisis, crisis=True) + rows(10 - crisis)).total["crisis"] == shown


@given(st.lists(st.integers(0, 40), max_size=12))
def test_what_is_hidden_cannot_be_worked_out_from_the_rest(values: list[int]) -> None:
    small = {place for place, value in enumerate(values) if 0 < value < SMALL}
    hidden = small | also_hidden(values, small)
    shown = [place for place, value in enumerate(values) if value and place not in hidden]
    assert bool(hidden) == bool(small)
    if hidden and shown:
        assert len(hidden) > 1
        assert sum(values[place] for place in hidden) >= SMALL


def test_a_hidden_situation_hides_another() -> None:
    figures = figures_of(rows(20) + rows(7, situation="already_paid") + rows(1, situation="under_18", crisis=True))
    counts = [(line["name"], line["count"]) for line in figures.situations]
    assert counts == [("threat_live", 20), ("already_paid", "not shown"), ("under_18", "under 5")]
    assert figures.total["crisis"] == "not shown"


def test_the_csv_has_what_the_page_has() -> None:
    lines = as_csv(figures_of(rows(6))).splitlines()
    assert lines[1] == "total,all,6,1.0,1.0,0,0"
    assert len(lines) == 1 + 1 + 1 + 24 + 1
