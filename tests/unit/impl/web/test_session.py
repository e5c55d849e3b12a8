"""Sessions, their cookie, and the forms that belong to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.dashboard import dashboard_sessions
from oneinvoice_impl.web import services
from sqlalchemy import func, select

from tests.unit.impl.asgi_client import ask
from tests.unit.impl.web.visitor import ADMIN, OTHER_ADMIN, Page, Visitor, log_in, use

AGAIN = "load the page again"
TLS = "https://1invoice.example"


def cookie_of(page: Page) -> Any:
    (morsel,) = SimpleCookie(page.headers["set-cookie"]).values()
    return morsel


@pytest.fixture
def tls_site(mock: LocalMock) -> Iterator[Application]:
    app = create_app(Settings(public_url=TLS), extension=mock)
    seed_database(app.database, seed=1, scale=1, progress=lambda done, total: None)
    yield app
    app.database.close()


def test_no_cookie_without_a_form(stranger: Visitor) -> None:
    assert "set-cookie" not in stranger.get("/nothing").headers
    assert "set-cookie" not in stranger.get("/login/unknown").headers


def test_the_cookie(stranger: Visitor) -> None:
    cookie = cookie_of(stranger.get("/login"))
    assert (cookie.key, cookie["path"], cookie["samesite"], cookie["httponly"]) == ("session_8080", "/", "Lax", True)
    assert (cookie["secure"], cookie["domain"]) == ("", "")
    assert len(cookie.value) == 43
    assert "set-cookie" not in stranger.get("/login").headers


def test_the_cookie_behind_tls(tls_site: Application, mock: LocalMock) -> None:
    visitor = Visitor(tls_site, TLS)
    page = visitor.get("/login")
    cookie = cookie_of(page)
    assert (cookie.key, cookie["secure"], cookie["path"]) == ("__Host-session", True, "/")
    assert page.headers["strict-transport-security"] == "max-age=31536000"
    visitor.submit(page, "/login", email=ADMIN)
    link = mock.mailer.mails[0].link
    assert link.startswith(f"{TLS}/login/")
    assert use(visitor, link).path == "/"
    # A proxy may take the TLS off, and not say so.
    cookie = cookie_of(Visitor(tls_site).get("/login"))
    assert (cookie.key, cookie["secure"]) == ("__Host-session_8080", True)


@pytest.mark.parametrize(
    ("origin", "name"),
    [
        ("http://127.0.0.1:9090", "session_9090"),
        ("http://[::1]:9090", "session_9090"),
        ("http://localhost", "session"),
        ("http://[::1]", "session"),
    ],
)
def test_each_port_has_a_cookie_of_its_own(origin: str, name: str, site: Application) -> None:
    visitor = Visitor(site, origin)
    page = visitor.get("/login")
    assert cookie_of(page).key == name
    assert visitor.submit(page, "/login", email="kari@nordlys.example").status == 200


def test_the_value_changes_at_login(site: Application, stranger: Visitor, mock: LocalMock) -> None:
    stranger.get("/login")
    before = stranger.cookies["session_8080"]
    log_in(stranger, mock.mailer, ADMIN)
    assert stranger.cookies["session_8080"] != before
    attacker = Visitor(site)
    attacker.cookies.set("session_8080", before)
    assert attacker.get("/").path == "/login"


def test_a_value_that_somebody_chose_logs_in_nobody(site: Application, stranger: Visitor, mock: LocalMock) -> None:
    chosen = "x" * 43
    stranger.cookies.set("session_8080", chosen, domain="127.0.0.1", path="/")
    log_in(stranger, mock.mailer, ADMIN)
    attacker = Visitor(site)
    attacker.cookies.set("session_8080", chosen)
    assert attacker.get("/").path == "/login"


@pytest.mark.parametrize("value", ["", "short", "x" * 44, "x" * 5000, "'; DROP TABLE users; --", "å" * 43])
def test_values_that_are_none(site: Application, value: str) -> None:
    visitor = Visitor(site)
    page = visitor.send("GET", "/login", False, {"Cookie": f"session_8080={value}".encode()})
    assert page.status == 200
    assert len(cookie_of(page).value) == 43


def test_logging_in_again_ends_the_session_before(site: Application, admin: Visitor, mock: LocalMock) -> None:
    old = Visitor(site)
    old.cookies.update(admin.cookies)
    asking = Visitor(site)
    asking.submit(asking.get("/login"), "/login", email=OTHER_ADMIN)
    assert "Kulturforening" in use(admin, mock.mailer.mails[0].link).words
    assert old.get("/").path == "/login"


def test_a_bad_link_leaves_who_is_logged_in(admin: Visitor, site: Application, mock: LocalMock) -> None:
    asking = Visitor(site)
    asking.submit(asking.get("/login"), "/login", email=OTHER_ADMIN)
    page = admin.get(mock.mailer.mails[0].link)
    use(asking, mock.mailer.mails[0].link)
    assert admin.submit(page, "").status == 404
    assert admin.get("/").path == "/"


def test_whoever_moves_the_mocks_clock_stays_logged_in(admin: Visitor, clock: ManualClock) -> None:
    clock.advance(timedelta(days=800))
    assert admin.get("/").path == "/"
    clock.reset()
    assert admin.get("/").path == "/"


def test_whoever_resets_the_mock_stays_logged_in(site: Application, admin: Visitor, mock: LocalMock) -> None:
    other = Visitor(site)
    log_in(other, mock.mailer, "somebody@new.example")
    assert ask(site, "/_mock/reset", [("Host", "127.0.0.1:8080")], "POST").status == 200
    assert admin.get("/").path == "/"
    assert other.get("/").path == "/login", "there is no such user any more"


@pytest.fixture
def system_clock(monkeypatch: pytest.MonkeyPatch) -> ManualClock:
    clock = ManualClock()
    monkeypatch.setattr(services, "SYSTEM_CLOCK", clock)
    return clock


def test_a_session_idles_for_a_day(system_clock: ManualClock, admin: Visitor) -> None:
    for _ in range(3):
        system_clock.advance(timedelta(hours=23.5))
        assert admin.get("/").path == "/"
    system_clock.advance(timedelta(hours=24))
    assert admin.get("/").path == "/login"


def test_a_session_ends_after_14_days(system_clock: ManualClock, admin: Visitor) -> None:
    for _ in range(27):
        system_clock.advance(timedelta(hours=12))
        assert admin.get("/").path == "/"
    system_clock.advance(timedelta(hours=12))
    assert admin.get("/").path == "/login"


def test_what_is_over_is_forgotten(
    system_clock: ManualClock, site: Application, admin: Visitor, mock: LocalMock
) -> None:
    system_clock.advance(timedelta(days=2))
    log_in(Visitor(site), mock.mailer, ADMIN)
    with site.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(dashboard_sessions)).scalar_one() == 1


def test_the_database_has_no_cookie(site: Application, admin: Visitor) -> None:
    with site.database.engine.connect() as connection:
        (row,) = connection.execute(select(dashboard_sessions)).all()
    assert admin.cookies["session_8080"] not in str(row)


@pytest.mark.parametrize("path", ["/login", "/logout", "/welcome", "/login/x", "/"])
def test_a_form_without_token_is_refused(admin: Visitor, path: str) -> None:
    page = admin.post(path, email=ADMIN)
    assert page.status == 403
    assert AGAIN in page.words
    assert admin.get("/").path == "/"


def test_the_token_of_another_session_is_refused(admin: Visitor, other_admin: Visitor) -> None:
    token = other_admin.get("/").form("/logout").fields["csrf"]
    assert admin.post("/logout", csrf=token).status == 403
    assert other_admin.post("/logout", csrf=token).status == 303


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "http://127.0.0.1:8080"}, 303),
        ({"Origin": "null"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303),
        ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_who_sends_a_form(admin: Visitor, headers: dict[str, str], status: int) -> None:
    token = admin.get("/").form("/logout").fields["csrf"]
    assert admin.post("/logout", headers, csrf=token).status == status


def test_tokens_that_are_no_text(admin: Visitor) -> None:
    for body in (b"csrf=%FF%00%ED%A0%80", b"\xff" * 100, b"csrf=" + b"a" * 60_000, b"csrf[]=1&" * 100, b"&" * 1000):
        page = admin.send("POST", "/logout", False, {"Content_Type": "application/x-www-form-urlencoded"}, content=body)
        assert page.status in (400, 403)


@pytest.mark.parametrize("boundary", ["; boundary=x", "", "; boundary="])
def test_uploads_that_are_none(admin: Visitor, boundary: str) -> None:
    headers = {"Content_Type": f"multipart/form-data{boundary}"}
    assert admin.send("POST", "/logout", False, headers, content=b"--x\r\nnonsense").status in (400, 403)


@pytest.mark.parametrize("charset", ["punycode", "idna", "undefined", "unicode_escape", "utf-16", "no-such"])
def test_uploads_in_other_charsets(admin: Visitor, charset: str) -> None:
    fields = {"csrf": admin.get("/").form("/logout").fields["csrf"][0], "x": "\\ud800"}
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in fields.items())
    for parameter in (f"charset={charset}", f'CharSet="{charset}"', f"charset*=utf-8''{charset}"):
        headers = {"Content_Type": f"multipart/form-data; boundary=b; {parameter}"}
        page = admin.send("POST", "/logout", False, headers, content=f"{parts}--b--\r\n".encode())
        assert page.status == 400
        assert "in UTF-8" in page.words
    assert admin.get("/").path == "/"


def test_how_long_a_form_may_be(admin: Visitor, stranger: Visitor) -> None:
    token = stranger.get("/login").form("/login").fields["csrf"]
    page = stranger.post("/login", csrf=token, email="a" * 70_000)
    assert page.status == 413
    assert "64 KiB" in page.words
    assert stranger.send("POST", "/login", False, {}, files={"file": b"x" * 70_000}).status == 413
    fields = admin.get("/").form("/logout").fields
    sent = admin.send("POST", "/logout", False, {}, data=fields, files={"file": b"x" * 1_000_000})
    assert sent.status == 303
