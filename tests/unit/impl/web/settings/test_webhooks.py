"""Endpoints: who registers them, with what secret, and how they are changed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.webhooks import deliveries, endpoints, events
from oneinvoice_impl.store.webhooks.endpoints import MOST_ACTIVE
from oneinvoice_impl.web.settings import webhooks
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from sqlalchemy import select

from tests.unit.impl.asgi_client import ask
from tests.unit.impl.web.visitor import ADMIN, Page, Visitor, log_in

LIST, NEW = "/settings/webhooks", "/settings/webhooks/new"
HOOK = "http://127.0.0.1:1/hook"
SECRET = re.compile("whsec_[0-9a-f]{64}")


def register(visitor: Visitor, url: str = HOOK, **values: object) -> Page:
    return visitor.submit(visitor.get(NEW), NEW, url=url, **values)


def registered(visitor: Visitor, url: str = HOOK, **values: object) -> str:
    """The path of the new endpoint's page."""
    page = register(visitor, url, **values)
    assert page.status == 200, page.words
    (ping,) = [form.action for form in page.forms if form.action.endswith("/ping")]
    return ping.removesuffix("/ping")


def rows(site: Application, table: object = endpoints) -> list[dict[str, object]]:
    with site.database.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_who_has_none_is_told_what_to_do(admin: Visitor) -> None:
    page = admin.get(LIST)
    assert "No webhooks yet" in page.words
    assert 'href="/settings/webhooks/new"' in page.html
    assert page.form("/settings/webhooks/inbox/register").method == "post"


def test_the_secret_is_shown_once_and_kept_nowhere(admin: Visitor, site: Application) -> None:
    page = register(admin)
    assert page.headers["cache-control"] == "no-store"
    (secret,) = set(SECRET.findall(page.html))
    assert 'data-copy="secret"' in page.html
    path = next(form.action for form in page.forms if form.action.endswith("/ping")).removesuffix("/ping")
    admin.submit(page, f"{path}/ping")
    delivery = rows(site, deliveries)[0]["id"]
    for other in (LIST, path, NEW, f"{path}/log", f"{LIST}/deliveries/{delivery}", "/"):
        shown = admin.get(other)
        assert shown.status == 200
        assert secret not in shown.html
        assert "whsec" not in shown.html
    assert secret not in str(rows(site)) + str(rows(site, events))


def test_chosen_events_are_listed(admin: Visitor, site: Application) -> None:
    registered(admin, which="some", events=["quote.accepted", "invoice.paid"])
    registered(admin, "http://127.0.0.1:2/all")
    assert {row["url"]: row["events"] for row in rows(site)} == {
        HOOK: "invoice.paid,quote.accepted",
        "http://127.0.0.1:2/all": None,
    }
    page = admin.get(LIST)
    assert "invoice.paid, quote.accepted" in page.words
    assert page.words.index("2/all") < page.words.index(HOOK), "the newest first"
    assert "None yet" in page.words


@pytest.mark.parametrize("chosen", [[], ["invoice.lost"], ["ping"], ["<script>"]])
def test_some_event_must_be_chosen(admin: Visitor, site: Application, chosen: list[str]) -> None:
    page = register(admin, which="some", events=chosen)
    assert page.status == 400
    assert 'id="events-error"' in page.html
    assert page.form(NEW).fields["url"] == [HOOK]
    assert not SECRET.search(page.html)
    assert not rows(site)


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("", "Type the URL"),
        ("nonsense", "must begin with https:// or http://"),
        ("javascript:alert(1)", "must begin with https:// or http://"),
        ("ftp://example.com/", "must begin with https:// or http://"),
        ("http://10.0.0.1/", "not on the public Internet"),
        ("http://169.254.169.254/latest", "not on the public Internet"),
        ("http://[::ffff:10.0.0.1]/", "in disguise; write 10.0.0.1."),
        ("http://127.1/hook", "127.1 is no plain IPv4 address; write"),
        ("http://localhost./", "ends with a dot; leave it out."),
        ("http://user:secret@127.0.0.1/", "user name or password"),
        ("http://nowhere.invalid/", "is not known"),
        ("http://blåbær.example/", "must be in ASCII"),
        ("http://127.0.0.1/" + "a" * 2048, "at most 2,048 characters"),
        ('"><script>alert(1)</script>', "must begin with https:// or http://"),
    ],
)
def test_refused_urls_are_told_beside_the_field(admin: Visitor, site: Application, url: str, part: str) -> None:
    page = register(admin, url)
    assert page.status == 400
    error = re.search('<p class="error" id="url-error">([^<]*)</p>', page.html)
    assert error
    assert part in error[1]
    assert page.form(NEW).fields["url"] == [url]
    assert "<script>alert" not in page.html
    assert not rows(site)


