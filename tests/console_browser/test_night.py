"""A night in real browsers: two staff and three people, and the screenshots of docs/console.md."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from bot.settings import ROOT
from tests.bot_alone import BotAlone
from tests.console_browser.support import DESK, PASSWORD, PHONE, Staff
from tests.harbour import Person, until


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


def two_minutes_pass(folder: Path) -> None:
    """For the staff and their claims: they were last seen, and took what they hold, two minutes ago or earlier."""
    with closing(sqlite3.connect(folder / "harbour.db", timeout=10)) as database, database:
        database.execute("UPDATE staff SET seen_at = min(seen_at, datetime('now', '-2 minutes'))")
        database.execute("UPDATE handoffs SET claimed_at = min(claimed_at, datetime('now', '-2 minutes'))")


def looks(folder: Path, name: str) -> bool:
    """Whether someone is noted as looking at a conversation."""
    with closing(sqlite3.connect(folder / "harbour.db", timeout=10)) as database:
        (at,) = database.execute("SELECT looking_at FROM staff WHERE name = ?", (name,)).fetchone()
    return at is not None


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
    until(lambda: last(kim).startswith("I'm Mo"), 20, "Kim has it")
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
    until(lambda: looks(tmp_path, "Mo"), 20, "it is noted that Mo looks at the conversation")
    mo.page.close()

    def the_claim_is_lost() -> bool:
        two_minutes_pass(tmp_path)  # again each time: a note that Mo was there may still have been on its way
        return bool(sam.read()["state"] == "waiting")

    until(the_claim_is_lost, 60, "the claim is lost", pause=0.5)
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
