"""The JSON report of a verdict on a client, as `client.schema.json` describes it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from oneinvoice_openapi.printable import json_text

from oneinvoice_conformance.clients.observation import ProgramEnd, Wait
from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.client.evidence import Shown, shown_of
from oneinvoice_conformance.reports.document import circumstances_of, facts_of
from oneinvoice_conformance.reports.redacted import (
    RedactedBody,
    RedactedObservation,
    RedactedReport,
    RedactedRequest,
    RedactedResult,
    RedactedSent,
    RedactedTrial,
)

FORMAT = 1
_EXCERPT = 2_000  # characters of a body
_DIGITS = 4  # of a second


def client_document(report: RedactedReport) -> dict[str, Any]:
    """Return the report as plain values. Raises `ValueError` for one of a deployment."""
    client = report.client
    if client is None:
        raise ValueError("the report is of a deployment")
    return {
        "format": FORMAT,
        "subject": "client",
        "verdict": report.headline,
        "scope": {
            "only": list(report.scope.only),
            "skip": list(report.scope.skip),
            "interrupted": report.interrupted,
        },
        "client": report.base,
        "depth": client.depth,
        "counts": {outcome.value: report.count(outcome) for outcome in Outcome},
        "expected_failures": sum(result.excused for result in report.results),
        "requirements": list(map(_requirement, report.results)),
        "scenarios": [_scenario(trial, shown_of(report, trial)) for trial in client.trials],
        "notes": list(report.notes),
        "started_at": _instant(report.started),
        "duration_seconds": round(report.seconds, 3),
        "kit": kit(),
        "contract": report.contract.as_json(),
        "configuration": dict(report.configuration),
    }


def client_document_text(report: RedactedReport) -> str:
    """Return the report as the text of a JSON file."""
    return json_text(client_document(report), indent=2) + "\n"


def client_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    schema: dict[str, Any] = json.loads(files(__package__).joinpath("client.schema.json").read_text("utf-8"))
    return schema


def _requirement(result: RedactedResult) -> dict[str, Any]:
    row = result.requirement
    source = {"source": row.source} if row.source else {}
    evidence = {"evidence": list(map(_observation, result.observations))}
    return facts_of(result) | source | evidence | circumstances_of(result)


def _observation(observation: RedactedObservation) -> dict[str, Any]:
    return {
        "scenario": observation.scenario,
        "requests": list(observation.requests),
        "deliveries": list(observation.deliveries),
    }


def _scenario(trial: RedactedTrial, shown: Shown) -> dict[str, Any]:
    return {
        "name": trial.scenario,
        "title": trial.title,
        "seed": trial.seed,
        "started_at": _instant(trial.started),
        "seconds": _seconds(trial.seconds),
        "problem": trial.problem or None,
        "program": end_of(trial.program) if trial.program else None,
        "readback": trial.kept,
        "requests": [_request(each, each.number in shown.requests) for each in trial.requests],
        "waits": list(map(wait_of, trial.waits)),
        "deliveries": [_delivery(each, each.number in shown.deliveries) for each in trial.deliveries],
    }


def end_of(end: ProgramEnd) -> dict[str, Any]:
    """Return how a program ended; its code is null where it was killed."""
    return {"code": end.code, "seconds": _seconds(end.seconds), "output": end.output}


def wait_of(wait: Wait) -> dict[str, Any]:
    return {"start": _seconds(wait.start), "end": _seconds(wait.end), "what": wait.what}


def observed_of(request: RedactedRequest) -> dict[str, Any]:
    """Return what is known of a request beside what was sent and answered."""
    return {
        "number": request.number,
        "at": _seconds(request.at),
        "answering": _seconds(request.answering),
        "answered": _seconds(request.answered),
        "hold": _seconds(request.hold),
        "connection": request.connection,
        "mark": request.mark.value,
        "note": request.note or None,
        "key_places": [place.value for place in request.key_places],
        "records": request.records,
        "total": request.total,
        "left": request.is_left,
    }


def sent_of(delivery: RedactedSent) -> dict[str, Any]:
    """Return what is known of a delivery beside what was sent and answered."""
    return {
        "number": delivery.number,
        "at": _seconds(delivery.at),
        "answered": _seconds(delivery.answered),
        "event_id": delivery.event_id,
        "event": delivery.event,
        "kind": delivery.kind.value,
        "form": delivery.form or None,
        "problem": delivery.problem or None,
    }


def _request(request: RedactedRequest, in_full: bool) -> dict[str, Any]:
    facts = {"method": request.method, "target": request.target, "status": request.status or None}
    content = observed_of(request) | facts
    if in_full:
        content["headers"] = list(map(list, request.headers))
        content["answer_headers"] = list(map(list, request.answer_headers))
        content["body"] = _excerpt(request.body)
    return content


def _delivery(delivery: RedactedSent, in_full: bool) -> dict[str, Any]:
    content = sent_of(delivery) | {"status": delivery.status or None}
    if in_full:
        content["headers"] = list(map(list, delivery.headers))
        content["body"] = _excerpt(delivery.body)
    return content


def _excerpt(body: RedactedBody | None) -> str:
    return body.text()[:_EXCERPT] if body else ""


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
