"""The HTML report: one file that asks for nothing else, to look at, to send on and to print."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from oneinvoice_openapi.register import Requirement, register

from oneinvoice_conformance.engine.provenance import contract, kit
from oneinvoice_conformance.engine.runner import Report
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.verdict import Verdict, headline
from oneinvoice_conformance.reports.html.changes import shown_changes
from oneinvoice_conformance.reports.html.excerpt import Excerpts, ShownExchange
from oneinvoice_conformance.reports.html.signature import shown_deliveries
from oneinvoice_conformance.reports.html.timeline import timeline
from oneinvoice_conformance.reports.terminal import by_reason, ranges, words

# By what is said of a result, the worst first: the mark, and the heading over all of them.
_MARKS = {
    "failed": ("✗", "Failed"),
    "error": ("⚠", "Faults of the kit"),
    "warned": ("!", "Warned"),
    "failed as expected": ("×", "Failed as expected"),
    "inconclusive": ("?", "Inconclusive"),
    "not tested": ("○", "Not tested"),
    "passed": ("✓", "Passed"),
    "not applicable": ("–", "Not applicable"),
}
_LOUD = ("failed", "error", "warned")  # shown open
_WITH_BODIES = (*_LOUD, "failed as expected", "inconclusive")
_WHOLE = 3  # exchanges of one requirement with headers and body
_BRIEF = 5  # exchanges of one requirement told in a line
_SYMBOLS = {Verdict.CONFORMS: "✓", Verdict.EXCUSED: "×", Verdict.VIOLATIONS: "✗", Verdict.INCOMPLETE: "?"}


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as the page shows it."""

    requirement: Requirement
    words: str
    reason: str
    exchanges: tuple[ShownExchange, ...]
    more: int
    known: str | None
    problem: str | None
    deliveries: tuple[int, ...]

    @property
    def mark(self) -> str:
        return _MARKS[self.words][0]

    @property
    def heading(self) -> str:
        return _MARKS[self.words][1]

    @property
    def kind(self) -> str:
        """The outcome as the name of a class."""
        return self.words.replace(" ", "-")

    @property
    def open(self) -> bool:
        return self.words in _LOUD or self.problem is not None


def html_text(report: Report, deployment: Deployment, redact: Redactor) -> str:
    """The report as the text of an HTML file below 1 MiB, without any secret."""
    excerpts = Excerpts(deployment, redact)
    changes = shown_changes(report.drift, excerpts) if report.drift else None
    worst_first = sorted(report.results, key=lambda result: list(_MARKS).index(words(result)))
    rows = [_row(result, excerpts) for result in worst_first]
    found = [(result.requirement.id, each) for result in report.results for each in result.finding.deliveries]
    deliveries, came = shown_deliveries(found, deployment.webhook_secret, excerpts)
    environment = Environment(
        loader=PackageLoader(__package__ or "", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _asset("report.css"), _asset("report.js")
    return environment.get_template("report.html.jinja").render(
        report=report,
        verdict=report.verdict,
        headline=headline(report.results, report.verdict),
        symbol=_SYMBOLS[report.verdict],
        explanation=_explanation(report),
        counts=[(mark, said, n) for said, (mark, _) in _MARKS.items() if (n := _counts(rows)[said])],
        areas=_areas(report, rows),
        changes=changes,
        groups=[(heading, list(group)) for heading, group in groupby(rows, key=lambda row: row.heading)],
        untested=[
            (ranges([each.requirement.id for each in same]), excerpts.sentence(same[0].finding.reason))
            for same in by_reason(report, Outcome.NOT_TESTED)
        ],
        notes=[excerpts.sentence(note) for note in report.notes],
        timeline=timeline(report.exchanges, report.rate_limit),
        deliveries=deliveries,
        came=came,
        started=datetime.fromtimestamp(report.started, UTC),
        kit=kit(),
        contract=contract(),
        configuration=report.configuration.sha256,
        style=style,
        script=script,
        sources=(_source(style), _source(script)),
    )


def _asset(name: str) -> Markup:
    # A file of this package, and nothing that came from elsewhere.
    return Markup(files(__package__).joinpath("templates", name).read_text("utf-8"))  # noqa: S704


def _source(content: str) -> str:
    """What the page's Content-Security-Policy allows: this very text, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _row(result: Result, excerpts: Excerpts) -> Row:
    said, finding, expected = words(result), result.finding, result.expected
    # What else a rule looked at would only distract from what told of a failure.
    if said in _WITH_BODIES:
        exchanges = finding.evidence
        shown = [excerpts.whole(each, finding.reason) for each in exchanges[:_WHOLE] if not excerpts.full]
    else:
        exchanges = finding.evidence or result.exchanges
        shown = [excerpts.brief(each) for each in exchanges[:_BRIEF] if not excerpts.full]
    known = f"{expected.reason} ({expected.owner}, until {expected.expires})" if expected else None
    return Row(
        requirement=result.requirement,
        words=said,
        reason=excerpts.sentence(finding.reason),
        exchanges=tuple(shown),
        more=len(exchanges) - len(shown),
        known=excerpts.sentence(known) if known else None,
        problem=excerpts.sentence(expected.problem) if expected and expected.problem else None,
        deliveries=tuple(delivery.number for delivery in finding.deliveries),
    )


def _counts(rows: list[Row]) -> Counter[str]:
    return Counter(row.words for row in rows)


def _areas(report: Report, rows: list[Row]) -> list[tuple[str, str, list[Row], str]]:
    """(code, name, its requirements in the register's order, a summary) of each area in scope."""
    by_id = {row.requirement.id: row for row in rows}
    in_order = [by_id[result.requirement.id] for result in report.results]
    areas = []
    for area, name in register().areas.items():
        if here := [row for row in in_order if row.requirement.area == area]:
            counts = _counts(here)
            areas.append((area, name, here, ", ".join(f"{counts[said]} {said}" for said in _MARKS if counts[said])))
    return areas


def _explanation(report: Report) -> str:
    """Why the verdict is what it is, in a sentence."""
    musts = [result for result in report.results if result.requirement.level == "must"]
    counts = Counter(words(result) for result in musts)
    outdated = sum(bool(result.expected and result.expected.problem) for result in report.results)
    if report.interrupted:
        return "The run was interrupted before everything was judged."
    if report.verdict is Verdict.VIOLATIONS and not counts["failed"]:
        return f"{outdated} expected failure{' does' if outdated == 1 else 's do'} not hold any more."
    if report.verdict is Verdict.VIOLATIONS:
        return f"{counts['failed']} of the {len(musts)} obligations in scope are broken."
    if report.verdict is Verdict.INCOMPLETE:
        open_ = len(musts) - counts["passed"] - counts["not applicable"] - counts["failed as expected"]
        return f"No obligation was seen to be broken, and {open_} of {len(musts)} in scope are undecided."
    but = ", but for those whose failure is expected" if report.verdict is Verdict.EXCUSED else ""
    return f"{counts['passed']} obligations in scope were tested, and all are kept{but}."
