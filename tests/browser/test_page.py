"""The chat page in a real browser: Debian's Chromium, on a phone with touch and on a desktop."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import CODE, FakeServer
from tests.browser.support import DESKTOP, NEUTRAL, PHONE, WORDS, box, ready, say, storage, talking, texts
from tests.harbour import Harbour, until

SIZES = [(390, 844), (320, 568), (844, 390), (320, 256), (768, 1024), (1280, 800)]
pytestmark = pytest.mark.timeout(120)


# -- a conversation


def test_opening_is_read_before_anything_is_kept(page: Page, fake: FakeServer) -> None:
    expect(page.get_by_text("I’m glad you’re here")).to_be_visible()
    expect(page.get_by_text("not an emergency service").first).to_be_visible()
    assert not fake.talks
    assert not storage(page)


def test_conversation_begins_by_itself_when_no_opening_is_served(
    new_context: Callable[..., BrowserContext], fake: FakeServer
) -> None:
    fake.show_opening = False
    page = new_context().new_page()
    page.goto(fake.url)
    expect(page.get_by_text("I’m glad you’re here")).to_be_visible()
    expect(page.locator("#intro")).to_have_count(0)


def test_words_are_answered_in_order_and_every_speaker_is_named(page: Page, fake: FakeServer) -> None:
    talking(page)
    assert [t[:12] for t in texts(page)] == ["Hello. I’m g", "I’m an autom", WORDS[:12], "That sounds ", "Three things"]
    speakers = page.locator(".log .message__speaker").all_text_contents()
    assert speakers == ["Harbour (automated)"] * 2 + ["You"] + ["Harbour (automated)"] * 2
    assert re.fullmatch(r"\d\d:\d\d", page.locator(".log time").last.inner_text())
    assert len(fake.posts) == 1
    expect(box(page)).to_have_value("")
    expect(box(page)).to_be_focused()


def test_shift_and_enter_makes_a_new_line(page: Page, fake: FakeServer) -> None:
    box(page).press_sequentially("one")
    box(page).press("Shift+Enter")
    box(page).press_sequentially("two")
    box(page).press("Enter")
    expect(page.get_by_text("Three things")).to_be_visible()
    assert fake.posts[0]["text"] == "one\ntwo"


def test_empty_words_are_not_sent(page: Page, fake: FakeServer) -> None:
    say(page, "  \n ")
    expect(box(page)).to_be_focused()
    assert not fake.posts


def test_choice_of_the_opening_begins_the_conversation(page: Page, fake: FakeServer) -> None:
    choice = page.get_by_role("button", name="I already paid")
    choice.focus()
    choice.press("Enter")
    expect(page.get_by_text("Three things")).to_be_visible()
    assert fake.posts[0]["choice"] == "2-1"
    mine = page.locator(".message--person")
    expect(mine).to_have_count(1)
    expect(mine).to_be_focused()
    expect(page.locator(".message").nth(1).get_by_role("button")).to_have_count(0)
    expect(page.locator(".message").last.get_by_role("button")).to_have_count(2)


def test_contacts_are_cards_that_can_be_tapped(page: Page) -> None:
    talking(page)
    card = page.locator(".log .contact")
    expect(card.get_by_role("link", name="Call 101")).to_have_attribute("href", "tel:101")
    web = card.get_by_role("link", name="Report online (opens in a new tab)")
    expect(web).to_have_attribute("rel", "noopener noreferrer")
    expect(web).to_have_attribute("target", "_blank")


def test_a_dangerous_link_is_never_drawn(page: Page, fake: FakeServer) -> None:
    talking(page)
    bad = {"kind": "web", "href": "javascript:alert(1)", "label": "Bad"}
    fake.talk.say("bot", "careful", contacts=[{"name": "X", "actions": [bad]}])
    expect(page.get_by_text("careful")).to_be_attached()
    expect(page.get_by_role("link", name="Bad")).to_have_count(0)


def test_staff_typing_and_state_are_told(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.talk.typing = True
    expect(page.locator("#typing")).to_be_visible()
    fake.talk.typing = False
    expect(page.locator("#typing")).to_be_hidden()
    fake.talk.state = "waiting"
    expect(page.get_by_text("You asked for a person")).to_be_visible()
    fake.talk.state = "human"
    fake.talk.say("staff", "I am here with you", name="Alex")
    expect(page.get_by_text("A member of the support staff is in")).to_be_visible()
    expect(page.locator(".message--staff .message__speaker")).to_have_text("Alex, support staff")


def test_words_are_only_words(page: Page, fake: FakeServer) -> None:
    talking(page)
    nasty = "<img src=x onerror=alert(1)> https://evil.example/ שלום"
    fake.talk.say("bot", nasty)
    shown = page.locator(".message__text").last
    expect(shown).to_have_text(nasty)
    expect(shown).to_have_attribute("dir", "auto")
    expect(shown.locator("a, img")).to_have_count(0)


def test_gentle_count_near_the_end_and_nothing_is_cut_off(page: Page, fake: FakeServer) -> None:
    count = page.locator("#count")
    box(page).fill("a" * 4499)
    expect(count).to_be_hidden()
    box(page).fill("😀" * 4999)
    expect(count).to_have_text("1 character left")
    box(page).fill("a" * 5010)
    expect(count).to_contain_text("10 characters too many")
    box(page).press("Enter")
    expect(box(page)).to_have_value("a" * 5010)
    assert not fake.posts


def test_new_messages_mark_when_scrolled_up(page: Page, fake: FakeServer) -> None:
    talking(page)
    for _ in range(12):
        fake.talk.say("bot", "a long answer\n" * 6)
    expect(page.locator(".message")).to_have_count(17)
    page.evaluate("window.scrollTo(0, 0)")
    fake.talk.say("bot", "the newest")
    expect(page.get_by_text("the newest")).to_be_attached()
    expect(page.locator("#jump")).to_be_visible()
    assert page.evaluate("window.scrollY") == 0
    page.locator("#jump").click()
    expect(page.locator(".message:focus")).to_have_count(1)
    assert page.evaluate("window.scrollY") > 0
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    expect(page.locator("#jump")).to_be_hidden()


# -- the tab


def test_reload_keeps_the_conversation_and_the_draft(page: Page) -> None:
    talking(page)
    box(page).fill("half a thou")
    before = texts(page)
    page.reload()
    expect(page.get_by_text("Three things")).to_be_attached()
    assert texts(page) == before
    expect(box(page)).to_have_value("half a thou")


def test_another_tab_knows_nothing(page: Page, fake: FakeServer) -> None:
    talking(page)
    other = page.context.new_page()
    other.goto(fake.url)
    ready(other)
    assert WORDS not in other.inner_text("body")
    assert not page.context.cookies()
    assert page.evaluate("localStorage.length") == 0


# -- when things go wrong


def test_offline_and_back_loses_nothing_and_doubles_nothing(page: Page, fake: FakeServer) -> None:
    talking(page)
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    say(page, "first while away")
    say(page, "second while away")
    expect(page.get_by_text("Not sent yet").first).to_be_visible()
    fake.cut_streams += 1
    fake.talk.say("bot", "said meanwhile")
    page.context.set_offline(False)
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
    expect(page.get_by_text("You are offline.")).to_have_count(0)
    expect(page.locator(".message")).to_have_count(len(fake.talk.messages))
    assert texts(page) == [m["text"] for m in fake.talk.messages]
    assert [m["text"] for m in fake.talk.messages if m["author"] == "person"] == [
        WORDS,
        "first while away",
        "second while away",
    ]


def test_unsent_words_survive_a_reload(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.refuse = [(503, "", {})] * 50
    say(page, "do not lose this")
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    page.reload()
    expect(page.get_by_text("do not lose this")).to_be_visible()
    fake.refuse = []
    expect(page.get_by_text("Not sent yet")).to_have_count(0)
    expect(page.get_by_text("do not lose this")).to_have_count(1)
    assert len({p["client_id"] for p in fake.posts if p["text"] == "do not lose this"}) == 1


def test_a_lost_answer_to_sending_makes_one_message(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.swallow_answers = 1
    say(page, "only once please")
    expect(page.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached()
    say(page, "the next one waits for it")
    expect(page.locator(".message--person")).to_have_count(3)
    expect(page.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached()
    assert [p["text"] for p in fake.posts if "once" in p["text"]] == ["only once please"] * 2
    expect(page.get_by_text("only once please")).to_have_count(1)
    assert sum(m["text"] == "only once please" for m in fake.talk.messages) == 1


def test_a_broken_stream_is_taken_up_again(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.cut_streams += 1
    fake.talk.say("bot", "after the break")
    expect(page.get_by_text("after the break")).to_have_count(1)
    fake.cut_streams += 1
    fake.talk.say("bot", "after the second")
    expect(page.get_by_text("after the second")).to_have_count(1)
    assert texts(page) == [m["text"] for m in fake.talk.messages]


def test_too_many_at_once_waits_as_told(page: Page, fake: FakeServer) -> None:
    fake.refuse = [(429, "Slow", {"Retry-After": "1"})]
    say(page, WORDS)
    expect(page.get_by_text("Not sent yet")).to_be_visible()
    expect(page.get_by_text("Three things")).to_be_visible()


def test_refused_words_can_be_tried_again_or_taken_back(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.refuse = [(422, "It was not understood.", {})] * 2
    say(page, "strange")
    expect(page.get_by_text("Not sent. It was not understood.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Not sent. It was not understood.")).to_be_visible()
    page.get_by_role("button", name="Put it back in the box").click()
    expect(box(page)).to_have_value("strange")
    box(page).press("Enter")
    expect(page.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached()


def test_erased_elsewhere_is_said_and_one_can_begin_again(page: Page, fake: FakeServer) -> None:
    talking(page)
    until(lambda: fake.listening, 5, "the page listens")
    fake.talk.erased = True
    expect(page.get_by_text("This conversation was erased, here or somewhere else.")).to_be_visible()
    assert texts(page) == []
    assert not storage(page)
    talking(page)
    assert len(fake.talks) == 2


def test_words_for_an_erased_conversation_are_put_back(page: Page, fake: FakeServer) -> None:
    talking(page)
    page.route("**/api/stream*", lambda route: route.abort())
    fake.cut_streams += 1
    page.route("**/api/messages?*", lambda route: route.abort())
    fake.talk.erased = True
    say(page, "are you there")
    expect(box(page)).to_have_value("are you there")
    expect(page.get_by_text("is back in the box")).to_be_visible()


# -- erase


def test_end_and_erase_asks_first_then_leaves_nothing(page: Page, fake: FakeServer) -> None:
    talking(page)
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="End and erase").click()
    expect(page.get_by_role("heading", name="End and erase this conversation?")).to_be_focused()
    page.get_by_role("button", name="No, keep it").click()
    expect(page.get_by_text(WORDS)).to_be_attached()
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="End and erase").click()
    page.get_by_role("button", name="Yes, erase it now").click()
    expect(page.get_by_text("Erased. What you wrote")).to_be_visible()
    expect(page.locator("#notice")).to_be_focused()
    assert fake.talk.erased
    assert texts(page) == []
    assert not storage(page)


def test_erase_without_a_connection_is_not_claimed(page: Page, fake: FakeServer) -> None:
    talking(page)
    page.context.set_offline(True)
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="End and erase").click()
    page.get_by_role("button", name="Yes, erase it now").click()
    expect(page.get_by_text("it is not erased yet")).to_be_visible()
    assert not fake.talk.erased
    assert storage(page)["token"]


# -- exit


def exit_by_tap(page: Page) -> None:
    page.get_by_role("button", name="Exit this page").click()


def exit_by_shift(page: Page) -> None:
    box(page).focus()
    for _ in range(3):
        page.keyboard.press("Shift")


def exit_by_skip_link(page: Page) -> None:
    link = page.get_by_role("link", name="Exit this page")
    link.focus()
    link.press("Enter")


@pytest.mark.parametrize("leave", [exit_by_tap, exit_by_shift, exit_by_skip_link])
def test_exit_takes_the_page_away_and_back_shows_nothing(
    page: Page, fake: FakeServer, leave: Callable[[Page], None]
) -> None:
    page.goto(fake.url + "/privacy")
    page.goto(fake.url)
    talking(ready(page))
    box(page).fill("a secret draft")
    leave(page)
    page.wait_for_url(NEUTRAL)
    page.go_back()
    page.wait_for_url(fake.url + "/privacy")
    expect(page.locator("html.is-left")).to_be_attached()
    expect(page.locator("main, .dock")).to_have_count(0)
    assert set(storage(page)) == {"left"}
    page.goto(fake.url)
    ready(page)
    assert WORDS not in page.content()
    expect(box(page)).to_have_value("")
    assert not storage(page)


def test_exit_from_another_page_leaves_no_conversation_behind(page: Page, fake: FakeServer) -> None:
    talking(page)
    page.get_by_role("link", name="Privacy").click()
    page.wait_for_url("**/privacy")
    exit_by_tap(page)
    page.wait_for_url(NEUTRAL)
    page.go_back()
    page.wait_for_url(fake.url + "/")
    expect(page.locator("html.is-left")).to_be_attached()
    assert WORDS not in page.content()
    assert page.locator("body").inner_text().strip() == ""


def test_back_from_another_page_without_exit_keeps_the_conversation(page: Page) -> None:
    talking(page)
    page.get_by_role("link", name="Privacy").click()
    page.wait_for_url("**/privacy")
    page.go_back()
    expect(page.get_by_text(WORDS)).to_be_visible()


def test_capital_letters_do_not_exit(page: Page) -> None:
    box(page).press_sequentially("A")
    for letter in "HELP ME":
        page.keyboard.press(f"Shift+{letter}")
    expect(box(page)).to_have_value("AHELP ME")
    assert page.url != NEUTRAL


def test_exit_blanks_the_page_before_the_network_answers(page: Page) -> None:
    talking(page)
    at_once = page.evaluate(
        """() => {
            document.querySelector(".govuk-exit-this-page__button").click();
            const overlay = document.querySelector(".govuk-exit-this-page-overlay").getBoundingClientRect();
            const covers = overlay.width >= innerWidth && overlay.height >= innerHeight;
            return [covers, document.body.innerText.trim(), document.documentElement.outerHTML, document.title];
        }"""
    )
    covers, words, html, title = at_once
    assert covers
    assert (words, title) == ("", "")
    assert WORDS not in html


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("path", ["/", "/privacy", "/exit-help"])
def test_exit_and_help_are_always_in_reach_and_nothing_is_wider_than_the_screen(
    new_context: Callable[..., BrowserContext], fake: FakeServer, size: tuple[int, int], path: str
) -> None:
    width, height = size
    page = new_context(viewport={"width": width, "height": height}).new_page()
    page.goto(fake.url + path)
    ready(page)
    if path == "/":
        talking(page)
        fake.talk.say("bot", "w" * 300)
        expect(page.get_by_text("www")).to_be_attached()
    for top in (0, 300, 100000):
        page.evaluate(f"window.scrollTo(0, {top})")
        for part in (".govuk-exit-this-page__button", ".help__call", ".help summary"):
            assert _is_on_top(page, part), (part, top)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def _is_on_top(page: Page, selector: str) -> bool:
    return bool(
        page.evaluate(
            """(selector) => {
                const element = document.querySelector(selector), box = element.getBoundingClientRect();
                const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return box.bottom <= innerHeight + 1 && box.top >= 0 && (hit === element || element.contains(hit));
            }""",
            selector,
        )
    )


# -- help, saving, printing


def test_help_opens_and_holds_what_the_server_gave(page: Page) -> None:
    expect(page.locator(".help__call")).to_have_attribute("href", "tel:999")
    page.locator(".help summary").click()
    expect(page.get_by_text("Childline")).to_be_visible()
    expect(page.get_by_role("link", name="Call 116 123")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Childline")).to_be_hidden()


def test_guidance_is_saved_on_the_device_without_the_persons_words(page: Page) -> None:
    talking(page)
    page.get_by_role("button", name="Options").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save the guidance as text").click()
    assert waiting.value.suggested_filename == "notes.txt"
    saved = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "Don’t pay." in saved
    assert "Report online: https://www.police.uk/" in saved
    assert WORDS not in saved
    expect(page.get_by_text("Saved on this device as notes.txt")).to_be_visible()


def test_print_shows_the_guidance_alone(page: Page) -> None:
    talking(page)
    page.emulate_media(media="print")
    expect(page.get_by_text("Three things")).to_be_visible()
    expect(page.get_by_text("Call 101")).to_be_visible()
    for hidden in (".message--person", ".dock", ".top", ".choices"):
        expect(page.locator(hidden).last).to_be_hidden()


# -- without scripts


def test_everything_works_without_scripts(new_context: Callable[..., BrowserContext], fake: FakeServer) -> None:
    page = new_context(java_script_enabled=False, **PHONE).new_page()
    page.goto(fake.url)
    box(page).fill(WORDS)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Three things")).to_be_visible()
    page.get_by_role("button", name="I already paid").click()
    expect(page.locator(".message--person")).to_have_count(2)
    assert fake.talk.messages[-3]["text"] == "I already paid"
    fake.talk.say("staff", "later words", name="Alex")
    page.get_by_role("button", name="Look for new messages").click()
    expect(page.get_by_text("later words")).to_be_visible()
    page.locator(".help summary").click()
    expect(page.get_by_text("Childline")).to_be_visible()
    page.get_by_role("button", name="End and erase now").click()
    expect(page.get_by_text("Erased.")).to_be_visible()
    assert fake.talk.erased
    page.get_by_role("button", name="Exit this page").click()
    page.wait_for_url(NEUTRAL)


def test_scripts_that_come_late_go_on_from_the_plain_page(
    new_context: Callable[..., BrowserContext], fake: FakeServer
) -> None:
    page = new_context().new_page()
    page.route("**/main.js", lambda route: route.abort())
    page.goto(fake.url)
    box(page).fill(WORDS)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Three things")).to_be_visible()
    page.unroute("**/main.js")
    page.get_by_role("button", name="I already paid").click()
    ready(page)
    say(page, "and now live")
    expect(page.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached()
    expect(page.locator(".message")).to_have_count(len(fake.talk.messages))
    assert texts(page) == [m["text"] for m in fake.talk.messages]
    assert page.url == fake.url + "/"
    page.reload()
    expect(page.get_by_text("and now live")).to_be_visible()
    assert len(fake.talks) == 1


# -- for everyone


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
@pytest.mark.parametrize("shape", [PHONE, DESKTOP, {"viewport": {"width": 320, "height": 256}}])
def test_axe_finds_nothing_in_any_state(
    new_context: Callable[..., BrowserContext], fake: FakeServer, look: dict[str, Any], shape: dict[str, Any]
) -> None:
    page = new_context(bypass_csp=True, reduced_motion="reduce", **look, **shape).new_page()

    def check(state: str) -> None:
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert not found.response["violations"], state + "\n" + found.generate_report()

    for path in ("/privacy", "/exit-help", "/"):
        page.goto(fake.url + path)
        ready(page)
        check(path)
    page.locator(".help summary").click()
    check("help open")
    page.locator(".help summary").click()
    talking(page)
    check("talking")
    fake.talk.state = "human"
    fake.talk.typing = True
    fake.talk.say("system", "Alex has joined.")
    fake.talk.say("staff", "I am here", name="Alex")
    expect(page.get_by_text("I am here")).to_be_attached()
    expect(page.locator("#typing")).to_be_attached()
    check("with staff")
    page.get_by_role("button", name="Options").click()
    check("options")
    page.get_by_role("button", name="End and erase").click()
    check("asked before erasing")
    page.keyboard.press("Escape")
    fake.refuse = [(422, "It was not understood.", {})]
    say(page, "a" * 20)
    expect(page.get_by_text("Not sent.")).to_be_visible()
    box(page).fill("a" * 5001)
    check("refused and too long")
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline.")).to_be_visible()
    check("offline")
    page.context.set_offline(False)
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="Come-back code").click()
    check("asked about a code")
    page.get_by_role("button", name="Show me a code").click()
    expect(page.locator("#code-words")).to_have_text(CODE)
    check("a code")
    page.keyboard.press("Escape")
    fake.talk.erased = True
    expect(page.get_by_text("This conversation was erased").or_(page.get_by_text("not open here"))).to_be_visible()
    check("erased")
    page.get_by_text("Have a come-back code?").click()
    page.get_by_label("Your five words").fill("not the words")
    page.get_by_role("button", name="Open my conversation").click()
    expect(page.get_by_text("These words open no conversation.")).to_be_visible()
    check("a wrong code")


def test_targets_are_big_enough_for_a_thumb(new_context: Callable[..., BrowserContext], fake: FakeServer) -> None:
    page = new_context(**PHONE).new_page()
    page.goto(fake.url)
    talking(ready(page))
    page.get_by_role("button", name="Options").click()
    for target in page.locator("button:visible, summary:visible, a.action:visible, .help__call, .foot a").all():
        size = target.bounding_box()
        assert size
        assert min(size["height"], size["width"]) >= 44, (target.inner_text(), size)


def test_conversation_reads_well_to_a_screen_reader(page: Page, fake: FakeServer) -> None:
    talking(page)
    fake.talk.say("staff", "I am here with you.", name="Alex")
    expect(page.get_by_text("I am here with you.")).to_be_attached()
    tree = re.sub(r"\d\d:\d\d", "TIME", page.get_by_role("log").aria_snapshot())
    assert tree == CONVERSATION_TREE, tree
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")


CONVERSATION_TREE = """
- log "Conversation":
  - list:
    - listitem:
      - paragraph: Harbour (automated)
      - text: Hello. I’m glad you’re here. Whatever happened, this is not your fault, and there are things you can do.
    - listitem:
      - paragraph: Harbour (automated)
      - text: I’m an automated helper, not a person, and not an emergency service. Staff may read this if you ask for a person or may be in danger.
    - listitem:
      - paragraph:
        - text: You
        - time: TIME
      - text: he has a video of me
      - paragraph: Sent
    - listitem:
      - paragraph:
        - text: Harbour (automated)
        - time: TIME
      - text: That sounds frightening. What they are doing is a crime, and you are not the one to blame.
    - listitem:
      - paragraph:
        - text: Harbour (automated)
        - time: TIME
      - text: "Three things help most right now: 1. Don’t pay. 2. Don’t reply. 3. Keep what they sent: take screenshots."
      - list:
        - listitem:
          - paragraph: Police
          - paragraph: When it is not an emergency
          - link "Call 101":
            - /url: tel:101
          - link "Report online (opens in a new tab)":
            - /url: https://www.police.uk/
      - group "Choose an answer, or write your own":
        - button "I already paid"
        - button "I want to talk to a person"
    - listitem:
      - paragraph:
        - text: Alex, support staff
        - time: TIME
      - text: I am here with you.
