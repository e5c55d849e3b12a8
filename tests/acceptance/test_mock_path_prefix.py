"""A mock under a path, as behind a gateway's: each address that it gives leads back to it."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from tests.acceptance.test_mock import ENVIRONMENT, Mock, assert_one_sentence, run, running

CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"
PREFIX = "/gateway/one"
ADDRESS = re.compile(r' (href|src|action|hx-get|data-document)="([^"#]+)"')


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--rate-limit", "10000", "--path-prefix", f"{PREFIX}/") as mock:
        yield mock


@pytest.fixture
def browser(mock: Mock) -> Iterator[httpx.Client]:
    """Somebody who logged in with a click."""
    origin = mock.variables["ONEINVOICE_URL"].removesuffix(PREFIX)
    headers = {"Accept": "text/html"}
    with httpx.Client(base_url=origin, headers=headers, follow_redirects=True, timeout=10) as client:
        page = client.get(f"{PREFIX}/")
        assert page.url.path == f"{PREFIX}/login"
        assert {cookie.path for cookie in client.cookies.jar} == {PREFIX}
        (admin,) = [line.rpartition(" ")[2] for line in mock.printed if "log in there as" in line]
        page = submit(client, page, f"{PREFIX}/_mock/login", email=admin)
        assert (page.status_code, page.url.path) == (200, f"{PREFIX}/")
        yield client


def submit(client: httpx.Client, page: httpx.Response, action: str, **values: str) -> httpx.Response:
    """Send the form of a page that goes there."""
    (form,) = re.findall(rf'<form[^>]* action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)[:1]
    fields = dict(re.findall(r'name="([^"]+)"[^>]* value="([^"]*)"', form))
    return client.post(action, data={name: unescape(value) for name, value in fields.items()} | values)


def test_what_is_printed_leads_to_it(mock: Mock) -> None:
    assert mock.variables["ONEINVOICE_URL"].endswith(PREFIX)
    assert mock.printed[0].startswith(f"# The mock listens at {mock.variables['ONEINVOICE_URL']} until")
    assert mock.ask("/api/v1/members?limit=1").status == 200
    assert mock.ask("/openapi.json").json()["servers"][0]["url"] == PREFIX
    origin = mock.variables["ONEINVOICE_URL"].removesuffix(PREFIX)
    for path in ("/", "/api/v1", "/openapi.json", "/login", "/_mock/webhooks", f"{PREFIX}s/api/v1"):
        assert mock.http.request("GET", origin + path, redirect=False).status == 404


def test_commands_reach_its_controls(mock: Mock) -> None:
    for url in (mock.variables["ONEINVOICE_URL"], f"{mock.variables['ONEINVOICE_URL']}/"):
        assert run("trigger", "invoice.created", "--url", url).stdout.startswith("invoice.created inv_")
    assert_one_sentence(run("trigger", "invoice.created", "--url", f"{url}other"), 2, "There are no controls at")
    assert_one_sentence(
        run("clock", "--url", mock.variables["ONEINVOICE_URL"].removesuffix("/one")), 2, "There are no controls at"
    )


def test_every_address_of_the_dashboard_leads_back_to_it(mock: Mock, browser: httpx.Client) -> None:
    url = mock.variables["ONEINVOICE_URL"]
    page = submit(
        browser, browser.get(f"{PREFIX}/settings/webhooks/inbox"), f"{PREFIX}/settings/webhooks/inbox/register"
    )
    assert page.status_code == 200
    assert f"{url}/_mock/inbox" in run("webhooks", "list", "--url", url).stdout
    for event in ("invoice.paid", "quote.sent", "quote.accepted"):
        run("trigger", event, "--url", url)
    while "delivered" not in (told := run("webhooks", "deliveries", "--url", url).stdout):
        assert "pending" in told
    waiting, seen = [f"{PREFIX}/"], set()
    kinds: dict[str, int] = {}
    while waiting and len(seen) < 400:
        address = waiting.pop()
        page = browser.get(address)
        assert page.status_code == 200, address
        assert page.url.path.startswith(PREFIX), address
        if "text/html" not in page.headers["content-type"]:
            continue
        for kind, found in ADDRESS.findall(page.text):
            target = unescape(found)
            if target.startswith("?"):
                target = page.url.path + target
            assert target.startswith((f"{PREFIX}/", mock.variables["ONEINVOICE_URL"], "https://")), (address, target)
            kinds[kind] = kinds.get(kind, 0) + 1
            # A page of each kind is enough.
            shape = re.sub(r"[a-z]+_\w+|=[^&]*|\d+", "*", target)
            if target.startswith("/") and kind != "action" and shape not in seen:
                seen.add(shape)
                waiting.append(target)
            elif kind == "action" and target not in seen:
                seen.add(target)
                assert browser.get(target).status_code in (200, 405), target
    assert set(kinds) == {"href", "src", "action", "hx-get", "data-document"}
    for expected in (f"{PREFIX}/quotes/*", f"{PREFIX}/settings/webhooks/inbox/*", f"{PREFIX}/openapi.json"):
        assert expected in seen


def test_forms_and_mails_lead_back_to_it(mock: Mock, browser: httpx.Client) -> None:
    new = f"{PREFIX}/members/new"
    page = submit(
        browser, browser.get(new), new, first_name="Kari", last_name="Ny", email="kari@ny.example", status="active"
    )
    assert (page.status_code, page.url.path) == (200, f"{PREFIX}/members")
    assert "Kari Ny is a member now." in page.text
    page = submit(browser, page, f"{PREFIX}/logout")
    assert (page.status_code, page.url.path) == (200, f"{PREFIX}/login")
    part = browser.get(f"{PREFIX}/settings/webhooks/inbox/list", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (204, f"{PREFIX}/login")
    submit(browser, page, f"{PREFIX}/login", email="kari@ny.example")
    (link,) = re.findall(r'href="(http[^"]+/login/[^"]+)"', browser.get(f"{PREFIX}/_mock/mailbox").text)
    assert link.startswith(f"{mock.variables['ONEINVOICE_URL']}/login/")
    page = browser.get(link)
    page = submit(browser, page, page.url.path) if f'action="{page.url.path}"' in page.text else page
    assert page.status_code == 200


def test_the_suite_takes_the_path(mock: Mock, tmp_path: Path) -> None:
    done = subprocess.run(
        [CONFORM, mock.variables["ONEINVOICE_URL"], "--strict", "--skip", "RATE,HOOK,SPEC-3", "--rate-limit", "10000"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, env=ENVIRONMENT | mock.variables,
    )  # fmt: skip
    assert (done.returncode, "\nconforms  " in done.stdout) == (0, True), done.stdout + done.stderr


def test_the_root_is_no_prefix() -> None:
    with running("--port", "0", "--scale", "1", environment={"ONEINVOICE_MOCK_PATH_PREFIX": "/"}) as mock:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", mock.variables["ONEINVOICE_URL"])
        assert mock.ask("/api/v1").status == 200


@pytest.mark.parametrize(
    "value", ["gateway", "/a//b", "//a", "/a?b", "/a#b", "/a b", "/ä", "/a%20b", "/..", "/a/./b", "/a\n", "http://x/a"]
)
def test_bad_usage(value: str) -> None:
    assert_one_sentence(run("--port", "0", "--path-prefix", value), 2, "give one such as /gateway")
