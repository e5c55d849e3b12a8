"""A run sends nothing that its plan didn't name."""

from __future__ import annotations

from pathlib import Path

import pytest
from oneinvoice_conformance.engine.plan import Plan, Span, plan
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.engine.simulated_deployment import SimulatedClock, SimulatedDeployment, Traits
from oneinvoice_conformance.history.baseline import Baseline, read_baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.document import document_text

from tests.conformance.judging import CONTRACT, NAMES, REGISTER, SkippingClock, reasons
from tests.miniatures import FREE, RATE_FREE, keys, serve
from tests.miniatures import Deployment as Miniature
from tests.soak import SOAK
from tests.unit.conformance.reports.reporting import redacted

_PROMPT = [name for name in FREE if name != "slow"]
_ALL = Scope.parse(REGISTER, None, "HOOK")
_KEYS = {role: key.value for role, key in keys().items()}
_WHERE = Deployment("http://nowhere.example", _KEYS)


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(Deployment("http://nowhere.example", _KEYS), CONTRACT, _ALL, NAMES, 60)


def _run(miniature: Miniature, scope: Scope = _ALL, baseline: Baseline | None = None) -> Report:
    clock = SkippingClock()
    miniature.clock = clock.now
    with serve(miniature) as url, Client(Deployment(url, _KEYS), pacer=Pacer(clock=clock)) as client:
        return run(client, CONTRACT, scope, NAMES, baseline=baseline)


@pytest.mark.parametrize("name", _PROMPT if SOAK else _PROMPT[::8])
def test_a_run_sends_nothing_that_the_plan_did_not_name(planned: Plan, name: str) -> None:
    report = _run(FREE[name].deployment())
    assert [str(exchange) for exchange in report.exchanges if not planned.covers(exchange.request)] == []


@pytest.mark.parametrize(
    "name", ["rate-by-sliding-log", "rate-by-fixed-minute-turning-early", "rate-refused-with-page", "slash-at-the-end"]
)
def test_a_whole_run_keeps_to_the_numbers(planned: Plan, name: str) -> None:
    report = _run(RATE_FREE[name].deployment())
    assert report.verdict is Verdict.CONFORMS
    assert [str(exchange) for exchange in report.exchanges if not planned.covers(exchange.request)] == []
    for key, count in report.requests_by_key.items():
        assert planned.by_key[key].least <= count <= planned.by_key[key].most
    assert planned.by_key["primary"].least <= 130
    assert planned.seconds.least <= 80


@pytest.mark.parametrize("narrow", [True, False])
def test_with_an_earlier_report_too(narrow: bool, tmp_path: Path) -> None:
    before, path, scope = _run(FREE["plain"].deployment()), tmp_path / "old.json", Scope.parse(REGISTER, "VER", None)
    path.write_text(document_text(redacted(before, _WHERE)))
    baseline, judged = read_baseline(path, _WHERE.base), scope if narrow else _ALL
    planned = plan(_WHERE, CONTRACT, judged, NAMES, 60, baseline)
    report = _run(FREE["lenient-script"].deployment(), judged, baseline)
    assert [str(exchange) for exchange in report.exchanges if not planned.covers(exchange.request)] == []
    assert not narrow or planned.by_key["primary"].least > 20, "what the report has answers to is asked again"


def test_a_narrow_scope_has_a_short_plan() -> None:
    narrow = Scope.parse(REGISTER, "DISC", None)
    planned = plan(Deployment("http://nowhere.example", _KEYS), CONTRACT, narrow, NAMES, 60)
    assert planned.lines[0].text == "GET /api/v1"
    assert planned.by_key == {"none": Span(1, 2), "primary": Span(3, 6)}, "each path may redirect to its slash"
    assert planned.seconds.most < 2


def test_an_imagined_deployment_breaks_nothing() -> None:
    traits = Traits(records=1_000, latency=0.01, limited=True)
    clock = SimulatedClock()
    deployment = Deployment("http://nowhere.example", _KEYS)
    with Client(deployment, pacer=Pacer(60, clock), transport=SimulatedDeployment(_KEYS, traits, 60, clock)) as client:
        report = run(client, CONTRACT, _ALL, NAMES)
    assert reasons(report, Outcome.FAILED, Outcome.ERROR) == {}
