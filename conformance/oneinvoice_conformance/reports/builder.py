"""Build the redacted report: the one place where what a run found meets the keys of the deployment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import starmap
from typing import Any

from oneinvoice_openapi.register import Subject

from oneinvoice_conformance.documented import SIGNATURE_HEADER
from oneinvoice_conformance.engine.provenance import provenance_of
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.history.changes import Drift
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.http.failure import Failure
from oneinvoice_conformance.http.redaction import Redactor, without_cookies
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.finding import Mismatch
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.verdict import headline
from oneinvoice_conformance.ratelimit.load_profile import STEP, LoadProfile
from oneinvoice_conformance.records.bodies import Body, BodyStore
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.records.json_text import foreign_encoding
from oneinvoice_conformance.reports.redacted import (
    Pairs,
    RedactedBody,
    RedactedCause,
    RedactedChange,
    RedactedContract,
    RedactedDelivery,
    RedactedDrift,
    RedactedEntry,
    RedactedEvidence,
    RedactedExchange,
    RedactedExpected,
    RedactedFailure,
    RedactedLoadProfile,
    RedactedMismatch,
    RedactedReport,
    RedactedResult,
    RedactedSignature,
)
from oneinvoice_conformance.webhooks.diagnosis.mistakes import diagnose
from oneinvoice_conformance.webhooks.signing import sign, verify_signature

Redact = Callable[[str], str]

_MOST_EVIDENCE = 5  # exchanges of one requirement that any format shows in full
_BODY = 20_000  # bytes of a body that any format but the archive shows
_LINE = 4_000  # bytes of it that are shown in one line
_MISMATCH = 500  # characters of what was expected somewhere, or was there
_MOST_COUNTED = 200_000  # bytes of a body, of which the records are counted


def redacted_report(
    report: Report, deployment: Deployment, redact: Redactor, *, traffic: bool = False
) -> RedactedReport:
    """Return the report without any secret; with the whole `traffic`, which takes time, only if that is wanted."""
    return _Builder(deployment, redact).report(report, traffic=traffic)


class _Builder:
    def __init__(self, deployment: Deployment, redact: Redactor) -> None:
        self._deployment = deployment
        # Most headers and bodies come more than once, and redacting is what takes the time.
        self._redact = cache(redact)
        self._redact_body = redact  # bodies are too long to be kept as keys of a cache
        self._body = cache(self._make_body)
        self._archived = cache(self._archive)
        self._archive_bodies = BodyStore()
        self._exchange = cache(self._make_exchange)
        self._evidence = cache(self._make_evidence)
        self._delivery = cache(self._make_delivery)
        self._deliveries: tuple[Delivery, ...] = ()

    def report(self, report: Report, *, traffic: bool) -> RedactedReport:
        self._deliveries = tuple(dict.fromkeys(d for result in report.results for d in result.finding.deliveries))
        return RedactedReport(
            base=report.base,
            contract=redacted_contract(report.contract),
            scope=report.scope,
            verdict=report.verdict,
            headline=headline(report.results, report.verdict),
            results=tuple(map(self._result, report.results)),
            exchanges=tuple(map(self._exchange, report.exchanges)),
            traffic=tuple(map(self._entry, report.exchanges)) if traffic else None,
            requests_by_key=redacted_json(report.requests_by_key, self._redact),
            started=report.started,
            seconds=report.seconds,
            interrupted=report.interrupted,
            notes=tuple(map(self._redact, report.notes)),
            rate_limit=report.rate_limit,
            load_profile=self._load_profile(report.load_profile) if report.load_profile else None,
            drift=self._drift(report.drift) if report.drift else None,
            causes=tuple(starmap(self._cause, enumerate(report.causes, 1))),
            observed=redacted_json(report.observed.as_json(self._redact), self._redact),
            configuration=redacted_json(report.configuration.as_json(), self._redact),
            options=redacted_json(report.configuration.options, self._redact),
            variables=tuple(map(self._redact, report.configuration.variables)),
        )

    def _load_profile(self, profile: LoadProfile) -> RedactedLoadProfile:
        return RedactedLoadProfile(
            words=self._redact(profile.words),
            served=tuple(step.served for step in profile.steps),
            refused=tuple(step.refused for step in profile.steps),
            step_seconds=STEP,
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
            evidence=tuple(map(self._exchange, finding.evidence)),
            shown=tuple(map(self._evidence, finding.evidence[:_MOST_EVIDENCE])),
            exchanges=tuple(map(self._exchange, result.exchanges)),
            deliveries=tuple(map(self._delivery, finding.deliveries)),
            expected=redacted_expected(result.expected, self._redact) if result.expected else None,
            seconds=result.seconds,
            mismatch=self._mismatch(finding.mismatch) if finding.mismatch else None,
        )

    def _mismatch(self, mismatch: Mismatch) -> RedactedMismatch:
        source = mismatch.source
        is_delivery = isinstance(source, Delivery)
        pointer, expected, seen = (
            _cut(self._redact(text)) for text in (mismatch.pointer, mismatch.expected, mismatch.seen)
        )
        return RedactedMismatch(
            source=_cut(self._redact(str(source) if isinstance(source, Delivery) else str(source.request))),
            exchange=None if is_delivery else source.number,
            delivery=source.number if is_delivery else None,
            pointer=pointer,
            expected=expected,
            seen=seen,
        )

    def _cause(self, number: int, cause: Cause) -> RedactedCause:
        return RedactedCause(
            number=number,
            seen=self._redact(cause.seen),
            remedy=self._redact(cause.remedy),
            requirements=tuple(map(self._redact, cause.requirements)),
            shown=tuple(map(self._evidence, cause.evidence[:_MOST_EVIDENCE])),
        )

    def _make_exchange(self, exchange: Exchange) -> RedactedExchange:
        request = exchange.request
        return RedactedExchange(
            number=exchange.number,
            role=request.credential.role,
            method=request.method,
            target=self._redact(request.target),
            query=self._pairs(request.pairs),
            status=exchange.status,
            error=self._failure(exchange.error) if exchange.error else None,
            started=exchange.started,
            sent=exchange.sent,
            seconds=exchange.seconds,
        )

    def _failure(self, failure: Failure) -> RedactedFailure:
        remedy = self._redact(failure.remedy) if failure.remedy else None
        return RedactedFailure(failure.kind, self._redact(failure.phrase), remedy)

    def _make_evidence(self, exchange: Exchange) -> RedactedEvidence:
        return RedactedEvidence(
            exchange=self._exchange(exchange),
            headers=self._pairs(exchange.headers),
            body=self._body(exchange.body),
            records=_records(exchange),
            curl=curl(self._deployment, exchange.request, self._redact),
        )

    def _entry(self, exchange: Exchange) -> RedactedEntry:
        request = exchange.request
        headers = [*request.headers, *((name, f"<{name}>") for name, _ in self._deployment.headers)]
        if request.credential.shell and not request.credential.parameters:
            headers.append((request.credential.header, request.credential.shell))
        return RedactedEntry(
            exchange=self._exchange(exchange),
            request_headers=self._pairs(headers),
            headers=self._pairs(exchange.headers),
            body=self._archived(exchange.body),
            size=exchange.body.size,
            is_cut=exchange.body.is_cut,
        )

    def _make_delivery(self, delivery: Delivery) -> RedactedDelivery:
        return RedactedDelivery(
            number=delivery.number,
            received=delivery.received,
            method=self._redact(delivery.method),
            target=self._redact(delivery.target),
            event=self._redact(delivery.event) if delivery.event else None,
            headers=self._pairs(delivery.headers),
            body=self._body(Body(delivery.body)),
            signature=self._signature(delivery),
        )

    def _signature(self, delivery: Delivery) -> RedactedSignature | None:
        """Return the judgement of the signature, which takes the secret that no writer gets; None without one."""
        secret, header = self._deployment.webhook_secret, delivery.header(SIGNATURE_HEADER)
        if not secret:
            return None
        right = verify_signature(delivery.body, header or "", secret)
        wrong = "is missing" if header is None else diagnose(delivery, header, secret, self._deliveries)
        return RedactedSignature(
            digest=hashlib.sha256(delivery.body).hexdigest(),
            expected=sign(delivery.body, secret),
            received=None if header is None else self._redact(header),
            right=right,
            why="is right" if right else self._redact(wrong),
        )

    def _drift(self, drift: Drift) -> RedactedDrift:
        return RedactedDrift(
            tuple(replace(against, name=self._redact(against.name)) for against in drift.against),
            tuple(
                RedactedChange(change.kind, self._redact(change.what), self._redact(since.name))
                for since, change in drift.changes
            ),
        )

    def _make_body(self, body: Body) -> RedactedBody:
        return redacted_body(body, self._redact_body)

    def _archive(self, body: Body) -> Body:
        return self._archive_bodies.keep(redacted_bytes(body.read(), self._redact_body), is_cut=body.is_cut)

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> Pairs:
        return redacted_pairs(pairs, self._redact)


def redacted_contract(contract: Contract, subject: Subject = "deployment") -> RedactedContract:
    """Return a contract with the areas of the subject that was judged by it."""
    areas = dict(contract.register_of(subject).areas)
    return RedactedContract(**provenance_of(contract), is_release=contract.is_release, areas=areas)


def redacted_expected(expected: ExpectedFailure, redact: Redact) -> RedactedExpected:
    """Return an entry of the expected failures without secrets."""
    problem = redact(expected.problem) if expected.problem else None
    return RedactedExpected(redact(expected.reason), redact(expected.owner), expected.expires, problem)


def redacted_pairs(pairs: Iterable[tuple[str, str]], redact: Redact) -> Pairs:
    """Return headers, or other pairs, without secrets and cookies."""
    return tuple((redact(name), redact(without_cookies(name, value))) for name, value in pairs)


def redacted_json(value: Any, redact: Redact) -> Any:
    """Return what is JSON with every text of it redacted."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(name): redacted_json(each, redact) for name, each in value.items()}
    return [redacted_json(each, redact) for each in value] if isinstance(value, list | tuple) else value


