"""Who asks, where a reverse proxy stands before the dashboard."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.web.accounts import login
from oneinvoice_impl.web.public import quote_page

from tests.integration.impl.web.serving import Served, serving
from tests.unit.impl.web.visitor import PRIMARY, Page, Visitor

PROXY, STRANGER = "127.0.0.1", "127.0.0.2"
CUSTOMER = "203.0.113.9"
TLS = "https://1invoice.example"
KEY = {"Authorization": f"Bearer {PRIMARY.keys[0].text}"}
TRUSTED = frozenset({ip_network(PROXY)})


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True):
            return True
    except (OSError, ValueError):
        return False


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")


class Proxy(httpx.AsyncHTTPTransport):
    """Takes requests for any address, and sends them on to `url` from `address` with more headers."""

    def __init__(self, url: str, address: str, headers: list[tuple[str, str]]) -> None:
        super().__init__(local_address=address)
        self._url = httpx.URL(url)
        self._headers = headers

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = self._url.copy_with(raw_path=request.url.raw_path)
        headers = [*request.headers.items(), *self._headers]
        return await super().handle_async_request(
            httpx.Request(request.method, url, headers=headers, stream=request.stream)
        )


class Proxied(Visitor):
    """A browser whose requests reach the server at `url` from `address` with these headers."""

    def __init__(self, url: str, *headers: tuple[str, str], address: str = PROXY, origin: str | None = None) -> None:
        super().__init__(None, origin or url)
        self._way = (url, address, [*headers])

    async def _send(self, method: str, path: str, follow: bool, headers: Any, content: Any) -> Page:
        self._transport = Proxy(*self._way)
        return await super()._send(method, path, follow, headers, content)


def forwarded(*lines: str) -> list[tuple[str, str]]:
    return [("X-Forwarded-For", line) for line in lines]


@pytest.fixture(scope="module")
def behind() -> Iterator[Served]:
    """One that trusts the proxy, for many tests."""
    with serving(trusted_proxies=TRUSTED) as served:
        yield served


def signed_from(url: str, *lines: str, address: str = PROXY) -> str:
    """What is stored as the address of who answers a quote so."""
    happened = httpx.post(f"{url}/_mock/trigger", json={"event": "quote.sent"}).raise_for_status().json()["events"]
    id = happened[-1]["record"]
    answer(url, quotes(url)[id], *lines, address=address)
    return str(quotes(url)[id]["signing"]["ip"])


def quotes(url: str) -> dict[str, Any]:
    """By their ids."""
    found = httpx.get(f"{url}/api/v1/quotes?limit=200", headers=KEY).raise_for_status().json()["data"]
    return {quote["id"]: quote for quote in found}


def sent_quotes(url: str) -> list[Any]:
    return [quote for quote in quotes(url).values() if quote["status"] == "sent"]


def answer(url: str, quote: Any, *lines: str, address: str = PROXY) -> None:
    customer, link = Proxied(url, *forwarded(*lines), address=address), f"/q/{quote['public_token']}"
    assert customer.submit(customer.get(link), link, name="Kari", decision="rejected").status == 200


@pytest.mark.parametrize(
    ("lines", "stored"),
    [
        ([CUSTOMER], CUSTOMER),
        (["2001:db8::7"], "2001:db8::7"),
        # Whatever the customer sent stands before what the proxy adds, on the same line or on one of its own.
        ([f"198.51.100.1, {CUSTOMER}"], CUSTOMER),
        (["198.51.100.1", CUSTOMER], CUSTOMER),
        ([f"{PROXY}, 198.51.100.1, {CUSTOMER}"], CUSTOMER),
        ([f"198.51.100.1, {CUSTOMER}, {PROXY}"], CUSTOMER),
        ([f"198.51.100.1, {CUSTOMER}, ::ffff:{PROXY}"], CUSTOMER),
        ([f"198.51.100.1, {CUSTOMER}, {STRANGER}"], STRANGER),
        ([f"{CUSTOMER}:4711"], CUSTOMER),
        (["[2001:db8::7]:4711"], "2001:db8::7"),
        ([f"::ffff:{CUSTOMER}"], CUSTOMER),
        ([f"{CUSTOMER}, <script>"], "unknown"),
        ([""], PROXY),
        ([], PROXY),
    ],
)
def test_an_answer_is_stored_with_the_customers_address(behind: Served, lines: list[str], stored: str) -> None:
    assert signed_from(behind.url, *lines) == stored


def test_only_the_proxys_headers_are_believed(behind: Served) -> None:
    assert signed_from(behind.url, CUSTOMER, address=STRANGER) == STRANGER


def test_nobody_is_believed_unless_told(served: Served) -> None:
    assert signed_from(served.url, CUSTOMER) == PROXY


@needs_ipv6
def test_a_proxy_that_comes_by_ipv6() -> None:
    with serving("::1", trusted_proxies=frozenset({ip_network("::/127")})) as served:
        assert signed_from(served.url, f"198.51.100.1, {CUSTOMER}", address="::1") == CUSTOMER
        assert signed_from(served.url, "2001:db8::7", address="::1") == "2001:db8::7"


@needs_ipv6
def test_a_socket_for_both_families_knows_the_same_proxy() -> None:
    with serving("::", trusted_proxies=TRUSTED) as served:
        url = served.url.replace("[::1]", PROXY)
        assert signed_from(url, CUSTOMER) == CUSTOMER
        assert signed_from(url, CUSTOMER, address=STRANGER) == STRANGER


@pytest.mark.parametrize(("module", "path"), [(quote_page, "/q/unknown"), (login, "/login/unknown")])
def test_each_client_behind_a_proxy_is_throttled_alone(
    behind: Served, monkeypatch: pytest.MonkeyPatch, module: Any, path: str
) -> None:
    monkeypatch.setattr(module, "VISITS_PER_CLIENT", 3)

    def visit(line: str, address: str = PROXY) -> int:
        return Proxied(behind.url, *forwarded(line), address=address).get(path).status

    # Another claim each time makes nobody another client.
    assert [visit(f"198.51.100.{n}, 192.0.2.1") for n in range(4)] == [404, 404, 404, 429]
    assert [visit(f"198.51.100.{n}", "127.0.0.3") for n in range(4)] == [404, 404, 404, 429]
    assert [visit("192.0.2.2"), visit("2001:db8:1::1"), visit("2001:db8:2::1")] == [404] * 3


def test_clients_of_ipv4_are_several_to_a_socket_of_ipv6(site: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "VISITS_PER_CLIENT", 1)
    addresses = ["::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1"]
    assert [Visitor(site, address=address).get("/login/x").status for address in addresses] == [404, 404, 429]


def cookies(page: Page) -> dict[str, Any]:
    """The cookies that a page sets, by their names without the port that the browser knows."""
    morsels = SimpleCookie("; ".join(page.headers.get_list("set-cookie")))
    return {re.sub(r"_\d+$", "", name): morsel for name, morsel in morsels.items()}


@pytest.mark.parametrize("origin", [TLS, "https://127.0.0.1:8443"])
def test_the_browser_comes_through_tls(behind: Served, origin: str) -> None:
    browser = Proxied(behind.url, ("X-Forwarded-Proto", "https"), *forwarded(CUSTOMER), origin=origin)
    page = browser.get("/login")
    assert [(name, each["secure"]) for name, each in cookies(page).items()] == [("__Host-session", True)]
    # For a year, and for the whole host: only who says so with ONEINVOICE_PUBLIC_URL wants that.
    assert "strict-transport-security" not in page.headers
    browser.submit(page, "/login", email=f"kari@{httpx.URL(origin).port}.example")
    link = httpx.URL(behind.mock.mailer.mails[0].link)
    entered = browser.submit(browser.get(link.path), "")
    assert entered.path == "/welcome"
    left = browser.submit(entered, "/logout", follow=False)
    assert {name: each["secure"] for name, each in cookies(left).items()} == {
        "__Host-session": True,
        "__Host-flash": True,
    }
    # The proxy may pass on any host that a browser names: where links in mails lead is not for it to say.
    assert str(link).startswith(f"{behind.url}/login/")


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ([("X-Forwarded-Proto", "https")], STRANGER),
        ([("X-Forwarded-Proto", "http")], PROXY),
        ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Proto", "http")], PROXY),
        ([("X-Forwarded-Proto", "gopher")], PROXY),
        ([], PROXY),
    ],
)
def test_the_browser_comes_without_tls(behind: Served, headers: list[tuple[str, str]], address: str) -> None:
    page = Proxied(behind.url, *headers, address=address).get("/login")
    assert [(name, each["secure"]) for name, each in cookies(page).items()] == [("session", "")]


@contextmanager
def service(folder: Path, *options: str, **variables: str) -> Iterator[str]:
    """The URL of a service as the guide for operations starts it, in processes of its own."""
    database = f"sqlite:///{folder / 'service.db'}"
    app = create_app(Settings(database))
    seed_database(app.database, seed=1, scale=200, progress=lambda done, total: None)
    app.database.close()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "oneinvoice_impl.server.app:create_app",
        "--port",
        "0",
        *options,
    ]
    with subprocess.Popen(
        command,
        env=environment | {"ONEINVOICE_DATABASE_URL": database} | variables,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            # Where there are several processes, each says that it has started.
            url = next(found[0] for line in process.stderr if (found := re.search("http://127.0.0.1:[0-9]+", line)))
            for _ in range(int(variables.get("ONEINVOICE_WORKERS", "0"))):
                next(line for line in process.stderr if "startup complete" in line)
            yield url
        finally:
            process.terminate()


def test_a_service_with_several_workers(tmp_path: Path) -> None:
    options = ("--workers", "2", "--no-proxy-headers")
    variables = {"ONEINVOICE_WORKERS": "2", "ONEINVOICE_TRUSTED_PROXIES": "127.0.0.0/31, ::1"}
    ways = [(f"198.51.100.1, {CUSTOMER}", PROXY, CUSTOMER), ("2001:db8::7", PROXY, "2001:db8::7")]
    ways = [*ways, (CUSTOMER, STRANGER, STRANGER)] * 2
    with service(tmp_path, *options, **variables) as url:
        sent = sent_quotes(url)[: len(ways)]
        for quote, (line, address, _) in zip(sent, ways, strict=True):
            answer(url, quote, line, address=address)
        answered = quotes(url)
    assert [answered[quote["id"]]["signing"]["ip"] for quote in sent] == [stored for _, _, stored in ways]


def test_a_service_without_proxies_believes_nobody(tmp_path: Path) -> None:
    with service(tmp_path, "--no-proxy-headers") as url:
        quote = sent_quotes(url)[0]
        page = Proxied(url, ("X-Forwarded-Proto", "https")).get(f"/q/{quote['public_token']}")
        assert [(name, each["secure"]) for name, each in cookies(page).items()] == [("session", "")]
        answer(url, quote, CUSTOMER)
        assert quotes(url)[quote["id"]]["signing"]["ip"] == PROXY


def test_a_mock_says_what_is_wrong_with_them_and_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "oneinvoice_impl", "--port", "0"],
        env=os.environ | {"ONEINVOICE_TRUSTED_PROXIES": "10.0.0.5,nginx"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"Error: ONEINVOICE_TRUSTED_PROXIES must be .*\.\n", done.stderr)