""".strip()  # noqa: E501


def test_keyboard_alone_does_everything(new_context: Callable[..., BrowserContext], fake: FakeServer) -> None:
    page = new_context(**DESKTOP).new_page()
    page.goto(fake.url)
    ready(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box(page)).to_be_focused()
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Three things")).to_be_visible()
    _tab_to(page, page.get_by_role("button", name="I want to talk to a person"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".message--person").last).to_be_focused()
    _tab_to(page, page.get_by_role("button", name="Options"), "Tab")
    page.keyboard.press("Enter")
    _tab_to(page, page.get_by_role("button", name="End and erase"), "Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Options")).to_be_focused()


def _tab_to(page: Page, target: Locator, key: str) -> None:
    for _ in range(30):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{target} cannot be reached with {key}")


# -- what it costs


def test_first_view_is_small_and_comes_from_here_alone(
    new_context: Callable[..., BrowserContext], fake: FakeServer
) -> None:
    page = new_context(**PHONE).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    page.goto(fake.url)
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(fake.url) for url in seen), seen
    headers = {"Accept-Encoding": "gzip"}
    total = sum(_wire_size(url, headers) for url in dict.fromkeys(seen))
    assert total < 60 * 1024, f"{total} bytes"


def _wire_size(url: str, headers: dict[str, str]) -> int:
    with httpx.stream("GET", url, headers=headers) as answer:
        return sum(len(chunk) for chunk in answer.iter_raw())


# -- the real thing


@pytest.mark.timeout(400)  # the brain starts within it
def test_conversation_with_the_real_bot_and_brain(new_context: Callable[..., BrowserContext], live_server: str) -> None:
    page = new_context(**PHONE).new_page()
    page.goto(live_server)
    ready(page)
    say(page, "someone is threatening to send my nudes to my family if i dont pay")
    mine = page.locator(".message--person")
    expect(mine.get_by_text("Sent", exact=True)).to_be_attached()
    expect(mine.locator("~ .message--bot").first).to_be_attached(timeout=15000)
    before = texts(page)
    page.reload()
    expect(page.locator(".message__text")).to_have_count(len(before))
    page.get_by_role("button", name="Options").click()
    page.get_by_role("button", name="End and erase").click()
    page.get_by_role("button", name="Yes, erase it now").click()
    expect(page.get_by_text("Erased. What you wrote")).to_be_visible()
    assert texts(page) == []


def test_a_crash_of_the_server_while_typing_loses_nothing(
    new_context: Callable[..., BrowserContext], fragile: Harbour
) -> None:
    page = new_context(**PHONE).new_page()
    page.goto(fragile.url)
    ready(page)
    say(page, "hello before the crash")
    expect(page.locator(".message--person ~ .message--bot").first).to_be_attached(timeout=15000)
    box(page).press_sequentially("half a th")
    fragile.kill("bot")  # what follows is typed while nobody listens, or hardly yet
    box(page).press_sequentially("ought")
    box(page).press("Enter")
    expect(page.locator(".message--person").last.get_by_text("Sent", exact=True)).to_be_attached(timeout=60000)
    box(page).fill("and still here")
    page.reload()
    expect(box(page)).to_have_value("and still here")
    mine = page.locator(".message--person .message__text")
    expect(mine).to_have_text(["hello before the crash", "half a thought"])
