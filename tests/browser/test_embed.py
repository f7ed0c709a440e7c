"""The chat on a page of another site, with a strict policy there: docs/embedding.md."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, Page, expect

from tests.browser.conftest import WIDGET, FakeServer, Site
from tests.browser.support import DESKTOP, NEUTRAL, PHONE, WORDS, wait_until

pytestmark = pytest.mark.timeout(120)

# What is in the closed shadow root can be looked at only by a test that opens it.
OPEN_THE_SHADOW = """
    const attach = Element.prototype.attachShadow;
    Element.prototype.attachShadow = function (how) { return attach.call(this, { ...how, mode: "open" }); };
"""
NO_STORAGE_IN_FRAMES = """
    if (window !== window.top) for (const name of ["sessionStorage", "localStorage"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });
    }
"""
SHAPES = pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def visitor(request: pytest.FixtureRequest, new_context: Callable[..., BrowserContext], site: Site) -> Page:
    """Someone who came from one page of the charity's site to another."""
    page = new_context(**request.param).new_page()
    page.goto(site.url + "/first")
    page.goto(site.url + "/second")
    expect(page.locator("harbour-chat")).to_be_visible()
    return page


def tap_launcher(page: Page) -> None:
    """Tap or click where the launcher is: no selector reaches into it."""
    box = page.locator("harbour-chat").bounding_box()
    assert box
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    if page.evaluate("navigator.maxTouchPoints"):
        page.touchscreen.tap(*middle)
    else:
        page.mouse.click(*middle)


def chat_in(page: Page, fake: FakeServer) -> Frame:
    """The chat's frame, ready."""

    def look() -> Frame | None:
        return next((frame for frame in page.frames if frame.url.startswith(fake.url)), None)

    frame = wait_until(page, look, "the frame is there")
    expect(frame.locator("html.js.is-framed")).to_be_attached()
    return frame


def open_chat(page: Page, fake: FakeServer) -> Frame:
    tap_launcher(page)
    return chat_in(page, fake)


def talk(frame: Frame) -> None:
    frame.get_by_label("Your message").fill(WORDS)
    frame.get_by_role("button", name="Send").click()
    expect(frame.get_by_text("Three things help most")).to_be_visible()


# -- a conversation on another site


def test_a_conversation_under_a_strict_policy(visitor: Page, fake: FakeServer) -> None:
    asked: list[str] = []
    visitor.on("request", lambda request: asked.append(request.url))
    assert len(visitor.frames) == 1, "nothing of the chat is loaded before it is asked for"
    frame = open_chat(visitor, fake)
    talk(frame)
    assert all(url.startswith(fake.url) for url in asked), asked
    assert not visitor.context.cookies()
    assert visitor.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(frame.locator(".top")).to_be_hidden()
    expect(frame.get_by_role("button", name="Exit this page")).to_be_in_viewport()
    expect(frame.get_by_role("link", name="Call 999")).to_be_in_viewport()


def test_the_host_can_neither_reach_nor_read_nor_style_it(visitor: Page, fake: FakeServer) -> None:
    talk(open_chat(visitor, fake))
    assert visitor.evaluate("document.querySelector('harbour-chat').shadowRoot") is None
    assert visitor.evaluate("document.querySelectorAll('iframe, dialog, button').length") == 0
    assert WORDS not in visitor.content()
    assert visitor.evaluate("frames.length") == 0, "not even its window can be reached"


def test_the_hosts_own_style_does_not_hide_the_launcher(
    new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer
) -> None:
    hostile = "<style>* { display: none !important; opacity: 0 !important; font-size: 1px !important } html, body { display: block !important; opacity: 1 !important }</style>"  # noqa: E501
    site.embeds(fake.url, also=hostile)
    site.policy += "; style-src 'unsafe-inline'"
    page = new_context(**DESKTOP).new_page()
    page.goto(site.url)
    size = page.locator("harbour-chat").bounding_box()
    assert size
    assert min(size["width"], size["height"]) >= 44
    assert page.locator("harbour-chat").evaluate("e => getComputedStyle(e).opacity") == "1"
    open_chat(page, fake)


