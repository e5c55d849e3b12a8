from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from oneinvoice_conformance.http.credentials import NOBODY, Credential, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.html.timeline import Timeline, timeline
from oneinvoice_conformance.reports.redacted import RedactedExchange

from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.reports.html.pages import page
from tests.unit.conformance.reports.reporting import answer, in_full, report, result


def drawn(*times: float) -> Timeline:
    found = timeline([in_full(answer([], sent=time)).exchange for time in times], 60)
    assert found
    return found


def test_what_comes_and_goes_within_one_place_of_the_drawing_is_seen():
    few, many = (drawn(*range(count), 1_000_000.0).lanes[0] for count in (1, 40))
    assert (few.most, many.most) == (1, 40)
    highest = [min(float(y) for y in re.findall(r"V([\d.]+)", lane.area)) for lane in (few, many)]
    assert highest[1] < highest[0]


def test_a_long_run_has_no_more_than_a_dozen_minutes_marked():
    assert [second for second, _ in drawn(0.0, 150.0).marks] == [0, 60, 120]
    for minutes in (10, 60, 600):
        assert 6 <= len(drawn(0.0, minutes * 60.0).marks) <= 13


def burst(count: int, start: float = 0.0, **attributes: object) -> Iterator[Exchange]:
    for number in range(count):
        yield exchange(b"", 200, number=number + 1, sent=start + number * 0.1, **attributes)


def facts(*exchanges: Exchange) -> list[RedactedExchange]:
    return [in_full(each).exchange for each in exchanges]


def test_the_time_line_counts_requests_of_each_key_in_a_minute():
    refused = exchange(b"", 429, number=71, sent=7.0)
    later = exchange(b"", 200, number=72, sent=130.0)
    nobody = exchange(b"", 500, Request("", NOBODY), number=73, sent=131.0)
    drawn = timeline(facts(nobody, *burst(70), refused, later), 60)
    assert drawn
    assert [lane.description for lane in drawn.lanes] == [
        "Primary key: 72 requests, at most 71 within 60 seconds, 1 answered with 429",
        "No key: 1 requests, at most 1 within 60 seconds, 0 answered with 429",
    ]
    assert [lane.limit is not None for lane in drawn.lanes] == [True, False]
    assert drawn.lanes[0].limit > 0
    assert drawn.lanes[0].refused == "M53 90v10"
    assert drawn.lanes[1].broken == "M1000 90v10"
    assert [second for second, _ in drawn.marks] == [0, 60, 120]
    assert timeline([], 60) is None


def test_keys_that_are_none_come_last_and_the_primary_key_first():
    roles = (Role.UNKNOWN, Role.SIBLING, Role.PRIMARY)
    sent = [exchange(b"", 200, Request("members", Credential(role))) for role in roles]
    drawn = timeline(facts(*sent), 60)
    assert drawn
    assert [lane.name for lane in drawn.lanes] == ["Primary key", "Sibling key", "Keys that are none"]


def test_the_time_line_stands_in_the_page_with_the_limit_that_was_agreed():
    seen = list(burst(3))
    found = replace(report(result("MEM-1", Outcome.PASSED, "fine", *seen)), rate_limit=300)
    shown = page(found)
    assert "its limit of 300 a minute" in shown.text
    assert shown.of("svg", role="img")[0]["aria-label"].startswith("Primary key: 3 requests")
