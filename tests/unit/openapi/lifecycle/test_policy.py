"""Policy: 30 days' notice, six calendar months of both, nothing taken back, and all that is promised is served."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.lifecycle.entries import Entry, Kind, Lifecycle, Subject, months_later
from oneinvoice_openapi.lifecycle.policy import Released, policy
from oneinvoice_openapi.lifecycle.reader import lifecycle
from oneinvoice_openapi.lifecycle.reports import json_report, sentence, text_report
from oneinvoice_openapi.register import register

from tests.unit.openapi.lifecycle.reading import QUOTES, judged, read, rules

AUTHORED = document()
OPERATION = "operation: GET /api/v1/quotes"
DAYS = st.dates(date(2020, 1, 1), date(2040, 1, 1))
NEXT = "version: v2, announced: 2026-01-01, effective: 2026-03-01"


def without_quotes() -> dict[str, Any]:
    left = document()
    del left["paths"]["/api/v1/quotes"]
    return left


def with_v2() -> dict[str, Any]:
    both = document()
    both["paths"]["/api/v2"] = both["paths"]["/api/v1"]
    return both


def test_the_contract_of_today_keeps_it() -> None:
    verdict = judged(lifecycle(), AUTHORED)
    assert verdict.violations == verdict.notes == ()
    assert text_report(verdict).splitlines()[1].split() == ["version", "v1", "effective", "-", "-", "-", "-", "-"]


@pytest.mark.parametrize(
    ("announced", "deprecated", "earliest"),
    [
        ("2026-09-01", "2026-10-01", None), ("2026-09-01", "2026-09-30", "2026-10-01"),
        ("2027-02-01", "2027-03-03", None), ("2027-02-01", "2027-03-02", "2027-03-03"),
        ("2028-02-01", "2028-03-02", None), ("2028-02-01", "2028-03-01", "2028-03-02"),
        ("2026-12-15", "2027-01-14", None), ("2026-12-15", "2027-01-13", "2027-01-14"),
        # Through both changes of the clocks in Europe, and in America.
        ("2026-03-15", "2026-04-14", None), ("2026-10-20", "2026-11-19", None),
        ("2026-09-01", "2026-09-01", "2026-10-01"), ("2026-09-01", "2026-08-01", "2026-10-01"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("day", ["deprecated", "effective"])
def test_thirty_days_are_enough_and_one_less_is_not(
    day: str, announced: str, deprecated: str, earliest: str | None
) -> None:
    verdict = judged(read(f"{OPERATION}, announced: {announced}, {day}: {deprecated}"), AUTHORED)
    if earliest is None:
        assert verdict.violations == ()
        return
    [violation] = verdict.violations
    assert (violation.rule, violation.requirement) == ("notice", "NEWS-1")
    assert violation.earliest == date.fromisoformat(earliest)


def test_a_short_notice_is_told_with_its_days_and_the_documentation() -> None:
    [violation] = judged(read(f"{OPERATION}, announced: 2026-09-01, deprecated: 2026-09-30"), AUTHORED).violations
    assert sentence(violation) == (
        "operation GET /api/v1/quotes is deprecated on 2026-09-30, 29 days after its announcement on 2026-09-01; "
        "deprecate it on 2026-10-01 at the earliest. NEWS-1 (“We announce API changes with at least 30 days' notice "
        "via webhooks and a dashboard banner.”)"
    )


def test_an_addition_that_nobody_announced_is_free_and_a_deprecation_is_not() -> None:
    assert judged(read("event: invoice.paid, effective: 2026-09-01"), AUTHORED).violations == ()
    [in_time] = judged(read(f"{OPERATION}, deprecated: 2026-09-01"), AUTHORED, "2026-08-02").violations
    assert "nothing announces it; announce it by 2026-08-02, and say so in `announced`" in in_time.sentence
    [too_late] = judged(read(f"{OPERATION}, deprecated: 2026-09-01"), AUTHORED, "2026-08-03").violations
    assert "announce it, and deprecate it on 2026-09-02 at the earliest" in too_late.sentence
    assert too_late.earliest == date(2026, 9, 2)


@pytest.mark.parametrize(
    ("deprecated", "sunset", "earliest"),
    [
        ("2026-08-31", "2027-02-28", None), ("2026-08-31", "2027-02-27", "2027-02-28"),
        ("2027-08-31", "2028-02-29", None), ("2027-08-31", "2028-02-28", "2028-02-29"),
        ("2026-07-01", "2027-01-01", None), ("2026-07-01", "2026-12-31", "2027-01-01"),
        ("2026-07-01", "2026-10-01", "2027-01-01"), ("2028-02-29", "2028-08-29", None),
    ],
)  # fmt: skip
def test_half_a_year_by_the_calendar_is_enough_and_a_day_less_is_not(
    deprecated: str, sunset: str, earliest: str | None
) -> None:
    row = f"{OPERATION}, announced: 2026-01-01, deprecated: {deprecated}, sunset: {sunset}"
    violations = judged(read(row), AUTHORED).violations
    assert [(each.rule, each.requirement, each.earliest) for each in violations] == (
        [] if earliest is None else [("parallel-operation", "VER-3", date.fromisoformat(earliest))]
    )


@pytest.mark.parametrize(
    ("begins", "broken"), [("2026-03-01", False), ("2026-07-01", False), ("2026-07-02", True), ("2026-12-01", True)]
)
def test_both_are_served_from_the_beginning_of_the_successor(begins: str, broken: bool) -> None:
    """The old operation is deprecated long before or shortly before: what counts is when there are both."""
    rows = (
        f"{OPERATION}, announced: 2026-01-01, deprecated: 2026-02-15, sunset: 2027-01-01, "
        "replacement: GET /api/v2/quotes",
        f"version: v2, effective: {begins}",
    )
    verdict = judged(read(*rows), AUTHORED, "2026-02-20")
    assert rules(verdict) == ["parallel-operation"] * broken
    if broken:
        assert f"after {begins}, when version v2 begins, which is to replace it" in verdict.violations[0].sentence
    late = rows[0].replace("2026-02-15", "2026-12-31")
    assert rules(judged(read(late, NEXT), AUTHORED, "2026-02-20")) == []


def test_a_version_that_ends_needs_one_beside_it() -> None:
    row = "version: v1, announced: 2026-01-01, deprecated: 2026-02-01, sunset: 2027-02-01"
    assert rules(judged(read(row), AUTHORED)) == ["parallel-operation"]
    assert rules(judged(read(f"{row}, replacement: v2", NEXT), with_v2())) == []
    assert rules(judged(read(f"{row}, replacement: v2"), AUTHORED)) == ["replacement"]


@given(DAYS, st.integers(0, 60), st.integers(0, 400), DAYS)
def test_what_it_says_is_the_earliest_is_right_and_the_day_before_is_not(
    announced: date, notice: int, parallel: int, on: date
) -> None:
    deprecated = announced + timedelta(notice)
    entry = Entry(QUOTES, announced, None, deprecated, deprecated + timedelta(parallel + 1))
    found = {each.rule: each for each in policy(Lifecycle((entry,)), AUTHORED, (), on).violations}
    assert ("notice" in found) == (notice < 30)
    assert ("parallel-operation" in found) == (entry.sunset < months_later(deprecated, 6))  # type: ignore[operator]
    first = found["notice"].earliest if "notice" in found else deprecated
    assert first
    for day in (first, first + timedelta(1)):
        enough = Entry(QUOTES, announced, None, day, months_later(day, 6))
        judged_rules = [each.rule for each in policy(Lifecycle((enough,)), AUTHORED, (), on).violations]
        assert [each for each in judged_rules if each != "still-served"] == []
        short = Entry(QUOTES, announced, None, day, months_later(day, 6) - timedelta(1))
        assert "parallel-operation" in [each.rule for each in policy(Lifecycle((short,)), AUTHORED, (), on).violations]


ENDING = f"{OPERATION}, announced: 2026-01-01, deprecated: 2026-02-01, sunset: 2027-02-01"
KEPT = Released("1.1.0", AUTHORED, read(ENDING, name="release 1.1.0"))
EARLIER = Released("1.0.0", AUTHORED)


@pytest.mark.parametrize(
    ("sunset", "broken"), [("2027-02-01", False), ("2027-03-01", False), ("2027-01-31", True), ("2026-10-01", True)]
)
def test_an_end_comes_no_earlier_than_a_release_said(sunset: str, broken: bool) -> None:
    now = read(ENDING.replace("2027-02-01", sunset))
    assert rules(judged(now, AUTHORED, releases=[EARLIER])) == []
    verdict = judged(now, AUTHORED, releases=[EARLIER, KEPT])
    assert rules(verdict) == ["sunset-moved"] * broken
    if broken:
        assert verdict.violations[0].earliest == date(2027, 2, 1)
        assert "release 1.1.0 said 2027-02-01, which people rely on" in verdict.violations[0].sentence


def test_the_latest_end_of_all_releases_counts() -> None:
    postponed = Released("1.2.0", AUTHORED, read(ENDING.replace("2027-02-01", "2027-05-01")))
    for releases in ([KEPT, postponed], [postponed, KEPT]):
        assert rules(judged(read(ENDING), AUTHORED, releases=releases)) == ["sunset-moved"]


def test_nobody_announces_in_the_past() -> None:
    now = read(ENDING.replace("announced: 2026-01-01", "announced: 2025-12-31"))
    [violation] = judged(now, AUTHORED, releases=[KEPT]).violations
    assert (violation.rule, violation.earliest) == ("announcement-moved", date(2026, 1, 1))
    begins = Released("1.1.0", AUTHORED, read(f"{OPERATION}, announced: 2026-06-01, effective: 2026-07-01"))
    assert rules(judged(read(ENDING), AUTHORED, releases=[begins])) == [], "that was another change"


@pytest.mark.parametrize(
    ("on", "served", "gone"),
    [("2027-01-31", [], ["dropped"]), ("2027-02-01", ["still-served"], []), ("2030-01-01", ["still-served"], [])],
)
def test_it_is_served_until_its_end_and_no_longer(on: str, served: list[str], gone: list[str]) -> None:
    assert rules(judged(read(ENDING), AUTHORED, on, [EARLIER])) == served
    assert rules(judged(read(ENDING), without_quotes(), on, [EARLIER])) == gone


def test_what_goes_without_a_day_is_dropped() -> None:
    [violation] = judged(read(OPERATION), without_quotes(), releases=[EARLIER]).violations
    assert (violation.rule, violation.requirement) == ("dropped", "VER-2")
    assert "nothing said that it ends (release 1.0.0 has it)" in violation.sentence


def test_an_entry_that_goes_with_its_part_is_remembered_by_the_releases() -> None:
    verdict = judged(read("version: v1"), without_quotes(), releases=[EARLIER, KEPT])
    assert [(each.rule, each.entry.place) for each in verdict.violations] == [("dropped", "release 1.1.0, line 2")]
    assert rules(judged(read("version: v1"), without_quotes(), "2027-02-01", [EARLIER, KEPT])) == []
    assert rules(judged(read("version: v1"), AUTHORED, releases=[EARLIER, KEPT])) == [], "it was withdrawn"


@pytest.mark.parametrize(
    "row",
    ["version: v3", "operation: GET /api/v1/payments", "operation: POST /api/v1/quotes",
     "parameter: GET /api/v1/members sort", "parameter: GET /api/v1 limit", "field: Invoice.due", "field: Bill.id",
     "status: InvoiceStatus late", "status: Invoice paid", "event: invoice.late"],
)  # fmt: skip
def test_what_is_nowhere_is_told_unless_it_is_to_come(row: str) -> None:
    assert rules(judged(read(row), AUTHORED, releases=[EARLIER])) == ["unknown"]
    assert rules(judged(read(f"{row}, effective: 2026-07-02"), AUTHORED)) == []
    assert rules(judged(read(f"{row}, effective: 2026-07-01"), AUTHORED)) == ["unknown"]


@pytest.mark.parametrize(
    "row",
    ["version: v1", "operation: GET /api/v1", "parameter: GET /api/v1/members limit",
     "parameter: GET /api/v1/members status", "field: Invoice.due_date", "field: InvoicePaid.data",
     "status: InvoiceStatus paid", "event: invoice.paid"],
)  # fmt: skip
def test_what_the_document_has_is_found(row: str) -> None:
    assert rules(judged(read(row), AUTHORED)) == []


def test_a_part_that_ends_before_its_version_is_noted() -> None:
    [note] = judged(read(ENDING), AUTHORED).notes
    assert note.startswith("lifecycle.yaml, line 2: operation GET /api/v1/quotes ends on 2027-02-01 while version v1")
    whole = ENDING.replace(OPERATION, "version: v1") + ", replacement: v2"
    assert judged(read(ENDING, whole, NEXT), with_v2()).notes == ()
    assert judged(read(ENDING), without_quotes(), "2027-02-01").notes == ()


def test_the_reports_have_each_entry_and_each_sentence() -> None:
    verdict = judged(read("version: v1", ENDING.replace("2027-02-01", "2026-05-01")), AUTHORED, "2026-03-01")
    text = text_report(verdict)
    assert "operation GET /api/v1/quotes  deprecated  2026-01-01  -          2026-02-01  2026-05-01" in text
    assert "end it on 2026-08-01 at the earliest. VER-3 (“" + register()["VER-3"].clause in text
    assert text.endswith("On 2026-03-01: 2 entries, and 1 broken promise.")
    for part in ('"earliest": "2026-08-01"', '"verdict": "broken"', '"state": "deprecated"', '"name": "v1"'):
        assert part in json_report(verdict)


def test_foreign_text_commands_no_terminal() -> None:
    entry = Entry(Subject(Kind.EVENT, "invoice.\x1b[2J"))
    assert "\x1b" not in text_report(judged(Lifecycle((entry,)), AUTHORED))
