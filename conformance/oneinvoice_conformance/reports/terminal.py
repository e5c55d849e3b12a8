"""The report for the person at the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from oneinvoice_openapi.printable import printable
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.reports.phrases import (
    CHANGE_MARKS,
    MARKS,
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
from oneinvoice_conformance.reports.redacted import RedactedCause, RedactedEvidence, RedactedReport, RedactedResult
from oneinvoice_conformance.wording import joined, ranges

STYLES = {
    ReportedOutcome.PASSED: "green",
    ReportedOutcome.FAILED: "bold red",
    ReportedOutcome.EXCUSED: "yellow",
    ReportedOutcome.WARNED: "yellow",
    ReportedOutcome.INCONCLUSIVE: "yellow",
    ReportedOutcome.NOT_TESTED: "cyan",
    ReportedOutcome.NOT_APPLICABLE: "bright_black",
    ReportedOutcome.ERROR: "bold magenta",
}
_VERDICTS = {
    Verdict.CONFORMS: "bold green",
    Verdict.EXCUSED: "bold yellow",
    Verdict.VIOLATIONS: "bold red",
    Verdict.INCOMPLETE: "bold yellow",
}
_CHANGE_STYLES = {ChangeSeverity.BREAKING: "bold red", ChangeSeverity.UNSURE: "yellow", ChangeSeverity.OTHER: "cyan"}
_MOST_CHANGES = 12  # since earlier reports
_EXCERPT = 160  # characters of a body


def standard_output(*, taken: bool = False) -> Console:
    """Return standard output, or standard error where a report has taken it.

    Lines are as wide as a terminal, and in a file or a pipe as long as they are.
    """
    stream = sys.stderr if taken else sys.stdout
    return Console(stderr=taken, width=None if stream.isatty() else 100_000)


class RunProgress:
    """Progress of a run, as a person sees it."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, result: Result) -> None:
        """Show that one more requirement is judged."""
        self._bar.update(self._task, advance=1, description=f"{result.requirement.id:<8}")

    def wait(self, what: str, seconds: float) -> None:
        """Show what is waited for, and for how many seconds at most."""
        self._bar.update(self._task, description=f"{what}, {seconds:.0f} s left")

    def tell(self, scenario: str, what: str | None) -> None:
        """Show what is going on in a scenario; None once that has ended."""
        if what is None:
            self._bar.update(self._task, advance=1)
        else:
            self._bar.update(self._task, description=f"{scenario}: {printable(what)}")

    def say(self, line: str) -> None:
        """Tell a person what to do, on a terminal or not."""
        self._bar.console.print(printable(line), highlight=False)


