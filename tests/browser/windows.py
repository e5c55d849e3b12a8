"""Windows of a browser, and what is asked of every page in them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.mocks import Mock

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
BETWEEN = (1000, 960, 730)
"""Widths at which there is least room: just above those at which the pages are laid out otherwise."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, until the end of the block."""
    path = shutil.which("chromium")
    assert path, "install Debian's chromium: scripts/packages chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Windows:
    """Opens windows that know nothing of each other, on `origin`, and notes what goes wrong in them.

    `problems` are errors of scripts, what was said on the console, and requests to elsewhere.
    """

    def __init__(self, browser: Browser, origin: str) -> None:
        self._browser = browser
        self._origin = origin
        self._contexts: list[BrowserContext] = []
        self.problems: list[str] = []

    def open(self, path: str | None = None, **options: Any) -> Page:
        """A page in a window of its own; `options` are those of `Browser.new_context`."""
        context = self._browser.new_context(**({"viewport": DESKTOP, "base_url": self._origin} | options))
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda message: self._note(page, message))
        page.on("request", lambda request: self._outside(request.url))
        if path is not None:
            page.goto(path)
        return page

    def close(self) -> None:
        """Close all of them."""
        for context in self._contexts:
            context.close()

    def _note(self, page: Page, message: ConsoleMessage) -> None:
        # Chromium also says there that the page itself was answered with 400, which is how a form is refused.
        refused = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        if not (refused and message.location.get("url") == page.url):
            self.problems.append(f"{message.text} at {page.url}")

    def _outside(self, url: str) -> None:
        if not url.startswith((f"{self._origin}/", "data:")):
            self.problems.append(f"a request to {url}")


def use_link(page: Page) -> None:
    """Open the newest mail's link, and press its button."""
    page.goto("/_mock/mailbox")
    page.locator(".mail a").first.click()
    page.get_by_role("button", name="Log in").click()


def log_in(page: Page, email: str) -> None:
    """Log in by a link of the mock's mailbox."""
    page.goto("/login")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    use_link(page)


def found(page: Page, name: str) -> None:
    """Make the organisation of somebody who is new."""
    page.get_by_label("Name of your organisation").fill(name)
    page.get_by_label("A company").check()
    page.get_by_role("button", name="Go on").click()


def logged_in(windows: Windows, mock: Mock) -> Any:
    """The cookies of the seeded organisation's user, for `storage_state`."""
    page = windows.open()
    log_in(page, mock.admin)
    return page.context.storage_state()


def faults(page: Page) -> list[tuple[str, str, str]]:
    """What axe finds: the rule, how bad it is, and the first element."""
    # What passed need not be told, which takes axe most of its time.
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in violations]


def too_wide(page: Page) -> list[int]:
    """The widths at which one must scroll sideways: of the window, and smaller ones on a desk."""
    size = page.viewport_size
    assert size
    widths = [size["width"], *BETWEEN] if size["width"] > BETWEEN[0] else [size["width"]]
    found = []
    for width in widths:
        if page.viewport_size != size | {"width": width}:
            page.set_viewport_size({"width": width, "height": size["height"]})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(width)
    page.set_viewport_size(size)
    return found


def assert_usable(page: Page, *tolerated: str) -> None:
    """Everybody can use the page as it stands, and need not scroll sideways; `tolerated` are rules of axe."""
    assert (page.url, [each for each in faults(page) if each[0] not in tolerated]) == (page.url, [])
    assert (page.url, too_wide(page)) == (page.url, [])
