"""What v1 answered in a run, from its exchanges to JSON and back."""

from __future__ import annotations

import json
from datetime import date

import pytest
from oneinvoice_conformance.history.snapshot import ApiSnapshot, parse_target, take_snapshot
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.deployment import Deployment as Where
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.redaction import Redactor

from tests.miniatures import RATE_FREE
from tests.unit.conformance.fakes import BASE, KEYS, VALID, InProcess, exchange

_LIST = [{"id": 1}]


def asked(body: object = _LIST, status: int = 200, endpoint: str = "members", version: str = "v1", **query: str):
    request = Request(endpoint, VALID, tuple(query.items()), version=version)
    return exchange(body, status, request)


def test_a_request_has_one_row_with_its_credential_and_status() -> None:
    nobody = exchange({}, 401, Request("members", NOBODY))
    snapshot = take_snapshot([asked(), asked([]), asked({}, 400, limit="0"), nobody])
    assert snapshot.answers == {
        ("/api/v1/members", Role.PRIMARY): 200,
        ("/api/v1/members?limit=0", Role.PRIMARY): 400,
        ("/api/v1/members", Role.NONE): 401,
    }


def test_what_data_or_the_moment_decides_is_no_answer() -> None:
    moments = [asked({}, status, limit=str(status)) for status in (0, 429, 500, 503)]
    by_data = [asked({}, 404, offset="50"), asked({}, 404, offset="0050")]
    differing = [asked(), asked({}, 404)]
    headers = exchange(_LIST, 200, Request("members", VALID, headers=(("Accept", "text/html"),)))
    snapshot = take_snapshot([*moments, *by_data, *differing, headers, asked({}, 400, offset="-1"), asked(offset="0")])
    assert {target for target, _ in snapshot.answers} == {"/api/v1/members?offset=-1", "/api/v1/members?offset=0"}


def test_a_slash_at_the_end_of_each_path_changes_nothing() -> None:
    surfaces = []
    for deployment in (RATE_FREE["rate-by-sliding-log"].deployment(), RATE_FREE["slash-at-the-end"].deployment()):
        client = InProcess(deployment)
        for endpoint, credential in (("", NOBODY), ("members", VALID), ("members", NOBODY)):
            client.ask(Request(endpoint, credential))
        surfaces.append(take_snapshot(client.journal))
    assert surfaces[0] == surfaces[1]
    assert len(surfaces[0].answers) == 3


def test_fields_are_those_of_lists_and_discovery_that_are_served_as_json() -> None:
    page = exchange("<p>", 200, Request("invoices", VALID))
    snapshot = take_snapshot([asked(), asked({"error": 1}, 400, "quotes"), page, asked({"next": 1}, version="v2")])
    assert {endpoint: list(fields) for endpoint, fields in snapshot.fields.items()} == {"members": ["$", "[]", "[].id"]}


@pytest.mark.parametrize(
    "body",
    [
        {"endpoints": [{"url": "/api/v1/members/{id}"}, "GET https://staging.example/x/api/v1/quotes?status=accepted"]},
        {"/api/v1/members/{id}": {}, "about": "See /api/v1/quotes."},
    ],
)
def test_the_paths_that_discovery_lists(body: object) -> None:
    snapshot = take_snapshot([exchange(body, 200, Request("", NOBODY))])
    assert snapshot.listed == ("/api/v1/members/{}", "/api/v1/quotes")


def version(status: int, body: object = _LIST, name: str = "v2") -> list:
    return [asked(body, status, endpoint, name) for endpoint in ("", "members", "quotes", "invoices")]


@pytest.mark.parametrize(
    ("exchanges", "versions"),
    [
        ([], {"v1": None, "v2": None}),
        (version(200, name="v1"), {"v1": True, "v2": None}),
        (version(410, name="v1"), {"v1": False, "v2": None}),
        (version(410, name="v1")[:3], {"v1": None, "v2": None}),
        (version(404, name="v1") + version(200), {"v1": False, "v2": True}),
        (version(200)[:1], {"v1": None, "v2": True}),
        (version(203)[:1], {"v1": None, "v2": True}),
        (version(206)[:1], {"v1": None, "v2": True}),
        (version(201)[:1], {"v1": None, "v2": None}),
        (version(200, "<p>")[:2], {"v1": None, "v2": None}),
        (version(404)[:1], {"v1": None, "v2": None}),
        (version(404)[:2], {"v1": None, "v2": False}),
        ([version(404)[0], version(200)[1]], {"v1": None, "v2": True}),
        ([version(404)[0], version(503)[1]], {"v1": None, "v2": None}),
    ],
)
def test_which_versions_are_served_and_which_are_gone(exchanges: list, versions: dict) -> None:
    assert take_snapshot(exchanges).versions == versions


def test_the_earliest_sunset_that_v1_announces() -> None:
    dates = ["Fri, 01 Jan 2027 23:30:00 -0100", "Sat, 02 Jan 2027 00:00:00 GMT", "soon", ""]
    exchanges = [
        exchange(_LIST, 200, Request("members", VALID, (("limit", str(number)),)), headers=(("Sunset", text),))
        for number, text in enumerate(dates)
    ]
    beside = exchange(
        _LIST, 200, Request("", NOBODY, version="v2"), headers=(("Sunset", "Thu, 01 Jan 2026 00:00:00 GMT"),)
    )
    assert take_snapshot([*exchanges, beside]).sunset == date(2027, 1, 2)


def test_it_is_kept_as_json_and_read_again() -> None:
    discovery = exchange(
        {"a": "/api/v1/members"}, 200, Request("", NOBODY), headers=(("Sunset", "Fri, 01 Jan 2027 00:00:00 GMT"),)
    )
    snapshot = take_snapshot([asked(), asked({}, 400, limit="0"), discovery, *version(404)])
    assert ApiSnapshot.from_json(json.loads(json.dumps(snapshot.as_json(str)))) == snapshot


def test_what_holds_a_secret_is_left_out() -> None:
    key = KEYS["primary"]
    paths = ["/api/v1/members", f"/api/v1/{key}/pay", "/api/v1/hush-hush-hush"]
    snapshot = take_snapshot(
        [asked([{"id": 1, key: {"in": 1}}]), asked(key=key), exchange(paths, 200, Request("", NOBODY))]
    )
    content = snapshot.as_json(Redactor(Where(BASE, KEYS, webhook_secret="hush-hush-hush")))
    assert key not in json.dumps(content)
    assert [field["path"] for field in content["fields"]["members"]] == ["$", "[]", "[].id"]
    assert [row["request"] for row in content["answers"]] == ["/api/v1/members", "/api/v1"]
    assert content["listed"] == ["/api/v1/members", "/api/v1/{}/pay"]


@pytest.mark.parametrize(
    ("target", "question"),
    [
        ("/api/v1", ("", ())),
        ("/api/v1/members", ("members", ())),
        ("/api/v1/quotes?status=a%20b&limit=", ("quotes", (("status", "a b"), ("limit", "")))),
        ("/api/v2/members", None),
        ("/api/v1/", None),
        ("/api/v1members", None),
        ("/api/v1/../admin", None),
        ("http://elsewhere.example/api/v1", None),
        ("", None),
    ],
)
def test_only_the_documented_requests_are_asked_again(target: str, question: object) -> None:
    assert parse_target(target) == question
