"""Scenarios that a client was in, as the HTML report shows them: a picture, a table, and what shows a finding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from oneinvoice_conformance.clients.observation import Mark
from oneinvoice_conformance.model.outcome import ReportedOutcome
from oneinvoice_conformance.reports.client.evidence import Shown, shown_of
from oneinvoice_conformance.reports.html.causes import class_name
from oneinvoice_conformance.reports.html.excerpt import Excerpt, Excerpts
from oneinvoice_conformance.reports.html.picture import Picture, kind_of, kind_of_delivery, picture_of
from oneinvoice_conformance.reports.phrases import MARKS
from oneinvoice_conformance.reports.redacted import (
    Pairs,
    RedactedReport,
    RedactedRequest,
    RedactedResult,
    RedactedSent,
    RedactedTrial,
)
from oneinvoice_conformance.wording import counted

S = TypeVar("S", RedactedRequest, RedactedSent)

_LISTED = 30  # requests or deliveries of a trial
_FIRST = 12  # of more, beside those that show a finding and what is next to these
_IN_FULL = 3  # requests or deliveries of a trial with headers and body
_HEADERS = 30
_LOUD = (ReportedOutcome.FAILED, ReportedOutcome.ERROR, ReportedOutcome.WARNED)


@dataclass(frozen=True, slots=True)
class ShownLine:
    """Request or delivery in a line of a table; `skipped` is how many before it are left out."""

    number: int
    kind: str
    at: str
    what: str
    answer: str
    facts: str
    is_evidence: bool = False
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class ShownInFull:
    """Request or delivery that shows a finding, with headers and body."""

    title: str
    line: str
    headers: tuple[tuple[str, str], ...]
    answer: str
    answer_headers: tuple[tuple[str, str], ...]
    body: Excerpt | None


@dataclass(frozen=True, slots=True)
class ShownTable:
    """Lines of a table; `left` is how many behind the last are left out."""

    lines: tuple[ShownLine, ...]
    left: int


@dataclass(frozen=True, slots=True)
class ShownScenario:
    """Scenario with the requirements that it shows something of: the name of a class, a mark and the id of each."""

    name: str
    title: str
    kind: str
    shows: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    output: str
    picture: Picture | None
    requests: ShownTable
    deliveries: ShownTable
    in_full: tuple[ShownInFull, ...]
    is_open: bool
    tag: str


def shown_scenarios(report: RedactedReport, excerpts: Excerpts) -> list[ShownScenario]:
    """Return the scenarios in the order in which they were played; none of a deployment."""
    return [_scenario(report, trial, excerpts) for trial in report.client.trials] if report.client else []


def _scenario(report: RedactedReport, trial: RedactedTrial, excerpts: Excerpts) -> ShownScenario:
    shown = shown_of(report, trial)
    results = [result for result in report.results if result.requirement.id in shown.requirements]
    worst = min((result.reported for result in results), key=_ORDER.index, default=None)
    return ShownScenario(
        name=excerpts.sentence(trial.scenario),
        title=excerpts.sentence(trial.title),
        kind="not-tested" if trial.problem else class_name(worst) if worst else "",
        shows=tuple((class_name(each.reported), MARKS[each.reported], each.requirement.id) for each in results),
        facts=tuple(_facts(trial, excerpts)),
        output=excerpts.sentence(trial.program.output) if trial.program else "",
        picture=picture_of(trial, shown.requests, shown.deliveries),
        requests=_table(trial.requests, shown.requests, partial(_request, excerpts=excerpts)),
        deliveries=_table(trial.deliveries, shown.deliveries, partial(_delivery, excerpts=excerpts)),
        in_full=tuple(_in_full(trial, shown, excerpts)) if worst in _WITH_BODIES else (),
        is_open=worst in _LOUD,
        tag=_tag(trial, results),
    )


_ORDER = [*_LOUD, *(each for each in ReportedOutcome if each not in _LOUD)]
_WITH_BODIES = (*_LOUD, ReportedOutcome.EXCUSED, ReportedOutcome.INCONCLUSIVE)


def _tag(trial: RedactedTrial, results: Sequence[RedactedResult]) -> str:
    if trial.problem:
        return "not played to its end"
    loud = [result.requirement.id for result in results if result.reported in _LOUD]
    return f"shows {', '.join(loud)}" if loud else f"{trial.seconds:.1f} s"


def _facts(trial: RedactedTrial, excerpts: Excerpts) -> list[tuple[str, str]]:
    facts = [("Name", f"{trial.scenario}, seed {trial.seed}, {trial.seconds:.1f} s")]
    if trial.problem:
        facts.append(("Not played", trial.problem))
    if trial.program:
        code = trial.program.code
        end = "killed before it ended" if code is None else f"exit code {code}"
        facts.append(("Program", f"{end}, after {trial.program.seconds:.2f} s"))
    if trial.kept is not None:
        facts.append(("Read back", trial.kept or "nothing"))
    return [(name, excerpts.sentence(text)) for name, text in facts]


def _request(request: RedactedRequest, excerpts: Excerpts) -> ShownLine:
    told = [] if request.mark is Mark.PLAIN else [request.mark.value]
    told += [request.note] if request.note else []
    told += [counted(request.records, "records")] if request.records is not None else []
    told += [f"holds until {request.hold:.2f} s"] if request.hold is not None else []
    told += ["the client hung up"] if request.is_left else []
    return ShownLine(
        number=request.number,
        kind=kind_of(request),
        at=f"{request.at:.2f} s",
        what=excerpts.line(f"{request.method} {request.target}"),
        answer=str(request.status or "no answer"),
        facts=excerpts.line(", ".join(told)),
    )


def _delivery(delivery: RedactedSent, excerpts: Excerpts) -> ShownLine:
    took = f"after {delivery.answered - delivery.at:.2f} s" if delivery.answered is not None else delivery.problem
    return ShownLine(
        number=delivery.number,
        kind=kind_of_delivery(delivery),
        at=f"{delivery.at:.2f} s",
        what=excerpts.line(f"{delivery.event} {delivery.event_id}".strip()),
        answer=str(delivery.status or "no answer"),
        facts=excerpts.line(", ".join(filter(None, (delivery.kind.value, delivery.form, took)))),
    )


def _table(seen: Sequence[S], evidence: frozenset[int], shown: Callable[[S], ShownLine]) -> ShownTable:
    """Return a line for each, or of many for the first, and for those that show a finding with what is next to them."""
    lines: list[ShownLine] = []
    skipped = 0
    for index, each in enumerate(seen):
        is_near = any(other.number in evidence for other in seen[max(0, index - 1) : index + 2])
        if len(seen) <= _LISTED or index < _FIRST or (is_near and len(lines) < _LISTED):
            lines.append(replace(shown(each), is_evidence=each.number in evidence, skipped=skipped))
            skipped = 0
        else:
            skipped += 1
    return ShownTable(tuple(lines), skipped)


def _in_full(trial: RedactedTrial, shown: Shown, excerpts: Excerpts) -> list[ShownInFull]:
    requests = [each for each in trial.requests if each.number in shown.requests][:_IN_FULL]
    deliveries = [each for each in trial.deliveries if each.number in shown.deliveries][: _IN_FULL - len(requests)]
    whole = [_request_in_full(each, excerpts) for each in requests if not excerpts.full]
    return whole + [_delivery_in_full(each, excerpts) for each in deliveries if not excerpts.full]


def _request_in_full(request: RedactedRequest, excerpts: Excerpts) -> ShownInFull:
    return ShownInFull(
        title=f"Request {request.number}, at {request.at:.2f} s",
        line=excerpts.line(f"{request.method} {request.target}"),
        headers=_headers(request.headers, excerpts),
        answer=str(request.status or "no answer"),
        answer_headers=_headers(request.answer_headers, excerpts),
        body=excerpts.body(request.body) if request.body and request.body.size else None,
    )


def _delivery_in_full(delivery: RedactedSent, excerpts: Excerpts) -> ShownInFull:
    return ShownInFull(
        title=f"Event {delivery.number}, at {delivery.at:.2f} s",
        line=excerpts.line(f"POST {delivery.event}"),
        headers=_headers(delivery.headers, excerpts),
        answer=excerpts.line(str(delivery.status or delivery.problem or "no answer")),
        answer_headers=(),
        body=excerpts.body(delivery.body) if delivery.body and delivery.body.size else None,
    )


def _headers(headers: Pairs, excerpts: Excerpts) -> tuple[tuple[str, str], ...]:
    return tuple((excerpts.line(name), excerpts.line(value)) for name, value in headers[:_HEADERS])
