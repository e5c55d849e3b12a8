"""Every page: usable by everybody in light and dark, on a desk and on a phone; small; and on its own."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import oneinvoice_impl.web
import pytest
from oneinvoice_impl.mock.extension import LocalMock
from playwright.sync_api import Browser, Page, expect
from starlette.routing import compile_path

from tests.browser.mocks import Mock
from tests.browser.windows import DESKTOP, PHONE, Windows, assert_usable, found, log_in, logged_in

LARGEST = 150 * 1024
LARGEST_DOCS = 600 * 1024
"""Bytes that the browser gets for a page, when it has nothing of it yet."""

OF_SWAGGER_UI = ("aria-allowed-role", "heading-order")
"""Rules of axe, a minor and a moderate one, that its own markup breaks."""

PARTS = (
    "/settings/webhooks/{id}/log",
    "/settings/webhooks/deliveries/{id}/progress",
    "/settings/webhooks/inbox/list",
    "/requests/list",
    "/requests.har",
)
"""What htmx asks for to put it into a page, and a file."""

WITHOUT_DATA = ("/", "/members", "/quotes", "/invoices", "/settings/api", "/settings/webhooks", "/roadmap", "/requests")
ANONYMOUS = ("/login", "/_mock/mailbox", "/login/not-a-token", "/q/not-a-token", "/nothing")
FORMS = ("/members/new", "/members/import", "/quotes/new", "/invoices/new", "/settings/webhooks/new")
INBOX = "/settings/webhooks/inbox"

Addresses = dict[str, str]


def _reached(page: Page, path: str, row: str, name: str = "") -> str:
    """The address that a row's link in the list at `path` leads to."""
    page.goto(path)
    page.get_by_role("row").filter(has_text=row).first.get_by_role("link", name=name).first.click()
    return page.url


def _fill(page: Page, mock: Mock) -> None:
    """Have something of everything, also what is long."""
    controls = mock.controls
    controls.post("/webhooks", {"url": f"http://127.0.0.1:9/{'long-and-without-a-break' * 30}"})
    page.goto(INBOX)
    page.get_by_role("button", name="Send to this mock's inbox").click()
    for event in ("invoice.paid", "quote.sent", "quote.accepted"):
        controls.post("/trigger", {"event": event, "set": {"customer.name": "Åkerlund" * 20}})
    page.goto(INBOX)
    expect(page.get_by_role("row").filter(has_text="quote.accepted")).to_be_visible(timeout=15_000)
    page.goto("/roadmap")
    page.get_by_label("What changes").fill("The fax field of members goes away " + "without-a-break" * 8)
    page.get_by_label("Takes effect on").fill("2045-01-31")
    page.get_by_label("Link").fill("https://1invoice.example/roadmap")
    page.get_by_role("button", name="Announce").click()
    for query in ("", "?limit=0", f"?{'without-a-break' * 30}=1"):
        mock.ask(f"/api/v1/members{query}", mock.key)


