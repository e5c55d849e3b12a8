"""A report to show: one requirement of each outcome."""

from dataclasses import replace

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.builder import redacted_report
from oneinvoice_conformance.reports.har import har_parts
from oneinvoice_conformance.reports.redacted import RedactedEvidence, RedactedReport

from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, VALID, exchange

ROWS = CONTRACT.register
DEPLOYMENT = Deployment(BASE, KEYS, (("X-Gate", "open-sesame"),))


def answer(body: object, status: int = 200, **attributes: object) -> Exchange:
    request = Request("members", VALID, (("limit", "7"),))
    headers = (("Content-Type", "text/x"), ("X-Echo", KEYS["primary"]))
    return exchange(body, status, request, headers=headers, **attributes)


def report(*results: Result, only: str | None = None, interrupted: bool = False) -> Report:
    exchanges = tuple(dict.fromkeys(each for result in results for each in result.exchanges))
    return Report(
        base=BASE,
        contract=CONTRACT,
        scope=Scope.parse(ROWS, only, None),
        results=results,
        exchanges=exchanges,
        requests_by_key={"primary": len(exchanges)} if exchanges else {},
        started=1_767_225_600.0,
        seconds=1.25,
        interrupted=interrupted,
    )


def result(id: str, outcome: Outcome, reason: str = "so it is", *evidence: Exchange) -> Result:
    return Result(ROWS[id], Finding(outcome, reason, evidence), evidence)


def with_cause(seen: str, remedy: str = "mend it", *more: Result) -> Report:
    """Return a report in which two failures and an open result share a cause that two answers show."""
    first, second = answer([{"id": 1}]), answer(b"gone", 502)
    results = (
        result("MEM-1", Outcome.FAILED, "the first reason", first),
        result("MEM-2", Outcome.FAILED, "the second reason", second),
        result("MEM-3", Outcome.INCONCLUSIVE, "the third reason", second),
        *more,
    )
    cause = Cause(seen, remedy, ("MEM-1", "MEM-2", "MEM-3"), (first, second))
    return replace(report(*results), causes=(cause,))


def redacted(found: Report, deployment: Deployment = DEPLOYMENT) -> RedactedReport:
    """Return the report as writers get it, with its traffic."""
    return redacted_report(found, deployment, Redactor(deployment), traffic=True)


def har_text(found: RedactedReport) -> str:
    """Return the archive of a report."""
    return "".join(har_parts(found))


def in_full(exchange: Exchange) -> RedactedEvidence:
    """Return the exchange as what shows a finding."""
    [found] = redacted(report(result("MEM-1", Outcome.FAILED, "so it is", exchange))).results[0].shown
    return found
