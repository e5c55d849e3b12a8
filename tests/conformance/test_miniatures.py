"""The suite against the miniature deployments: no false alarm on a freedom, and every fault caught by its rule."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.rules import RULES

from tests.conformance.judging import ALARM, OPEN, assert_is_free, judge, judge_rates, reasons
from tests.miniatures import FAULTS, FREE, WHOLE_FAULTS, keys, serve
from tests.miniatures.limits import SlidingLog

KEYS = {name: key.value for name, key in keys().items()}


@pytest.mark.parametrize("name", FREE)
def test_no_freedom_is_a_failure(name: str) -> None:
    with serve(FREE[name].deployment()) as url:
        report = judge(url, KEYS)
    assert_is_free(FREE[name], report)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_caught_by_its_rule_and_in_no_other_area(name: str) -> None:
    fault = FAULTS[name]
    with serve(fault.deployment()) as url:
        report = judge(url, KEYS)
    failed = reasons(report, Outcome.FAILED)
    assert fault.rule in failed, reasons(report, *ALARM, *OPEN)
    assert reasons(report, Outcome.ERROR) == {}
    assert {id.rpartition("-")[0] for id in failed} == {id.rpartition("-")[0] for id in fault.rules}, failed
    assert exit_code(report.results, report.verdict) == 1


@pytest.mark.parametrize("name", WHOLE_FAULTS)
def test_a_whole_run_has_room_to_find_more(name: str) -> None:
    fault = WHOLE_FAULTS[name]
    miniature = fault.deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    assert reasons(report, Outcome.FAILED).keys() == set(fault.rules), reasons(report, *ALARM, *OPEN)
    with serve(fault.deployment()) as url:
        assert reasons(judge(url, KEYS), *ALARM, *OPEN) == {}, "then a short run could ask it too"


def test_every_rule_has_a_fault_that_it_catches() -> None:
    # The rules of the contract are proven by test_reference.py, others by test_webhooks.py, test_rates.py and, where
    # they need an earlier report, by test_baseline.py.
    rules = {id for id in RULES if not id.startswith(("SPEC-", "HOOK-", "RATE-"))} - {"ORG-4", "VER-2"}
    assert rules == {fault.rule for fault in FAULTS.values()}


def test_the_plain_miniature_takes_few_requests() -> None:
    with serve(FREE["plain"].deployment()) as url:
        report = judge(url, KEYS)
    assert report.requests_by_key["primary"] <= 45
    assert len(report.exchanges) <= 112
