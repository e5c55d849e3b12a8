"""Scenarios: one request brings a mock to a test's data, time and faults."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.sandboxes import itself, sandbox
from tests.acceptance.test_mock import Mock, running
from tests.services.redis import redis

DATA = {
    "members": [{"id": "mem_kari", "first_name": "Kari", "status": "pending"}],
    "invoices": [{"id": "inv_late", "status": "sent", "due_date": "2030-01-31"}],
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


def test_one_request_resets_loads_sets_the_clock_and_plans_faults(mock: Mock) -> None:
    for each in (sandbox(mock), itself(mock)):
        each.happen("invoice.created")
        each.control("POST", "/faults", {"status": 500})
        answer = each.control(
            "POST",
            "/scenario",
            {
                "fixtures": DATA,
                "clock": {"set": "2030-02-01T00:00:00Z", "freeze": True},
                "faults": [{"status": 503, "operation": "list_quotes", "times": 1}, {"webhook": "drop"}],
            },
        )
        assert (answer["clock"]["now"], answer["clock"]["frozen"]) == ("2030-02-01T00:00:00Z", True)
        assert [(fault["status"], fault["webhook"]) for fault in answer["faults"]] == [(503, None), (None, "drop")]
        assert [member["id"] for member in each.get("/api/v1/members").json()["data"]] == ["mem_kari"]
        (invoice,) = each.get("/api/v1/invoices").json()["data"]
        assert (invoice["id"], invoice["payment_status"]) == ("inv_late", "overdue")
        assert [each.get("/api/v1/quotes").status for _ in range(2)] == [503, 200]
        assert each.total("members", "other") == 12, "it names nothing of the other organisation"
        each.control("POST", "/scenario", {})
        assert each.total("members") == 450
        assert each.control("GET", "/faults") == {"data": []}
        assert each.control("GET", "/clock")["ahead_seconds"] == 0


def test_it_is_there_beside_what_was_seeded_if_it_says_so(mock: Mock) -> None:
    each = sandbox(mock)
    each.control("POST", "/scenario", {"fixtures": DATA | {"replace": False}})
    assert each.total("members") == 451


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"fixtures": {"members": [{"status": "gone"}]}}, "members[0].status"),
        ({"fixtures": {"invoices": [{"quote_id": "quo_nowhere"}]}}, "no such quote"),
        ({"fixtures": []}, "object"),
        ({"fixtures": DATA, "clock": {"set": "soon"}}, "set can't be 'soon'"),
        ({"fixtures": DATA, "clock": {"set": "3000-01-01"}}, "from 1970 to 2999"),
        ({"fixtures": DATA, "clock": {"stop": True}}, "stop is not known"),
        ({"fixtures": DATA, "clock": "2030-01-01"}, "clock must be an object"),
        ({"fixtures": DATA, "faults": {"status": 503}}, "faults must be a list"),
        ({"fixtures": DATA, "faults": [{"status": 503}, {"status": 200}]}, "There is no error 200"),
        ({"fixtures": DATA, "faults": [{"webhook": "lost"}]}, "lost"),
        ({"fixtures": DATA, "faults": [503]}, "a fault must be an object"),
        ({"fixtures": DATA, "faults": [{"status": 503}] * 101}, "at most 100"),
        ({"data": DATA}, "what is known is fixtures, clock, faults"),
    ],
)
def test_with_a_mistake_nothing_is_changed(mock: Mock, content: Any, part: str) -> None:
    each = sandbox(mock, scale=5)
    id = each.happen("invoice.created")
    each.control("POST", "/faults", {"status": 503, "nth": 100})
    answer = each.control("POST", "/scenario", content, 400)
    told = " ".join([answer["detail"], *(f"{each['place']} {each['message']}" for each in answer.get("errors", ()))])
    assert part in told
    assert each.get("/api/v1/invoices").json()["data"][-1]["id"] == id
    assert len(each.control("GET", "/faults")["data"]) == 1
    clock = each.control("GET", "/clock")
    assert (clock["frozen"], clock["ahead_seconds"]) == (False, 0)


def test_without_a_clock_of_its_own_it_sets_none() -> None:
    with redis() as server, running("--port", "0", environment={"ONEINVOICE_REDIS_URL": server.url}) as mock:
        each = itself(mock)
        answer = each.control("POST", "/scenario", {"fixtures": DATA, "clock": {"advance": 1}}, 409)
        assert "start one mock without them" in answer["detail"]
        assert each.total("members") == 450
        assert each.control("POST", "/scenario", {"fixtures": DATA})["clock"] is None
        assert each.total("members") == 1