def test_closing_and_opening_again_goes_on_where_it_was(visitor: Page, fake: FakeServer) -> None:
    frame = open_chat(visitor, fake)
    talk(frame)
    frame.get_by_label("Your message").fill("half a thou")
    frame.get_by_label("Your message").press("Escape")
    expect(frame.get_by_label("Your message")).to_be_hidden()
    assert open_chat(visitor, fake) is frame
    expect(frame.get_by_label("Your message")).to_have_value("half a thou")
    assert len(fake.talks) == 1


def test_another_page_of_the_site_goes_on_with_the_conversation(
    new_context: Callable[..., BrowserContext], fake: FakeServer, site: Site
) -> None:
    """With the chat on a host of the same site, as docs/embedding.md advises: there no browser refuses storage."""
    same_site = site.url.replace("localhost", "127.0.0.1")
    fake.embedding_sites = [same_site]
    page = new_context(**DESKTOP).new_page()
    page.goto(same_site + "/first")
    frame = open_chat(page, fake)
    expect(frame.get_by_text("If you leave this page")).to_have_count(0)
    talk(frame)
    page.goto(same_site + "/second")
    frame = open_chat(page, fake)
    expect(frame.get_by_text(WORDS)).to_be_attached()
    assert len(fake.talks) == 1
    frame.get_by_role("button", name="Exit this page").click()
    page.wait_for_url(NEUTRAL)
    page.go_back()
    page.wait_for_url(same_site + "/first")
    kept = [f.content() for f in page.frames if f.url.startswith(fake.url)]
    assert not any(WORDS in content for content in kept), "what the browser kept for Back is blank too"
    page.goto(same_site + "/third")
    assert WORDS not in open_chat(page, fake).content()


@SHAPES
def test_where_the_browser_refuses_storage_the_conversation_works(
    new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer, shape: dict[str, Any]
) -> None:
    context = new_context(**shape)
    context.add_init_script(NO_STORAGE_IN_FRAMES)
    page = context.new_page()
    page.goto(site.url)
    frame = open_chat(page, fake)
    expect(frame.get_by_text("If you leave this page, the conversation closes here.")).to_be_visible()
    talk(frame)
    frame.get_by_role("button", name="I already paid").click()
    expect(frame.locator(".message--person")).to_have_count(2)
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Privacy").click()
    opened.value.wait_for_url("**/privacy")
    expect(frame.get_by_text(WORDS)).to_be_attached()
    assert len(fake.talks) == 1
    frame.get_by_role("button", name="Exit this page").click()
    page.wait_for_url(NEUTRAL)


# -- exit


def exit_by_tap(_page: Page, frame: Frame) -> None:
    frame.get_by_role("button", name="Exit this page").click()


def exit_by_shift_inside(page: Page, frame: Frame) -> None:
    frame.get_by_label("Your message").focus()
    for _ in range(3):
        page.keyboard.press("Shift")


@pytest.mark.parametrize("leave", [exit_by_tap, exit_by_shift_inside])
def test_exit_takes_the_whole_page_away(
    visitor: Page, fake: FakeServer, site: Site, leave: Callable[[Page, Frame], None]
) -> None:
    frame = open_chat(visitor, fake)
    talk(frame)
    leave(visitor, frame)
    visitor.wait_for_url(NEUTRAL)
    visitor.go_back()
    visitor.wait_for_url(site.url + "/first")
    again = open_chat(visitor, fake)
    expect(again.get_by_text("I’m glad you’re here")).to_be_visible()
    assert WORDS not in again.content()


def test_shift_three_times_on_the_page_around_it(
    new_context: Callable[..., BrowserContext], fake: FakeServer, site: Site
) -> None:
    page = new_context(**DESKTOP).new_page()
    page.goto(site.url + "/first")
    page.goto(site.url + "/second")
    for _ in range(3):
        page.keyboard.press("Shift")
    frame = open_chat(page, fake)
    talk(frame)
    page.mouse.click(200, 100)
    assert page.evaluate("document.hasFocus() && document.activeElement === document.body")
    for letter in "ABC":
        page.keyboard.press(f"Shift+{letter}")
    assert page.url == site.url + "/second", "neither before it is open, nor by capital letters"
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url(NEUTRAL)
    page.go_back()
    page.wait_for_url(site.url + "/first")
    assert WORDS not in open_chat(page, fake).content()


