"""Look through the members, and add one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from oneinvoice_impl.domain.member import STATUSES, Member
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.store.records.record_browser import ALL_STATUSES, RecordBrowser, Slice

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.hostile import NAMES, is_harmless
from tests.unit.impl.web.visitor import OTHER, PRIMARY, Visitor, log_in
from tests.unit.impl.webhook_world import ORGANISATION, START, World

KARI = {"first_name": "Kari", "last_name": "Nordmann", "email": "kari@nordlys.example", "status": "pending"}
KEY = PRIMARY.keys[0].text


def newcomer(site: Application, mock: LocalMock) -> Visitor:
    """The user of an organisation without anything."""
    visitor = Visitor(site)
    page = log_in(visitor, mock.mailer, "new@nordlys.example")
    visitor.submit(page, "/welcome", name="Nordlys", kind="company")
    return visitor


def members(count: int, organisation: str = ORGANISATION) -> list[Member]:
    at = START - timedelta(days=1)
    statuses = ("active", "active", "pending")
    return [
        Member(f"{organisation}_{n:05d}", organisation, "A", f"B{n}", f"M{n}@x.example", statuses[n % 3], at)
        for n in range(count)
    ]


def test_the_newest_are_first(admin: Visitor) -> None:
    page = admin.submit(admin.get("/members/new"), "/members/new", **KARI)
    assert (page.status, page.path) == (200, "/members")
    assert "Kari Nordmann is a member now." in page.words
    assert "1–31 of 31, the newest first Name E-mail Status Created Kari Nordmann kari@nordlys.example pending" in (
        page.words
    )


def test_the_api_has_it_at_once(admin: Visitor, site: Application) -> None:
    admin.submit(admin.get("/members/new"), "/members/new", **KARI)
    answer = ask(site, "/api/v1/members?limit=200&status=pending", bearer(KEY)).json
    assert KARI.items() <= answer["data"][-1].items()


def test_a_filter_shows_those_of_one_status_and_how_many(admin: Visitor, site: Application) -> None:
    page = admin.get("/members?status=active")
    answer = ask(site, "/api/v1/members?limit=200&status=active", bearer(KEY)).json
    total = answer["pagination"]["total"]
    assert 0 < total < 30
    assert f"All 30 Active {total}" in page.words
    assert f"1–{total} of {total}" in page.words
    for member in answer["data"]:
        assert member["email"] in page.html
    assert page.html.count('class="badge active"') == total
    assert 'aria-current="true">Active' in page.html


def test_nothing_yet_says_what_to_do(site: Application, mock: LocalMock) -> None:
    page = newcomer(site, mock).get("/members")
    assert "No members yet" in page.words
    assert "Import from a file" in page.words
    assert PRIMARY.name not in page.words


def test_a_status_that_none_has_leads_back(site: Application, mock: LocalMock) -> None:
    visitor = newcomer(site, mock)
    visitor.submit(visitor.get("/members/new"), "/members/new", **KARI)
    page = visitor.get("/members?status=inactive")
    assert page.status == 200
    assert "No such members" in page.words


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", "1–50 of 120"), ("?page=2", "51–100 of 120"), ("?page=3", "101–120 of 120"), ("?page=4", "101–120 of 120"),
     ("?page=999999999", "101–120 of 120"), ("?page=" + "9" * 5000, "1–50 of 120"), ("?page=0", "1–50 of 120"),
     ("?page=-1", "1–50 of 120"), ("?page=x", "1–50 of 120"), ("?page=%C2%B2", "1–50 of 120"),
     ("?status=pending", "1–40 of 40"), ("?status=active&page=2", "51–80 of 80"), ("?status=", "1–50 of 120")],
)  # fmt: skip
def test_pages(site: Application, mock: LocalMock, query: str, shown: str) -> None:
    visitor = newcomer(site, mock)
    organisation = organisation_of(site, "new@nordlys.example")
    with site.database.engine.begin() as connection:
        MemberRepository(connection, organisation).add(members(120, organisation))
    page = visitor.get("/members" + query)
    assert (page.status, shown in page.words) == (200, True)


def organisation_of(site: Application, email: str) -> str:
    query = f"SELECT organisation_id FROM users WHERE email = '{email}'"
    with site.database.engine.connect() as connection:
        return str(connection.exec_driver_sql(query).scalar_one())


@pytest.mark.parametrize("status", ["draft", "ACTIVE", "active'", "%00", "active&status=x"])
def test_no_other_filter(admin: Visitor, status: str) -> None:
    assert admin.get(f"/members?status={status}").status == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", ""), ("first_name", "  "), ("first_name", "K" * 201), ("last_name", "A\nB"),
     ("last_name", "\u202egnp.exe"), ("email", ""), ("email", "kari"), ("email", "kari@"), ("email", "a b@c.example"),
     ("email", "a,b@c.example"), ("email", "a@b@c.example"), ("email", "a@b.example\r\nBcc: x@y.example"),
     ("email", "a" * 65 + "@b.example"), ("email", "a@" + "b" * 253), ("email", "a\u200e@b.example"), ("status", ""),
     ("status", "Active"), ("status", "draft")],
)  # fmt: skip
def test_what_is_wrong_is_told_beside_the_field(admin: Visitor, field: str, value: str) -> None:
    page = admin.submit(admin.get("/members/new"), "/members/new", **KARI | {field: value})
    assert page.status == 400
    assert page.html.count('class="error"') == 1
    assert f'id="{field}-error"' in page.html
    assert "All 30" in admin.get("/members").words


@pytest.mark.parametrize("email", ["kari@nordlys.example", "KARI@Nordlys.EXAMPLE", " kari@nordlys.example "])
def test_an_address_is_one_members(admin: Visitor, email: str) -> None:
    form = admin.get("/members/new")
    admin.submit(form, "/members/new", **KARI)
    page = admin.submit(form, "/members/new", **KARI | {"email": email})
    assert page.status == 400
    assert "There is a member with this address already." in page.words
    assert "All 31" in admin.get("/members").words


def test_other_organisations_have_members_of_their_own(admin: Visitor, other_admin: Visitor) -> None:
    for visitor in (admin, other_admin):
        page = visitor.submit(visitor.get("/members/new"), "/members/new", **KARI)
        assert page.path == "/members"
    theirs = next(iter(OTHER.members())).email
    assert theirs not in admin.get("/members").html
    assert theirs in other_admin.get("/members").html


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_only_text(admin: Visitor, name: str) -> None:
    form = admin.get("/members/new")
    typed = admin.submit(form, "/members/new", first_name=name, last_name="", email=name, status="active")
    assert typed.form("/members/new").fields["first_name"] == [name]
    page = admin.submit(form, "/members/new", **KARI | {"first_name": name})
    assert f"{name} Nordmann is a member now." in page.words
    assert is_harmless(typed.html)
    assert is_harmless(page.html)


@pytest.mark.parametrize("path", ["/members", "/members/new", "/members/import", "/members/import/imp_1"])
def test_nobody_gets_there_without_login(stranger: Visitor, path: str) -> None:
    assert stranger.get(path).path == "/login"


def test_pages_from_both_ends_are_the_whole_list(world: World) -> None:
    def fill(connection: object) -> None:
        for organisation in (ORGANISATION, "org_2"):
            MemberRepository(connection, organisation).add(members(103, organisation))  # type: ignore[arg-type]

    world.do(fill)
    for status, total in ((None, 103), ("active", 69), ("pending", 34), ("inactive", 0)):
        ids: list[str] = []
        for offset in range(0, max(total, 1), 10):
            part = Slice(offset, 10, total)
            rows = world.do(lambda connection, part=part, status=status: _newest(connection, part, status))
            ids += [row.id for row in rows]
        wanted = [each.id for each in members(103) if status in (None, each.status)]
        assert ids == wanted[::-1]
    counts = world.do(lambda connection: RecordBrowser(ORGANISATION).counts(connection, "members", STATUSES))
    assert counts == {"active": 69, "pending": 34, "inactive": 0, ALL_STATUSES: 103}


def _newest(connection: object, part: Slice, status: str | None) -> list[object]:
    return [*RecordBrowser(ORGANISATION).newest(connection, "members", part, status)]  # type: ignore[arg-type]


def test_an_address_is_taken_in_any_letter_case(database_with_members: Database) -> None:
    with database_with_members.engine.connect() as connection:
        asked = ["m1@x.example", "m2@x.example", "M3@x.example", "nobody@x.example", "m2@y.example"]
        assert MemberRepository(connection, ORGANISATION).emails_in_use(asked) == {"m1@x.example", "m2@x.example"}
        assert MemberRepository(connection, "org_2").emails_in_use(asked) == set()
        assert MemberRepository(connection, ORGANISATION).emails_in_use([]) == set()


@pytest.fixture
def database_with_members(world: World) -> Database:
    world.do(lambda connection: MemberRepository(connection, ORGANISATION).add(members(4)))
    return world.database