def redacted_body(body: Body, redact: Redact) -> RedactedBody:
    """Return as much of a body as is shown, without secrets."""
    beginning = body.read(_BODY)
    if foreign_encoding(beginning):
        beginning = beginning.decode(json.detect_encoding(beginning), "replace").encode("utf-8", "replace")
    # White space is what a secret may differ in, so that the line is redacted anew and not made of the content.
    line = " ".join(beginning[:_LINE].decode("utf-8", "replace").split())
    is_cut = body.is_cut or body.size > _BODY
    return RedactedBody(redacted_bytes(beginning, redact), body.size, is_cut, redact(line))


def redacted_bytes(body: bytes, redact: Redact) -> bytes:
    """Return a body without secrets; whatever is no text in it stays as it is."""
    shown = redact(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    if foreign_encoding(body):
        encoding = json.detect_encoding(body)
        text = shown.decode(encoding, "replace")
        if (redacted := redact(text)) != text:
            shown = redacted.encode(encoding, "replace")
    return shown


def _cut(text: str) -> str:
    return text if len(text) <= _MISMATCH else f"{text[:_MISMATCH]}…"


def _records(exchange: Exchange) -> int | None:
    """Return how many records an answer lists, or None if it is no list, or one that takes too long to read."""
    if exchange.body.size > _MOST_COUNTED:
        return None
    try:
        return len(exchange.records())
    except (NotJSON, NoList):
        return None