def test_the_page_is_blank_before_another_comes(visitor: Page, fake: FakeServer) -> None:
    """Noted in the site's own storage: a call into the test is dropped when the page that made it is gone."""
    address = visitor.url
    visitor.evaluate(
        """() => new MutationObserver(() => localStorage.setItem(
            "saw", `${getComputedStyle(document.documentElement).display} '${document.title}'`
        )).observe(document.documentElement, { attributes: true })"""
    )
    frame = open_chat(visitor, fake)
    talk(frame)
    frame.get_by_role("button", name="Exit this page").click()
    visitor.wait_for_url(NEUTRAL)
    visitor.goto(address)
    assert visitor.evaluate("localStorage.getItem('saw')") == "none ''"


@pytest.mark.parametrize("sandbox", ["", "sandbox='allow-scripts allow-same-origin allow-forms'"])
def test_exit_without_the_script_around_it(
    new_context: Callable[..., BrowserContext], browser: Browser, fake: FakeServer, site: Site, sandbox: str
) -> None:
    """A frame that somebody made by hand. A sandboxed one cannot take the page away, but goes itself."""
    site.embeds(fake.url)
    site.line = f"<iframe src='{fake.url}/' width=380 height=600 {sandbox}></iframe>"
    page = browser.new_context(**DESKTOP) if sandbox else new_context(**DESKTOP)
    page.route(re.compile("^https://"), lambda route: route.fulfill(body="Sunny", content_type="text/html"))
    tab = page.new_page()
    tab.goto(site.url)
    frame = chat_in(tab, fake)
    talk(frame)
    frame.get_by_role("button", name="Exit this page").click()
    if sandbox:
        wait_until(tab, lambda: not frame.url.startswith(fake.url), "the frame at least is gone")
        page.close()
    else:
        tab.wait_for_url(NEUTRAL)


def test_only_the_chat_can_send_the_page_away_and_only_the_host_can_end_the_chat(
    visitor: Page, fake: FakeServer
) -> None:
    frame = open_chat(visitor, fake)
    talk(frame)
    visitor.evaluate("window.postMessage({ harbour: 'leave' }, '*')")
    frame.evaluate("window.postMessage({ harbour: 'leave' }, '*')")
    visitor.evaluate("new Promise((done) => setTimeout(done))")
    frame.evaluate("new Promise((done) => setTimeout(done))")
    expect(frame.get_by_text(WORDS)).to_be_visible()
    assert visitor.url.endswith("/second")


def test_on_a_site_that_may_not_there_is_a_way_to_the_page_of_its_own(
    browser: Browser, site: Site, fake: FakeServer
) -> None:
    fake.embedding_sites = []
    context = browser.new_context(**PHONE)
    context.add_init_script(OPEN_THE_SHADOW)
    page = context.new_page()
    page.clock.install()
    page.goto(site.url)
    page.get_by_role("button", name="Chat with Harbour").click()
    link = page.get_by_role("link", name="Open it on a page of its own")
    expect(link).to_be_hidden()
    page.clock.fast_forward(9000)
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", fake.url + "/")
    assert not [frame for frame in page.frames if frame.locator("#compose").count()]
    context.close()


# -- options


def opened(new_context: Callable[..., BrowserContext], site: Site, **shape: Any) -> Page:
    context = new_context(bypass_csp=True, **shape)
    context.add_init_script(OPEN_THE_SHADOW)
    page = context.new_page()
    page.goto(site.url)
    return page


