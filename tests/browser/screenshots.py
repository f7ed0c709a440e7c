"""Takes the pictures in docs/screenshots/ of the real bot and brain: python -m tests.browser.screenshots

They are looked at by a person before they are committed.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Frame, Page, sync_playwright
from starlette.applications import Starlette
from starlette.routing import Route

from bot.settings import ROOT
from tests.browser.conftest import Site, listening
from tests.browser.support import BROWSER_ARGUMENTS, CHROMIUM, DESKTOP, PHONE
from tests.harbour import Harbour

TO = ROOT / "docs" / "screenshots"
WORDS = "someone is threatening to send my pictures to my family if i dont pay"


def main() -> None:
    with ExitStack() as stack:
        site = Site()
        _, port = stack.enter_context(listening(Starlette(routes=[Route("/{page:path}", site.page)])))
        site.url = f"http://localhost:{port}"
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        harbour = Harbour(folder, ORGANISATION_NAME="Example Charity", EMBED_ORIGINS=site.url)
        stack.callback(harbour.stop)
        harbour.start().wait_for_brain()
        site.embeds(harbour.url)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=BROWSER_ARGUMENTS)
        take_all(browser, harbour.url, site)
        browser.close()


def take_all(browser: Browser, chat: str, site: Site) -> None:
    """Every picture."""
    for name, shape in {
        "phone": PHONE,
        "desktop": DESKTOP,
        "dark": {**PHONE, "color_scheme": "dark"},
        "zoom-400": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
    }.items():
        page = opened(browser, chat, shape)
        talk(page)
        take(page, name)
    for name, shape in {"phone": PHONE, "desktop": DESKTOP}.items():
        page = opened(browser, chat, shape)
        take(page, f"opening-{name}")
        page.get_by_text("Have a come-back code?").click()
        page.get_by_label("Your five words").scroll_into_view_if_needed()
        take(page, f"come-back-{name}")
        talk(page)
        page.get_by_role("button", name="Options").click()
        page.get_by_role("button", name="Come-back code").click()
        page.get_by_role("button", name="Show me a code").click()
        page.locator("#code-words").wait_for()
        take(page, f"code-{name}")
        host = opened(browser, site.url, shape)
        take(host, f"embed-closed-{name}")
        corner = host.locator("harbour-chat").bounding_box()
        assert corner
        host.mouse.click(corner["x"] + 20, corner["y"] + 20)
        host.wait_for_timeout(1500)
        talk(next(frame for frame in host.frames if frame.url.startswith(chat)))
        take(host, f"embed-{name}")


def opened(browser: Browser, url: str, shape: dict[str, Any]) -> Page:
    """A page, once its scripts have run."""
    page = browser.new_context(locale="en-GB", timezone_id="Europe/London", **shape).new_page()
    page.goto(url)
    page.wait_for_load_state("networkidle")
    return page


def talk(where: Page | Frame) -> None:
    """Say something and wait for the whole answer."""
    where.locator("html.js").wait_for(state="attached")
    where.get_by_label("Your message").fill(WORDS)
    where.get_by_label("Your message").press("Enter")
    where.locator(".message--person ~ .message--bot .message__text").first.wait_for(timeout=15000)
    where.locator("#typing").wait_for(state="hidden")


def take(page: Page, name: str) -> None:
    """One picture."""
    page.wait_for_timeout(400)
    page.screenshot(path=TO / f"{name}.png", animations="disabled")
    print(name)


if __name__ == "__main__":
    main()
