"""Every action of the console without a mouse, every page of it read by axe: doors, errors and all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.bot_alone import BotAlone
from tests.console_browser.support import DESK, PASSWORD, PHONE, Window, code_of
from tests.harbour import Person, until

NEW_PASSWORD = "three wet brown dogs"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[BotAlone]:
    made = BotAlone(tmp_path, STAFF_ALERT_URLS="json://127.0.0.1:9").start()
    yield made
    made.kill()


def sign_in(who: Window, name: str, password: str, code: str) -> None:
    who.page.goto("/staff/sign-in")
    who.write("Name", name)
    who.write("Password", password)
    who.enter()
    who.heading("One-time code")
    who.fair("code")
    who.write("Code", code)
    who.enter()
    who.heading("Queue")


def set_up(who: Window, name: str) -> list[str]:
    """Sign in for the first time, with every mistake on the way; return the recovery codes."""
    who.page.goto("/staff/")
    who.heading("Sign in")
    who.fair("sign in")
    who.write("Name", name)
    who.write("Password", "not the password")
    who.enter()
    expect(who.page.get_by_text("The name or the password is not right.")).to_be_visible()
    who.fair("sign in, refused")
    who.write("Name", name)
    who.write("Password", PASSWORD)
    who.enter()
    who.heading("Set up one-time codes")
    who.press(who.page.locator("summary"))
    key = who.page.locator(".key").text_content() or ""
    who.fair("set-up")
    who.write("Code", "000000")
    who.enter()
    expect(who.page.get_by_text("That code is not right")).to_be_visible()
    who.fair("set-up, refused")
    who.write("Code", code_of(key))
    who.enter()
    who.heading("Keep these recovery codes")
    who.fair("recovery codes")
    codes = who.page.locator(".codes code").all_text_contents()
    who.go(who.page.get_by_role("link", name=re.compile("open the queue")))
    who.heading("Queue")
    return codes


def choose(who: Window, label: str, key: str = "ArrowDown") -> None:
    who.press(who.page.get_by_label(label, exact=True), key)


def take(who: Window) -> None:
    who.page.goto("/staff/")
    who.button(re.compile("^Take"))
    expect(who.page.locator("#log")).to_be_visible()


@pytest.mark.timeout(400)
def test_every_action_without_a_mouse(browser: Browser, server: BotAlone) -> None:
    # The one-time link of the first start, once.
    link = re.search(r"(/staff/first/\S+)", server.log())
    assert link
    ada = Window(browser, server.url, PHONE)
    ada.page.goto(link[1])
    ada.heading("Make the first supervisor")
    ada.fair("first supervisor")
    ada.write("Your name", "Ada")
    ada.write("Password", PASSWORD)
    ada.enter()
    ada.heading("Sign in")
    ada.page.goto(link[1])
    ada.heading("There is nothing here")
    ada.fair("nothing here, signed out")
    recovery = set_up(ada, "Ada")
    ada.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    ada.fair("queue, empty")

    # Staff: add, shut out, let in, reset.
    ada.page.goto("/staff/people")
    for name in ("Mo", "mo"):
        ada.write("Name", name)
        choose(ada, "Role", "Home")
        ada.write("First password", PASSWORD)
        ada.enter()
    expect(ada.page.locator(".govuk-error-summary, [role=alert]").first).to_be_visible()
    ada.fair("staff, refused")
    ada.page.goto("/staff/people")
    for name in ("Shut out Mo", "Let in again Mo", "Reset codes and unlock Mo"):
        ada.button(name)
        ada.heading("Staff")
    ada.fair("staff")

    # Mo is a supporter: what is not theirs is shut.
    mo = Window(browser, server.url, DESK)
    set_up(mo, "Mo")
    mo.page.goto("/staff/board")
    mo.heading("This is not open to you")
    mo.fair("not open")
    mo.page.goto("/staff/c/nobody")
    mo.heading("There is nothing here")
    mo.fair("nothing here")

    # Duty, sound and notices.
    for who in (ada, mo):
        who.page.goto("/staff/")
        choose(who, "Conversations at once", "End")
        who.button("Go on duty")
        expect(who.page.get_by_text("You are on duty")).to_be_visible()
    mo.press(mo.page.locator(".notices summary"))
    mo.press(mo.page.get_by_role("button", name="Sound: off"), "Space")
    expect(mo.page.get_by_role("button", name="Sound: on")).to_have_attribute("aria-pressed", "true")
    mo.press(mo.page.get_by_role("button", name=re.compile("Desktop notices")), "Space")

    # Look first, take, and what another sees who comes too late.
    jo = Person(server.url)
    jo.say("hes outside my door")
    ada.page.goto("/staff/")
    ada.go(ada.page.get_by_role("link", name=re.compile("^Look first")))
    ada.fair("conversation, supervisor looks")
    mo.go(mo.page.get_by_role("link", name=re.compile("^Look first")))
    mo.heading("Someone is waiting")
    mo.fair("someone is waiting")
    mo.button("Take this conversation")
    expect(mo.page.locator("#log")).to_contain_text("hes outside my door")
    here = mo.page.url

    # An answer with a contact, reviewed words, a note, the checklist, the flag.
    mo.press(mo.page.locator("summary", has_text="Add contacts"))
    mo.press(mo.page.locator("#contact-childline, [name=contact]").first, "Space")
    mo.press(mo.page.locator("summary", has_text="Put in reviewed words"))
    mo.write("Search the reviewed words", "glad told")
    mo.press(mo.page.locator("#canned li:visible button").first)
    mo.write("Your answer", "I am Mo. Are you safe?")
    mo.page.keyboard.press("Control+Enter")
    expect(mo.page.locator("#log .by-staff")).to_contain_text("I am Mo")
    expect(mo.page.locator("#log .sentcard").last).to_contain_text("Contact:")
    mo.write("Note, for staff only", "brother is there")
    mo.button("Keep the note")
    expect(mo.page.locator(".notes")).to_contain_text("brother is there")
    mo.press(mo.page.locator(".checklist input[type=checkbox]").first, "Space")
    mo.button("Keep as a note")
    expect(mo.page.locator(".notes")).to_contain_text("✓")
    mo.button("Back to the bot")
    mo.heading("crisis flag")
    mo.fair("flag not looked at")
    mo.page.goto(here)
    mo.button("I have read it")
    expect(mo.page.locator(".crisis")).to_have_count(0)

    # Back to the queue, taken again, handed over, back to the bot, taken again, closed.
    mo.button("Back to the queue")
    mo.heading("Queue")
    assert jo.read()["state"] == "waiting"
    take(mo)
    choose(mo, "Hand over to", "Home")
    mo.button("Hand over")
    mo.heading("Queue")
    mo.page.goto(here)
    mo.heading("There is nothing here")
    ada.page.goto(here)
    ada.button("Back to the bot")
    ada.heading("Queue")
    until(lambda: jo.read()["state"] == "bot", 10, "Jo is with the bot")
    jo.say("hes outside my door")
    take(mo)
    mo.button("I have read it")
    expect(mo.page.locator(".crisis")).to_have_count(0)
    choose(mo, "How it ended")
    mo.button("Close")
    mo.heading("Queue")
    assert jo.read()["state"] == "closed"

    # What supervisors do.
    ada.page.goto("/staff/board")
    ada.button("Send a test alert")
    ada.heading("Board")
    ada.page.goto("/staff/figures")
    with ada.page.expect_download() as csv:
        ada.press(ada.page.get_by_role("link", name="As a CSV file"))
    assert csv.value.suggested_filename.endswith(".csv")
    ada.go(ada.page.get_by_role("link", name="A year"))
    ada.heading("Figures")
    ada.page.goto("/staff/audit")
    ada.write("Search: a name, an action, a conversation", "close")
    ada.enter()
    expect(ada.page.locator("tbody tr").first).to_contain_text("Mo")
    ada.press(ada.page.locator("th button").first)
    ada.page.goto("/staff/practice")
    ada.button(re.compile("^Begin with"))
    expect(ada.page.locator("#log")).to_be_visible()
    choose(ada, "How it ended")
    ada.button("Close")

    # The account: a new password, a recovery code, out everywhere.
    ada.page.goto("/staff/account")
    ada.write("Old password", PASSWORD)
    ada.write("New password", NEW_PASSWORD)
    ada.enter()
    ada.heading("Sign in")
    sign_in(ada, "Ada", NEW_PASSWORD, recovery[0])
    ada.page.goto("/staff/account")
    ada.button("Sign out everywhere")
    ada.heading("Sign in")
    mo.button("Sign out")
    mo.heading("Sign in")

    refused = ("Failed to load resource", "ERR_")  # the browser's own word for each refusal above
    assert not [fault for fault in ada.faults + mo.faults if not any(why in fault for why in refused)]
