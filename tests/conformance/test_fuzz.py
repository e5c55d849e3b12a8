"""Generated requests against the miniature deployments: no false alarm, and faults found that no rule asks for."""

from __future__ import annotations

from functools import cache

import pytest
from oneinvoice_conformance import fuzz
from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import Deployment as Target
from oneinvoice_conformance.fuzz import Fuzz
from oneinvoice_conformance.pacer import Pacer
from oneinvoice_conformance.runner import Report, run
from oneinvoice_conformance.verdict import Outcome, Verdict

from tests.conformance.judging import NAMES, READ_ONLY, REGISTER, told
from tests.miniatures import FAULTS, FREE, FUZZ_FAULTS, Deployment, keys, serve

KEYS = {name: key.value for name, key in keys().items()}
REQUESTS, SEED = 300, 2
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
        patch.setattr(fuzz, "generated", cache(fuzz.generated))
        yield


def _judge(deployment: Deployment) -> Report:
    # These deployments have no limit to wait for.
    with serve(deployment) as url, Client(Target(url, KEYS), pacer=Pacer(10_000)) as client:
        return run(client, REGISTER, READ_ONLY, NAMES, fuzz=Fuzz(REQUESTS, SEED))


@pytest.mark.parametrize("name", FREEDOMS)
def test_no_freedom_is_a_failure(name: str) -> None:
    report = _judge(FREE[name].deployment())
    assert told(report, Outcome.FAILED, Outcome.WARNED, Outcome.ERROR) == {}
    assert report.verdict is Verdict.CONFORMS
    assert f"sent {REQUESTS} requests" in report.notes[0]


@pytest.mark.parametrize("name", FUZZ_FAULTS)
def test_every_fault_that_no_rule_asks_for_is_found(name: str) -> None:
    fault = FUZZ_FAULTS[name]
    report = _judge(fault.deployment())
    failed = told(report, Outcome.FAILED)
    assert failed.keys() == {fault.rule}, report.notes
    assert failed[fault.rule].startswith(f"generated input (seed {SEED}): GET /api/v1/")


@pytest.mark.parametrize("name", ["negative-limit-crashes", "pending-is-teapot", "open-quotes", "no-maximum"])
def test_a_fault_that_its_rule_found_is_only_mentioned(name: str) -> None:
    report = _judge(FAULTS[name].deployment())
    failed = told(report, Outcome.FAILED)
    assert failed[FAULTS[name].rule].endswith("; generated input shows it too")
    assert failed.keys() == {FAULTS[name].rule}
