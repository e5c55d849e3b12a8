"""The report for the person at the terminal."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from oneinvoice_openapi.register import Register
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.engine.runner import Report
from oneinvoice_conformance.history.changes import Kind
from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.verdict import Verdict, headline
from oneinvoice_conformance.reports.changes import earlier_reports

_EXCUSED = "failed as expected"
# By what is said of a result: its outcome in words, and apart from the failures those that were expected.
MARKS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "bold red"),
    _EXCUSED: ("×", "yellow"),
    "warned": ("!", "yellow"),
    "inconclusive": ("?", "yellow"),
    "not tested": ("○", "cyan"),
    "not applicable": ("–", "bright_black"),
    "error": ("⚠", "bold magenta"),
}
_VERDICTS = {
    Verdict.CONFORMS: "bold green",
    Verdict.EXCUSED: "bold yellow",
    Verdict.VIOLATIONS: "bold red",
    Verdict.INCOMPLETE: "bold yellow",
}
_CHANGE_MARKS = {Kind.BREAKING: ("✗", "bold red"), Kind.UNSURE: ("?", "yellow"), Kind.OTHER: ("+", "cyan")}
_CHANGES = 12  # changes since earlier reports
_EXCERPT = 160  # characters of a body
_TOLD = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.INCONCLUSIVE)


def standard_output() -> Console:
    """Standard output: lines are as wide as a terminal, and in a file or a pipe as long as they are."""
    return Console(width=None if sys.stdout.isatty() else 100_000)


class RunProgress:
    """What a run shows while it goes on."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, result: Result) -> None:
        """One more requirement is judged."""
        self._bar.update(self._task, advance=1, description=f"{result.requirement.id:<8}")

    def wait(self, what: str, seconds: float) -> None:
        """Something is waited for, so many seconds at most."""
        self._bar.update(self._task, description=f"{what}, {seconds:.0f} s left")

    def say(self, line: str) -> None:
        """Tell a person what to do, on a terminal or not."""
        self._bar.console.print(line, highlight=False)


