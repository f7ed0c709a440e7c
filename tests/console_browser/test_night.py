"""A night in real browsers: two staff and three people, and the screenshots of docs/console.md."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.settings import ROOT
from tests.bot_alone import BotAlone
from tests.harbour import Person, until

PASSWORD = "correct horse battery"
SHOTS = ROOT / "docs" / "screenshots"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BotAlone]:
    made = BotAlone(tmp_path, STAFF_ALERT_URLS="json://127.0.0.1:9")
    for name, role in (("Mo", "supporter"), ("Ada", "supervisor")):
        subprocess.run(
            [sys.executable, "-m", "bot", "staff", "add", name, "--role", role, "--password-stdin"],
            input=PASSWORD.encode(), cwd=ROOT, env=made.environment, check=True, capture_output=True,
        )  # fmt: skip
    made.start()
    yield made
    made.kill()


USABLE = """() => {
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const all = document.querySelectorAll(kinds);
  window.usable = [...all].filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.disabled);
  return window.usable.map((each) => each.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const at = document.activeElement;
  const shows = ({ boxShadow, outlineStyle, outlineWidth }) =>
    boxShadow !== "none" || (outlineStyle !== "none" && outlineWidth !== "0px");
  const label = at.nextElementSibling;
  return [
    window.usable.indexOf(at),
    shows(getComputedStyle(at)) || (label !== null && shows(getComputedStyle(label, "::before"))),
  ];
}"""


class Staff:
    """Someone at a console."""

    def __init__(self, browser: Browser, url: str, name: str, viewport: dict[str, int]) -> None:
        self.faults: list[str] = []
        self._browser = browser.new_context(viewport=viewport, base_url=url)  # type: ignore[arg-type]
        self.open()
        self.page.goto("/staff/")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Go on").click()
        key = self.page.locator(".key").text_content() or ""
        self.fair("set-up")
        self.page.get_by_label("Code").fill(pyotp.TOTP(key).at(datetime.now(UTC)))
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name=re.compile("open the queue")).click()

    def open(self) -> None:
        """Open a page in this browser, which stays signed in."""
        self.page: Page = self._browser.new_page()
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def on_duty(self) -> None:
        self.page.get_by_role("button", name="Go on duty").click()
        expect(self.page.get_by_text("You are on duty")).to_be_visible()

    def say(self, text: str) -> None:
        self.page.get_by_label("Your answer").fill(text)
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("#log")).to_contain_text(text)

    def shot(self, name: str) -> None:
        if os.environ.get("SCREENSHOTS"):
            SHOTS.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=SHOTS / f"console-{name}.png")

    def fair(self, where: str) -> None:
        """Nothing serious for axe, and nothing wider than the page."""
        found = Axe().run(self.page).response["violations"]
        serious = [(v["id"], v["nodes"][0]["html"][:160]) for v in found if v["impact"] in ("serious", "critical")]
        assert not serious, (where, serious)
        wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, (where, wide)
        self.walk(where)

    def walk(self, where: str) -> None:
        """Whatever can be used is reached with the Tab key, and shows that it is."""
        usable = self.page.evaluate(USABLE)
        reached: dict[int, bool] = {}
        for _ in range(2 * len(usable) + 10):
            self.page.keyboard.press("Tab")
            index, shows = self.page.evaluate(FOCUSED)
            if index >= 0:
                reached[index] = shows
            if len(reached) == len(usable):
                break
        assert not [usable[n] for n in range(len(usable)) if n not in reached], (where, "not reached by keyboard")
        assert not [usable[n] for n, shows in reached.items() if not shows], (where, "no visible focus")


def two_minutes_pass(folder: Path) -> None:
    """For the staff and their claims: they were last seen, and took what they hold, two minutes earlier."""
    with closing(sqlite3.connect(folder / "harbour.db", timeout=10)) as database, database:
        database.execute("UPDATE staff SET seen_at = datetime(seen_at, '-2 minutes')")
        database.execute("UPDATE handoffs SET claimed_at = datetime(claimed_at, '-2 minutes')")


def two_weeks_of_figures(folder: Path) -> None:
    """Ninety requests that have ended, more of them at night."""
    situations = ("threat_live", "threat_live", "threat_email_bluff", "already_paid", "under_18")
    rows = [
        (f"-{24 * (n % 13) + (n * n) % 9} hours", situations[n % 5], n % 4 == 0, 40 + 37 * n % 700 if n % 6 else None)
        for n in range(90)
    ]
    with closing(sqlite3.connect(folder / "harbour.db", timeout=10)) as database, database:
        database.executemany(
            "INSERT INTO figures (hour, channel, situation, crisis, waited, outcome) "
            "VALUES (datetime('now', ?), 'web', ?, ?, ?, 'helped')",
            rows,
        )


def last(person: Person) -> str:
    return str(person.read()["messages"][-1]["text"])


def said(person: Person, part: str) -> bool:
    return any(part in message["text"] for message in person.read()["messages"])


@pytest.mark.timeout(400)
def test_a_night(browser: Browser, server: BotAlone, tmp_path: Path) -> None:
    # Nobody is on duty: said at once, and the request stays.
    sam = Person(server.url)
    sam.say("i want to die")
    assert said(sam, "no member of staff is on duty") or said(sam, "nobody is on duty")
    assert sam.read()["state"] == "waiting"

    mo = Staff(browser, server.url, "Mo", DESK)
    ada = Staff(browser, server.url, "Ada", PHONE)
    mo.on_duty()
    ada.on_duty()
    expect(mo.page.locator("#queue .urgency")).to_contain_text("Very urgent")
    expect(mo.page).to_have_title(re.compile(r"^\(1\)"))

    # Two more; the person in danger goes first although they came last, live, with no reload.
    jo, kim = Person(server.url), Person(server.url)
    jo.say("there is no reason to live")
    kim.say("hes outside my door")
    cards = mo.page.locator("#queue ol .card")
    expect(cards).to_have_count(3)
    expect(cards.first).to_contain_text("Needs someone now")
    assert said(kim, "I've asked for a person")
    mo.shot("queue")
    mo.fair("queue")
    ada.shot("queue-phone")
    ada.fair("queue, phone")

    # Jo takes the request back.
    assert jo.client.post("/api/handoff/withdraw").status_code == 200
    assert jo.client.post("/api/handoff/withdraw").status_code == 409
    expect(cards).to_have_count(2)
    assert jo.read()["state"] == "bot"

    # Mo takes Kim, by keyboard.
    cards.first.get_by_role("button", name=re.compile("^Take")).focus()
    mo.page.keyboard.press("Enter")
    expect(mo.page.locator("#log")).to_contain_text("hes outside my door")
    expect(mo.page.locator(".checklist")).to_contain_text("Someone may be in immediate danger")
    assert kim.read()["state"] == "human"
    mo.say("I'm Mo. Are you safe right now?")
    until(lambda: last(kim).startswith("I'm Mo"), 5, "Kim has it")
    kim.read(kim.read()["messages"][-1]["id"])
    expect(mo.page.locator("#log .by-staff").last).to_contain_text("✓ delivered")
    mo.page.get_by_role("button", name="I have read it").click()
    expect(mo.page.locator(".crisis")).to_have_count(0)

    # A second flag while in conversation, and a link that is no link.
    kim.send("look https://evil.example i want to die")
    expect(mo.page.locator(".crisis")).to_be_visible()
    expect(mo.page.locator("#log")).to_contain_text("https://evil.example")
    assert mo.page.locator("#log a").count() == 0
    mo.shot("conversation")
    mo.fair("conversation")
    mo.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    mo.page.goto("/staff/")
    mo.page.get_by_role("link", name="Open", exact=True).click()
    expect(mo.page.locator(".crisis")).to_be_in_viewport()
    mo.shot("conversation-phone")
    expect(mo.page.locator("#log li").last).to_be_in_viewport()
    mo.fair("conversation, phone")
    mo.page.set_viewport_size(DESK)  # type: ignore[arg-type]

    # Reviewed words and a note.
    mo.page.get_by_text("Put in reviewed words").click()
    mo.page.get_by_label("Search the reviewed words").fill("glad told")
    mo.page.locator("#canned li:visible button").first.click()
    assert mo.page.get_by_label("Your answer").input_value()
    mo.page.get_by_label("Your answer").fill("")
    mo.page.get_by_label("Note, for staff only").fill("flatmate is there")
    mo.page.get_by_role("button", name="Keep the note").click()
    expect(mo.page.locator(".notes")).to_contain_text("flatmate is there")
    assert not said(kim, "flatmate")

    # The process dies; everything is there again, and nothing is doubled.
    before = kim.read()["messages"]
    server.kill()
    server.start()
    assert kim.read()["messages"] == before
    mo.page.reload()
    expect(mo.page.locator("#log")).to_contain_text("hes outside my door")

    # Over to Ada, who answers and gives back to the bot; the flag must be looked at first.
    ada.page.goto("/staff/")
    expect(ada.page.get_by_text("You are on duty")).to_be_visible()
    mo.page.reload()
    mo.page.get_by_role("button", name="Hand over").click()
    expect(mo.page.locator("h1")).to_have_text("Queue")
    ada.page.reload()
    ada.page.get_by_role("link", name="Open", exact=True).click()
    ada.say("I'm Ada, a colleague.")
    ada.page.get_by_role("button", name="Back to the bot").click()
    expect(ada.page.locator("h1")).to_contain_text("crisis flag")
    ada.page.go_back()
    ada.page.get_by_role("button", name="I have read it").click()
    ada.page.get_by_role("button", name="Back to the bot").click()
    expect(ada.page.locator("h1")).to_have_text("Queue")
    assert kim.read()["state"] == "bot"

    # Sam is taken and answered; then Mo's browser goes away. Sam is told, and goes before everyone.
    mo.page.goto("/staff/")
    mo.page.get_by_role("button", name=re.compile("^Take")).first.click()
    mo.say("Hello Sam, I'm Mo.")
    mo.page.close()
    two_minutes_pass(tmp_path)
    until(lambda: sam.read()["state"] == "waiting", 60, "the claim is lost")
    assert said(sam, "lost the connection")

    # Mo comes back, takes Sam again, and closes with an outcome.
    mo.open()
    mo.page.goto("/staff/")
    expect(mo.page.locator("#queue ol .card").first).to_contain_text("Was with someone, who was lost")
    mo.page.get_by_role("button", name=re.compile("^Take")).first.click()
    mo.say("Sam, I'm back.")
    mo.page.get_by_role("button", name="I have read it").click()
    mo.page.get_by_label("How it ended").select_option("referred")
    mo.page.get_by_role("button", name="Close").click()
    expect(mo.page.locator("h1")).to_have_text("Queue")
    assert sam.read()["state"] == "closed"
    sam.say("thank you")
    assert sam.read()["state"] == "bot"

    # What the supervisor sees; the alert that cannot go out is on the board.
    ada.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    two_weeks_of_figures(tmp_path)
    for name in ("board", "figures", "audit", "people", "practice", "account"):
        ada.page.goto(f"/staff/{name}")
        ada.shot(name)
        ada.fair(name)
        if name == "board":
            expect(ada.page.get_by_text("failed at")).to_be_visible()
    ada.page.goto("/staff/practice")
    ada.page.get_by_role("button", name="Begin with Alex, who is in crisis").click()
    ada.say("Hello Alex")
    expect(ada.page.locator("#log")).to_contain_text("i cant do this anymore")
    ada.fair("practice")

    for words in ("i want to die", "hes outside", "flatmate", PASSWORD):
        assert words not in server.log()
    while_it_was_dead = ("Failed to load resource", "Failed to fetch", "ERR_")
    assert not [fault for fault in mo.faults + ada.faults if not any(why in fault for why in while_it_was_dead)]
