"""Run the suite against a deployment over real HTTP, and sum up what it found."""

from __future__ import annotations

import time

from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import Deployment
from oneinvoice_conformance.hooks import Hooks
from oneinvoice_conformance.pacer import Pacer
from oneinvoice_conformance.runner import Report, run
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.settings import read_names
from oneinvoice_conformance.verdict import Outcome
from oneinvoice_openapi.register import register

REGISTER = register()
NAMES = read_names(REGISTER, None)
# The areas that read requests decide.
READ_ONLY = Scope.of(REGISTER, None, "HOOK,RATE,NEWS")


class SkippingClock:
    """The machine's clock, but that waiting takes no time."""

    def __init__(self) -> None:
        self.skipped = 0.0

    def now(self) -> float:
        return time.monotonic() + self.skipped

    def wait(self, seconds: float) -> None:
        self.skipped += max(0.0, seconds)


def judge(url: str, keys: dict[str, str], scope: Scope = READ_ONLY, hooks: Hooks | None = None) -> Report:
    # Faults that need a second reading take more than 60 requests; these deployments have no limit to wait for.
    with Client(Deployment(url, keys), pacer=Pacer(1_000)) as client:
        return run(client, REGISTER, scope, NAMES, hooks)


def told(report: Report, *outcomes: Outcome) -> dict[str, str]:
    """The reasons of the requirements that had one of the outcomes, by id."""
    return {result.requirement.id: result.finding.reason for result in report.results if result.outcome in outcomes}
