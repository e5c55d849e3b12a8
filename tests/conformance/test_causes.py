"""Causes that requirements share, in whole runs over real HTTP."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.model.outcome import Outcome

from tests.conformance.judging import judge_rates, reasons
from tests.miniatures import FAULTS, FREE
from tests.miniatures.limits import SlidingLog


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("cache-in-front", "RATE-2"),
        ("silent-cache", "RATE-2"),
        ("cache-of-refusals", "RATE-2"),
        ("cache-in-front-of-invoices", "RATE-5"),
        ("cached-queries", "RATE-2"),
    ],
)
def test_what_a_cache_answers_no_limit_behind_it_counts(name: str, rule: str) -> None:
    miniature = FAULTS[name].deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    assert rule in reasons(report, Outcome.FAILED)
    [cause] = report.causes
    assert {"ORG-1", rule} <= set(cause.requirements)
    assert set(cause.requirements) == reasons(report, Outcome.FAILED, Outcome.INCONCLUSIVE).keys()


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
