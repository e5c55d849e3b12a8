"""Generated requests against the miniature deployments: no false alarm, and faults found that no rule asks for."""

from __future__ import annotations

from functools import cache

import pytest
from oneinvoice_conformance.fuzz import campaign as fuzz
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict

from tests.conformance.judging import FUZZ, judge_fuzzed, reasons
from tests.miniatures import FAULTS, FREE, FUZZ_FAULTS

# Each has another idea of bad input, of errors or of credentials, or stumbles now and then.
FREEDOMS = (
    "plain",
    "all-lists-page",
    "bad-numbers-ignored",
    "bad-numbers-unprocessable",
    "limit-of-zero-empty",
    "past-the-end-not-found",
    "unknown-parameters-bad-request",
    "unknown-status-bad-request",
    "unknown-status-not-found",
    "discovery-refuses-bad-keys",
    "bare-key-accepted",
    "errors-not-json-at-all",
    "database-error-now-and-then",
    "connection-dropped-now-and-then",
    "strict-java",
    "busy-afternoon",
)


@pytest.fixture(scope="module", autouse=True)
def generated_once() -> object:
    """Generate once what all these tests send, which takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fuzz, "generate_requests", cache(fuzz.generate_requests))
        yield


@pytest.mark.parametrize("name", FREEDOMS)
def test_no_freedom_is_a_failure(name: str) -> None:
    report = judge_fuzzed(FREE[name].deployment())
    assert reasons(report, Outcome.FAILED, Outcome.WARNED, Outcome.ERROR) == {}
    assert report.verdict is Verdict.CONFORMS
    assert f"sent {FUZZ.requests} requests" in report.notes[0]


@pytest.mark.parametrize("name", FUZZ_FAULTS)
def test_every_fault_that_no_rule_asks_for_is_found(name: str) -> None:
    fault = FUZZ_FAULTS[name]
    report = judge_fuzzed(fault.deployment())
    failed = reasons(report, Outcome.FAILED)
    assert failed.keys() == {fault.rule}, report.notes
    assert failed[fault.rule].startswith(f"generated input (seed {FUZZ.seed}): GET /api/v1/")


@pytest.mark.parametrize("name", ["negative-limit-crashes", "pending-is-teapot", "open-quotes", "no-maximum"])
def test_a_fault_that_its_rule_found_is_only_mentioned(name: str) -> None:
    report = judge_fuzzed(FAULTS[name].deployment())
    failed = reasons(report, Outcome.FAILED)
    assert failed[FAULTS[name].rule].endswith("; generated input shows it too")
    assert failed.keys() == {FAULTS[name].rule}
