"""The preview of v2 beside v1, on each kind of database: by its document, and on the same store, keys and limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.records import api_keys
from oneinvoice_openapi.contract import held_to
from oneinvoice_openapi.lifecycle.entries import Entry, Kind, Lifecycle, Subject
from oneinvoice_openapi.previews import document_of
from sqlalchemy import update

from tests.unit.impl.asgi_client import Answer, ask, bearer
from tests.unit.impl.seeded import seed_memory

KEY = bearer(key_text(1, "primary"))
OTHER_KEY = bearer(key_text(1, "other"))
DOCUMENT = held_to(document_of("v2"))
LISTS = {"members": "active", "quotes": "accepted", "invoices": "paid"}
BAD_CURSOR = "must be `next` of the page before, with the same status"


@pytest.fixture
def app(empty_database: Any) -> Iterator[Application]:
    url = empty_database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(url, preview="v2"))
    seed_database(app.database, seed=1, scale=60, progress=lambda done, total: None, rate_limit=1_000_000)
    yield app
    app.database.close()


@pytest.fixture
def both() -> Iterator[Application]:
    """Both versions in memory, where the kind of database doesn't matter."""
    app = create_app(Settings(preview="v2"))
    seed_memory(app.database)
    yield app
    app.database.close()


def held(answer: Answer, path: str) -> Any:
    """The body of an answer, which is as the document describes it."""
    described = DOCUMENT["paths"][path]["get"]["responses"]
    response = described.get(str(answer.status), described["default"])
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"][answer.headers["content-type"]]["schema"]
    jsonschema_rs.Draft202012Validator(
        {**schema, "components": DOCUMENT["components"]}, validate_formats=True
    ).validate(answer.json)
    return answer.json


def walked(app: Application, name: str, query: str, key: Any = KEY) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        more = f"&cursor={following}" if following else ""
        page = held(ask(app, f"/api/v2/{name}?{query}{more}", key), f"/api/v2/{name}")
        records += page["data"]
        following = page["pagination"]["next"]
    return records


@pytest.mark.parametrize("name", LISTS)
def test_pages_are_those_of_v1(app: Application, name: str) -> None:
    for key in (KEY, OTHER_KEY):
        for query in ("", f"status={LISTS[name]}"):
            v1 = ask(app, f"/api/v1/{name}?limit=200&{query}", key).json
            assert v1["data"]
            for limit in (1, 7, 200):
                assert walked(app, name, f"limit={limit}&{query}", key)[:200] == v1["data"]
            first = ask(app, f"/api/v2/{name}?{query}", key).json
            assert first["pagination"].keys() == {"limit", "next", "total"}
            assert (first["pagination"]["limit"], first["pagination"]["total"]) == (50, v1["pagination"]["total"])


def test_an_older_invoice_is_overdue_in_both(app: Application) -> None:
    shown = {each["payment_status"] for each in walked(app, "invoices", "limit=200")}
    assert shown == {each["payment_status"] for each in ask(app, "/api/v1/invoices?limit=200", KEY).json["data"]}
    assert "overdue" in shown


@pytest.mark.parametrize(
    ("query", "parameter", "message"),
    [
        ("cursor=", "cursor", BAD_CURSOR),
        ("cursor=nonsense", "cursor", BAD_CURSOR),
        ("cursor=%F0%9F%92%A9", "cursor", BAD_CURSOR),
        ("cursor=" + "A" * 513, "cursor", BAD_CURSOR),
        ("cursor=a&cursor=a", "cursor", "must be given only once"),
        ("offset=0", "offset", "is of v1; send `next` of the page before as cursor"),
        ("offset=", "offset", "is of v1; send `next` of the page before as cursor"),
        ("limit=0", "limit", "must be a whole number from 1 to 200"),
        ("status=nobody", "status", "must be active, inactive or pending"),
    ],
)
def test_bad_input_is_told_in_a_sentence(both: Application, query: str, parameter: str, message: str) -> None:
    answer = ask(both, f"/api/v2/members?{query}", KEY)
    assert answer.status == 400
    problem = held(answer, "/api/v2/members")
    assert problem["detail"] == f"{parameter} {message}."
    assert problem["errors"] == [{"parameter": parameter, "message": message}]
    assert ask(both, f"/api/v2/members?{query}").status == 401


def test_a_cursor_of_another_list_or_filter_is_refused(both: Application) -> None:
    following = ask(both, "/api/v2/members?limit=1", KEY).json["pagination"]["next"]
    for target in ("quotes?", "invoices?", "members?status=active&"):
        answer = ask(both, f"/api/v2/{target}cursor={following}", KEY)
        assert (answer.status, answer.json["detail"]) == (400, f"cursor {BAD_CURSOR}.")
    assert ask(both, f"/api/v2/members?limit=7&cursor={following}", KEY).status == 200