class Terminal:
    """Prints progress on standard error, and the report on standard output."""

    def __init__(self, register: Register, out: Console, err: Console, redact: Redactor) -> None:
        self.register, self.out, self.err, self.redact = register, out, err, redact

    @contextmanager
    def progress(self, total: int) -> Iterator[RunProgress]:
        """A bar that shows what is judged; nothing where standard error is no terminal."""
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
            yield RunProgress(bar, bar.add_task("Looking for the API", total=total))

    def show(self, report: Report, deployment: Deployment) -> None:
        """The areas, then what is not met or not decided, then the verdict."""
        self.out.print()
        self.out.print(self._areas(report))
        for outcome in _TOLD:
            for same in by_reason(report, outcome):
                self._tell(same, deployment)
        self._untested(report)
        self._outdated(report)
        self._changes(report)
        self._verdict(report)

    def _areas(self, report: Report) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        for area, name in self.register.areas.items():
            results = [result for result in report.results if result.requirement.area == area]
            if results:
                marks = Text(" ").join(_mark(result) for result in results)
                table.add_row(Text(area, style="bold"), name, marks, tally(results))
        return table

    def _tell(self, same: list[Result], deployment: Deployment) -> None:
        """Tell of results that have the same reason, as much as of the first."""
        result = same[0]
        row, (mark, style) = result.requirement, MARKS[words(result)]
        ids = ranges([each.requirement.id for each in same])
        more = "" if same[1:] else f"  {escape(row.statement)}"
        self.out.print()
        self._line(f"[{style}]{mark} {ids} {words(result)}[/]{more}")
        details = Table.grid(padding=(0, 2))
        details.add_row("", "[bright_black]clause[/]", Text(f"“{row.clause}” ({row.section})"))
        details.add_row("", "[bright_black]seen[/]", Text(printable(self.redact(result.finding.reason))))
        if result.excused and result.expected:
            known = f"{result.expected.reason} ({result.expected.owner}, until {result.expected.expires})"
            details.add_row("", "[bright_black]known[/]", Text(printable(self.redact(known))))
        telling = result.finding.evidence
        for delivery in result.finding.deliveries[:1]:
            body = " ".join(delivery.body[:4000].decode("utf-8", "replace").split())
            came = _shortened(self.redact(f"{delivery.method} {delivery.target} {body}"))
            details.add_row("", "[bright_black]came[/]", Text(printable(came)))
        if telling and result.outcome is not Outcome.INCONCLUSIVE:
            details.add_row("", "[bright_black]answer[/]", Text(self._excerpt(telling[0])))
        self.out.print(details)
        if telling:
            # In one piece, however long, so that it can be copied.
            line = Text.assemble("  ", ("try     ", "bright_black"), curl(deployment, telling[0].request))
            self.out.print(line, soft_wrap=True)

    def _excerpt(self, exchange: Exchange) -> str:
        body = self.redact(" ".join(exchange.body[:4000].decode("utf-8", "replace").split()))
        shown = body if len(body) <= _EXCERPT else f"{body[:_EXCERPT]}…"
        return printable(f"{self.redact(exchange.outcome)} {shown}".strip())

    def _untested(self, report: Report) -> None:
        """Group what was not tested by what to supply."""
        groups = by_reason(report, Outcome.NOT_TESTED)
        if groups:
            self.out.print()
        for same in groups:
            ids = ranges([each.requirement.id for each in same])
            self._line(f"[cyan]○ not tested[/]  {ids}: {escape(same[0].finding.reason)}")

    def _outdated(self, report: Report) -> None:
        """What is listed as an expected failure and should not be any more."""
        for result in report.results:
            if result.expected and result.expected.problem:
                told = f"{result.requirement.id} is listed as an expected failure"
                self.out.print()
                self._line(f"[bold red]✗ {told}[/], and {escape(result.expected.problem)}")

    def _changes(self, report: Report) -> None:
        """What is not as in earlier reports, the worst first."""
        drift = report.drift
        if drift is None:
            return
        self.out.print()
        self._line(f"Changes since {escape(earlier_reports(drift))}: {len(drift.changes) or 'none'}")
        several = len(drift.against) > 1
        for since, change in drift.changes[:_CHANGES]:
            mark, style = _CHANGE_MARKS[change.kind]
            where = f" (since {since.name})" if several else ""
            line = printable(self.redact(f"{change.what}{where}"))
            self.out.print(Text.assemble("  ", (mark, style), " ", line))
        if (more := len(drift.changes) - _CHANGES) > 0:
            self._line(f"  and {more} more; --json has them all")

    def _verdict(self, report: Report) -> None:
        counts = Counter(map(words, report.results))
        told = (f"[{style}]{mark}[/] {counts[said]} {said}" for said, (mark, style) in MARKS.items() if counts[said])
        self.out.print()
        verdict = headline(report.results, report.verdict)
        self._line(f"[{_VERDICTS[report.verdict]}]{verdict}[/]  {escape(report.base)}")
        self._line(f"  {', '.join(told)}")
        self._line(f"  scope: {report.scope}{' (interrupted)' if report.interrupted else ''}")
        self._line(f"  {_requests(report)} in {report.seconds:.1f} s")
        for note in report.notes:
            self._line(f"  note: {escape(note)}")

    def _line(self, markup: str) -> None:
        self.out.print(markup, highlight=False)


def printable(text: str) -> str:
    """The text without what would command a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _shortened(text: str) -> str:
    return text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…"


def by_reason(report: Report, outcome: Outcome) -> list[list[Result]]:
    """The results of that outcome, those with the same reason together."""
    groups: dict[tuple[str, ExpectedFailure | None], list[Result]] = {}
    for result in sorted(report.results, key=lambda result: result.excused):
        if result.outcome is outcome:
            expected = result.expected if result.excused else None
            groups.setdefault((result.finding.reason, expected), []).append(result)
    return list(groups.values())


def _mark(result: Result) -> Text:
    mark, style = MARKS[words(result)]
    number = result.requirement.id.rpartition("-")[2]
    return Text(f"{mark}{number}", style=style)


def words(result: Result) -> str:
    """What is said of a result: its outcome, and apart from the failures those that were expected."""
    return _EXCUSED if result.excused else result.outcome.value.replace("_", " ")


def tally(results: Sequence[Result]) -> str:
    """`8 passed, 1 failed`, without what is not applicable."""
    counts = Counter(words(result) for result in results if result.outcome is not Outcome.NOT_APPLICABLE)
    return ", ".join(f"{counts[said]} {said}" for said in MARKS if counts[said])


def _requests(report: Report) -> str:
    by_key = ", ".join(f"{name} {count}" for name, count in sorted(report.requests_by_key.items()))
    return f"{len(report.exchanges)} requests ({by_key})"


def ranges(ids: list[str]) -> str:
    """`HOOK-1..5, RATE-1` for ids in the register's order."""
    runs: list[list[str]] = []
    for id in ids:
        area, _, number = id.rpartition("-")
        if runs and runs[-1][0] == area and int(runs[-1][2]) + 1 == int(number):
            runs[-1][2] = number
        else:
            runs.append([area, number, number])
    return ", ".join(f"{area}-{first}" if first == last else f"{area}-{first}..{last}" for area, first, last in runs)
