"""Settings → REST API."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.keys import MOST_ACTIVE, is_key
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.accounts.keys import MOST_REVOKED
from oneinvoice_impl.store.tables.records import api_keys
from oneinvoice_impl.web.session import digest
from sqlalchemy import insert, select

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.web.accounts.test_welcome import HOSTILE
from tests.unit.impl.web.visitor import OTHER, PRIMARY, Page, Visitor, log_in

PATH = "/settings/api"
MEMBERS = "/api/v1/members"
KEY = key_text(1, "primary")
SHAPE = re.compile("1iv_[0-9A-Za-z]{49}")


def create(visitor: Visitor, name: str = "Accounting") -> tuple[Page, str]:
    """The answer, and the key that it shows."""
    page = visitor.submit(visitor.get(PATH), PATH, name=name)
    assert page.status == 200
    (key,) = set(SHAPE.findall(page.html))
    return page, key


def id_of(site: Application, name: str) -> str:
    with site.database.engine.connect() as connection:
        return str(connection.execute(select(api_keys.c.id).where(api_keys.c.name == name)).scalar_one())


def count(site: Application) -> int:
    with site.database.engine.connect() as connection:
        return len(connection.execute(select(api_keys)).all())


def test_a_key_is_shown_once_and_works_at_once(site: Application, admin: Visitor) -> None:
    page, key = create(admin)
    assert is_key(key)
    assert page.headers["cache-control"] == "no-store"
    curl = f'curl -H "Authorization: Bearer {key}" "http://127.0.0.1:8080/api/v1/members?limit=2"'
    assert curl in page.words
    assert 'data-copy="key"' in page.html
    answer = ask(site, MEMBERS, bearer(key))
    assert answer.json["pagination"]["total"] == 30
    for path in ("/", PATH, f"{PATH}/{id_of(site, 'Accounting')}", f"{PATH}/{id_of(site, 'Accounting')}/revoke"):
        later = admin.get(path)
        assert later.status == 200
        assert key not in later.html
        assert key not in str(later.headers)
    assert f"{key[:4]}…{key[-4:]}" in admin.get(PATH).words


def test_the_value_is_in_no_log_cookie_or_row(
    site: Application, admin: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        page, key = create(admin)
        admin.get(PATH)
    assert caplog.records, "nothing was logged, so nothing was tested"
    assert key[4:-4] not in caplog.text
    assert key not in str(page.headers)
    assert key not in str(page.response.url)
    assert key not in str(dict(admin.cookies))
    with site.database.engine.connect() as connection:
        rows = connection.execute(select(api_keys)).all()
    assert key[4:-4] not in str(rows)


def test_the_same_form_again_makes_no_second_key(site: Application, admin: Visitor) -> None:
    form = admin.get(PATH)
    first = admin.submit(form, PATH, name="Accounting")
    before = count(site)
    again = admin.submit(form, PATH, name="Accounting")
    assert again.status == 409
    assert "This form was sent before" in again.words
    assert not SHAPE.search(again.html)
    assert SHAPE.search(first.html)
    assert count(site) == before
    assert admin.submit(again, PATH, name="Another").status == 200


def test_two_keys_may_have_one_name(admin: Visitor) -> None:
    assert create(admin)[1] != create(admin)[1]


@pytest.mark.parametrize(
    ("name", "part"),
    [("", "Give the key a name"), ("  ", "Give the key a name"), ("N" * 101, "at most 100"), ("a\u202eb", "Leave out")],
)
def test_names_that_are_none(site: Application, admin: Visitor, name: str, part: str) -> None:
    before = count(site)
    page = admin.submit(admin.get(PATH), PATH, name=name)
    assert page.status == 400
    assert part in page.words
    assert 'aria-describedby="name-hint name-error"' in page.html
    assert count(site) == before


@pytest.mark.parametrize("name", [name for name in HOSTILE if len(name) <= 100])
def test_hostile_names_are_only_text(site: Application, admin: Visitor, name: str) -> None:
    page, _ = create(admin, name)
    id = id_of(site, name)
    shown = [page, *(admin.get(path) for path in (PATH, f"{PATH}/{id}", f"{PATH}/{id}/revoke"))]
    revoked = admin.submit(shown[-1], f"{PATH}/{id}/revoke")
    for each in (*shown, revoked):
        assert name in each.words
        assert "<script>alert" not in each.html
        assert "<img src=x" not in each.html
        assert "' onfocus='" not in each.html


def test_a_revoked_key_gets_401(site: Application, admin: Visitor) -> None:
    _, key = create(admin)
    assert ask(site, MEMBERS, bearer(key)).status == 200
    path = f"{PATH}/{id_of(site, 'Accounting')}/revoke"
    confirm = admin.get(path)
    assert "This can't be undone" in confirm.words
    assert ask(site, MEMBERS, bearer(key)).status == 200
    page = admin.submit(confirm, path)
    assert (page.status, page.path) == (200, PATH)
    assert "The key Accounting was revoked; it gets 401 from now on." in page.words
    assert ask(site, MEMBERS, bearer(key)).status == 401
    assert path not in page.html
    for again in (admin.submit(confirm, path), admin.get(path)):
        assert again.status == 409
        assert "was revoked before" in again.words


def test_keys_of_others_are_nowhere(site: Application, admin: Visitor, other_admin: Visitor) -> None:
    _, key = create(other_admin, "Theirs")
    id = id_of(site, "Theirs")
    assert id not in admin.get(PATH).html
    for path in (f"{PATH}/{id}", f"{PATH}/{id}/revoke", f"{PATH}/key_nothing", f"{PATH}/key_nothing/revoke"):
        assert admin.get(path).status == 404
    own = admin.get(f"{PATH}/{id_of(site, 'primary')}/revoke")
    token = own.form(f"{PATH}/{id_of(site, 'primary')}/revoke").fields["csrf"][0]
    for target in (id, "key_nothing"):
        assert admin.post(f"{PATH}/{target}/revoke", csrf=token).status == 404
    assert ask(site, MEMBERS, bearer(key)).status == 200


def test_the_id_of_a_key_is_not_for_the_visitor_to_choose(site: Application, admin: Visitor) -> None:
    page = admin.get(PATH)
    before = count(site)
    once = page.form(PATH).fields["idempotency_token"][0]
    for forged in ("", once[:-1], once.replace("key_", "key_0"), once.replace("key_", "ann_")):
        assert admin.submit(page, PATH, name="Accounting", idempotency_token=forged).status == 403
    assert count(site) == before


def test_no_more_than_a_hundred_in_use(site: Application, admin: Visitor, clock: ManualClock) -> None:
    row = {"organisation_id": PRIMARY.id, "name": "More", "first_four": "1iv_", "last_four": "abcd"}
    rows = [row | {"id": f"key_{n}", "digest": digest(str(n)), "created_at": clock()} for n in range(MOST_ACTIVE - 3)]
    with site.database.exclusive() as connection:
        connection.execute(insert(api_keys), rows)
    create(admin)
    page = admin.submit(admin.get(PATH), PATH, name="Too many")
    assert page.status == 400
    assert "There are 100 keys in use" in page.words
    assert page.form(PATH).fields["name"] == ["Too many"]
    admin.submit(admin.get(f"{PATH}/key_1/revoke"), f"{PATH}/key_1/revoke")
    create(admin)


def test_of_many_revoked_keys_the_newest_are_listed(site: Application, admin: Visitor, clock: ManualClock) -> None:
    row = {"organisation_id": PRIMARY.id, "first_four": "1iv_", "last_four": "abcd", "created_at": clock()}
    rows = [
        row | {"id": f"key_{n}", "name": f"Old {n}.", "digest": digest(str(n)), "revoked_at": clock() + timedelta(n)}
        for n in range(MOST_REVOKED + 1)
    ]
    with site.database.exclusive() as connection:
        connection.execute(insert(api_keys), rows)
    words = admin.get(PATH).words
    assert f"Old {MOST_REVOKED}." in words
    assert "Old 1." in words
    assert "Old 0." not in words


def test_use_is_shown_at_once(site: Application, admin: Visitor) -> None:
    page = admin.get(PATH)
    assert "0 requests in the last 24 hours" in page.html
    assert "never" in page.words
    for target in (MEMBERS, MEMBERS, f"{MEMBERS}?limit=0"):
        ask(site, target, bearer(KEY))
    page = admin.get(PATH)
    assert re.search(
        r'aria-label="3 requests in the last 24 hours; in the busiest hour \(\d\d:00 UTC\) 3 of 3,600', page.html
    )
    assert "never" in page.words, "of the others"
    page = admin.get(f"{PATH}/{id_of(site, 'primary')}")
    assert "3 requests in the last 24 hours" in page.words
    assert "never" not in page.words.lower()


def test_use_is_of_the_last_24_hours(site: Application, admin: Visitor, clock: ManualClock) -> None:
    path = f"{PATH}/{id_of(site, 'primary')}"
    ask(site, MEMBERS, bearer(KEY))
    admin.get(path)
    clock.advance(timedelta(hours=23))
    log_in_again = admin.get(path)
    assert "1 request in the last 24 hours" in log_in_again.words
    ask(site, MEMBERS, bearer(KEY))
    assert "2 requests in the last 24 hours; in the busiest hour" in admin.get(path).words
    clock.advance(timedelta(hours=1))
    assert "1 request in the last 24 hours" in admin.get(path).words


def test_what_is_refused_is_not_counted(site: Application, admin: Visitor) -> None:
    answers = [ask(site, MEMBERS, bearer(KEY)).status for _ in range(62)]
    assert answers.count(429) == 2
    assert "60 requests in the last 24 hours" in admin.get(f"{PATH}/{id_of(site, 'primary')}").words


def test_use_of_others_is_not_shown(site: Application, admin: Visitor) -> None:
    for _ in range(7):
        ask(site, MEMBERS, bearer(key_text(1, "other")))
    assert "7 requests" not in admin.get(PATH).html


def test_whom_to_ask_for_more(site: Application, admin: Visitor) -> None:
    page = admin.get(PATH)
    assert "write to support@1invoice.example" in page.words
    assert "oneinvoice-mock keys limit key_" in page.words


def test_the_first_key(stranger: Visitor, mock: LocalMock) -> None:
    welcome = log_in(stranger, mock.mailer, "kari@nordlys.example")
    assert stranger.get(PATH).path == "/welcome"
    stranger.submit(welcome, "/welcome", name="Nordlys", kind="company")
    page = stranger.get(PATH)
    assert "No keys yet" in page.words
    assert OTHER.name not in page.words
    create(stranger)


@pytest.mark.parametrize("path", [PATH, f"{PATH}/key_1", f"{PATH}/key_1/revoke"])
def test_not_without_login(stranger: Visitor, path: str) -> None:
    assert stranger.get(path).path == "/login"
    token = stranger.get("/login").form("/login").fields["csrf"][0]
    answer = stranger.post(path, csrf=token, name="x")
    assert (answer.status, answer.headers.get("location")) in ((303, "/login"), (405, None))
