"""The JSON report, as `report.schema.json` describes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from oneinvoice_openapi.printable import json_text

from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.history.report_format import FORMAT
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.redacted import (
    RedactedCause,
    RedactedDelivery,
    RedactedDrift,
    RedactedEvidence,
    RedactedExchange,
    RedactedExpected,
    RedactedMismatch,
    RedactedReport,
    RedactedResult,
)

_EXCERPT = 2_000  # characters of a body


def report_document(report: RedactedReport) -> dict[str, Any]:
    """Return the report as plain values."""
    return {
        "format": FORMAT,
        "verdict": report.headline,
        "scope": {
            "only": list(report.scope.only),
            "skip": list(report.scope.skip),
            "strict": report.scope.strict,
            "interrupted": report.interrupted,
        },
        "deployment": report.base,
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "expected_failures": sum(result.excused for result in report.results),
        "requirements": list(map(_requirement, report.results)),
        "causes": list(map(_cause, report.causes)),
        "rate_limit": _load_profile(report),
        "observed": report.observed,
        "drift": _drift(report.drift) if report.drift else None,
        "notes": list(report.notes),
        "requests": {"total": len(report.exchanges), "by_key": dict(report.requests_by_key)},
        "started_at": datetime.fromtimestamp(report.started, UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(report.seconds, 3),
        "kit": kit(),
        "contract": report.contract.as_json(),
        "configuration": report.configuration,
    }


def document_text(report: RedactedReport) -> str:
    """Return the report as the text of a JSON file."""
    return json_text(report_document(report), indent=2) + "\n"


def facts_of(result: RedactedResult) -> dict[str, Any]:
    """Return the row of a result, with what was found."""
    row = result.requirement
    return {
        "id": row.id,
        "area": row.area,
        "level": row.level,
        "section": row.section,
        "clause": row.clause,
        "statement": row.statement,
        "outcome": result.outcome.value,
        "reason": result.reason,
    }


def circumstances_of(result: RedactedResult) -> dict[str, Any]:
    """Return what else is told of a result, where there is anything."""
    question = result.requirement.question
    content: dict[str, Any] = {"remedy": list(result.options)} if result.options else {}
    if result.expected:
        content["expected"] = _expected(result.expected)
    if question:
        content["question"] = {"ask": question.ask, "accepted": question.accepted}
    return content


def _requirement(result: RedactedResult) -> dict[str, Any]:
    row = result.requirement
    content = facts_of(result)
    content["exchanges"] = [_exchange(exchange) for exchange in result.evidence or result.exchanges]
    content |= circumstances_of(result)
    if result.mismatch:
        content["mismatch"] = _mismatch(result.mismatch)
    if result.deliveries:
        content["deliveries"] = list(map(_delivery, result.deliveries))
    if row.names:
        content["names"] = {kind: list(words) for kind, words in row.names.items()}
    if result.outcome in (Outcome.FAILED, Outcome.WARNED, Outcome.INCONCLUSIVE):
        in_full = list(map(_evidence, result.shown))
        content["exchanges"][: len(in_full)] = in_full
    return content


def _mismatch(mismatch: RedactedMismatch) -> dict[str, Any]:
    place = {"exchange": mismatch.exchange} if mismatch.delivery is None else {"delivery": mismatch.delivery}
    return place | {"pointer": mismatch.pointer, "expected": mismatch.expected, "seen": mismatch.seen}


def _cause(cause: RedactedCause) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "requirements": list(cause.requirements),
        "exchanges": list(map(_evidence, cause.shown)),
    }


def _evidence(evidence: RedactedEvidence) -> dict[str, Any]:
    return _exchange(evidence.exchange) | {
        "body": evidence.body.text()[:_EXCERPT],
        "headers": list(map(list, evidence.headers)),
        "curl": evidence.curl,
    }


def _load_profile(report: RedactedReport) -> dict[str, Any] | None:
    profile = report.load_profile
    if profile is None:
        return None
    return {
        "limit": report.rate_limit,
        "measured": profile.words,
        "step_seconds": profile.step_seconds,
        "served": list(profile.served),
        "refused": list(profile.refused),
    }


def _drift(drift: RedactedDrift) -> dict[str, Any]:
    return {
        "against": [
            {"name": against.name, "started_at": against.started.isoformat(timespec="seconds")}
            for against in drift.against
        ],
        "changes": [
            {"kind": change.kind.value, "what": change.what, "since": change.since} for change in drift.changes
        ],
    }


def _expected(expected: RedactedExpected) -> dict[str, Any]:
    content = {"reason": expected.reason, "owner": expected.owner, "expires": expected.expires.isoformat()}
    return content | ({"problem": expected.problem} if expected.problem else {})


def _delivery(delivery: RedactedDelivery) -> dict[str, Any]:
    return {
        "number": delivery.number,
        "received_at": datetime.fromtimestamp(delivery.received, UTC).isoformat(timespec="milliseconds"),
        "method": delivery.method,
        "target": delivery.target,
        "headers": list(map(list, delivery.headers)),
        "body": delivery.body.text()[:_EXCERPT],
    }


def _exchange(exchange: RedactedExchange) -> dict[str, Any]:
    failure = {"failure": exchange.error.kind.value} if exchange.error else {}
    return failure | {
        "number": exchange.number,
        "method": exchange.method,
        "target": exchange.target,
        "role": exchange.role.value,
        "status": exchange.status or None,
        "error": str(exchange.error) if exchange.error else None,
        "seconds": round(exchange.seconds, 4),
    }
