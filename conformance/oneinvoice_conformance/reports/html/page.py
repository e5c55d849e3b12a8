"""The HTML report: one file that asks for nothing else, to look at, to send on and to print."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.html.causes import class_name, shown_causes
from oneinvoice_conformance.reports.html.changes import shown_changes
from oneinvoice_conformance.reports.html.excerpt import Excerpts, ShownExchange
from oneinvoice_conformance.reports.html.indentation import indented
from oneinvoice_conformance.reports.html.limiter import limiter_picture
from oneinvoice_conformance.reports.html.scenarios import shown_scenarios
from oneinvoice_conformance.reports.html.signature import shown_deliveries
from oneinvoice_conformance.reports.html.timeline import timeline
from oneinvoice_conformance.reports.phrases import (
    MARKS,
    by_reason,
    expected_text,
    ids_of,
    scope_of,
    traffic_of,
    untested_text,
)
from oneinvoice_conformance.reports.redacted import (
    RedactedCause,
    RedactedMismatch,
    RedactedObservation,
    RedactedReport,
    RedactedResult,
)
from oneinvoice_conformance.wording import are, joined

# By outcome, the worst first: the heading over all results that have it.
_HEADINGS = {
    ReportedOutcome.FAILED: "Failed",
    ReportedOutcome.ERROR: "Faults of the kit",
    ReportedOutcome.WARNED: "Warned",
    ReportedOutcome.EXCUSED: "Failed as expected",
    ReportedOutcome.INCONCLUSIVE: "Inconclusive",
    ReportedOutcome.NOT_TESTED: "Not tested",
    ReportedOutcome.PASSED: "Passed",
    ReportedOutcome.NOT_APPLICABLE: "Not applicable",
}
_LOUD = (ReportedOutcome.FAILED, ReportedOutcome.ERROR, ReportedOutcome.WARNED)  # shown open
_WITH_BODIES = (*_LOUD, ReportedOutcome.EXCUSED, ReportedOutcome.INCONCLUSIVE)
_WHOLE = 3  # exchanges of one requirement with headers and body
_BRIEF = 5  # exchanges of one requirement shown in a line
_SYMBOLS = {Verdict.CONFORMS: "✓", Verdict.EXCUSED: "×", Verdict.VIOLATIONS: "✗", Verdict.INCOMPLETE: "?"}


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement as the page shows it."""

    requirement: Requirement
    outcome: ReportedOutcome
    reason: str
    exchanges: tuple[ShownExchange, ...]
    more: int
    known: str | None
    problem: str | None
    deliveries: tuple[int, ...]
    cause: RedactedCause | None
    mismatch: RedactedMismatch | None
    observations: tuple[RedactedObservation, ...]
    options: str

    @property
    def mark(self) -> str:
        return MARKS[self.outcome]

    @property
    def heading(self) -> str:
        return _HEADINGS[self.outcome]

    @property
    def kind(self) -> str:
        """The outcome as the name of a class."""
        return class_name(self.outcome)

    @property
    def open(self) -> bool:
        return (self.outcome in _LOUD and self.cause is None) or self.problem is not None


def html_text(report: RedactedReport) -> str:
    """Return the report as the text of an HTML file below 1 MiB."""
    excerpts = Excerpts()
    causes = shown_causes(report, excerpts)
    changes = shown_changes(report.drift, excerpts) if report.drift else None
    worst_first = sorted(report.results, key=lambda result: list(_HEADINGS).index(result.reported))
    rows = [_row(result, report.cause_of(result), excerpts) for result in worst_first]
    pairs = [(result.requirement.id, each) for result in report.results for each in result.deliveries]
    deliveries, came = shown_deliveries(pairs, excerpts)
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
        headline=report.headline,
        symbol=_SYMBOLS[report.verdict],
        explanation=_explanation(report),
        counts=[(MARKS[each], each.label, n) for each in _HEADINGS if (n := _counts(rows)[each])],
        areas=_areas(report, rows),
        causes=causes,
        changes=changes,
        groups=[(heading, list(group)) for heading, group in groupby(rows, key=lambda row: row.heading)],
        untested=[
            (ids_of(group), excerpts.sentence(untested_text(group[0])))
            for group in by_reason(report, Outcome.NOT_TESTED)
        ],
        notes=[excerpts.sentence(note) for note in report.notes],
        limiter=limiter_picture(report.load_profile, report.rate_limit) if report.load_profile else None,
        timeline=timeline(report.exchanges, report.rate_limit),
        scenarios=shown_scenarios(report, excerpts),
        deliveries=deliveries,
        came=came,
        started=datetime.fromtimestamp(report.started, UTC),
        kit=kit(),
        contract=report.contract,
        scope=scope_of(report),
        traffic=traffic_of(report),
        configuration=report.configuration["sha256"],
        style=style,
        script=script,
        sources=(_source(style), _source(script)),
    )


