"""Announcements: the roadmap, the banner, and the webhook (NEWS-1)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import jsonschema_rs
import pytest
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.announcement import Announcement, TooSoon, announce
from oneinvoice_impl.domain.event import ANNOUNCEMENT
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store import announcements as announcements_of_all
from oneinvoice_impl.store.accounts import sessions
from oneinvoice_impl.store.tables.dashboard import announcements, users
from oneinvoice_impl.store.tables.webhooks import deliveries, events
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.web.session import digest, new_value
from sqlalchemy import select

from tests.unit.impl.web.accounts.test_welcome import HOSTILE
from tests.unit.impl.web.visitor import ADMIN, OTHER, PRIMARY, Page, Visitor

PATH = "/roadmap"
TITLE = "The fax field of members goes away"
LINK = "https://1invoice.online/roadmap#fax"


def announced(visitor: Visitor, clock: ManualClock, days: int = 31, **values: str) -> Page:
    day = (clock().date() + timedelta(days=days)).isoformat()
    return visitor.submit(visitor.get(PATH), PATH, **({"title": TITLE, "effective_on": day, "link": LINK} | values))


def add_endpoint(site: Application, organisation: str, url: str, names: list[str] | None) -> str:
    secret = site.webhooks.encryption.encrypt("S")
    at = site.webhooks.clock()
    with site.database.exclusive() as connection:
        return EndpointRepository(connection, organisation).add(url, names, secret, at)


@pytest.mark.parametrize("moment", ["00:00:00", "23:59:59"])
def test_30_days_are_enough_and_29_are_not(moment: str) -> None:
    at = datetime.fromisoformat(f"2026-04-02T{moment}+00:00").astimezone(UTC)
    event = announce(Announcement("ann_1", TITLE, date(2026, 5, 2), None), at)
    assert (event.name, event.at) == (ANNOUNCEMENT, at)
    with pytest.raises(TooSoon, match="choose 2 May 2026 or a later day"):
        announce(Announcement("ann_1", TITLE, date(2026, 5, 1), None), at)


@pytest.mark.parametrize("days", [30, 31, 400])
def test_an_announcement_is_on_every_page_of_everybody(
    admin: Visitor, other_admin: Visitor, stranger: Visitor, clock: ManualClock, days: int
) -> None:
    page = announced(admin, clock, days)
    assert (page.status, page.path) == (200, PATH)
    assert f"Announced: {TITLE} (takes effect on" in page.words
    assert f"in {days} days" in page.words
    for visitor in (admin, other_admin):
        for path in ("/", PATH, "/settings/api", "/nothing"):
            page = visitor.get(path)
            assert f"{TITLE} takes effect on" in page.words
            assert f'href="{LINK}"' in page.html
    assert TITLE not in stranger.get("/login").words


@pytest.mark.parametrize("days", [29, 1, 0, -1, -4000])
def test_less_notice_is_refused(site: Application, admin: Visitor, clock: ManualClock, days: int) -> None:
    page = announced(admin, clock, days)
    first = clock().date() + timedelta(days=30)
    assert page.status == 400
    assert f"at least 30 days ahead; choose {first.day} {first:%B %Y} or a later day." in page.words
    assert 'id="effective_on-error"' in page.html
    assert page.form(PATH).fields["title"] == [TITLE]
    assert_nothing_announced(site, admin)


def assert_nothing_announced(site: Application, visitor: Visitor) -> None:
    assert "Nothing is announced" in visitor.get(PATH).words
    with site.database.engine.connect() as connection:
        assert not connection.execute(select(announcements)).all()
        assert not connection.execute(select(events)).all()


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("title", "", "Say in a few words"),
        ("title", "T" * 201, "at most 200"),
        ("title", "A\nB", "line break"),
        ("effective_on", "", "Give a day such as"),
        ("effective_on", "soon", "Give a day such as"),
        ("effective_on", "2036-02-30", "Give a day such as"),
        ("effective_on", "20360203", "Give a day such as"),
        ("effective_on", "2036-W05-1", "Give a day such as"),
        ("effective_on", "2036-02-03T00:00", "Give a day such as"),
        ("effective_on", "٢٠٣٦-02-03", "Give a day such as"),
        ("link", "javascript:alert(1)", "Give the address of a page"),
        ("link", "ftp://a.example/", "Give the address of a page"),
        ("link", "//a.example/", "Give the address of a page"),
        ("link", "https://", "Give the address of a page"),
        ("link", "https://1invoice.online@evil.example/", "Give the address of a page"),
        ("link", "https://a.example:x/", "Give the address of a page"),
        ("link", "https://[a.example/", "Give the address of a page"),
        ("link", 'https://a.example/"onclick="x', "Give the address of a page"),
        ("link", "https://blåbær.example/", "Give the address of a page"),
        ("link", "https://a.example/" + "a" * 2000, "at most 2,000"),
        ("text", "x" * 10_001, "at most 10,000"),
        ("text", "One\nA\u202eB", "In line 2, leave out the right-to-left override"),
        ("affected", "GET /api/v1/members\n\x07", "In line 2, leave out the"),
        ("level", "bad", "Choose one of these"),
    ],
)
def test_what_is_wrong_is_told_beside_the_field(
    site: Application, admin: Visitor, clock: ManualClock, field: str, value: str, part: str
) -> None:
    page = announced(admin, clock, **{field: value})
    assert page.status == 400
    assert part in page.words
    assert f'id="{field}-error"' in page.html
    assert_nothing_announced(site, admin)


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_are_only_text(admin: Visitor, clock: ManualClock, title: str) -> None:
    announced(admin, clock, title=title, link="https://a.example/?a='b'&c=d")
    for path in ("/", PATH):
        page = admin.get(path)
        assert f"{title} takes effect on" in page.words
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html
        assert 'href="https://a.example/?a=&#39;b&#39;&amp;c=d"' in page.html


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_of_a_change_are_only_text(site: Application, admin: Visitor, hostile: str) -> None:
    made = Announcement(
        f"ann_{hostile}", TITLE, date(2090, 3, 1), None, f"- {hostile}", "breaking", (hostile,), (f"a{hostile}",)
    )
    with site.database.exclusive() as connection:
        assert announcements_of_all.add(connection, made, site.webhooks.clock())
        assert announcements_of_all.find(connection, made.id) == made
        assert not announcements_of_all.add(connection, made, site.webhooks.clock())
    for path in ("/", PATH):
        page = admin.get(path)
        assert page.words.count(hostile) == (2 if path == "/" else 5)
        assert "<script>alert" not in page.html
        assert "<img src=x" not in page.html


def test_the_same_form_again_announces_nothing(site: Application, admin: Visitor, clock: ManualClock) -> None:
    add_endpoint(site, PRIMARY.id, "http://127.0.0.1:1/hook", None)
    form, day = admin.get(PATH), (clock().date() + timedelta(days=40)).isoformat()
    for title in (TITLE, TITLE, "Another"):
        page = admin.submit(form, PATH, title=title, effective_on=day)
        assert f"Announced: {TITLE}" in page.words
    with site.database.engine.connect() as connection:
        assert len(connection.execute(select(announcements)).all()) == 1
        assert len(connection.execute(select(deliveries)).all()) == 1


def test_the_next_is_first_and_what_is_past_is_in_effect(site: Application, admin: Visitor, clock: ManualClock) -> None:
    for days, title in ((60, "Later"), (30, "Sooner")):
        announced(admin, clock, days, title=title, link="")
    html = admin.get(PATH).html
    assert html.index("<h3>Sooner") < html.index("<h3>Later")
    assert "In effect" not in html
    clock.advance(timedelta(days=31))
    page = admin.get(PATH)
    assert "Later takes effect on" in page.words
    assert "Sooner takes effect on" not in page.words
    assert page.html.index("<h3>Later") < page.html.index("In effect") < page.html.index("<h3>Sooner")


def test_it_is_stored_for_every_organisation_that_wants_it(
    site: Application, admin: Visitor, clock: ManualClock
) -> None:
    url = "http://127.0.0.1:1/hook"
    wanting = {
        add_endpoint(site, PRIMARY.id, url, None),
        add_endpoint(site, PRIMARY.id, url, ["invoice.paid", ANNOUNCEMENT]),
        add_endpoint(site, OTHER.id, url, [ANNOUNCEMENT]),
    }
    add_endpoint(site, OTHER.id, url, ["invoice.paid"])
    disabled = add_endpoint(site, OTHER.id, url, None)
    with site.database.exclusive() as connection:
        delivery_queue.disable(connection, disabled, "It answered 410 Gone.", clock())
    announced(admin, clock, 31)
    with site.database.engine.connect() as connection:
        rows = connection.execute(select(deliveries)).mappings().all()
        stored = connection.execute(select(events).order_by(events.c.organisation_id)).mappings().all()
    assert {row["endpoint_id"] for row in rows} == wanting
    assert [row["organisation_id"] for row in stored] == sorted([PRIMARY.id, OTHER.id])
    assert len({row["id"] for row in stored}) == 2
    schema = {"$ref": "#/components/schemas/ApiChangeAnnounced", "components": document()["components"]}
    for row in stored:
        body = json.loads(row["body"])
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(body)
        day = (clock().date() + timedelta(days=31)).isoformat()
        assert body["data"] == {"id": body["data"]["id"], "title": TITLE, "effective_on": day, "url": LINK}


def test_what_to_do_and_what_it_concerns_are_told_too(site: Application, admin: Visitor, clock: ManualClock) -> None:
    add_endpoint(site, PRIMARY.id, "http://127.0.0.1:1/hook", None)
    text = "What breaks:\r\n- fax goes away. \r\n  Before that day: don't read fax.\r\n"
    affected = "GET /api/v1/members, GET /api/v1/quotes\r\n\r\n invoice.paid\r\ninvoice.paid"
    announced(admin, clock, text=text, affected=affected, level="breaking")
    with site.database.engine.connect() as connection:
        (body,) = connection.execute(select(events.c.body)).scalars()
    data = json.loads(body)["data"]
    assert data["text"] == "What breaks:\n- fax goes away.\n  Before that day: don't read fax."
    assert (data["operations"], data["events"]) == (["GET /api/v1/members", "GET /api/v1/quotes"], ["invoice.paid"])
    assert data["class"] == "breaking"
    assert "<code>GET /api/v1/quotes</code>, <code>invoice.paid</code></p>" in admin.get("/").html


def test_without_a_link_its_url_is_null(site: Application, admin: Visitor, clock: ManualClock) -> None:
    add_endpoint(site, OTHER.id, "http://127.0.0.1:1/hook", None)
    announced(admin, clock, link="")
    with site.database.engine.connect() as connection:
        (body,) = connection.execute(select(events.c.body)).scalars()
    assert json.loads(body)["data"]["url"] is None
    assert "Read more" not in admin.get(PATH).words


def log_in_to_service(app: Application) -> Visitor:
    """The user of the primary organisation, where no mail can be sent."""
    visitor, value, at = Visitor(app), new_value(), app.webhooks.clock()
    with app.database.exclusive() as connection:
        user = connection.execute(select(users.c.id).where(users.c.email == ADMIN)).scalar_one()
        sessions.begin_session(connection, digest(value), user, at)
    visitor.cookies.set("session_8080", value)
    return visitor


@pytest.mark.parametrize("staff", [True, False])
def test_in_a_service_only_staff_announces(staff: bool, clock: ManualClock) -> None:
    app = create_app(Settings(staff=frozenset({ADMIN} if staff else {"boss@1invoice.example"})), clock=clock)
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    visitor = log_in_to_service(app)
    page = visitor.get(PATH)
    assert "Nothing is announced" in page.words
    assert ("Announce a change" in page.words) == staff
    token = page.form("/logout").fields["csrf"][0]
    if not staff:
        refused = visitor.post(PATH, csrf=token, title=TITLE, effective_on="2036-01-01")
        assert refused.status == 403
        assert "Only who runs this service may announce" in refused.words
        assert_nothing_announced(app, visitor)
    else:
        assert announced(visitor, clock).status == 200
    app.database.close()


def test_not_without_login(stranger: Visitor) -> None:
    assert stranger.get(PATH).path == "/login"
