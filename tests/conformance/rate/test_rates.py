"""The rules of the rate limit against the miniature deployments, over real HTTP, by a clock that waiting moves on."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict

from tests.conformance.judging import assert_is_free, judge_rates, reasons, rules_of
from tests.miniatures import FAULTS, RATE_FAULTS, RATE_FREE
from tests.miniatures.limits import SlidingLog


@pytest.mark.parametrize("name", RATE_FREE)
def test_no_freedom_is_a_failure(name: str) -> None:
    assert_is_free(RATE_FREE[name], judge_rates(RATE_FREE[name].deployment()))


@pytest.mark.parametrize("name", RATE_FAULTS)
def test_every_fault_is_caught_by_its_rule(name: str) -> None:
    fault = RATE_FAULTS[name]
    report = judge_rates(fault.deployment())
    failed = reasons(report, Outcome.FAILED)
    assert fault.rule in failed, reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE}))
    assert {id.partition("-")[0] for id in failed} == {"RATE"}
    assert reasons(report, Outcome.ERROR) == {}
    assert report.verdict is Verdict.VIOLATIONS


def test_every_rule_has_a_fault() -> None:
    assert {fault.rule for fault in RATE_FAULTS.values()} == set(rules_of("RATE"))


@pytest.mark.parametrize("name", ["valid-key-refused-on-invoices", "version-of-quotes-not-in-url"])
def test_what_an_endpoint_always_gets_is_none_of_the_overload(name: str) -> None:
    deployment = FAULTS[name].deployment()
    deployment.limiter = SlidingLog()
    assert reasons(judge_rates(deployment), Outcome.FAILED).keys() == {FAULTS[name].rule}
