"""The rules for webhooks against the miniature deployments: no false alarm, and every fault caught by its rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment as Target
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict

from tests.conformance.judging import (
    CONTRACT,
    MINIATURE_KEYS,
    NAMES,
    ONLY_HOOKS,
    SECRET,
    Report,
    assert_is_free,
    hooks_of,
    judge_hooks,
    reasons,
    rules_of,
)
from tests.conformance.side_by_side import judged_side_by_side
from tests.miniatures import HOOK_FAULTS, HOOK_FREE, Deployment, serve

ReportOf = Callable[[str], Report]


@pytest.fixture(scope="module")
def report_of_variant(request: pytest.FixtureRequest) -> Iterator[ReportOf]:
    def judge(name: str) -> Report:
        return judge_hooks(HOOK_FREE[name].deployment(), timeout=10)

    with judged_side_by_side(request, test_no_freedom_is_a_failure.__name__, judge) as report_of:
        yield report_of


@pytest.fixture(scope="module")
def report_of_fault(request: pytest.FixtureRequest) -> Iterator[ReportOf]:
    def judge(name: str) -> Report:
        return judge_hooks(HOOK_FAULTS[name].deployment(), timeout=0.5)

    with judged_side_by_side(request, test_every_fault_is_caught_by_its_rule.__name__, judge) as report_of:
        yield report_of


@pytest.mark.parametrize("name", HOOK_FREE)
def test_no_freedom_is_a_failure(name: str, report_of_variant: ReportOf) -> None:
    assert_is_free(HOOK_FREE[name], report_of_variant(name))


@pytest.mark.parametrize("name", HOOK_FAULTS)
def test_every_fault_is_caught_by_its_rule(name: str, report_of_fault: ReportOf) -> None:
    fault = HOOK_FAULTS[name]
    report = report_of_fault(name)
    failed = reasons(report, Outcome.FAILED)
    assert fault.rule in failed, reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE}))
    assert reasons(report, Outcome.ERROR) == {}
    assert report.verdict is Verdict.VIOLATIONS


def test_every_rule_has_a_fault() -> None:
    assert {fault.rule for fault in HOOK_FAULTS.values()} == {*rules_of("HOOK"), "ORG-4"}


def test_nothing_arrives_at_an_address_that_is_not_registered() -> None:
    deployment = HOOK_FREE["plain"].deployment() if "plain" in HOOK_FREE else Deployment()
    with hooks_of(deployment, timeout=0.3) as hooks:
        deployment.register("http://127.0.0.1:9/nobody/listens", SECRET)
        key = {"primary": MINIATURE_KEYS["primary"]}
        with serve(deployment) as url, Client(Target(url, key)) as client:
            report = run(client, CONTRACT, ONLY_HOOKS, NAMES, hooks)
    undecided = reasons(report, Outcome.INCONCLUSIVE)
    assert undecided.keys() == {*rules_of("HOOK"), "ORG-4"}
    assert report.verdict is Verdict.INCOMPLETE
