"""Someone at a console in a real browser, and what every page of it must stand."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

import pyotp
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from bot.settings import ROOT

PASSWORD = "correct horse battery"
SHOTS = ROOT / "docs" / "screenshots"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


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


class Window:
    """A browser at the console, with nobody signed in yet."""

    def __init__(self, browser: Browser, url: str, viewport: dict[str, int]) -> None:
        self.faults: list[str] = []
        self._browser = browser.new_context(viewport=viewport, base_url=url)  # type: ignore[arg-type]
        self.open()

    def open(self) -> None:
        """Open a page in this browser, which stays signed in."""
        self.page: Page = self._browser.new_page()
        self.page.on("console", lambda m: self.faults.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def press(self, on: Locator, key: str = "Enter") -> None:
        """Use something without a mouse."""
        on.focus()
        self.page.keyboard.press(key)

    def go(self, on: Locator) -> None:
        """Follow a link, or send a form by its button, without a mouse; return when another page is there."""
        with self.page.expect_navigation():
            self.press(on)

    def button(self, name: str | re.Pattern[str]) -> None:
        """Send a form by its button."""
        self.go(self.page.get_by_role("button", name=name).first)

    def enter(self) -> None:
        """Send the form that was written in."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        """Write into a field without a mouse."""
        self.page.get_by_label(label, exact=True).focus()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def heading(self, text: str | re.Pattern[str]) -> None:
        """Wait until this is the page."""
        expect(self.page.locator("h1")).to_contain_text(text)

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


class Staff(Window):
    """Someone who has signed in."""

    def __init__(self, browser: Browser, url: str, name: str, viewport: dict[str, int]) -> None:
        super().__init__(browser, url, viewport)
        self.page.goto("/staff/")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Go on").click()
        self.fair("set-up")
        self.page.get_by_label("Code").fill(code_of(self.page.locator(".key").text_content() or ""))
        self.page.keyboard.press("Enter")
        self.page.get_by_role("link", name=re.compile("open the queue")).click()

    def on_duty(self) -> None:
        self.page.get_by_role("button", name="Go on duty").click()
        expect(self.page.get_by_text("You are on duty")).to_be_visible()

    def say(self, text: str) -> None:
        self.page.wait_for_load_state()  # before that nobody listens to Ctrl and Enter
        self.page.get_by_label("Your answer").fill(text)
        self.page.keyboard.press("Control+Enter")
        expect(self.page.locator("#log")).to_contain_text(text)


def code_of(key: str) -> str:
    """What the authenticator app shows now."""
    return pyotp.TOTP(key).at(datetime.now(UTC))
