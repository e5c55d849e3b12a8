"""Logging in with a link, and out again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.dashboard import login_links
from oneinvoice_impl.web.accounts.login import LINKS_PER_ADDRESS, LINKS_PER_CLIENT, VISITS_PER_CLIENT
from sqlalchemy import select

from tests.unit.impl.web.visitor import ADMIN, Page, Visitor, log_in, use

USELESS = "This link can't be used"


def ask_for_link(visitor: Visitor, email: str) -> Page:
    return visitor.submit(visitor.get("/login"), "/login", email=email)


def without_token(page: Page, *names: str) -> str:
    html = re.sub(r'name="csrf" value="[0-9a-f]+"', "", page.html)
    for name in names:
        html = html.replace(name, "NAME")
    return html


def test_a_link_logs_in(stranger: Visitor, mock: LocalMock) -> None:
    page = log_in(stranger, mock.mailer, ADMIN)
    assert (page.status, page.path) == (200, "/")
    assert "Fjordlyst Idrettslag" in page.words
    assert ADMIN in page.words


def test_addresses_are_the_same_in_any_case(stranger: Visitor, mock: LocalMock) -> None:
    assert "Fjordlyst Idrettslag" in log_in(stranger, mock.mailer, f" {ADMIN.upper()} ").words


def test_a_link_works_once(site: Application, stranger: Visitor, mock: LocalMock) -> None:
    log_in(stranger, mock.mailer, ADMIN)
    link, late = mock.mailer.mails[0].link, Visitor(site)
    page = late.get(link)
    assert (page.status, page.forms) == (404, [])
    assert USELESS in page.words
    assert late.get("/").path == "/login"


def test_a_link_that_two_have_opened_works_for_one(site: Application, stranger: Visitor, mock: LocalMock) -> None:
    ask_for_link(stranger, ADMIN)
    link, second = mock.mailer.mails[0].link, Visitor(site)
    opened = stranger.get(link), second.get(link)
    assert stranger.submit(opened[0], "").path == "/"
    assert USELESS in second.submit(opened[1], "").words
    assert second.get("/").path == "/login"


def test_to_open_a_link_does_not_use_it(stranger: Visitor, site: Application, mock: LocalMock) -> None:
    ask_for_link(stranger, ADMIN)
    link = mock.mailer.mails[0].link
    for _ in range(3):
        assert Visitor(site).get(link).status == 200
    assert use(stranger, link).path == "/"


@pytest.mark.parametrize(("minutes", "status"), [(14.9, 200), (15, 404)])
def test_a_link_works_for_15_minutes(
    stranger: Visitor, mock: LocalMock, clock: ManualClock, minutes: float, status: int
) -> None:
    ask_for_link(stranger, ADMIN)
    page = stranger.get(mock.mailer.mails[0].link)
    clock.advance(timedelta(minutes=minutes))
    assert stranger.get(mock.mailer.mails[0].link).status == status
    assert stranger.submit(page, "").status == status


def test_used_expired_and_unknown_links_are_told_alike(
    site: Application, stranger: Visitor, mock: LocalMock, clock: ManualClock
) -> None:
    log_in(stranger, mock.mailer, ADMIN)
    used, visitor = mock.mailer.mails[0].link, Visitor(site)
    ask_for_link(visitor, ADMIN)
    clock.advance(timedelta(minutes=16))
    links = (used, mock.mailer.mails[0].link, "/login/unknown")
    assert len({(visitor.get(link).status, visitor.get(link).html) for link in links}) == 1


def test_the_database_has_no_token(site: Application, stranger: Visitor, mock: LocalMock) -> None:
    ask_for_link(stranger, ADMIN)
    token = mock.mailer.mails[0].link.rpartition("/")[2]
    with site.database.engine.connect() as connection:
        (row,) = connection.execute(select(login_links)).all()
    assert len(token) >= 43
    assert token not in str(row)


def test_known_and_unknown_addresses_get_the_same_answer(stranger: Visitor, mock: LocalMock) -> None:
    known, unknown = ask_for_link(stranger, ADMIN), ask_for_link(stranger, "nobody@nordlys.example")
    assert without_token(known, ADMIN) == without_token(unknown, "nobody@nordlys.example")
    assert (known.status, unknown.status) == (200, 200)
    assert known.headers.keys() == unknown.headers.keys()
    assert [mail.subject for mail in mock.mailer.mails] == ["Your link to log in to 1invoice"] * 2


def test_links_are_throttled_by_address_and_by_client_alike(site: Application, clock: ManualClock) -> None:
    answers = [ask_for_link(Visitor(site, address=f"192.0.2.{n}"), ADMIN) for n in range(LINKS_PER_ADDRESS + 1)]
    assert [page.status for page in answers] == [200] * LINKS_PER_ADDRESS + [429]
    one = Visitor(site, address="198.51.100.7")
    more = [ask_for_link(one, f"{n}@nordlys.example") for n in range(LINKS_PER_CLIENT + 1)]
    assert [page.status for page in more] == [200] * LINKS_PER_CLIENT + [429]
    assert more[-1].words == answers[-1].words
    assert "try again in an hour" in more[-1].words
    assert 3500 < int(more[-1].headers["retry-after"]) <= 3600
    clock.advance(timedelta(hours=1))
    assert ask_for_link(one, ADMIN).status == 200


def test_a_network_of_ipv6_is_one_client(site: Application) -> None:
    statuses = {ask_for_link(Visitor(site, address=f"2001:db8::{n:x}"), f"{n}@a.example").status for n in range(25)}
    assert statuses == {200, 429}
    assert ask_for_link(Visitor(site, address="2001:db8:0:1::1"), "x@a.example").status == 200


def test_links_cannot_be_guessed_without_end(stranger: Visitor) -> None:
    statuses = [stranger.get(f"/login/{n}").status for n in range(VISITS_PER_CLIENT + 1)]
    assert statuses == [404] * VISITS_PER_CLIENT + [429]


@pytest.mark.parametrize(
    "email",
    ["", " ", "kari", "kari@", "@nordlys.example", "a b@nordlys.example", "kari@nordlys.example\nBcc: x@y.example",
     "kari@nordlys.example,x@y.example", "<kari@nordlys.example>", "k\u200eri@nordlys.example", "k" * 65 + "@a.example",
     "kari@" + "a" * 250 + ".example", "<script>alert(1)</script>@nordlys.example"],
)  # fmt: skip
def test_what_is_no_address(stranger: Visitor, mock: LocalMock, email: str) -> None:
    page = ask_for_link(stranger, email)
    assert page.status == 400
    assert 'aria-invalid="true"' in page.html
    assert 'id="email-error"' in page.html
    assert page.form("/login").fields["email"] == [email]
    assert mock.mailer.mails == ()


def test_to_log_out_ends_the_session(admin: Visitor, site: Application) -> None:
    stolen = Visitor(site)
    stolen.cookies.update(admin.cookies)
    assert stolen.get("/").path == "/"
    page = admin.submit(admin.get("/"), "/logout")
    assert page.path == "/login"
    assert "You are logged out." in page.words
    assert "You are logged out." not in admin.get("/login").words
    assert (admin.get("/").path, stolen.get("/").path) == ("/login", "/login")


def test_who_is_logged_in_needs_no_login(admin: Visitor) -> None:
    assert admin.get("/login").path == "/"


def test_a_service_without_a_mail_server_says_so() -> None:
    app = create_app(Settings())
    seed_database(app.database, seed=1, scale=1, progress=lambda done, total: None)
    visitor = Visitor(app)
    page = visitor.get("/login")
    assert "ONEINVOICE_SMTP_URL" in page.words
    assert page.forms == []
    assert visitor.get("/_mock/mailbox").status == 404
    app.database.close()
