"""A summary in GitHub's Markdown, for a pull request or the summary of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import version

from oneinvoice_openapi.register import register

from oneinvoice_conformance.engine.runner import Report
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.verdict import Verdict, headline
from oneinvoice_conformance.reports.changes import KINDS, earlier_reports
from oneinvoice_conformance.reports.terminal import by_reason, ranges, tally, words

_SIGNS = {Verdict.CONFORMS: "✅", Verdict.EXCUSED: "🟡", Verdict.VIOLATIONS: "❌", Verdict.INCOMPLETE: "⚠️"}
_TOLD = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.INCONCLUSIVE)
_EXCERPT = 600  # characters of a reason or a body
_CHANGES = 50  # of a kind


def markdown_text(report: Report, deployment: Deployment, redact: Redactor) -> str:
    """The verdict, the areas, what is not met or not decided, and what was not tested and why.

    What came from the deployment stands as code, so that it is neither markup nor notifies anybody.
    """
    return "\n".join(
        [
            f"## {_SIGNS[report.verdict]} {headline(report.results, report.verdict)}: {code(report.base)}",
            "",
            f"{tally(report.results)}. Scope: {report.scope}{' (interrupted)' if report.interrupted else ''}. "
            f"{len(report.exchanges)} requests in {report.seconds:.1f} s.",
            "",
            *_areas(report),
            *(
                line
                for outcome in _TOLD
                for same in by_reason(report, outcome)
                for line in _told(same, deployment, redact)
            ),
            *_outdated(report, redact),
            *_changes(report, redact),
            *_untested(report, redact),
            *(line for note in report.notes for line in (f"Note: {code(redact(note))}", "")),
            f"<sub>oneinvoice-kit {version('oneinvoice-kit')}</sub>",
            "",
        ]
    )


def _areas(report: Report) -> Iterator[str]:
    yield from ("| area | | result |", "|---|---|---|")
    for area, name in register().areas.items():
        results = [result for result in report.results if result.requirement.area == area]
        if results:
            yield f"| {area} | {name} | {tally(results) or 'not applicable'} |"
    yield ""


def _told(same: list[Result], deployment: Deployment, redact: Redactor) -> Iterator[str]:
    """Results that have the same reason, with as much as there is to show of the first."""
    result = same[0]
    ids = ranges([each.requirement.id for each in same])
    yield from (f"### {ids} {words(result)}", "")
    yield from (f"{each.requirement.statement}" for each in same[:1] if not same[1:])
    yield from ("", f"Seen: {code(redact(result.finding.reason))}", "")
    if result.excused and result.expected:
        known = f"{result.expected.reason} ({result.expected.owner}, until {result.expected.expires})"
        yield from (f"Known: {code(redact(known))}", "")
    yield from ("<details><summary>Clause and evidence</summary>", "")
    yield f"“{result.requirement.clause}” ({result.requirement.section})"
    for exchange in result.finding.evidence[:1]:
        body = redact(exchange.body[: 4 * _EXCERPT].decode("utf-8", "replace"))
        yield from _block("text", _cut(f"{redact(exchange.outcome)} {_line(body)}".strip()))
        yield from _block("sh", _line(curl(deployment, exchange.request)))
    for delivery in result.finding.deliveries[:1]:
        body = redact(delivery.body[: 4 * _EXCERPT].decode("utf-8", "replace"))
        yield from _block("text", _cut(_line(f"{delivery.method} {redact(delivery.target)} {body}")))
    yield from ("", "</details>", "")


def _outdated(report: Report, redact: Redactor) -> Iterator[str]:
    for result in report.results:
        if result.expected and result.expected.problem:
            told = f"{result.requirement.id} is listed as an expected failure, and"
            yield from (f"❌ {told} {code(redact(result.expected.problem))}", "")


def _changes(report: Report, redact: Redactor) -> Iterator[str]:
    """What is not as in earlier reports."""
    if not report.drift:
        return
    several = len(report.drift.against) > 1
    yield from (f"### Changes since {code(redact(earlier_reports(report.drift)))}", "")
    if not report.drift.changes:
        yield from ("None.", "")
    for kind, (_, heading) in KINDS.items():
        if found := report.drift.of_kind(kind):
            yield from (f"{heading}:", "")
            for since, change in found[:_CHANGES]:
                yield f"- {code(redact(change.what))}{f' since {code(redact(since.name))}' if several else ''}"
            if left := len(found[_CHANGES:]):
                yield f"- … and {left} more"
            yield ""


def _untested(report: Report, redact: Redactor) -> Iterator[str]:
    groups = by_reason(report, Outcome.NOT_TESTED)
    if groups:
        yield from ("### not tested", "", "| requirements | why, and what to supply |", "|---|---|")
        for same in groups:
            # In a table a bar would end the cell, in code too.
            reason = code(redact(same[0].finding.reason)).replace("|", "\\|")
            yield f"| {ranges([each.requirement.id for each in same])} | {reason} |"
        yield ""


def _block(language: str, text: str) -> Iterator[str]:
    fence = _fence(text, 3)
    yield from ("", f"{fence}{language}", text, fence)


def code(text: str) -> str:
    """The text as code within a line."""
    text = _cut(_line(text))
    fence = _fence(text, 1)
    return f"{fence} {text} {fence}" if "`" in text else f"`{text}`"


def _fence(text: str, least: int) -> str:
    """More backticks than stand side by side in the text."""
    return "`" * max(least, 1 + max(map(len, re.findall("`+", text)), default=0))


def _line(text: str) -> str:
    printable = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(printable).split())


def _cut(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"
