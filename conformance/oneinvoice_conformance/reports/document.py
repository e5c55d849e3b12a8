"""The JSON report, as `report.schema.json` describes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from oneinvoice_conformance.engine.provenance import contract, kit
from oneinvoice_conformance.engine.runner import Report
from oneinvoice_conformance.history.changes import Drift
from oneinvoice_conformance.history.report_format import FORMAT
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.verdict import headline

_EXCERPT = 2_000  # characters of a body
_READ = 4 * _EXCERPT  # bytes of it, which are as many characters at least
_SHOWN_WITH_BODY = 5  # exchanges of one requirement


def report_document(report: Report, deployment: Deployment, redact: Redactor) -> dict[str, Any]:
    """The report as plain values, without any secret: what came from the deployment is redacted piece by piece."""
    return {
        "format": FORMAT,
        "verdict": headline(report.results, report.verdict),
        "scope": {
            "only": list(report.scope.only),
            "skip": list(report.scope.skip),
            "strict": report.scope.strict,
            "interrupted": report.interrupted,
        },
        "deployment": report.base,
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "expected_failures": sum(result.excused for result in report.results),
        "requirements": [_requirement(result, deployment, redact) for result in report.results],
        "observed": report.observed.as_json(redact),
        "drift": _drift(report.drift, redact) if report.drift else None,
        "notes": list(report.notes),
        "requests": {"total": len(report.exchanges), "by_key": dict(report.requests_by_key)},
        "started_at": datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(report.seconds, 3),
        "kit": kit(),
        "contract": contract(),
        "configuration": report.configuration.as_json(),
    }


def document_text(report: Report, deployment: Deployment, redact: Redactor) -> str:
    """The report as the text of a JSON file."""
    return json.dumps(report_document(report, deployment, redact), ensure_ascii=False, indent=2) + "\n"


def _requirement(result: Result, deployment: Deployment, redact: Redactor) -> dict[str, Any]:
    row = result.requirement
    content: dict[str, Any] = {
        "id": row.id,
        "area": row.area,
        "level": row.level,
        "section": row.section,
        "clause": row.clause,
        "statement": row.statement,
        "outcome": result.outcome.value,
        "reason": redact(result.finding.reason),
        "exchanges": [_exchange(exchange, redact) for exchange in result.finding.evidence or result.exchanges],
    }
    if result.finding.deliveries:
        content["deliveries"] = [_delivery(delivery, redact) for delivery in result.finding.deliveries]
    if result.expected:
        content["expected"] = _expected(result.expected, redact)
    if row.question:
        content["question"] = {"ask": row.question.ask, "accepted": row.question.accepted}
    if result.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.INCONCLUSIVE):
        shown = zip(content["exchanges"][:_SHOWN_WITH_BODY], result.finding.evidence, strict=False)
        for entry, exchange in shown:
            entry["body"] = _excerpt(exchange.body, redact)
            entry["headers"] = [[redact(name), redact(value)] for name, value in exchange.headers]
            entry["curl"] = curl(deployment, exchange.request)
    return content


def _drift(drift: Drift, redact: Redactor) -> dict[str, Any]:
    return {
        "against": [
            {"name": redact(against.name), "started_at": against.started.isoformat(timespec="seconds")}
            for against in drift.against
        ],
        "changes": [
            {"kind": change.kind.value, "what": redact(change.what), "since": redact(since.name)}
            for since, change in drift.changes
        ],
    }


def _expected(expected: ExpectedFailure, redact: Redactor) -> dict[str, Any]:
    content = {"reason": redact(expected.reason), "owner": redact(expected.owner)}
    content["expires"] = expected.expires.isoformat()
    return content | ({"problem": redact(expected.problem)} if expected.problem else {})


def _delivery(delivery: Delivery, redact: Redactor) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "received_at": datetime.fromtimestamp(delivery.received, UTC).isoformat(timespec="milliseconds"),
        "method": delivery.method,
        "target": redact(delivery.target),
        "headers": [[name, redact(value)] for name, value in delivery.headers],
        "body": _excerpt(delivery.body, redact),
    }


def _excerpt(body: bytes, redact: Redactor) -> str:
    # Redacted before it is cut, so that no half of a secret is left; but not all of a long one.
    return redact(body[:_READ].decode("utf-8", "replace"))[:_EXCERPT]


def _exchange(exchange: Exchange, redact: Redactor) -> dict[str, Any]:
    return {
        "number": exchange.number,
        "method": exchange.request.method,
        "target": redact(exchange.request.target),
        "role": exchange.request.credential.role.value,
        "status": exchange.status or None,
        "error": redact(str(exchange.error)) if exchange.error else None,
        "seconds": round(exchange.seconds, 4),
    }