def _imported(page: Page) -> str:
    """The page where columns are chosen."""
    page.goto("/members/import")
    content = f"Fornavn,Etternavn,E-post,Rolle\nKari,Nordmann,kari@a.example,{'styremedlem' * 20}".encode()
    page.get_by_label("CSV file").set_input_files({"name": "m.csv", "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Go on").click()
    return page.url


@pytest.fixture(scope="module")
def filled(browser: Browser, mock: Mock) -> tuple[Any, Addresses]:
    """The cookies of who has something of everything, and the addresses of what they have, by what it is."""
    windows = Windows(browser, mock.url)
    page = windows.open(storage_state=logged_in(windows, mock))
    _fill(page, mock)
    key = _reached(page, "/settings/api", "primary")
    endpoint = _reached(page, "/settings/webhooks", "long-and-without")
    addresses = {
        "key": key,
        "revoking": f"{key}/revoke",
        "revoked key": _reached(page, "/settings/api", "revoked"),
        "endpoint": endpoint,
        "failing delivery": _reached(page, endpoint, "pending"),
        "arrival": _reached(page, INBOX, "quote.accepted"),
        "quote": _reached(page, "/quotes?status=sent", "ÅkerlundÅkerlund"),
        "accepted quote": _reached(page, "/quotes?status=accepted", "ÅkerlundÅkerlund"),
        "invoice": _reached(page, "/invoices?status=paid", "ÅkerlundÅkerlund"),
        "import": _imported(page),
    }
    for name in ("quote", "accepted quote"):
        page.goto(addresses[name])
        addresses[f"public {name}"] = page.locator("#link").inner_text()
    page.goto("/_mock/mailbox")
    addresses["used link"] = page.locator(".mail a").first.inner_text()
    state = page.context.storage_state()
    windows.close()
    assert windows.problems == []
    return state, addresses


@pytest.fixture(scope="module")
def empty(browser: Browser, mock: Mock) -> Any:
    """The cookies of who has nothing yet."""
    windows = Windows(browser, mock.url)
    page = windows.open()
    log_in(page, "styret@skilag.example")
    found(page, "Skilaget")
    state = page.context.storage_state()
    windows.close()
    return state


Look = Callable[[Page, str], None]


@pytest.fixture
def look(windows: Windows) -> Iterator[Look]:
    """Opens an address as for the first time; nobody may have trouble with the page, and it is small."""
    opened: dict[Page, list[float]] = {}

    def look(page: Page, address: str) -> None:
        if page not in opened:
            opened[page] = _received(page)
        opened[page].clear()
        page.goto(address)
        if address == "/docs":
            expect(page.get_by_role("heading", name="Members")).to_be_visible(timeout=15_000)
        assert_usable(page, *(OF_SWAGGER_UI if address == "/docs" else ()))
        largest = LARGEST_DOCS if address == "/docs" else LARGEST
        assert 1_000 < sum(opened[page]) < largest, (address, opened[page])

    return look


def _received(page: Page) -> list[float]:
    """The bytes that the browser gets for each request from now on, as it counts them, with nothing kept."""
    received: list[float] = []
    session = page.context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    return received


def _both(windows: Windows, **options: Any) -> Iterator[Page]:
    """A dark screen on a desk, and a light one on a phone."""
    yield windows.open(viewport=DESKTOP, color_scheme="dark", **options)
    yield windows.open(viewport=PHONE, color_scheme="light", **options)


def _other_two(windows: Windows, **options: Any) -> Iterator[Page]:
    yield windows.open(viewport=DESKTOP, color_scheme="light", **options)
    yield windows.open(viewport=PHONE, color_scheme="dark", **options)


def test_every_page_with_data(windows: Windows, look: Look, filled: tuple[Any, Addresses]) -> None:
    state, addresses = filled
    for page in _both(windows, storage_state=state):
        for address in (*WITHOUT_DATA, *FORMS, INBOX, *addresses.values(), "/members?status=active&page=2"):
            look(page, address)


def test_every_page_without_data(windows: Windows, look: Look, empty: Any) -> None:
    for page in _other_two(windows, storage_state=empty):
        for address in (*WITHOUT_DATA, INBOX):
            look(page, address)


@pytest.mark.parametrize("pages", [_both, _other_two])
def test_every_page_for_everybody(windows: Windows, look: Look, pages: Callable[..., Iterator[Page]]) -> None:
    for page in pages(windows):
        for address in ANONYMOUS:
            look(page, address)


def test_the_documents_page(windows: Windows, look: Look, empty: Any) -> None:
    for page in _both(windows, storage_state=empty):
        look(page, "/docs")


def test_the_one_who_is_new(windows: Windows, look: Look) -> None:
    page = windows.open(viewport=PHONE)
    log_in(page, "new@skilag.example")
    look(page, "/welcome")


def test_no_page_is_left_out(filled: tuple[Any, Addresses]) -> None:
    _, addresses = filled
    seen = {"/docs", "/welcome", INBOX, *WITHOUT_DATA, *FORMS, *ANONYMOUS}
    seen |= {"/" + address.split("/", 3)[-1] for address in addresses.values()}
    modules = [
        import_module(each.name) for each in pkgutil.walk_packages(oneinvoice_impl.web.__path__, "oneinvoice_impl.web.")
    ]
    mock = LocalMock()
    pages: list[Any] = [*mock.pages(), *mock.mailbox_pages()]
    pages += [route for module in modules for route in getattr(module, "ROUTES", ())]
    routes = [route for route in pages if "GET" in route.methods]
    assert len(routes) > 20
    patterns = {route.path: compile_path(route.path)[0] for route in routes if route.path not in PARTS}
    assert [path for path, pattern in patterns.items() if not any(pattern.match(each) for each in seen)] == []


def test_light_and_dark_differ(windows: Windows) -> None:
    backgrounds = {
        windows.open("/login", color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert len(backgrounds) == 2
