from typing import Any

import pytest
from oneinvoice_conformance.fuzz.freedoms import SuspicionKind
from oneinvoice_conformance.fuzz.suspicion import find_suspicions
from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.session.validator import Validator

from tests.unit.conformance.fakes import CONTRACT, VALID, exchange

DAMAGED = Credential(Role.GENERATED, "Bearer x", "Bearer x")


Found = list[tuple[str, SuspicionKind]]


def suspected(request: Request, status: int, body: Any = b"", validator: Validator | None = None) -> Found:
    found = find_suspicions(exchange(body, status, request), validator)
    return [(suspicion.requirement, suspicion.kind) for suspicion in found]


def members(credential: Credential = VALID, **query: str) -> Request:
    return Request("members", credential, tuple(query.items()))


def a_list(count: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(count)]


@pytest.mark.parametrize(
    ("request_", "status", "found"),
    [
        (members(limit="0"), 500, [("ERR-1", SuspicionKind.CRASHED)]),
        (members(limit="7"), 503, [("ERR-2", SuspicionKind.CRASHED)]),
        (members(offset="7"), 503, [("ERR-2", SuspicionKind.CRASHED)]),
        (members(NOBODY, limit="0"), 500, [("ERR-1", SuspicionKind.CRASHED)]),
        (members(NOBODY, limit="7"), 500, [("AUTH-1", SuspicionKind.CRASHED)]),
        (members(DAMAGED, limit="7"), 500, [("AUTH-2", SuspicionKind.CRASHED)]),
        (members(limit="7"), 418, [("ERR-2", SuspicionKind.REFUSED)]),
        (members(limit="0"), 400, [("ERR-2", SuspicionKind.REFUSED)]),
        (members(NOBODY, limit="0"), 401, []),
        (members(NOBODY, limit="0"), 200, [("AUTH-1", SuspicionKind.OPEN)]),
        (members(DAMAGED, limit="0"), 204, [("AUTH-2", SuspicionKind.OPEN)]),
        (members(DAMAGED, limit="0"), 400, [("AUTH-2", SuspicionKind.REFUSED)]),
        (members(limit="0"), 200, [("ERR-1", SuspicionKind.ODD_SERVED)]),
        (members(limit="7"), 200, []),
    ],
    ids=str,
)
def test_what_a_status_is_suspected_of(request_: Request, status: int, found: Found):
    assert suspected(request_, status) == found


def test_no_answer_is_suspected_of_nothing():
    lost = exchange(b"", 0, error=Failure(FailureKind.BROKEN, "connection broken"))
    assert list(find_suspicions(lost, Validator(CONTRACT.document))) == []


@pytest.mark.parametrize(
    ("query", "count", "requirement"),
    [
        ({"limit": "500"}, 201, "MEM-4"),
        ({"limit": "7"}, 201, "MEM-4"),
        ({"limit": "7"}, 8, "MEM-3"),
        ({"limit": "7", "offset": "3"}, 8, "MEM-3"),
        ({"status": "active"}, 51, "MEM-2"),
    ],
)
def test_too_many_members(query: dict[str, str], count: int, requirement: str):
    assert (requirement, SuspicionKind.TOO_MANY) in suspected(members(**query), 200, a_list(count))


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"limit": "500"}, 200),
        ({"limit": "7"}, 7),
        ({"limit": "7", "page": "2"}, 50),
        ({"offset": "-1"}, 200),
        ({}, 50),
    ],
)
def test_a_number_that_may_be(query: dict[str, str], count: int):
    assert SuspicionKind.TOO_MANY not in [kind for _, kind in suspected(members(**query), 200, a_list(count))]


def test_only_lists_of_members_are_counted():
    assert suspected(Request("quotes", VALID, (("status", "accepted"),)), 200, a_list(300)) == []
    assert suspected(members(limit="7"), 200, {"not": "a list"}) == []
    assert suspected(members(limit="7"), 200, b"<html>") == []


def test_the_contract_is_held_against_answers_where_it_is_given():
    assert ("SPEC-1", SuspicionKind.INVALID) in suspected(members(limit="7"), 200, [], Validator(CONTRACT.document))
    assert ("SPEC-2", SuspicionKind.INVALID) in suspected(members(limit="0"), 400, b"no", Validator(CONTRACT.document))


def test_a_long_request_is_told_by_its_beginning():
    [found] = find_suspicions(exchange(b"", 500, members(x="y" * 5000)), None)
    assert len(found.reason) < 200
    assert "…" in found.reason
