"""The mock's own receiver: what it takes, what it shows, and when it says that a signature holds."""

from __future__ import annotations

import hashlib
import re

import pytest
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application

from tests.unit.impl.asgi_client import Answer, Headers, ask
from tests.unit.impl.web.visitor import Page, Visitor

INBOX = "/settings/webhooks/inbox"
HERE = [("Host", "127.0.0.1:8080")]


def numbers(page: Page) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="arrival-(\d+)"', page.html)]


@pytest.mark.parametrize("times", ["", "x", "-1", "21", "1.5", "²", "<b>"])
def test_how_often_must_be_a_number(admin: Visitor, mock: LocalMock, times: str) -> None:
    page = admin.submit(admin.get(INBOX), INBOX, failing="error", times=times)
    assert page.status == 400
    assert 'id="times-error"' in page.html
    assert page.form(INBOX).fields["times"] == [times]
    assert mock.inbox.failures == 0


def test_how_it_fails_must_be_one_of_two(admin: Visitor, mock: LocalMock) -> None:
    page = admin.submit(admin.get(INBOX), INBOX, failing="explode", times="1")
    assert (page.status, 'id="failing-error"' in page.html) == (400, True)
    assert mock.inbox.failures == 0


def send(site: Application, headers: Headers = HERE, body: bytes = b"{}", target: str = "/_mock/inbox") -> Answer:
    return ask(site, target, headers, "POST", body)


def test_web_pages_and_other_hosts_are_refused(site: Application, mock: LocalMock) -> None:
    for headers in ([*HERE, ("Origin", "https://evil.example")], [("Host", "evil.example")], []):
        answer = send(site, headers)
        assert answer.status == 403
        assert answer.headers["content-type"] == "application/problem+json"
    assert not mock.inbox.arrivals


def test_bodies_have_a_most(site: Application, mock: LocalMock) -> None:
    assert send(site, body=b"x" * (256 * 1024)).status == 200
    answer = send(site, body=b"x" * (256 * 1024 + 1))
    assert (answer.status, "up to 256 KiB" in answer.json["detail"]) == (413, True)
    assert len(mock.inbox.arrivals) == 1


def test_the_newest_fifty_are_kept(site: Application, mock: LocalMock, admin: Visitor) -> None:
    for number in range(53):
        send(site, body=str(number).encode(), target=f"/_mock/inbox/{number}?a=<b>")
    assert [arrival.number for arrival in mock.inbox.arrivals] == list(range(53, 3, -1))
    assert mock.inbox.arrivals[0].body == b"52"
    assert mock.inbox.arrivals[0].target == "/_mock/inbox/52?a=<b>"
    page = admin.get(INBOX)
    assert len(numbers(page)) == 50
    assert "?a=<b>" not in page.html
    assert admin.get(f"{INBOX}/3").status == 404
    assert admin.get(f"{INBOX}/4").status == 200
    for name in ("0", "-1", "x", "99999999999999999999"):
        assert admin.get(f"{INBOX}/{name}").status == 404


@pytest.mark.parametrize(
    ("body", "part"),
    [
        (b"<script>alert(1)</script>" * 10_000, "&lt;script&gt;"),
        (b"\x00\xff" * 100_000, "00 ff"),
        ("\u202e\x00".encode(), r"\u202e\x00"),
        (b"", "(no body)"),
    ],
)
def test_hostile_bodies(site: Application, admin: Visitor, body: bytes, part: str) -> None:
    send(site, [*HERE, ("X-1Invoice-Event", "<script>alert(2)</script>")], body)
    for page in (admin.get(INBOX), admin.get(f"{INBOX}/list?seen=x"), admin.get(f"{INBOX}/1")):
        assert "<script>alert" not in page.html
        assert "<script>alert(2)</script>" in page.words
    assert part in page.html
    assert f"{len(body):,} bytes" in page.words
    assert hashlib.sha256(body).hexdigest() in page.words
    assert len(page.html) < 150 * 1024


def test_the_list_is_sent_only_when_it_has_changed(site: Application, admin: Visitor, mock: LocalMock) -> None:
    def seen() -> str:
        found = re.search('id="seen" name="seen" value="([0-9a-f]+)"', admin.get(INBOX).html)
        assert found
        return found[1]

    before = seen()
    assert admin.get(f"{INBOX}/list?seen={before}").status == 204
    mock.inbox.fail("error", 3)
    assert "The next 3 are answered with 500." in admin.get(f"{INBOX}/list?seen={before}").words
    before = seen()
    send(site)
    part = admin.get(f"{INBOX}/list?seen={before}")
    assert "Arrived: POST, not verified." in part.words
    assert admin.get(f"{INBOX}/list?seen={seen()}").status == 204


def test_who_opens_the_url_gets_to_the_page(site: Application, admin: Visitor) -> None:
    assert admin.get("/_mock/inbox").path == INBOX
    assert admin.get("/_mock/inbox/below", follow=False).headers["location"] == INBOX
    assert ask(site, "/_mock/inbox", HERE, "PUT").status == 405
    assert ask(site, "/_mock/inboxes", HERE, "POST").status == 404


def test_an_address_that_webhooks_may_not_go_to(site: Application, admin: Visitor, mock: LocalMock) -> None:
    site.webhooks.url_policy = type(site.webhooks.url_policy)()
    page = admin.submit(admin.get(INBOX), f"{INBOX}/register")
    assert page.status == 400
    assert "not on the public Internet" in page.words
    assert page.form("/settings/webhooks/new").fields["url"] == [mock.inbox_url]
