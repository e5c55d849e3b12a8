"""Run the suite against a deployment over real HTTP, and sum up what it found."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import TriggerAttempt

from tests.miniatures import Deployment as Miniature
from tests.miniatures import Variant, keys, serve

CONTRACT = contract_of(None)
REGISTER = CONTRACT.register
NAMES = read_names(REGISTER, None)
ALARM = (Outcome.FAILED, Outcome.WARNED, Outcome.ERROR)
OPEN = (Outcome.INCONCLUSIVE, Outcome.NOT_TESTED)
# The areas that read requests decide.
READ_ONLY = Scope.parse(REGISTER, None, "HOOK,RATE,NEWS")
WHOLE = Scope.parse(REGISTER, None, None)
BUT_HOOKS = Scope.parse(REGISTER, None, "HOOK")
ONLY_HOOKS = Scope.parse(REGISTER, "HOOK,ORG-4", None)
MINIATURE_KEYS = {role: key.value for role, key in keys().items()}
SECRET = "a secret that nobody else has"
FUZZ = FuzzCampaign(requests=300, seed=2)


class SkippingClock:
    """Clock of the machine, but that waiting takes no time."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skipped

    def wait(self, seconds: float) -> None:
        self.skipped += max(0.0, seconds)


def judge(
    url: str,
    keys: dict[str, str],
    scope: Scope = READ_ONLY,
    hooks: WebhookCollector | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Report:
    # Faults that need a second reading take more than 60 requests; these deployments have no limit to wait for.
    with Client(Deployment(url, keys, headers), pacer=Pacer(1_000)) as client:
        return run(client, CONTRACT, scope, NAMES, hooks)


def judge_rates(miniature: Miniature, scope: Scope = BUT_HOOKS, hooks: WebhookCollector | None = None) -> Report:
    """Judge its rate limit too, by a clock that waiting moves on."""
    clock = SkippingClock()
    miniature.clock, miniature.wait = clock.now, clock.wait
    with serve(miniature) as url, Client(Deployment(url, MINIATURE_KEYS), pacer=Pacer(clock=clock)) as client:
        return run(client, CONTRACT, scope, NAMES, hooks)


def judge_fuzzed(miniature: Miniature) -> Report:
    """Judge it by generated requests too. These deployments have no limit to wait for."""
    with serve(miniature) as url, Client(Deployment(url, MINIATURE_KEYS), pacer=Pacer(10_000)) as client:
        return run(client, CONTRACT, READ_ONLY, NAMES, fuzz=FUZZ)


def judge_hooks(miniature: Miniature, timeout: float) -> Report:
    """Judge its webhooks alone."""
    given = {role: MINIATURE_KEYS[role] for role in ("primary", "other")}
    with serve(miniature) as url, hooks_of(miniature, timeout) as hooks, Client(Deployment(url, given)) as client:
        return run(client, CONTRACT, ONLY_HOOKS, NAMES, hooks)


@contextmanager
def hooks_of(miniature: Miniature, timeout: float) -> Iterator[WebhookCollector]:
    """Yield a receiver at which the deployment's webhook is registered, and its own trigger."""

    def trigger(event: str) -> TriggerAttempt:
        miniature.trigger(event)
        return TriggerAttempt(event)

    with Receiver("127.0.0.1", 0) as receiver:
        url = f"{receiver.url}/hooks/1invoice"
        miniature.register(url, SECRET)
        yield WebhookCollector(receiver, SECRET, trigger, url=url, timeout=timeout)


def reasons(report: Report, *outcomes: Outcome) -> dict[str, str]:
    """Return the reasons of the requirements that had one of the outcomes, by id."""
    return {result.requirement.id: result.finding.reason for result in report.results if result.outcome in outcomes}


def assert_is_free(variant: Variant, report: Report) -> None:
    """Hold that nothing failed on a variant, and that just the rules which its declaration names are undecided."""
    assert reasons(report, *ALARM) == {}
    undecided = reasons(report, *OPEN)
    assert undecided.keys() >= variant.undecided, undecided
    assert undecided.keys() <= variant.undecided | variant.may_be_undecided, undecided
    assert report.verdict is (Verdict.INCOMPLETE if undecided else Verdict.CONFORMS)


def rules_of(area: str) -> tuple[str, ...]:
    """Return the ids of an area's rules, in order."""
    return tuple(id for id in RULES if id.rpartition("-")[0] == area)