@pytest.mark.parametrize("colour", ["#17424d", "#ffffff", "#000000", "#777777", "#ff0000", "#00ff00", "#767676"])
def test_any_colour_keeps_the_contrast(
    new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer, colour: str
) -> None:
    site.embeds(fake.url, f"data-colour={colour}")
    page = opened(new_context, site, **DESKTOP)
    style = page.locator(".launcher").evaluate("e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]")
    back, text = ([int(n) for n in re.findall(r"\d+", each)] for each in style)
    assert back == [int(colour[n : n + 2], 16) for n in (1, 3, 5)]
    lighter, darker = sorted((luminance(back), luminance(text)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def luminance(colour: list[int]) -> float:
    """Of WCAG 2."""
    parts = [n / 255 for n in colour]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_position_opening_words_and_language(
    new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer
) -> None:
    site.embeds(fake.url, 'data-position=left data-language=en data-opening="Need to talk? <b>Now</b>"')
    page = opened(new_context, site, **DESKTOP)
    launcher = page.get_by_role("button", name="Need to talk? <b>Now</b>")
    box = launcher.bounding_box()
    assert box
    assert box["x"] < 40
    launcher.click()
    dialog = page.get_by_role("dialog", name="Harbour chat").bounding_box()
    assert dialog
    assert dialog["x"] < 40


@pytest.mark.parametrize(
    "attribute",
    ["colour=red", "colour=#12345", "colour='red;} * {display:none'", "position=top", "language=xx", "opening=''"],
)
def test_what_is_not_understood_is_named_and_the_default_used(
    browser: Browser, site: Site, fake: FakeServer, attribute: str
) -> None:
    site.embeds(fake.url, f"data-{attribute}")
    context = browser.new_context(**DESKTOP)
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))
    page = context.new_page()
    page.goto(site.url)
    expect(page.locator("harbour-chat")).to_be_visible()
    page.wait_for_function("true")
    assert any(attribute.partition("=")[0] in line and "not understood" in line for line in said), said
    box = page.locator("harbour-chat").bounding_box()
    assert box
    assert box["x"] > 640
    context.close()


def test_the_line_twice_is_one_launcher(
    new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer
) -> None:
    site.embeds(fake.url)
    site.line *= 2
    page = new_context(**DESKTOP).new_page()
    page.goto(site.url)
    page.wait_for_load_state("networkidle")
    expect(page.locator("harbour-chat")).to_have_count(1)


# -- for everyone


@pytest.mark.parametrize("look", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
@SHAPES
def test_axe_finds_nothing(
    new_context: Callable[..., BrowserContext],
    site: Site,
    fake: FakeServer,
    look: dict[str, Any],
    shape: dict[str, Any],
) -> None:
    page = opened(new_context, site, reduced_motion="reduce", **look, **shape)

    def check(state: str) -> None:
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert not found.response["violations"], state + "\n" + found.generate_report()

    check("closed")
    page.get_by_role("button", name="Chat with Harbour").click()
    talk(chat_in(page, fake))
    check("open")


def test_keyboard_alone(new_context: Callable[..., BrowserContext], site: Site, fake: FakeServer) -> None:
    page = new_context(**DESKTOP).new_page()
    page.goto(site.url)
    expect(page.locator("harbour-chat")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "harbour-chat"
    page.keyboard.press("Enter")
    frame = chat_in(page, fake)
    wait_until(page, lambda: frame.evaluate("document.hasFocus()"), "the keyboard is in the chat")
    page.keyboard.press("Tab")
    expect(frame.get_by_role("link", name="Skip to the message box")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    expect(frame.get_by_text("Three things")).to_be_visible()
    page.keyboard.press("Escape")
    expect(frame.get_by_label("Your message")).to_be_hidden()
    assert page.evaluate("document.activeElement.localName") == "harbour-chat"
    page.keyboard.press("Enter")
    expect(frame.get_by_label("Your message")).to_be_visible()


def test_widget_and_page_name_the_same_neutral_page() -> None:
    assert f'"{NEUTRAL}"' in (WIDGET / "src" / "widget.js").read_text("utf-8")
    for template in ("layout.html", "_exit.html"):
        assert f'href="{NEUTRAL}"' in (WIDGET / "templates" / template).read_text("utf-8")