def test_a_cursor_of_another_organisation_shows_the_own_records_alone(app: Application) -> None:
    own = [each["id"] for each in walked(app, "members", "limit=200", OTHER_KEY)]
    page = ask(app, "/api/v2/members?limit=1", KEY).json
    following = page["pagination"]["next"]
    seen = ask(app, f"/api/v2/members?limit=200&cursor={following}", OTHER_KEY).json["data"]
    assert seen
    place = (page["data"][0]["created_at"], page["data"][0]["id"])
    assert [each["id"] for each in seen] == own[-len(seen) :]
    assert all((each["created_at"], each["id"]) > place for each in seen)


def test_discovery_and_errors_are_of_v2(both: Application) -> None:
    discovery = held(ask(both, "/api/v2"), "/api/v2")
    assert discovery["version"] == "v2"
    assert {each["path"] for each in discovery["endpoints"]} == DOCUMENT["paths"].keys()
    assert ask(both, "/api/v1").json["version"] == "v1"
    for version in ("v1", "v2"):
        missing = ask(both, f"/api/{version}/nothing", KEY)
        assert missing.status == 404
        assert f"GET /api/{version} lists" in missing.json["detail"]
        wrong = ask(both, f"/api/{version}/members", KEY, "POST")
        assert (wrong.status, wrong.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert wrong.json["request_id"] == wrong.headers["x-request-id"]
    held(ask(both, "/api/v2/members"), "/api/v2/members")
    served = ask(both, "/api/v2/openapi.json").json
    assert served["info"]["version"] == "2.0.0-preview"
    assert "x-requirements" not in str(served)
    assert "x-preview" not in str(served)


def test_both_count_on_one_limit(both: Application) -> None:
    with both.database.engine.begin() as connection:
        connection.execute(update(api_keys).values(rate_limit=3))
    targets = ["/api/v1/members", "/api/v2/members", "/api/v2/quotes", "/api/v1/members", "/api/v2/members"]
    assert [ask(both, each, KEY).status for each in targets] == [200, 200, 200, 429, 429]
    refused = ask(both, "/api/v2/invoices", KEY)
    assert held(refused, "/api/v2/invoices")["detail"].startswith("This key may send 3 requests in a minute")
    assert {"retry-after", "ratelimit", "ratelimit-policy"} <= refused.headers.keys()
    assert ask(both, "/api/v2/members", OTHER_KEY).status == 200


def test_without_it_there_is_no_v2_and_v1_is_the_same(memory_app: Application, both: Application) -> None:
    assert ask(memory_app, "/api/v2", KEY).status == 404
    assert "GET /api/v1 lists" in ask(memory_app, "/api/v2/members", KEY).json["detail"]
    for target in ("/api/v1", "/api/v1/members?limit=3&offset=2", "/openapi.json", "/api/v1/members?cursor=x&limit=1"):
        one, other = (ask(app, target, KEY) for app in (memory_app, both))
        assert one.body == other.body
        assert one.status == 200
        assert set(one.headers) == set(other.headers)


def test_v1_ends_and_v2_goes_on(clock: ManualClock) -> None:
    v1, v2 = (Subject(Kind.VERSION, name) for name in ("v1", "v2"))
    ends = Entry(v1, date(2026, 1, 1), None, date(2026, 2, 1), date(2026, 8, 1), v2)
    begins = Entry(v2, date(2026, 1, 1), date(2026, 2, 1))
    app = create_app(Settings(preview="v2"), clock=clock, lifecycle=Lifecycle((ends, begins)))
    seed_memory(app.database)
    clock.freeze()
    clock.set(datetime(2026, 7, 31, tzinfo=UTC))
    old = ask(app, "/api/v1/members", KEY)
    assert old.status == 200
    assert old.headers["link"] == '</api/v2>; rel="successor-version"'
    clock.set(datetime(2026, 8, 1, tzinfo=UTC))
    gone = ask(app, "/api/v1/members", KEY)
    assert (gone.status, gone.headers["link"]) == (410, old.headers["link"])
    assert gone.json["detail"] == "The API under /api/v1 ended on 2026-08-01; use /api/v2 instead."
    new = ask(app, "/api/v2/members", KEY)
    assert new.status == 200
    assert not {"deprecation", "sunset", "link"} & new.headers.keys()
    app.database.close()


def test_its_organisations_are_the_seeded_ones(both: Application) -> None:
    primary, other = organisations(1, 30)
    assert {each["id"] for each in walked(both, "members", "limit=9")} == {each.id for each in primary.members()}
    assert not {each["id"] for each in walked(both, "members", "limit=9")} & {each.id for each in other.members()}
