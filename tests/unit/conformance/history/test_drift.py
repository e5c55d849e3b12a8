"""What changed in endpoints, statuses and discovery: every break is told, and no freedom is ever one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.snapshot import take_snapshot
from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, Request

from tests.unit.conformance.drifting import breaking, kinds, page, quotes
from tests.unit.conformance.fakes import VALID, exchange

_UNKNOWN = Credential(Role.UNKNOWN)
_OTHER = Credential(Role.OTHER)
_DISCOVERY = {"endpoints": [{"path": f"/api/v1/{name}"} for name in ENDPOINTS]}


def got(code: int, endpoint: str = "members", credential: Credential = VALID, **query: str) -> Exchange:
    return exchange([] if code == 200 else {}, code, Request(endpoint, credential, tuple(query.items())))


# Statuses

_STATUSES = [
    (200, 400, ChangeSeverity.BREAKING),
    (200, 403, ChangeSeverity.UNSURE),  # the key may be another
    (200, 301, ChangeSeverity.UNSURE),
    (200, 204, ChangeSeverity.UNSURE),
    (200, 203, ChangeSeverity.OTHER),
    (206, 200, ChangeSeverity.OTHER),
    (203, 400, ChangeSeverity.BREAKING),
    (200, 429, None),
    (200, 500, None),
    (400, 422, ChangeSeverity.BREAKING),
    (400, 404, ChangeSeverity.BREAKING),
    (400, 200, ChangeSeverity.OTHER),
    (401, 400, ChangeSeverity.UNSURE),
    (301, 404, ChangeSeverity.UNSURE),
    (301, 302, ChangeSeverity.OTHER),
    (301, 200, ChangeSeverity.OTHER),
    (500, 400, None),
]


@pytest.mark.parametrize(("before", "now", "kind"), _STATUSES)
def test_another_status_of_the_same_request(before: int, now: int, kind: ChangeSeverity | None) -> None:
    old, new = take_snapshot([got(before, limit="0")]), take_snapshot([got(now, limit="0")])
    assert [change.kind for change in drift(old, new) if "limit" in change.what] == ([kind] if kind else [])


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        (401, 403, ChangeSeverity.BREAKING),
        (401, 200, ChangeSeverity.OTHER),
        (200, 401, ChangeSeverity.OTHER),
        (403, 401, ChangeSeverity.OTHER),
        (200, 403, ChangeSeverity.OTHER),
    ],
)
def test_whoever_has_no_valid_key_may_be_refused(before: int, now: int, kind: ChangeSeverity) -> None:
    for credential in (NOBODY, _UNKNOWN):
        old, new = (take_snapshot([got(status, credential=credential, limit="1")]) for status in (before, now))
        assert [change.kind for change in drift(old, new) if "limit" in change.what] == [kind]


def test_discovery_needs_no_key() -> None:
    old, new = (take_snapshot([got(status, "", NOBODY)]) for status in (200, 401))
    assert breaking(old, new) == ["GET /api/v1 with no credentials got 200 and gets 401 now"]


def test_a_key_that_still_opens_something_is_no_other_key() -> None:
    old = take_snapshot([got(200, "members"), got(200, "quotes")])
    assert breaking(old, take_snapshot([got(401, "members"), got(401, "quotes")])) == []
    assert breaking(old, take_snapshot([got(401, "members"), got(200, "quotes")])) == [
        "GET /api/v1/members with the primary key got 200 and gets 401 now"
    ]


def test_requests_that_changed_alike_are_told_together() -> None:
    old = take_snapshot([got(400, limit=limit) for limit in ("0", "-1", "x")] + [got(400, "quotes", status="x")])
    new = take_snapshot([got(422, limit=limit) for limit in ("0", "-1", "x")] + [got(422, "quotes", status="x")])
    assert breaking(old, new) == [
        "GET /api/v1/members?limit=0 with the primary key got 400 and gets 422 now, as do 2 more requests",
        "GET /api/v1/quotes?status=x with the primary key got 400 and gets 422 now",
    ]


def test_a_filter_without_matches_may_be_not_found() -> None:
    old, new = (
        take_snapshot([got(200), got(200, status="active")]),
        take_snapshot([got(200), got(404, status="active")]),
    )
    assert kinds(old, new) == ["unsure"]


def test_an_endpoint_that_is_gone_is_told_once() -> None:
    old = take_snapshot(
        [exchange(_DISCOVERY, 200, Request("", NOBODY)), got(200), got(200, limit="1"), got(400, limit="0")]
    )
    less = {"endpoints": _DISCOVERY["endpoints"][1:]}
    new = take_snapshot([exchange(less, 200, Request("", NOBODY)), got(410), got(410, limit="1"), got(410, limit="0")])
    assert breaking(old, new) == ["GET /api/v1/members was served and is gone: 410"]


@pytest.mark.parametrize("status", [203, 206])
def test_an_endpoint_that_was_served_with_another_code_is_gone_too(status: int) -> None:
    assert breaking(take_snapshot([got(status)]), take_snapshot([got(404)])) == [
        "GET /api/v1/members was served and is gone: 404"
    ]


@pytest.mark.parametrize("status", [203, 206])
def test_with_another_code_of_success_the_same_is_listed(status: int) -> None:
    requests = [Request("quotes", VALID, query) for query in ((), (("status", "sent"),))]
    old, new = (
        take_snapshot(exchange(quotes(4, start), code, asked) for start, asked in enumerate(requests))
        for code in (200, status)
    )
    assert old.fields == new.fields
    assert [change.kind for change in drift(old, new)] == [ChangeSeverity.OTHER]
    pages = take_snapshot(exchange(b"<p>" * count, status, asked) for count, asked in enumerate(requests, 1))
    assert "quotes: the answer was JSON and is not now" in breaking(old, pages)


def test_an_endpoint_that_is_gone_for_one_key_only_is_there() -> None:
    old = take_snapshot([got(200), got(200, credential=_OTHER)])
    new = take_snapshot([got(404), got(200, credential=_OTHER)])
    assert [change.what for change in drift(old, new)] == [
        "GET /api/v1/members with the primary key got 200 and gets 404 now"
    ]


# Discovery


def test_a_path_that_discovery_lists_no_more() -> None:
    old, new = (
        take_snapshot([exchange(body, 200, Request("", NOBODY))])
        for body in (_DISCOVERY, ["/api/v1/members", "/api/v1/new"])
    )
    assert [(change.kind, change.what) for change in drift(old, new)][:3] == [
        (ChangeSeverity.BREAKING, "discovery listed /api/v1/quotes and does not list it now"),
        (ChangeSeverity.BREAKING, "discovery listed /api/v1/invoices and does not list it now"),
        (ChangeSeverity.OTHER, "discovery lists /api/v1/new now, which it did not"),
    ]


@pytest.mark.parametrize("now", [[], [got(503, "", NOBODY)], [got(301, "", NOBODY)]])
def test_a_discovery_that_is_not_answered_lists_what_it_did(now: list[Exchange]) -> None:
    assert breaking(take_snapshot([exchange(_DISCOVERY, 200, Request("", NOBODY))]), take_snapshot(now)) == []


def test_a_placeholder_of_another_name_is_the_same_path() -> None:
    old = ["/api/v1/quotes{?status}", "/api/v1/quotes/{id}", "/api/v1/invoices/4711/pay", "/api/v1/members/<int:id>"]
    new = ["/api/v1/quotes", "/api/v1/quotes/:quote", "/api/v1/invoices/{id}/pay", "/api/v1/members/{member_id}"]
    before, now = (take_snapshot([exchange(body, 200, Request("", NOBODY))]) for body in (old, new))
    assert drift(before, now) == ()
    less = take_snapshot([exchange(new[:-1], 200, Request("", NOBODY))])
    assert breaking(before, less) == ["discovery listed /api/v1/members/{} and does not list it now"]


# Whole runs


@pytest.mark.parametrize(
    "keep", [lambda each: each.request.endpoint == "", lambda each: each.request.credential == NOBODY]
)
def test_a_narrow_run_and_a_whole_one(keep: Callable[[Exchange], bool]) -> None:
    requests = [Request("", NOBODY), *(Request(name, key) for name in ENDPOINTS for key in (VALID, NOBODY, _OTHER))]
    bodies = {"": _DISCOVERY} | {name: page(*quotes(9)) for name in ENDPOINTS}
    whole = [
        exchange(bodies[each.endpoint], 401 if each.endpoint and each.credential is NOBODY else 200, each)
        for each in requests
    ]
    narrow = take_snapshot(filter(keep, whole))
    assert drift(take_snapshot(whole), narrow) == drift(narrow, take_snapshot(whole)) == ()