def _asset(name: str) -> Markup:
    # A file of this package, and nothing that came from elsewhere.
    return Markup(files(__package__).joinpath("templates", name).read_text("utf-8"))  # noqa: S704


def _source(content: str) -> str:
    """Return what the page's Content-Security-Policy allows: this very text, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _row(result: RedactedResult, cause: RedactedCause | None, excerpts: Excerpts) -> Row:
    # What else a rule looked at would only distract from what shows a failure.
    if result.reported in _WITH_BODIES:
        exchanges = result.evidence
        shown = excerpts.wholes(result.shown[:_WHOLE], result.reason + _telling(result.mismatch))
    else:
        exchanges = result.evidence or result.exchanges
        shown = [excerpts.brief(each) for each in exchanges[:_BRIEF] if not excerpts.full]
    return Row(
        requirement=result.requirement,
        outcome=result.reported,
        reason=excerpts.sentence(result.reason),
        exchanges=tuple(shown),
        more=len(exchanges) - len(shown),
        known=excerpts.sentence(expected_text(result.expected)) if result.expected else None,
        problem=excerpts.sentence(result.problem) if result.problem else None,
        deliveries=tuple(delivery.number for delivery in result.deliveries),
        cause=cause,
        mismatch=_mismatch(result.mismatch, excerpts) if result.mismatch else None,
        observations=tuple(_observation(each, excerpts) for each in result.observations),
        options=excerpts.sentence(joined(result.options)) if result.observations else "",
    )


def _observation(observation: RedactedObservation, excerpts: Excerpts) -> RedactedObservation:
    """Return what shows a finding on a client, cut to what there is room for."""
    name, title = excerpts.sentence(observation.scenario), excerpts.sentence(observation.title)
    return replace(observation, scenario=name, title=title, lines=tuple(map(excerpts.line, observation.lines)))


def _telling(mismatch: RedactedMismatch | None) -> str:
    """Return the first text in what was seen at a place in quotation marks, so that the body is shown round it."""
    texts = re.findall(r'"([^"\\]{2,120})"(?!\s*:)', mismatch.seen) if mismatch else []
    return f" “{texts[0]}”" if texts else ""


def _mismatch(mismatch: RedactedMismatch, excerpts: Excerpts) -> RedactedMismatch:
    """Return where something else stands than was expected, JSON with a line for each of its values."""
    expected, seen = (excerpts.sentence(indented(text, 0, len(text))) for text in (mismatch.expected, mismatch.seen))
    pointer, source = excerpts.sentence(mismatch.pointer), excerpts.sentence(mismatch.source)
    return replace(mismatch, source=source, pointer=pointer, expected=expected, seen=seen)


def _counts(rows: list[Row]) -> Counter[ReportedOutcome]:
    return Counter(row.outcome for row in rows)


def _areas(report: RedactedReport, rows: list[Row]) -> list[tuple[str, str, list[Row], str]]:
    """Return (code, name, its requirements in the register's order, a summary) of each area in scope."""
    by_id = {row.requirement.id: row for row in rows}
    in_order = [by_id[result.requirement.id] for result in report.results]
    areas = []
    for area, name in report.contract.areas.items():
        if in_area := [row for row in in_order if row.requirement.area == area]:
            counts = _counts(in_area)
            summary = ", ".join(f"{counts[each]} {each.label}" for each in _HEADINGS if counts[each])
            areas.append((area, name, in_area, summary))
    return areas


def _explanation(report: RedactedReport) -> str:
    """Explain in a sentence why the verdict is what it is."""
    musts = [result for result in report.results if result.requirement.level == "must"]
    counts = Counter(result.reported for result in musts)
    outdated = sum(result.problem is not None for result in report.results)
    if report.interrupted:
        return "The run was interrupted before everything was judged."
    if report.verdict is Verdict.VIOLATIONS and not counts[ReportedOutcome.FAILED]:
        return f"{outdated} expected failure{' does' if outdated == 1 else 's do'} not hold any more."
    if report.verdict is Verdict.VIOLATIONS:
        broken = counts[ReportedOutcome.FAILED]
        return f"{broken} of the {len(musts)} obligations in scope {are(broken)} broken."
    if report.verdict is Verdict.INCOMPLETE:
        decided = counts[ReportedOutcome.PASSED] + counts[ReportedOutcome.NOT_APPLICABLE]
        open_ = len(musts) - decided - counts[ReportedOutcome.EXCUSED]
        return f"No obligation was seen to be broken, and {open_} of {len(musts)} in scope {are(open_)} undecided."
    but = ", but for those whose failure is expected" if report.verdict is Verdict.EXCUSED else ""
    kept = counts[ReportedOutcome.PASSED]
    if kept == 1:
        return f"1 obligation in scope was tested, and it is kept{but}."
    return f"{kept} obligations in scope were tested, and all are kept{but}."
