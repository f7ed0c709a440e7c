"""The come-back code: asked for, shown once, typed in again, cancelled; with scripts and without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import CODE, FakeServer
from tests.browser.support import DESKTOP, PHONE, WORDS, box, ready, say, storage, talking, texts

pytestmark = pytest.mark.timeout(120)


def open_code_panel(page: Page) -> None:
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="Come-back code").click()


def get_code(page: Page) -> str:
    open_code_panel(page)
    page.get_by_role("button", name="Show me a code").click()
    expect(page.locator("#code-words")).not_to_be_empty()
    return page.locator("#code-words").inner_text()


def come_back(page: Page, code: str) -> None:
    page.get_by_text("Have a come-back code?").click()
    page.get_by_label("Your five words").fill(code)
    page.get_by_role("button", name="Open my conversation").click()


def test_nothing_to_come_back_to_yet(page: Page) -> None:
    open_code_panel(page)
    expect(page.get_by_text("Write something first.")).to_be_visible()
    expect(page.locator("#code")).to_be_hidden()


def test_a_code_says_what_it_means_and_is_shown_once(page: Page, fake: FakeServer) -> None:
    talking(page)
    open_code_panel(page)
    expect(page.get_by_role("heading", name="A code to come back with")).to_be_focused()
    expect(page.get_by_text("Anyone who finds the words can read everything")).to_be_visible()
    assert not fake.talk.code, "only when it is asked for"
    page.get_by_role("button", name="Show me a code").click()
    expect(page.locator("#code-words")).to_have_text(CODE)
    expect(page.locator("#code-shown")).to_be_focused()
    expect(page.get_by_text("They open this conversation until Sunday")).to_be_visible()
    expect(page.get_by_role("button", name="Show me a code")).to_be_hidden()
    page.keyboard.press("Escape")
    assert CODE not in page.content()
    assert CODE not in str(storage(page))
    open_code_panel(page)
    expect(page.get_by_text("There is a code, and it works until Sunday")).to_be_visible()
    assert CODE not in page.content()


def test_a_code_is_cancelled(page: Page, fake: FakeServer) -> None:
    talking(page)
    get_code(page)
    page.get_by_role("button", name="Cancel the code").click()
    expect(page.get_by_text("The code is cancelled.")).to_be_visible()
    expect(page.get_by_role("button", name="Show me a code")).to_be_focused()
    assert CODE not in page.content()
    assert not fake.talk.code


def test_without_a_connection_no_code_is_claimed(page: Page) -> None:
    talking(page)
    page.context.set_offline(True)
    open_code_panel(page)
    page.get_by_role("button", name="Show me a code").click()
    expect(page.get_by_text("nothing was changed")).to_be_visible()
    expect(page.locator("#code-shown")).to_be_hidden()


def test_coming_back_in_another_tab_closes_the_first(page: Page, fake: FakeServer) -> None:
    talking(page)
    code = get_code(page)
    said = texts(page)
    other = page.context.new_page()
    other.goto(fake.url)
    come_back(ready(other), code)
    expect(other.get_by_text("Here is your conversation again.")).to_be_focused()
    expect(other.locator("#come-back")).to_be_hidden()
    expect(other.locator(".log .message__text")).to_have_count(len(said))
    assert texts(other) == said
    say(other, "and now from here")
    expect(other.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached()
    assert len(fake.talks) == 1
    fake.cut_streams += 1
    expect(page.get_by_text("This conversation is not open here any more.")).to_be_visible()
    assert WORDS not in page.content()


def test_wrong_words_are_told_and_can_be_mended(page: Page, fake: FakeServer) -> None:
    come_back(page, "these are not the words")
    expect(page.get_by_text("These words open no conversation.")).to_be_visible()
    typed = page.get_by_label("Your five words")
    expect(typed).to_be_focused()
    expect(typed).to_have_value("these are not the words")
    assert not fake.talks
    page.context.set_offline(True)
    page.get_by_role("button", name="Open my conversation").click()
    expect(page.get_by_text("Your words are still in the box.")).to_be_visible()


def test_with_the_keyboard_alone(new_context: Callable[..., BrowserContext], fake: FakeServer) -> None:
    page = new_context(**DESKTOP).new_page()
    page.goto(fake.url)
    talking(ready(page))
    page.get_by_role("button", name="Options").focus()
    for key in ("Enter", "Tab", "Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("heading", name="A code to come back with")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#code-words")).to_have_text(CODE)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Options")).to_be_focused()
    page.evaluate("sessionStorage.clear()")
    page.reload()
    ready(page)
    summary = page.get_by_text("Have a come-back code?")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS)).to_be_attached()


# -- the real bot


@pytest.mark.timeout(400)
@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "none"])
def test_round_trip_with_the_real_bot(
    new_context: Callable[..., BrowserContext], live_server: str, scripts: bool, shape: dict[str, object]
) -> None:
    page = new_context(java_script_enabled=scripts, **shape).new_page()
    page.goto(live_server)
    box(page).fill("someone is blackmailing me")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message--person ~ .message--bot").first).to_be_attached(timeout=15000)
    if scripts:
        code = get_code(page)
    else:
        page.get_by_role("button", name="Show me a code").click()
        code = page.locator("#code-plain").inner_text()
        expect(page.get_by_text("Anyone who finds the words").first).to_be_visible()
    assert len(code.split()) == 5
    later = new_context(java_script_enabled=scripts, **shape).new_page()
    later.goto(live_server)
    come_back(later, code.upper().replace(" ", ", "))
    expect(later.get_by_text("someone is blackmailing me")).to_be_attached()
    box(later).fill("it is me again")
    later.get_by_role("button", name="Send").click()
    mine = later.locator(".message--person")
    expect(mine).to_have_count(2)
    expect(later.get_by_text("it is me again")).to_be_attached()
    if scripts:
        expect(page.get_by_text("is not open here any more")).to_be_visible()
    else:
        page.get_by_role("button", name="Look for new messages").click()
        assert "someone is blackmailing me" not in page.content()
