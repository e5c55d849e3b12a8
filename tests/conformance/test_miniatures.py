"""The suite against the miniature deployments: no false alarm on a freedom, and every fault caught by its rule."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict, exit_code
from oneinvoice_conformance.rules import RULES

from tests.conformance.judging import judge, judge_rates, reasons
from tests.miniatures import FAULTS, FREE, WHOLE_FAULTS, keys, serve
from tests.miniatures.limits import SlidingLog

KEYS = {name: key.value for name, key in keys().items()}

# Where data never rests, what compares several answers may stay open; it never fails.
_RESTLESS = {
    "grows-for-ever": {"MEM-5", "MEM-6", "MEM-7", "MEM-8"},
    "grows-for-ever-newest-first": {"MEM-5", "MEM-6", "MEM-7", "MEM-8"},
    "status-flips": {"MEM-7", "MEM-8"},
}
# What the documentation leaves open, or records that can't be told apart; what to do is said.
_DOUBTFUL = {
    "derived-statuses": {"QUO-2", "INV-2"},
    "rows-numbered-without-id": {"MEM-5", "MEM-7", "QUO-2", "INV-2"},
    "names-alone": {"ORG-1", "ORG-3", "MEM-5", "MEM-7", "MEM-8"},
    "filled-alike": {"ORG-1", "MEM-5", "MEM-7"},
}
# Organisations that are too small or too large to show everything.
_SIZES = "tests.miniatures.freedoms.sizes"
_ALARM = (Outcome.FAILED, Outcome.WARNED, Outcome.ERROR)
_OPEN = (Outcome.INCONCLUSIVE, Outcome.NOT_TESTED)


@pytest.mark.parametrize("name", FREE)
def test_no_freedom_is_a_failure(name: str) -> None:
    with serve(FREE[name].deployment()) as url:
        report = judge(url, KEYS)
    assert reasons(report, *_ALARM) == {}
    undecided = reasons(report, *_OPEN)
    if name in _DOUBTFUL:
        assert undecided.keys() == _DOUBTFUL[name], undecided
    elif getattr(FREE[name].deployment, "__module__", "") != _SIZES:
        assert undecided.keys() <= _RESTLESS.get(name, set()), undecided
    assert report.verdict is (Verdict.INCOMPLETE if undecided else Verdict.CONFORMS)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_caught_by_its_rule_and_in_no_other_area(name: str) -> None:
    fault = FAULTS[name]
    with serve(fault.deployment()) as url:
        report = judge(url, KEYS)
    failed = reasons(report, Outcome.FAILED)
    assert fault.rule in failed, reasons(report, *_ALARM, *_OPEN)
    assert reasons(report, Outcome.ERROR) == {}
    assert {id.rpartition("-")[0] for id in failed} == {fault.rule.rpartition("-")[0]}, failed
    assert exit_code(report.results, report.verdict) == 1


# A key without its beginning is a token of another shape too.
_FAILS_BESIDES = {
    "token-of-another-shape-crashes": {"AUTH-5"},
    "token-of-another-shape-bad-request": {"AUTH-5"},
}


@pytest.mark.parametrize("name", WHOLE_FAULTS)
def test_a_whole_run_has_room_to_find_more(name: str) -> None:
    fault = WHOLE_FAULTS[name]
    miniature = fault.deployment()
    miniature.limiter = SlidingLog()
    report = judge_rates(miniature)
    failed = {fault.rule} | _FAILS_BESIDES.get(name, set())
    assert reasons(report, Outcome.FAILED).keys() == failed, reasons(report, *_ALARM, *_OPEN)
    with serve(fault.deployment()) as url:
        assert reasons(judge(url, KEYS), *_ALARM, *_OPEN) == {}, "then a short run could ask it too"


def test_every_rule_has_a_fault_that_it_catches() -> None:
    # The rules of the contract are proven by test_reference.py, others by test_webhooks.py, test_rates.py and, where
    # they need an earlier report, by test_baseline.py.
    rules = {id for id in RULES if not id.startswith(("SPEC-", "HOOK-", "RATE-"))} - {"VER-2", "VER-3"}
    assert rules == {fault.rule for fault in FAULTS.values()}


def test_the_plain_miniature_takes_few_requests() -> None:
    with serve(FREE["plain"].deployment()) as url:
        report = judge(url, KEYS)
    assert report.requests_by_key["primary"] <= 45
    assert len(report.exchanges) <= 75