class Terminal:
    """Prints progress on standard error, and the report on standard output."""

    def __init__(self, out: Console, err: Console) -> None:
        self.out, self.err = out, err

    @contextmanager
    def progress(self, total: int, first: str = "Looking for the API") -> Iterator[RunProgress]:
        """Show a bar with what is judged, `first` before that; nothing where standard error is no terminal."""
        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal,
        )
        with bar:
            yield RunProgress(bar, bar.add_task(first, total=total))

    def show(self, report: RedactedReport) -> None:
        """Print the areas, then what is not met or not decided, shared causes first, then the verdict."""
        self.out.print()
        self._print_table(self._areas(report))
        for cause in report.causes:
            self._print_cause(report, cause)
        for outcome in NOTABLE:
            for group in by_reason(report, outcome):
                self._print_group(group)
        self._print_untested(report)
        self._print_outdated(report)
        self._print_changes(report)
        self._print_verdict(report)

    def _print_table(self, table: Table) -> None:
        """Print a table, without the spaces that fill its lines up where that is no terminal."""
        if self.out.is_terminal:
            self.out.print(table)
            return
        with self.out.capture() as capture:
            self.out.print(table)
        for line in capture.get().splitlines():
            self.out.out(line.rstrip(), highlight=False)

    def _areas(self, report: RedactedReport) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        for area, name in report.contract.areas.items():
            results = [result for result in report.results if result.requirement.area == area]
            if results:
                marks = Text(" ").join(_mark(result) for result in results)
                table.add_row(Text(area, style="bold"), name, marks, tally(results))
        return table

    def _print_group(self, group: list[RedactedResult]) -> None:
        """Print results that have the same reason, with the evidence of the first."""
        result = group[0]
        outcome, statement = result.reported, "" if group[1:] else f"  {escape(result.requirement.statement)}"
        self.out.print()
        self._line(f"[{STYLES[outcome]}]{MARKS[outcome]} {ids_of(group)} {outcome.label}[/]{statement}")
        details = Table.grid(padding=(0, 2))
        for label, text in _details(result):
            details.add_row("", f"[bright_black]{label}[/]", Text(text))
        self._print_table(details)
        self._print_curl(result.shown[:1])

    def _print_cause(self, report: RedactedReport, cause: RedactedCause) -> None:
        """Print a cause once, then in short what follows from it: failures one by one, what is open in one line."""
        self.out.print()
        self._line(f"[bold]Cause {cause.number}[/], of {ranges(list(cause.requirements))}")
        details = Table.grid(padding=(0, 2))
        for label, text in (("seen", cause.seen), ("do", cause.remedy)):
            details.add_row("", f"[bright_black]{label:6}[/]", Text(printable(text)))
        for label, evidence in zip(("first", "then"), cause.shown, strict=False):
            line = _shortened(evidence_line(evidence))
            details.add_row("", f"[bright_black]{label}[/]", Text(printable(line)))
        self._print_table(details)
        self._print_curl(cause.shown[-1:])
        for group in by_outcome(report, cause):
            self._print_explained(group)

    def _print_explained(self, group: list[RedactedResult]) -> None:
        """Print results of one outcome that follow from the cause above."""
        outcome = group[0].reported
        table = Table.grid(padding=(0, 2))
        if outcome is ReportedOutcome.INCONCLUSIVE:
            table.add_row("", Text(f"{MARKS[outcome]} {ids_of(group)} {outcome.label}", STYLES[outcome]))
        else:
            for result in group:
                heading = f"{MARKS[outcome]} {result.requirement.id} {outcome.label}"
                table.add_row("", Text(heading, STYLES[outcome]), Text(printable(reason_text(result))))
        self._print_table(table)

    def _print_curl(self, shown: Sequence[RedactedEvidence]) -> None:
        for evidence in shown:
            # In one piece, however long, so that it can be copied.
            line = Text.assemble("  ", ("try     ", "bright_black"), printable(evidence.curl))
            self.out.print(line, soft_wrap=True)

    def _print_untested(self, report: RedactedReport) -> None:
        """Group what was not tested by what to supply."""
        groups = by_reason(report, Outcome.NOT_TESTED)
        if groups:
            self.out.print()
        for group in groups:
            self._line(f"[cyan]○ not tested[/]  {ids_of(group)}: {_plain(untested_text(group[0]))}")

    def _print_outdated(self, report: RedactedReport) -> None:
        """Print what is listed as an expected failure and should not be any more."""
        for result in report.results:
            if result.problem:
                heading = f"{result.requirement.id} is listed as an expected failure"
                self.out.print()
                self._line(f"[bold red]✗ {heading}[/], and {_plain(result.problem)}")

    def _print_changes(self, report: RedactedReport) -> None:
        """Print what is not as in earlier reports, the worst first."""
        drift = report.drift
        if drift is None:
            return
        self.out.print()
        self._line(f"Changes since {_plain(earlier_reports(drift))}: {len(drift.changes) or 'none'}")
        several = len(drift.against) > 1
        for change in drift.changes[:_MOST_CHANGES]:
            mark, _ = CHANGE_MARKS[change.kind]
            line = printable(f"{change.what}{f' (since {change.since})' if several else ''}")
            self.out.print(Text.assemble("  ", (mark, _CHANGE_STYLES[change.kind]), " ", line))
        if (more := len(drift.changes) - _MOST_CHANGES) > 0:
            self._line(f"  and {more} more; --json has them all")

    def _print_verdict(self, report: RedactedReport) -> None:
        counts = Counter(result.reported for result in report.results)
        parts = (
            f"[{STYLES[outcome]}]{mark}[/] {counts[outcome]} {outcome.label}"
            for outcome, mark in MARKS.items()
            if counts[outcome]
        )
        self.out.print()
        self._line(f"[{_VERDICTS[report.verdict]}]{report.headline}[/]  {_plain(report.base)}")
        self._line(f"  {', '.join(parts)}")
        self._line(f"  scope: {scope_of(report)}")
        self._line(f"  {_requests(report)} in {report.seconds:.1f} s")
        if report.load_profile:
            self._line(f"  rate limit as measured: {_plain(report.load_profile.words)}")
            self._line(f"  {load_strip(report.load_profile)}")
        for note in report.notes:
            self._line(f"  note: {_plain(note)}")

    def _line(self, markup: str) -> None:
        self.out.print(markup, highlight=False)


def _details(result: RedactedResult) -> Iterator[tuple[str, str]]:
    """Yield (label, text) for what is known of a result."""
    yield "clause", result.requirement.citation
    yield "seen", printable(result.reason)
    if result.mismatch:
        yield "at", printable(result.mismatch.place)
        yield "due", printable(result.mismatch.expected)
        yield "got", printable(result.mismatch.seen)
    if result.excused and result.expected:
        yield "known", printable(expected_text(result.expected))
    for observation in result.observations:
        for line in observation.lines:
            yield "in", printable(f"{observation.scenario}: {_shortened(line)}")
    if result.options and result.outcome is Outcome.INCONCLUSIVE:
        yield "give", printable(joined(result.options))
    for delivery in result.deliveries[:1]:
        yield "came", printable(_shortened(f"{delivery.method} {delivery.target} {delivery.body.line}"))
    if result.outcome is not Outcome.INCONCLUSIVE:
        for evidence in result.shown[:1]:
            yield "answer", printable(f"{evidence.exchange.outcome} {_shortened(evidence.body.line)}".strip())


def _plain(text: str) -> str:
    """Return the text for a line of markup, without markup of its own and without what would command a terminal."""
    return escape(printable(text))


def _shortened(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def _mark(result: RedactedResult) -> Text:
    number = result.requirement.id.rpartition("-")[2]
    return Text(f"{MARKS[result.reported]}{number}", style=STYLES[result.reported])


def _requests(report: RedactedReport) -> str:
    by_key = ", ".join(f"{name} {count}" for name, count in sorted(report.requests_by_key.items()))
    return traffic_of(report) if report.client else f"{traffic_of(report)} ({by_key})"
