"""What the browser tests share: sizes, and what a person does on the page."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

T = TypeVar("T")
CHROMIUM = shutil.which("chromium")
BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NEUTRAL = "https://www.bbc.co.uk/weather"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
WORDS = "he has a video of me"


def ready(page: Page) -> Page:
    """Wait until the scripts have taken over."""
    expect(page.locator("html.js")).to_be_attached()
    return page


def box(page: Page) -> Locator:
    """Where the person writes."""
    return page.get_by_label("Your message")


def wait_until(page: Page, look: Callable[[], T | None], what: str, *, seconds: float = 8) -> T:
    """Look until there is something to see, while the browser's news come in; fail after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        page.wait_for_timeout(20)
    raise AssertionError(f"waited {seconds} s in vain until {what}")


def say(page: Page, text: str) -> None:
    """Write and press Enter."""
    box(page).fill(text)
    box(page).press("Enter")


def texts(page: Page) -> list[str]:
    """All messages on the page, in order."""
    return page.locator(".log .message__text").all_inner_texts()


def storage(page: Page) -> dict[str, str]:
    """What the tab remembers."""
    return dict(page.evaluate("({...sessionStorage})"))


def talking(page: Page) -> Page:
    """A conversation that has been answered."""
    say(page, WORDS)
    expect(page.get_by_text("Three things help most")).to_be_visible()
    expect(page.get_by_text("Sent", exact=True)).to_be_attached()
    return page
