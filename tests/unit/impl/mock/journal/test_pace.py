"""Pace of clients: what they send after a 429, a 401 and an error, and what is excused."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.pace import Pace

from tests.unit.impl.mock.journal.made import AT, entry

MEMBERS, QUOTES = "/api/v1/members", "/api/v1/quotes"
OTHER = {"connection": "127.0.0.1:50001"}


def found(*entries: Entry) -> list[str | None]:
    """What each of the requests breaks, one after the other."""
    pace = Pace()
    return [note.requirement for each in entries for note in pace.notes(each)]


def limited(since: float, told: str | None = "2", **values: Any) -> Entry:
    return entry(since, status=429, told=told, **values)


@pytest.mark.parametrize(
    ("after", "requirements"),
    [
        ([entry(0.02)], ["CLIENT/PACE-1"]),
        ([entry(1.9)], ["CLIENT/PACE-1"]),
        ([entry(1.97)], []),
        ([entry(2.1)], []),
        ([entry(0.02, QUOTES)], ["CLIENT/PACE-1"]),
        ([entry(0.02, key="1iv_other")], []),
        ([entry(0.02, moved=61.0)], []),
        # A worker on a connection of its own may not have read it yet, and then has.
        ([entry(0.05, **OTHER), entry(0.09, **OTHER)], []),
        ([entry(0.05, **OTHER), entry(0.15, **OTHER)], ["CLIENT/PACE-1"]),
        # One that was under way when the 429 was sent is answered after it.
        ([entry(-0.5, seconds=1.0)], []),
        # A 200 in between does not end it.
        ([entry(0.02), entry(1.0)], ["CLIENT/PACE-1"] * 2),
    ],
)
def test_who_asks_before_retry_after_is_over(after: list[Entry], requirements: list[str]) -> None:
    assert found(limited(0.0), *after) == requirements


def test_a_client_of_many_connections_that_never_waits() -> None:
    tight = [limited(0.03 * number, connection=f"127.0.0.1:{50_000 + number}") for number in range(10)]
    assert found(*tight) == ["CLIENT/PACE-1"] * 6


def test_a_retry_after_that_is_a_date() -> None:
    told = format_datetime(AT + timedelta(seconds=10), usegmt=True)
    assert found(limited(0.0, told), entry(9.0), entry(10.1)) == ["CLIENT/PACE-1"]


@pytest.mark.parametrize(("since", "requirements"), [(0.5, ["CLIENT/PACE-3"]), (1.0, []), (60.0, [])])
def test_who_is_told_no_time(since: float, requirements: list[str]) -> None:
    assert found(limited(0.0, None), entry(since)) == requirements


def refused(*times: float, **values: Any) -> list[Entry]:
    return [entry(since, status=401, **values) for since in times]


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        (refused(0, 1, 2), 0),
        (refused(0, 1, 2, 3), 1),
        (refused(0, 1, 2, 3, 4), 2),
        (refused(0, 1, 2, 3, key=None), 0),
        ([*refused(0, 1, 2), entry(3), *refused(4, 5, 6)], 0),
        (refused(0, 100, 200, 300), 0),
        # Ten workers that all had a request under way.
        ([each for n in range(10) for each in refused(0.005 * n, connection=f"127.0.0.1:{n}")], 0),
    ],
)
def test_who_goes_on_after_a_401(entries: list[Entry], count: int) -> None:
    assert found(*entries) == ["CLIENT/KEY-2"] * count


@pytest.mark.parametrize(
    ("entries", "count"),
    [
        ([entry(0, status=400), entry(1, status=400)], 1),
        ([entry(0, status=404), entry(1)], 1),
        ([entry(0, status=400), entry(1, QUOTES)], 0),
        ([entry(0, status=400), entry(1, f"{MEMBERS}?limit=5")], 0),
        ([entry(0, status=400), entry(31)], 0),
        ([entry(0, status=400), entry(1, key="1iv_other")], 0),
        ([entry(0, status=400), entry(0.05, connection="127.0.0.1:2", status=400)], 0),
        ([entry(n, status=500) for n in range(10)], 0),
        ([entry(n, status=500) for n in range(11)], 1),
        ([entry(4.0 * n, status=503) for n in range(20)], 0),
        ([*(entry(n, status=500) for n in range(6)), entry(6), *(entry(7 + n, status=500) for n in range(6))], 0),
    ],
)
def test_who_retries_what_stays_wrong_or_without_end(entries: list[Entry], count: int) -> None:
    assert found(*entries) == ["CLIENT/PACE-6"] * count