def test_a_host_that_takes_too_long_to_look_up(admin: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "_LOOK_UP_SECONDS", 0.0)
    page = register(admin)
    assert page.status == 400
    assert "could not be looked up in time" in page.words


@pytest.mark.parametrize("url", ['http://127.0.0.1:1/"><script>alert(1)</script>', "http://127.0.0.1:1/'{{7*7}}&lt;b"])
def test_hostile_urls_are_only_text(admin: Visitor, site: Application, url: str) -> None:
    page = register(admin, url)
    path = next(form.action for form in page.forms if form.action.endswith("/ping")).removesuffix("/ping")
    pages = [page, admin.get(LIST), admin.submit(page, f"{path}/ping")]
    pages.append(admin.get(f"{LIST}/deliveries/{rows(site, deliveries)[0]['id']}"))
    pages.append(register(admin, url))
    for each in pages:
        assert url in each.words or each.status == 400
        assert "<script>alert" not in each.html
    assert pages[-1].form(NEW).fields["url"] == [url]


def test_a_url_is_registered_once(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    path = registered(admin)
    again = register(admin)
    assert again.status == 400
    assert "registered already" in again.words
    admin.submit(admin.get(path), f"{path}/disable")
    registered(admin)
    registered(other_admin)
    assert len(rows(site)) == 3


def test_there_is_a_most(admin: Visitor, site: Application) -> None:
    for number in range(MOST_ACTIVE):
        path = registered(admin, f"{HOOK}/{number}")
    page = register(admin)
    assert page.status == 400
    assert "There are 50 active endpoints; disable one of them first." in page.words
    admin.submit(admin.get(path), f"{path}/disable")
    registered(admin)
    refused = admin.submit(admin.get(path), f"{path}/enable")
    assert (refused.status, "disable one of them first" in refused.words) == (409, True)


def test_rotation(admin: Visitor, site: Application, clock: ManualClock) -> None:
    first = register(admin)
    path = next(form.action for form in first.forms if form.action.endswith("/ping")).removesuffix("/ping")
    before = admin.get(path)
    assert "The one before signs too until" not in before.words
    page = admin.submit(before, f"{path}/rotate")
    (secret,) = set(SECRET.findall(page.html))
    assert secret not in first.html
    until = clock() + timedelta(hours=24)
    assert f"Until {until.day} {until:%b %Y}, " in page.words
    assert "the secret before signs too" in page.words
    (row,) = rows(site)
    assert site.webhooks.encryption.decrypt(row["secret"]) == secret
    assert site.webhooks.encryption.decrypt(row["previous_secret"]) in first.html
    assert "The one before signs too until" in admin.get(path).words
    assert "The one before that ends at once." in admin.get(path).words
    clock.advance(timedelta(hours=23))
    assert "The one before signs too until" in admin.get(path).words
    clock.advance(timedelta(hours=1, minutes=1))
    assert "The one before signs too until" not in admin.get(path).words


def test_disabling_cancels_and_enabling_begins_anew(admin: Visitor, site: Application) -> None:
    path = registered(admin)
    admin.submit(admin.get(path), f"{path}/ping")
    page = admin.submit(admin.get(path), f"{path}/disable")
    assert page.path == path
    assert "You disabled it." in page.words
    assert [row["status"] for row in rows(site, deliveries)] == ["cancelled"]
    assert "What was cancelled stays cancelled" in page.words
    assert "You disabled it." in admin.get(LIST).words
    assert not [form for form in page.forms if form.action.endswith("/ping")]
    page = admin.submit(page, f"{path}/enable")
    assert "The endpoint is active again." in page.words
    (row,) = rows(site)
    assert (row["status"], row["disabled_at"], row["disabled_reason"], row["failing_since"]) == ("active",) + (
        None,
    ) * 3
    assert [row["status"] for row in rows(site, deliveries)] == ["cancelled"]
    delivery = f"{LIST}/deliveries/{rows(site, deliveries)[0]['id']}"
    page = admin.submit(admin.get(delivery), f"{delivery}/resend")
    assert page.path != delivery
    assert sorted(str(row["status"]) for row in rows(site, deliveries)) == ["cancelled", "pending"]


def test_what_an_endpoint_cannot_do(admin: Visitor) -> None:
    path = registered(admin)
    active = admin.get(path)
    disabled = admin.submit(active, f"{path}/disable")
    for page, action, part in (
        (active, "disable", "disabled already"),
        (active, "ping", "is disabled (You disabled it)"),
    ):
        refused = admin.submit(page, f"{path}/{action}")
        assert refused.status == 409
        assert part in refused.words
    registered(admin)
    refused = admin.submit(disabled, f"{path}/enable")
    assert refused.status == 409
    assert "Another endpoint with its URL is active" in refused.words


def test_enabled_twice(admin: Visitor) -> None:
    path = registered(admin)
    disabled = admin.submit(admin.get(path), f"{path}/disable")
    admin.submit(disabled, f"{path}/enable")
    refused = admin.submit(disabled, f"{path}/enable")
    assert refused.status == 409
    assert "active already" in refused.words


def test_nothing_of_another_organisation(admin: Visitor, other_admin: Visitor, site: Application) -> None:
    path = registered(other_admin)
    other_admin.submit(other_admin.get(path), f"{path}/ping")
    delivery = f"{LIST}/deliveries/{rows(site, deliveries)[0]['id']}"
    before = rows(site)
    token = admin.get(LIST).form("/logout").fields["csrf"][0]
    assert "No webhooks yet" in admin.get(LIST).words
    for each in (path, f"{path}/log", delivery, f"{delivery}/progress"):
        assert admin.get(each).status == 404
        assert other_admin.get(each).status == 200
    for each in (f"{path}/rotate", f"{path}/ping", f"{path}/disable", f"{path}/enable", f"{delivery}/resend"):
        page = admin.post(each, csrf=token)
        assert page.status == 404
        assert not SECRET.search(page.html)
    assert rows(site) == before
    assert len(rows(site, deliveries)) == 1


@pytest.mark.parametrize("name", ["whe_0", "new2", "%3Cscript%3E", "inbox2", "deliveries"])
def test_unknown_ids(admin: Visitor, name: str) -> None:
    assert admin.get(f"{LIST}/{name}").status == 404


def test_not_without_login(stranger: Visitor, admin: Visitor) -> None:
    path = registered(admin)
    for each in (LIST, NEW, path, f"{path}/log", f"{LIST}/inbox", f"{LIST}/inbox/1"):
        assert stranger.get(each).path == "/login"
    part = stranger.get(f"{path}/log", HX_Request="true")
    assert (part.status, part.html, part.headers["hx-redirect"]) == (204, "", "/login")


def test_not_without_a_token(admin: Visitor, site: Application) -> None:
    path = registered(admin)
    for each in (NEW, f"{path}/rotate", f"{path}/disable", f"{LIST}/inbox", f"{LIST}/inbox/register"):
        assert admin.post(each, url=HOOK, which="all").status == 403
    assert [row["status"] for row in rows(site)] == ["active"]


def test_secrets_that_cannot_be_stored(admin: Visitor, site: Application) -> None:
    path = registered(admin)
    site.webhooks.encryption = SecretEncryption(None)
    for page in (register(admin, f"{HOOK}/2"), admin.submit(admin.get(path), f"{path}/rotate")):
        assert page.status == 503
        assert "set ONEINVOICE_SECRET_KEY" in page.words
        assert not SECRET.search(page.html)
    assert len(rows(site)) == 1


def test_a_service_has_no_inbox(tmp_path: Path, mock: LocalMock) -> None:
    settings = Settings(f"sqlite:///{tmp_path / 'service.db'}")
    mocked, service = create_app(settings, extension=mock), create_app(settings)
    try:
        seed_database(mocked.database, seed=1, scale=30, progress=lambda done, total: None)
        logged_in, visitor = Visitor(mocked), Visitor(service)
        log_in(logged_in, mock.mailer, ADMIN)
        visitor.cookies = logged_in.cookies
        page = visitor.get(LIST)
        assert page.status == 200
        for each in (page, visitor.get(NEW)):
            assert "inbox" not in each.html
        assert visitor.get(f"{LIST}/inbox").status == 404
        assert "not on the public Internet" in register(visitor).words
        assert ask(service, "/_mock/inbox", [("Host", "127.0.0.1:8080")], "POST").status == 404
    finally:
        mocked.database.close()
        service.database.close()
