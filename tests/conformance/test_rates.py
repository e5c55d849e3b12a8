"""The rules of the rate limit against the miniature deployments, over real HTTP, by a clock that waiting moves on."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import Deployment as Target
from oneinvoice_conformance.pacer import Pacer
from oneinvoice_conformance.runner import Report, run
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.verdict import Outcome, Verdict

from tests.conformance.judging import NAMES, REGISTER, SkippingClock, told
from tests.miniatures import RATE_FAULTS, RATE_FREE, Deployment, keys, serve

_KEYS = {role: key.value for role, key in keys().items()}
_WHOLE = Scope.of(REGISTER, None, "HOOK")


def _judge(deployment: Deployment, scope: Scope) -> Report:
    clock = SkippingClock()
    deployment.clock = clock.now
    with serve(deployment) as url, Client(Target(url, _KEYS), pacer=Pacer(clock=clock)) as client:
        return run(client, REGISTER, scope, NAMES)


@pytest.mark.parametrize("name", RATE_FREE)
def test_no_freedom_is_a_failure(name: str) -> None:
    report = _judge(RATE_FREE[name].deployment(), _WHOLE)
    assert told(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}
    assert report.verdict is Verdict.CONFORMS


@pytest.mark.parametrize("name", RATE_FAULTS)
def test_every_fault_is_caught_by_its_rule(name: str) -> None:
    fault = RATE_FAULTS[name]
    report = _judge(fault.deployment(), _WHOLE)
    failed = told(report, Outcome.FAILED)
    assert fault.rule in failed, told(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE}))
    assert {id.partition("-")[0] for id in failed} == {"RATE"}
    assert told(report, Outcome.ERROR) == {}
    assert report.verdict is Verdict.VIOLATIONS


def test_every_rule_has_a_fault() -> None:
    assert {fault.rule for fault in RATE_FAULTS.values()} == {f"RATE-{number}" for number in range(1, 6)}
