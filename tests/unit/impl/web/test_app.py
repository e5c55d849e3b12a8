"""What holds for every page: headers, files, errors, and what is beside them."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store import announcements
from oneinvoice_impl.web.accounts import overview

from tests.unit.impl.asgi_client import ask
from tests.unit.impl.web.visitor import ADMIN, Visitor, log_in

SECURE = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
}


@pytest.mark.parametrize("path", ["/", "/login", "/login/x", "/welcome", "/logout", "/nothing", "/_mock/mailbox"])
def test_headers_on_every_page(admin: Visitor, stranger: Visitor, path: str) -> None:
    for visitor in (admin, stranger):
        page = visitor.get(path, follow=False)
        assert {name: page.headers[name] for name in SECURE} == SECURE
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == ("no-referrer" if path == "/login/x" else "same-origin")
        assert "strict-transport-security" not in page.headers
        assert page.headers["x-request-id"].startswith("req_")
        assert not re.search(r"<script>|<style| style=| on[a-z]+=", page.html)


def test_files_are_kept_for_good_and_change_their_names(stranger: Visitor) -> None:
    html = stranger.get("/login").html
    addresses = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))
    assert len(addresses) == 4
    for address in addresses:
        answer = stranger.get(address)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert {name: answer.headers[name] for name in SECURE} == SECURE
        assert re.search(r"\.[0-9a-f]{12}\.", address)


@pytest.mark.parametrize("name", ["dashboard.css", "x", "", "../app.py", "%2e%2e/app.py", "vendor/htmx.min.js"])
def test_no_other_files(stranger: Visitor, name: str) -> None:
    assert stranger.get(f"/static/{name}").status == 404


def test_long_texts_are_compressed(site: Application, stranger: Visitor) -> None:
    address = re.search(r'href="(/static/dashboard[^"]+)"', stranger.get("/login").html)
    assert address
    answer = ask(site, address[1], [("Accept-Encoding", "gzip")])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(answer.body) == ask(site, address[1]).body


def test_the_first_page_transfers_little(site: Application, stranger: Visitor) -> None:
    html = stranger.get("/login").html
    targets = ["/login", *set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html))]
    assert sum(len(ask(site, each, [("Accept-Encoding", "gzip")]).body) for each in targets) < 30 * 1024


@pytest.mark.parametrize(
    ("method", "path", "status", "part"),
    [
        ("GET", "/nothing", 404, "There is nothing here"),
        ("GET", "/api", 404, "There is nothing here"),
        ("GET", "/logout", 405, "This is not possible here"),
        ("POST", "/nothing", 403, "load the page again"),
    ],
)
def test_errors_are_pages(admin: Visitor, method: str, path: str, status: int, part: str) -> None:
    page = admin.send(method, path, False, {})
    assert page.status == status
    assert part in page.words
    assert "Overview" in page.words


def test_a_405_names_the_methods(admin: Visitor) -> None:
    assert admin.send("GET", "/logout", False, {}).headers["allow"] == "POST"


def test_who_reads_no_pages_gets_the_problems_of_the_api(site: Application) -> None:
    for headers in ([], [("Accept", "*/*")], [("Accept", "application/json")]):
        answer = ask(site, "/nothing", headers)
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    for path in ("/api/v1/nothing", "/api/nothing", "/_mock/nothing"):
        answer = ask(site, path, [("Accept", "text/html"), ("Host", "127.0.0.1")])
        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = ask(site, "/api/v1/members", [("Accept", "text/html")], "POST")
    assert (answer.status, answer.headers["content-type"]) == (405, "application/problem+json")


def test_faults_of_ours(admin: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(overview, "_count", fail)
    page = admin.get("/")
    assert page.status == 500
    assert "This failed on our side" in page.words
    assert page.headers["x-request-id"] in page.words
    assert page.headers["x-request-id"] in caplog.text
    assert {name: page.headers[name] for name in SECURE} == SECURE


def test_a_session_in_a_file(tmp_path: Path, mock: LocalMock) -> None:
    url = f"sqlite:///{tmp_path / 'mock.db'}"
    visitors = []
    for _ in range(2):
        app = create_app(Settings(url), extension=mock)
        seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
        visitor = Visitor(app)
        visitor.cookies.update(visitors[0].cookies if visitors else {})
        page = visitor.get("/") if visitors else log_in(visitor, mock.mailer, ADMIN)
        assert "Fjordlyst" in page.words
        visitors.append(visitor)
        app.database.close()


def test_announcements_are_a_banner_until_their_day_is_over(
    site: Application, admin: Visitor, stranger: Visitor, clock: ManualClock
) -> None:
    day = clock().date() + timedelta(days=5)
    told = (
        Announcement("1", "<b>v2</b> is coming", day, None),
        Announcement("2", "Old", clock().date() - timedelta(days=1), None),
    )
    with site.database.exclusive() as connection:
        assert all(announcements.add(connection, each, clock()) for each in told)
    page = admin.get("/")
    assert f"<b>v2</b> is coming takes effect on {day.day} " in page.words
    assert "Old takes effect" not in page.words
    assert "v2" not in stranger.get("/login").words
    for _ in range(5):
        clock.advance(timedelta(hours=23))
        assert "v2" in admin.get("/").words
    clock.advance(timedelta(days=0.9))
    admin.get("/")
    clock.advance(timedelta(days=0.9))
    assert "v2" not in admin.get("/").words


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example:8080"}, {"Host": "127.0.0.1:8080", "Origin": "https://evil.example"}]
)
def test_the_mailbox_is_for_the_user_alone(admin: Visitor, headers: dict[str, str]) -> None:
    assert "Your link to log in" in admin.get("/_mock/mailbox").words
    page = admin.get("/_mock/mailbox", **headers)
    assert page.status == 403
    assert "link to log in" not in page.words


def test_one_click_logs_in_as_an_admin_of_the_seed(stranger: Visitor, mock: LocalMock) -> None:
    login = stranger.get("/login")
    assert all(address in login.html for address in mock.admins)
    page = stranger.submit(login, "/_mock/login", email=mock.admins[1])
    assert (page.status, page.path) == (200, "/")
    assert mock.admins[1] in page.words
    assert mock.mailer.mails == ()


@pytest.mark.parametrize(
    ("email", "headers", "status"),
    [
        ("stranger@nordlys.example", {}, 400),
        ("", {}, 400),
        (None, {"Host": "evil.example:8080"}, 403),
    ],
)
def test_nobody_else_logs_in_with_one_click(
    email: str | None, headers: dict[str, str], status: int, stranger: Visitor, mock: LocalMock
) -> None:
    fields = stranger.get("/login").form("/_mock/login").fields | {"email": mock.admins[0] if email is None else email}
    assert stranger.post("/_mock/login", headers, **fields).status == status
    assert stranger.get("/").path == "/login"


def test_one_click_needs_the_form(stranger: Visitor, mock: LocalMock) -> None:
    assert stranger.post("/_mock/login", email=mock.admins[0]).status == 403


@pytest.mark.parametrize(
    ("smtp_url", "mock", "warnings"),
    [(None, None, 1), (None, LocalMock(), 0), ("smtp://mail.example", None, 0)],
)
def test_a_service_warns_that_nobody_can_log_in(
    smtp_url: str | None, mock: LocalMock | None, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(smtp_url=smtp_url, public_url="https://1invoice.example"), extension=mock)
    seed_database(app.database, seed=1, scale=1, progress=lambda done, total: None)
    asyncio.run(_start_and_stop(app))
    assert caplog.text.count("set ONEINVOICE_SMTP_URL") == warnings


async def _start_and_stop(app: Application) -> None:
    told = iter(["lifespan.startup", "lifespan.shutdown"])
    said: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": next(told)}

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message["type"])

    await app({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
