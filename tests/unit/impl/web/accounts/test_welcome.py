"""The first login makes the organisation."""

from __future__ import annotations

import pytest
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.tables.records import organisations
from sqlalchemy import select

from tests.unit.impl.web.visitor import PRIMARY, Visitor, log_in

NEW = "kari@nordlys.example"
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; & <b>",
    "שלום مرحبا Nordlys",
    "W" * 200,
)


def test_a_newcomer_makes_an_organisation(stranger: Visitor, mock: LocalMock, site: Application) -> None:
    page = log_in(stranger, mock.mailer, NEW)
    assert page.path == "/welcome"
    assert stranger.get("/").path == "/welcome"
    page = stranger.submit(page, "/welcome", name="Nordlys AS", kind="company")
    assert page.path == "/"
    assert "Welcome. Nordlys AS is ready." in page.words
    assert "Create a key" in page.words
    with site.database.engine.connect() as connection:
        rows = connection.execute(select(organisations.c.name, organisations.c.kind)).all()
    assert ("Nordlys AS", "company") in rows
    assert "is ready" not in stranger.get("/").words
    assert stranger.get("/welcome").path == "/"


def test_the_organisation_is_there_at_the_next_login(stranger: Visitor, mock: LocalMock, site: Application) -> None:
    stranger.submit(log_in(stranger, mock.mailer, NEW), "/welcome", name="Nordlys AS", kind="company")
    page = log_in(Visitor(site), mock.mailer, NEW)
    assert page.path == "/"
    assert "Nordlys AS" in page.words


def test_two_at_once_make_one(stranger: Visitor, mock: LocalMock, site: Application) -> None:
    page = log_in(stranger, mock.mailer, NEW)
    for name in ("First", "Second"):
        stranger.submit(page, "/welcome", name=name, kind="association")
    assert "First" in stranger.get("/").words
    with site.database.engine.connect() as connection:
        assert len(connection.execute(select(organisations)).all()) == 3


@pytest.mark.parametrize(
    ("name", "kind", "field"),
    [("", "company", "name"), ("  ", "company", "name"), ("N" * 201, "company", "name"), ("A\nB", "company", "name"),
     ("Nordlys", "", "kind"), ("Nordlys", "kingdom", "kind"), ("\u202egnp.exe", "company", "name"),
     ("N" * 10_000, "company", "name")],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_the_field(
    stranger: Visitor, mock: LocalMock, name: str, kind: str, field: str
) -> None:
    page = stranger.submit(log_in(stranger, mock.mailer, NEW), "/welcome", name=name, kind=kind)
    assert page.status == 400
    assert f'id="{field}-error"' in page.html
    assert f'aria-describedby="{field}-error"' in page.html
    assert [" ".join(value.split()) for value in page.form("/welcome").fields["name"]] == [" ".join(name.split())]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_only_text(stranger: Visitor, mock: LocalMock, name: str) -> None:
    welcome = log_in(stranger, mock.mailer, NEW)
    typed = stranger.submit(welcome, "/welcome", name=name, kind="")
    assert typed.form("/welcome").fields["name"] == [name]
    page = stranger.submit(welcome, "/welcome", name=name, kind="company")
    assert f"Welcome. {name} is ready." in page.words
    for html in (typed.html, page.html):
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "' onfocus='" not in html


def test_members_of_an_organisation_see_only_it(stranger: Visitor, mock: LocalMock) -> None:
    page = stranger.submit(log_in(stranger, mock.mailer, NEW), "/welcome", name="Nordlys", kind="company")
    assert PRIMARY.name not in page.words
    assert "0 Members 0 Quotes 0 Invoices 0 Keys 0 Webhooks" in page.words


def test_nobody_is_welcome_without_login(stranger: Visitor) -> None:
    assert stranger.get("/welcome").path == "/login"
