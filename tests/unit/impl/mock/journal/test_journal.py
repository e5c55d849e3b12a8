"""The journal of a mock: what it keeps, why a request was answered so, and what its client should know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.journal.journal import MOST_KEPT
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings

from tests.unit.impl.asgi_client import Headers, ask, bearer
from tests.unit.impl.web.visitor import PRIMARY

HERE = [("Host", "127.0.0.1:8080")]
KEY, REVOKED = PRIMARY.keys[0].text, next(key.text for key in PRIMARY.keys if key.revoked_at)
MEMBERS = "/api/v1/members"


@pytest.fixture
def app() -> Iterator[Application]:
    clock = ManualClock()
    app = create_app(Settings(), clock=clock, extension=LocalMock("mock.example", clock))
    seed_database(app.database, seed=1, scale=450, progress=lambda done, total: None)
    yield app
    app.database.close()


def entries(app: Application, query: str = "") -> Any:
    return ask(app, f"/_mock/requests{query}", HERE).json["data"]


def told(app: Application, *targets: str, headers: Headers = ()) -> Any:
    """The last entry after requests with these headers, or else the key."""
    for target in targets:
        ask(app, target, headers or bearer(KEY))
    return entries(app)[-1]


def test_what_is_kept_of_a_request(app: Application) -> None:
    answer = ask(app, f"{MEMBERS}?limit=5&offset=10", bearer(KEY))
    (entry,) = entries(app)
    assert entry["id"] == answer.headers["x-request-id"]
    assert {name: entry[name] for name in ("number", "method", "path", "query", "key", "status", "bytes", "fault")} == {
        "number": 1,
        "method": "GET",
        "path": MEMBERS,
        "query": "limit=5&offset=10",
        "key": PRIMARY.keys[0].name,
        "status": 200,
        "bytes": len(answer.body),
        "fault": None,
    }
    assert (entry["why"], entry["notes"]) == ("positions 10 to 14 of 450", [])
    assert 0 < entry["duration_ms"] < 5_000


@pytest.mark.parametrize(
    ("headers", "note"),
    [
        ([("Accept", "*/*")], "the request has no Authorization header"),
        ([("Authorization", KEY)], "the Authorization header lacks Bearer before the key"),
        ([("Authorization", f"Basic {KEY}")], "the Authorization header has the scheme 'Basic'"),
        ([("Authorization", "Bearer")], "the Authorization header has no key behind Bearer"),
        (bearer(REVOKED), "was revoked"),
        (bearer("1iv_" + "x" * 49), "no key of this mock is the one that was sent"),
        (bearer(f'"{KEY}"'), "no key of this mock is the one that was sent"),
        (bearer(KEY) * 2, "the request has several Authorization headers"),
    ],
)
def test_why_a_key_was_refused(app: Application, headers: Headers, note: str) -> None:
    entry = told(app, MEMBERS, headers=headers)
    assert entry["status"] == 401
    assert len(entry["notes"]) == 1
    assert note in entry["notes"][0]


def test_a_key_in_the_query_is_told_and_not_kept(app: Application) -> None:
    entry = told(app, f"{MEMBERS}?token={KEY}", headers=[("User-Agent", f"client {KEY}")])
    assert entry["notes"][0].startswith("the key is in the query, where nothing looks for it")
    assert KEY not in json.dumps(entries(app))
    assert KEY not in ask(app, "/_mock/requests.har", HERE).body.decode()


@pytest.mark.parametrize(
    ("query", "note"),
    [
        (
            "status[]=active&limit=200",
            "status[] is not a parameter (status is): it was ignored, and you got 200 of 450",
        ),
        ("page=2", "page is not a parameter: it was ignored, and you got 50 of 450"),
        ("Limit=5", "Limit is not a parameter (limit is): it was ignored, and you got 50 of 450"),
    ],
)
def test_what_is_no_parameter(app: Application, query: str, note: str) -> None:
    assert told(app, f"{MEMBERS}?{query}")["notes"] == [note]


def test_a_query_to_discovery_is_ignored(app: Application) -> None:
    assert told(app, "/api/v1?limit=5", headers=[("Accept", "*/*")])["notes"] == [
        "limit is not a parameter: it was ignored"
    ]


@pytest.mark.parametrize(
    ("queries", "notes"),
    [
        (["", "offset=50"], []),
        (["", "offset=60"], ["the page skips 10 records: the one before ended at position 50"]),
        (["limit=100", "offset=50"], ["the page repeats 50 records of the one before, which ended at 100"]),
        (["", "offset=450"], ["there is nothing at offset 450: the list has 450"]),
        (["status=active", "offset=60"], []),
        (["", "offset=60&status=active"], []),
        (["offset=100", "offset=0"], []),
    ],
)
def test_pages_that_do_not_follow_each_other(app: Application, queries: list[str], notes: list[str]) -> None:
    assert told(app, *(f"{MEMBERS}?{query}" for query in queries))["notes"] == notes


def test_other_keys_have_pages_of_their_own(app: Application) -> None:
    ask(app, MEMBERS, bearer(PRIMARY.keys[1].text))
    assert told(app, f"{MEMBERS}?offset=60")["notes"] == []


def test_who_asks_again_too_soon(app: Application) -> None:
    for _ in range(61):
        ask(app, f"{MEMBERS}?limit=1", bearer(KEY))
    last = told(app, f"{MEMBERS}?limit=1")
    assert last["status"] == 429
    assert last["why"].startswith("This key may send 60 requests in a minute")
    (note,) = last["notes"]
    assert note.startswith("it was asked again 0.")
    assert " s after a 429 that said " in note


def test_a_fault_is_why(app: Application) -> None:
    entry = told(app, MEMBERS, headers=[*bearer(KEY), ("Prefer", "code=503")])
    assert (entry["status"], entry["fault"], entry["why"]) == (503, "code=503", "the fault code=503")
    assert entry["notes"] == []
    refused = told(app, f"{MEMBERS}?limit=201")
    assert (refused["status"], refused["why"]) == (400, "limit must be a whole number from 1 to 200.")


def test_what_is_not_the_apis_is_not_kept(app: Application) -> None:
    for target in ("/openapi.json", "/_mock/clock", "/login"):
        ask(app, target, HERE)
    assert entries(app) == []
    assert told(app, "/api/v1/nothing")["status"] == 404


def test_the_newest_are_kept_and_asked_for_by_number(app: Application) -> None:
    for _ in range(MOST_KEPT + 20):
        ask(app, "/api/v1")
    numbers = [entry["number"] for entry in entries(app)]
    assert numbers == [*range(21, MOST_KEPT + 21)]
    assert [entry["number"] for entry in entries(app, f"?after={MOST_KEPT + 18}")] == [MOST_KEPT + 19, MOST_KEPT + 20]
    assert ask(app, "/_mock/requests?after=x", HERE).status == 400
    assert ask(app, "/_mock/requests", HERE, "DELETE").json == {"data": []}
    assert told(app, "/api/v1")["number"] == MOST_KEPT + 21


def test_old_bodies_go_and_their_sizes_stay(app: Application) -> None:
    for number in range(100):
        ask(app, f"{MEMBERS}?limit=200", bearer(PRIMARY.keys[number % 2].text))
    shown = ask(app, "/_mock/requests.har", HERE).json["log"]["entries"]
    kept = [entry["response"]["content"] for entry in shown if entry["response"]["status"] == 200]
    assert "text" not in kept[0]
    assert "text" in kept[-1]
    assert {content["size"] for content in kept} == {len(kept[-1]["text"].encode())}
    assert sum(len(content.get("text", "")) for content in kept) < 2.2 * 2**20


def test_the_log_is_har(app: Application) -> None:
    told(app, f"{MEMBERS}?limit=1&status=active", MEMBERS)
    log = ask(app, "/_mock/requests.har", HERE).json["log"]
    assert (log["version"], log["creator"]["name"]) == ("1.2", "oneinvoice-mock")
    first = log["entries"][0]
    assert first["request"]["url"] == f"http://127.0.0.1:8080{MEMBERS}?limit=1&status=active"
    assert first["request"]["queryString"] == [
        {"name": "limit", "value": "1"},
        {"name": "status", "value": "active"},
    ]
    assert json.loads(first["response"]["content"]["text"])["pagination"]["limit"] == 1
    assert "authorization" not in {header["name"].lower() for header in first["request"]["headers"]}


def test_it_is_for_the_user_alone(app: Application) -> None:
    for path in ("/_mock/requests", "/_mock/requests.har"):
        assert ask(app, path, [("Host", "evil.example")]).status == 403


def test_its_times_are_the_mocks(app: Application) -> None:
    first = told(app, "/api/v1")
    ask(app, "/_mock/clock", HERE, "POST", json.dumps({"advance": 86_400}).encode())
    second = told(app, "/api/v1")
    assert second["at"][:10] > first["at"][:10]
    assert timedelta(seconds=second["duration_ms"] / 1000) < timedelta(seconds=5)
