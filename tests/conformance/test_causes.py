"""Causes that requirements share, in whole runs over real HTTP."""

from __future__ import annotations

from oneinvoice_conformance.model.outcome import Outcome

from tests.conformance.judging import judge_rates, reasons
from tests.miniatures import FAULTS, FREE
from tests.miniatures.limits import SlidingLog


def test_what_a_cache_answers_no_limit_behind_it_counts() -> None:
    miniature = FAULTS["cache-in-front"].deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    assert "RATE-2" in reasons(report, Outcome.FAILED)
    [cause] = report.causes
    assert {"AUTH-1", "ORG-1", "RATE-2"} <= set(cause.requirements)


def test_a_search_for_a_cause_costs_the_primary_key_nothing_where_there_is_another() -> None:
    miniature = FAULTS["silent-cache"].deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    # After what the rules ask; no rule asks for a page of such a size.
    asked = [each for each in report.exchanges if each in report.causes[0].evidence]
    later = report.exchanges[asked[0].number - 1 :]
    assert {each.request.credential.account for each in later} <= {"none", "invalid", "sibling"}
    assert len(later) <= 12


def test_a_sound_deployment_has_no_cause_and_no_search_for_one() -> None:
    miniature = FREE["plain"].deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    assert report.causes == ()
