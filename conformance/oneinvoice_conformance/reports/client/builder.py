"""Build the redacted report of a verdict on a client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

from oneinvoice_conformance.clients.observation import (
    ClientRequest,
    Evidence,
    Mark,
    ProgramEnd,
    Readback,
    SentDelivery,
    Trial,
)
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.documented import RATE_LIMIT
from oneinvoice_conformance.http.redaction import without_keys
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.verdict import headline
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.reports.builder import (
    Redact,
    redacted_body,
    redacted_bytes,
    redacted_contract,
    redacted_expected,
    redacted_json,
    redacted_pairs,
)
from oneinvoice_conformance.reports.redacted import (
    RedactedBody,
    RedactedClient,
    RedactedObservation,
    RedactedReport,
    RedactedRequest,
    RedactedResult,
    RedactedSent,
    RedactedTrial,
)
from oneinvoice_conformance.wording import counted, joined

_TOLD = 3  # requests and deliveries of one scenario that stand in a line each


def redacted_client_report(report: ClientReport, redact: Redact, *, traffic: bool = False) -> RedactedReport:
    """Return the report without any secret; bodies of what shows no finding only with the whole `traffic`."""
    return _Builder(report, redact, traffic=traffic).built()


class _Builder:
    def __init__(self, report: ClientReport, redact: Redact, *, traffic: bool) -> None:
        self._report = report
        self._redact = cache(lambda text: without_keys(redact(text)))
        self._redact_body = lambda text: without_keys(redact(text))
        self._traffic = traffic
        self._trials = {trial.scenario: trial for trial in report.trials}
        evidence = [each for found in report.evidence.values() for each in found]
        self._shown = {
            *((each.scenario, "request", number) for each in evidence for number in each.requests),
            *((each.scenario, "delivery", number) for each in evidence for number in each.deliveries),
        }

    def built(self) -> RedactedReport:
        report = self._report
        return RedactedReport(
            base=self._redact(report.client),
            contract=redacted_contract(report.contract, "client"),
            scope=report.scope,
            verdict=report.verdict,
            headline=headline(report.results, report.verdict),
            results=tuple(map(self._result, report.results)),
            exchanges=(),
            traffic=None,
            requests_by_key={},
            started=report.started,
            seconds=report.seconds,
            interrupted=report.interrupted,
            notes=tuple(map(self._redact, report.notes)),
            rate_limit=RATE_LIMIT,
            drift=None,
            configuration=redacted_json(_hashed(_plain(report.configuration)), self._redact),
            client=RedactedClient(self._redact(report.depth), tuple(map(self._trial, report.trials))),
        )

    def _result(self, result: Result) -> RedactedResult:
        finding = result.finding
        return RedactedResult(
            requirement=result.requirement,
            outcome=result.outcome,
            excused=result.excused,
            reason=self._redact(finding.reason),
            options=tuple(map(self._redact, finding.remedy.options)) if finding.remedy else (),
            source=finding.source,
            evidence=(),
            shown=(),
            exchanges=(),
            deliveries=(),
            expected=redacted_expected(result.expected, self._redact) if result.expected else None,
            seconds=result.seconds,
            mismatch=None,
            observations=tuple(map(self._observation, self._report.evidence.get(result.requirement.id, ()))),
        )

    def _observation(self, evidence: Evidence) -> RedactedObservation:
        trial = self._trials.get(evidence.scenario)
        lines = list(_lines(trial, evidence)) if trial else []
        return RedactedObservation(
            scenario=self._redact(evidence.scenario),
            title=self._redact(trial.title) if trial else "",
            requests=evidence.requests,
            deliveries=evidence.deliveries,
            lines=tuple(map(self._redact, lines)),
        )

    def _trial(self, trial: Trial) -> RedactedTrial:
        return RedactedTrial(
            scenario=self._redact(trial.scenario),
            title=self._redact(trial.title),
            seed=trial.seed,
            started=trial.started,
            seconds=trial.seconds,
            requests=tuple(self._request(trial, each) for each in trial.requests),
            deliveries=tuple(self._sent(trial, each) for each in trial.deliveries),
            waits=tuple(replace(wait, what=self._redact(wait.what)) for wait in trial.waits),
            program=self._end(trial.program) if trial.program else None,
            kept=self._redact(_kept(trial.readback)) if trial.readback else None,
            facts=redacted_json(_plain(trial.facts), self._redact),
            problem=self._redact(trial.problem),
        )

    def _request(self, trial: Trial, request: ClientRequest) -> RedactedRequest:
        return RedactedRequest(
            number=request.number,
            at=request.at,
            method=self._redact(request.method),
            target=self._redact(request.target),
            headers=redacted_pairs(request.headers, self._redact),
            key_places=request.key_places,
            status=request.status,
            answer_headers=redacted_pairs(request.answer_headers, self._redact),
            body=self._body(request.body, (trial.scenario, "request", request.number)),
            answering=request.answering,
            answered=request.answered,
            connection=request.connection,
            mark=request.mark,
            note=self._redact(request.note),
            records=request.records,
            total=request.total,
            is_left=request.is_left,
            hold=hold_of(request, trial.started),
        )

    def _sent(self, trial: Trial, delivery: SentDelivery) -> RedactedSent:
        return RedactedSent(
            number=delivery.number,
            at=delivery.at,
            event_id=self._redact(delivery.event_id),
            event=self._redact(delivery.event),
            kind=delivery.kind,
            form=self._redact(delivery.form),
            headers=redacted_pairs(delivery.headers, self._redact),
            body=self._body(delivery.body, (trial.scenario, "delivery", delivery.number)),
            status=delivery.status,
            answered=delivery.answered,
            problem=self._redact(delivery.problem),
        )

    def _end(self, end: ProgramEnd) -> ProgramEnd:
        return replace(end, output=self._redact(end.output))

    def _body(self, body: bytes, place: tuple[str, str, int]) -> RedactedBody | None:
        if self._traffic:
            return RedactedBody(redacted_bytes(body, self._redact_body), len(body), is_cut=False, line="")
        return redacted_body(Body(body), self._redact_body) if place in self._shown else None


def hold_of(request: ClientRequest, started: float) -> float | None:
    """Return when the Retry-After of an answer is over, in seconds since the trial began; None without one.

    A date is taken by the clock of the answer's own `Date`, or else by that of the trial, which began at `started`.
    """
    value = request.answer_header("Retry-After")
    if value is None or request.answered is None:
        return None
    if value.strip().isascii() and value.strip().isdecimal():
        return request.answered + int(value)
    until = _date(value)
    if until is None:
        return None
    now = _date(request.answer_header("Date") or "")
    return request.answered + (until - now) if now is not None else until - started


def _date(text: str) -> float | None:
    try:
        date: datetime = parsedate_to_datetime(text)
        return date.timestamp()
    except (ValueError, OverflowError):
        return None


def _lines(trial: Trial, evidence: Evidence) -> Iterator[str]:
    """Yield a line for each of the first requests and deliveries that show a finding."""
    requests = [request for request in trial.requests if request.number in evidence.requests]
    deliveries = [delivery for delivery in trial.deliveries if delivery.number in evidence.deliveries]
    for request in requests[:_TOLD]:
        yield f"{request.at:.2f} s  {request}{_of_mark(request)}{_held(trial, request)}"
    for delivery in deliveries[: _TOLD - len(requests[:_TOLD])]:
        yield f"{delivery.at:.2f} s  {delivery}"
    if (more := len(requests) + len(deliveries) - _TOLD) > 0:
        yield f"and {more} more"


def _of_mark(request: ClientRequest) -> str:
    told = [request.mark.value] if request.mark is not Mark.PLAIN else []
    told += [request.note] if request.note else []
    return f" ({', '.join(told)})" if told else ""


def _held(trial: Trial, request: ClientRequest) -> str:
    """Return what a request is late for, where an earlier answer said to wait."""
    for earlier in reversed(trial.requests):
        until = hold_of(earlier, trial.started)
        if until is not None and earlier.answered is not None and earlier.answered < request.at < until:
            return f", {until - request.at:.2f} s before the Retry-After of request {earlier.number} is over"
    return ""


def _kept(readback: Readback) -> str:
    """Return what a readback told in a phrase."""
    if readback.problem:
        return readback.problem
    told = [counted(len(records), name) for name, records in readback.lists.items()]
    told += [f"effects of {counted(len(readback.effects), 'events')}"] if readback.effects is not None else []
    told += [f"the error {readback.error}"] if readback.error else []
    return joined(told)


def _hashed(configuration: dict[str, Any]) -> dict[str, Any]:
    """Return the options with the SHA-256 of all of them, as the configuration of a run has it."""
    if "sha256" in configuration:
        return configuration
    text = json.dumps(configuration, sort_keys=True, separators=(",", ":"))
    return configuration | {"sha256": hashlib.sha256(text.encode()).hexdigest()}


def _plain(value: Any) -> Any:
    """Return what scenarios know as JSON has it: sets in order, and what JSON has no word for as text."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
