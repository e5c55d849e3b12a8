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
from tests.unit.impl.mock.journal import made
from tests.unit.impl.web.visitor import PRIMARY

HERE = [("Host", "127.0.0.1:8080")]
KEY, REVOKED = PRIMARY.keys[0].text, next(key.text for key in PRIMARY.keys if key.revoked_at)
MEMBERS = "/api/v1/members"


@pytest.fixture
def mock() -> LocalMock:
    return LocalMock("mock.example", ManualClock())


@pytest.fixture
def app(mock: LocalMock) -> Iterator[Application]:
    assert mock.clock is not None
    app = create_app(Settings(), clock=mock.clock, extension=mock)
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
    assert last["findings"] == [{"requirement": "CLIENT/PACE-1", "text": note}]
    assert note.startswith("it was asked again 0.")
    assert " s after a 429 that said " in note


def test_who_waits_on_a_clock_that_is_moved(app: Application) -> None:
    told(app, MEMBERS, headers=[*bearer(KEY), ("Prefer", "code=429; retry-after=60")])
    ask(app, "/_mock/clock", HERE, "POST", json.dumps({"advance": 61}).encode())
    assert told(app, MEMBERS)["findings"] == []


def test_a_secret_that_is_no_key_is_not_told(app: Application) -> None:
    entry = told(app, MEMBERS, headers=[("Authorization", "my-own-secret")])
    assert entry["notes"] == ["the Authorization header has no scheme; the API takes Bearer alone"]
    assert "my-own-secret" not in ask(app, "/_mock/requests.har", HERE).body.decode()


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
    assert {"name": "authorization", "value": "Bearer 1iv_***"} in first["request"]["headers"]


def test_the_log_has_what_a_judge_of_clients_needs(app: Application) -> None:
    ask(app, MEMBERS, bearer(KEY))
    ask(app, f"{MEMBERS}?offset=60", [*bearer(KEY), ("X-Api-Key", KEY)])
    ask(app, MEMBERS, [*bearer("1iv_" + "x" * 49), ("Prefer", "code=429; retry-after=2")])
    ask(app, "/api/v1")
    log = ask(app, "/_mock/requests.har", HERE).json["log"]
    first, second, third, fourth = told = [entry["_oneinvoice"] for entry in log["entries"]]
    times = [each[name] for each in told for name in ("at", "answering", "answered")]
    assert times == sorted(times)
    assert times[-1] <= log["_now"] < times[0] + 60
    assert [each["number"] for each in told] == [1, 2, 3, 4]
    assert [each["key_id"] for each in told] == ["key-1", "key-1", "key-2", None]
    assert [each["key"] for each in told] == [PRIMARY.keys[0].name] * 2 + [None, None]
    assert {each["connection"] for each in told} == {log["entries"][0]["connection"]} == {"127.0.0.1:50000"}
    bearer_alone = ["Authorization: Bearer"]
    assert [each["key_places"] for each in told] == [bearer_alone, [*bearer_alone, "another header"], bearer_alone, []]
    assert (first["fault"], first["left"], third["fault"]) == (None, False, "code=429; retry-after=2")
    assert [each["requirement"] for each in second["findings"]] == ["CLIENT/KEY-1", "CLIENT/PAGE-2"]
    assert [each["text"] for each in second["findings"]] == second["notes"]
    assert fourth["why"] == "as it was asked for"
    timings = log["entries"][0]["timings"]
    assert timings["wait"] + timings["receive"] == pytest.approx(log["entries"][0]["time"])
    assert KEY not in json.dumps(log)


def test_the_log_goes_on_after_a_number_with_the_same_names_of_keys(app: Application) -> None:
    other = bearer(PRIMARY.keys[1].text)
    for headers in (bearer(KEY), other, other):
        ask(app, MEMBERS, headers)
    whole = ask(app, "/_mock/requests.har", HERE).json["log"]["entries"]
    rest = ask(app, "/_mock/requests.har?after=2", HERE).json["log"]["entries"]
    assert rest == whole[2:]
    assert rest[0]["_oneinvoice"]["key_id"] == "key-2"
    assert ask(app, "/_mock/requests.har?after=x", HERE).status == 400


def test_the_log_has_deliveries(app: Application, mock: LocalMock) -> None:
    mock.sends.add(made.send(200, since=5.0))
    mock.sends.add(made.send(None, "flip-bit", id="del_2", since=6.0, duration=timedelta(seconds=1.5), error="Why."))
    taken, lost = ask(app, "/_mock/requests.har", HERE).json["log"]["_deliveries"]
    assert (taken["number"], taken["event_id"], taken["status"]) == (1, "evt_1", 200)
    assert (taken["at"], taken["answered"]) == (5.0, 5.0)
    assert lost == {
        "number": 2,
        "delivery_id": "del_2",
        "endpoint_id": "whe_1",
        "event_id": "evt_1",
        "event": "invoice.paid",
        "attempt": 1,
        "repeat": False,
        "forged": True,
        "fault": "flt_1; webhook=flip-bit",
        "startedDateTime": "2026-04-02T12:00:00Z",
        "at": 6.0,
        "answered": None,
        "time": 1500.0,
        "status": 0,
        "connected": True,
        "error": "Why.",
    }


def test_it_is_for_the_user_alone(app: Application) -> None:
    for path in ("/_mock/requests", "/_mock/requests.har"):
        assert ask(app, path, [("Host", "evil.example")]).status == 403


def test_its_times_are_the_mocks(app: Application) -> None:
    first = told(app, "/api/v1")
    ask(app, "/_mock/clock", HERE, "POST", json.dumps({"advance": 86_400}).encode())
    second = told(app, "/api/v1")
    assert second["at"][:10] > first["at"][:10]
    assert timedelta(seconds=second["duration_ms"] / 1000) < timedelta(seconds=5)
