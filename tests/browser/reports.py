"""A report of a deployment that breaks a promise in most areas, by a whole run over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity, Drift
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.html.page import html_text

from tests.conformance.judging import CONTRACT, MINIATURE_KEYS, NAMES, SECRET, WHOLE, SkippingClock, hooks_of
from tests.miniatures import FAULTS, HOOK_FAULTS, RATE_FAULTS, serve
from tests.unit.conformance.reports.reporting import redacted

_FAULTS = (
    FAULTS["filtered-quotes-of-everybody"],
    FAULTS["default-of-20"],
    FAULTS["payment-state-always-null"],
    FAULTS["unknown-status-crashes"],
    HOOK_FAULTS["sorted-json-signed"],
    RATE_FAULTS["overload-unavailable"],
)
_SPRING, _SUMMER = (
    BaselineRef(f"production-2026-0{month}-01.json", datetime(2026, month, 1, tzinfo=UTC)) for month in (4, 7)
)
_DRIFT = Drift(
    (_SPRING, _SUMMER),
    (
        (
            _SPRING,
            Change(ChangeSeverity.BREAKING, "members: items[].email was in all 450 records and is in none of 450 now"),
        ),
        (
            _SUMMER,
            Change(
                ChangeSeverity.UNSURE,
                f"quotes: items[].{'signature_' * 9} was in all 4 records and is in none of 2 now",
            ),
        ),
        (_SUMMER, Change(ChangeSeverity.OTHER, "discovery lists /api/v1/customers now, which it did not")),
    ),
)


def failing_report(port: int = 0) -> str:
    """The page. A key of the deployment is left out, so that something is not tested."""
    miniature = type("Faulty", tuple(fault.deployment for fault in _FAULTS), {})()
    clock = SkippingClock()
    miniature.clock = clock.now
    keys = {role: key for role, key in MINIATURE_KEYS.items() if role != "revoked"}
    with serve(miniature, port=port) as url, hooks_of(miniature, timeout=3.0) as hooks:
        deployment = Deployment(url, keys, webhook_secret=SECRET)
        with Client(deployment, pacer=Pacer(clock=clock)) as client:
            report = run(client, CONTRACT, WHOLE, NAMES, hooks)
    failures = [result for result in report.results if result.outcome is Outcome.FAILED]
    shared = tuple(result.requirement.id for result in failures if result.requirement.area == "HOOK")
    cause = Cause("deliveries are signed otherwise", "sign the raw body", shared, report.exchanges[:2])
    return html_text(redacted(replace(report, drift=_DRIFT, causes=(cause,)), deployment))
