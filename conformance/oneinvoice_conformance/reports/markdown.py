"""A summary in GitHub's Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.phrases import (
    CHANGE_MARKS,
    NOTABLE,
    by_outcome,
    by_reason,
    earlier_reports,
    evidence_line,
    expected_text,
    ids_of,
    load_strip,
    reason_text,
    scope_of,
    tally,
    traffic_of,
    untested_text,
)
from oneinvoice_conformance.reports.redacted import RedactedCause, RedactedReport, RedactedResult
from oneinvoice_conformance.wording import ranges

_SIGNS = {Verdict.CONFORMS: "✅", Verdict.EXCUSED: "🟡", Verdict.VIOLATIONS: "❌", Verdict.INCOMPLETE: "⚠️"}
_EXCERPT = 600  # characters of a reason or a body
_MOST_CHANGES = 50  # of a kind


def markdown_text(report: RedactedReport) -> str:
    """Return the verdict, the areas, what is not met or not decided, and what was not tested and why.

    What came from the deployment stands as code, so that it is neither markup nor notifies anybody.
    """
    return "\n".join(
        [
            f"## {_SIGNS[report.verdict]} {report.headline}: {code(report.base)}",
            "",
            f"{tally(report.results)}. Scope: {scope_of(report)}. {traffic_of(report)} in {report.seconds:.1f} s.",
            "",
            *_areas(report),
            *_rate_limit(report),
            *(line for cause in report.causes for line in _cause(report, cause)),
            *(line for outcome in NOTABLE for group in by_reason(report, outcome) for line in _group(group)),
            *_outdated(report),
            *_changes(report),
            *_untested(report),
            *(line for note in report.notes for line in (f"Note: {code(note)}", "")),
            f"<sub>oneinvoice-kit {version('oneinvoice-kit')}</sub>",
            "",
        ]
    )


def _areas(report: RedactedReport) -> Iterator[str]:
    yield from ("| area | | result |", "|---|---|---|")
    for area, name in report.contract.areas.items():
        results = [result for result in report.results if result.requirement.area == area]
        if results:
            yield f"| {area} | {name} | {tally(results) or 'not applicable'} |"
    yield ""


def _cause(report: RedactedReport, cause: RedactedCause) -> Iterator[str]:
    """Yield the lines for a shared cause, and in short what follows from it."""
    yield from (f"### Cause {cause.number}, of {ranges(list(cause.requirements))}", "")
    yield from (f"Seen: {code(cause.seen)}", "", f"To do: {code(cause.remedy)}", "")
    for group in by_outcome(report, cause):
        outcome = group[0].reported
        if outcome is ReportedOutcome.INCONCLUSIVE:
            yield f"- **{ids_of(group)}** {outcome.label}"
        else:
            yield from (f"- **{each.requirement.id}** {outcome.label}: {code(reason_text(each))}" for each in group)
    yield from ("", "<details><summary>Evidence</summary>", "")
    for evidence in cause.shown[:2]:
        yield from _block("text", _cut(_line(evidence_line(evidence))))
        yield from _block("sh", _line(evidence.curl))
    yield from ("", "</details>", "")


def _rate_limit(report: RedactedReport) -> Iterator[str]:
    if report.load_profile:
        yield f"Rate limit as measured: {report.load_profile.words}."
        yield from (*_block("text", load_strip(report.load_profile)), "")


def _group(group: list[RedactedResult]) -> Iterator[str]:
    """Yield the lines for results that have the same reason, with as much as there is to show of the first."""
    result = group[0]
    yield from (f"### {ids_of(group)} {result.reported.label}", "")
    yield from (f"{each.requirement.statement}" for each in group[:1] if not group[1:])
    yield from ("", f"Seen: {code(result.reason)}", "")
    if result.mismatch:
        yield from ("| place | expected | seen |", "|---|---|---|")
        cells = (result.mismatch.place, result.mismatch.expected, result.mismatch.seen)
        yield from (f"| {' | '.join(map(cell, cells))} |", "")
    if result.excused and result.expected:
        yield from (f"Known: {code(expected_text(result.expected))}", "")
    yield from ("<details><summary>Clause and evidence</summary>", "")
    yield result.requirement.citation
    for observation in result.observations:
        yield from _block("text", "\n".join([observation.title, *map(_line, observation.lines)]))
    for evidence in result.shown[:1]:
        body = _line(evidence.body.text(4 * _EXCERPT))
        yield from _block("text", _cut(f"{evidence.exchange.outcome} {body}".strip()))
        yield from _block("sh", _line(evidence.curl))
    for delivery in result.deliveries[:1]:
        body = delivery.body.text(4 * _EXCERPT)
        yield from _block("text", _cut(_line(f"{delivery.method} {delivery.target} {body}")))
    yield from ("", "</details>", "")


def _outdated(report: RedactedReport) -> Iterator[str]:
    for result in report.results:
        if result.problem:
            heading = f"{result.requirement.id} is listed as an expected failure, and"
            yield from (f"❌ {heading} {code(result.problem)}", "")


def _changes(report: RedactedReport) -> Iterator[str]:
    """Yield the lines for what is not as in earlier reports."""
    if not report.drift:
        return
    several = len(report.drift.against) > 1
    yield from (f"### Changes since {code(earlier_reports(report.drift))}", "")
    if not report.drift.changes:
        yield from ("None.", "")
    for kind, (_, heading) in CHANGE_MARKS.items():
        if changes := report.drift.of_kind(kind):
            yield from (f"{heading}:", "")
            for change in changes[:_MOST_CHANGES]:
                yield f"- {code(change.what)}{f' since {code(change.since)}' if several else ''}"
            if left := len(changes[_MOST_CHANGES:]):
                yield f"- … and {left} more"
            yield ""


def _untested(report: RedactedReport) -> Iterator[str]:
    groups = by_reason(report, Outcome.NOT_TESTED)
    if groups:
        yield from ("### not tested", "", "| requirements | why, and what to supply |", "|---|---|")
        for group in groups:
            yield f"| {ids_of(group)} | {cell(untested_text(group[0]))} |"
        yield ""


def _block(language: str, text: str) -> Iterator[str]:
    fence = _fence(text, 3)
    yield from ("", f"{fence}{language}", text, fence)


def code(text: str) -> str:
    """Return the text as code within a line."""
    text = _cut(_line(text))
    fence = _fence(text, 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def cell(text: str) -> str:
    """Return the text as code within a table, where a bar would end the cell, in code too."""
    return code(text).replace("|", "\\|")


def _fence(text: str, least: int) -> str:
    """Return more backticks than stand side by side in the text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _line(text: str) -> str:
    return printable(" ".join(text.split()))


def _cut(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
