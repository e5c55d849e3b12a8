"""The report for the person at the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_openapi.register import Register
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.deployment import Deployment
from oneinvoice_conformance.exchange import Exchange
from oneinvoice_conformance.redaction import Redactor
from oneinvoice_conformance.reproducer import curl
from oneinvoice_conformance.runner import Report
from oneinvoice_conformance.verdict import Outcome, Result, Verdict

MARKS = {
    Outcome.PASSED: ("✓", "green"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.WARNED: ("!", "yellow"),
    Outcome.INCONCLUSIVE: ("?", "yellow"),
    Outcome.NOT_TESTED: ("○", "cyan"),
    Outcome.NOT_APPLICABLE: ("–", "bright_black"),
    Outcome.ERROR: ("⚠", "bold magenta"),
}
_VERDICTS = {Verdict.CONFORMS: "bold green", Verdict.VIOLATIONS: "bold red", Verdict.INCOMPLETE: "bold yellow"}
_EXCERPT = 160  # characters of a body
_TOLD = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.INCONCLUSIVE)


class Terminal:
    """Prints progress on standard error, and the report on standard output."""

    def __init__(self, register: Register, out: Console, err: Console, redact: Redactor) -> None:
        self.register, self.out, self.err, self.redact = register, out, err, redact

    @contextmanager
    def progress(self, total: int) -> Iterator[Progress]:
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
            bar.add_task("Looking for the API", total=total)
            yield bar

    def show(self, report: Report, deployment: Deployment) -> None:
        """The areas, then what is not met or not decided, then the verdict."""
        self.out.print()
        self.out.print(self._areas(report))
        for outcome in _TOLD:
            for result in report.results:
                if result.outcome is outcome:
                    self._tell(result, deployment)
        self._untested(report)
        self._verdict(report)

    def _areas(self, report: Report) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
        for area, name in self.register.areas.items():
            results = [result for result in report.results if result.requirement.area == area]
            if results:
                marks = Text(" ").join(_mark(result) for result in results)
                table.add_row(Text(area, style="bold"), name, marks, _summary(results))
        return table

    def _tell(self, result: Result, deployment: Deployment) -> None:
        row, (mark, style) = result.requirement, MARKS[result.outcome]
        self.out.print()
        self._line(f"[{style}]{mark} {row.id} {result.outcome.value}[/]  {escape(row.statement)}")
        details = Table.grid(padding=(0, 2))
        details.add_row("", "[bright_black]clause[/]", Text(f"“{row.clause}” ({row.section})"))
        details.add_row("", "[bright_black]seen[/]", Text(_printable(self.redact(result.finding.reason))))
        telling = result.finding.telling
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
        return _printable(f"{self.redact(exchange.outcome)} {shown}".strip())

    def _untested(self, report: Report) -> None:
        """Group what was not tested by what to supply."""
        reasons: dict[str, list[str]] = {}
        for result in report.results:
            if result.outcome is Outcome.NOT_TESTED:
                reasons.setdefault(result.finding.reason, []).append(result.requirement.id)
        if reasons:
            self.out.print()
        for reason, ids in reasons.items():
            self._line(f"[cyan]○ not tested[/]  {_ranges(ids)}: {escape(reason)}")

    def _verdict(self, report: Report) -> None:
        counts = [(outcome, report.count(outcome)) for outcome in Outcome if report.count(outcome)]
        told = (f"[{MARKS[o][1]}]{MARKS[o][0]}[/] {count} {o.value.replace('_', ' ')}" for o, count in counts)
        self.out.print()
        self._line(f"[{_VERDICTS[report.verdict]}]{report.verdict.value}[/]  {escape(report.base)}")
        self._line(f"  {', '.join(told)}")
        self._line(f"  scope: {report.scope}{' (interrupted)' if report.interrupted else ''}")
        self._line(f"  {_requests(report)} in {report.seconds:.1f} s")

    def _line(self, markup: str) -> None:
        self.out.print(markup, highlight=False)


def _printable(text: str) -> str:
    """The text without what would command a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)


def _mark(result: Result) -> Text:
    mark, style = MARKS[result.outcome]
    number = result.requirement.id.rpartition("-")[2]
    return Text(f"{mark}{number}", style=style)


def _summary(results: list[Result]) -> str:
    passed = sum(result.outcome is Outcome.PASSED for result in results)
    other = [outcome for outcome in (*_TOLD, Outcome.NOT_TESTED) if any(r.outcome is outcome for r in results)]
    parts = [f"{passed} passed"] if passed else []
    parts += [f"{sum(r.outcome is outcome for r in results)} {outcome.value.replace('_', ' ')}" for outcome in other]
    return ", ".join(parts)


def _requests(report: Report) -> str:
    by_key = ", ".join(f"{name} {count}" for name, count in sorted(report.requests_by_key.items()))
    return f"{len(report.exchanges)} requests ({by_key})"


def _ranges(ids: list[str]) -> str:
    """`HOOK-1..5, RATE-1` for ids in the register's order."""
    runs: list[list[str]] = []
    for id in ids:
        area, _, number = id.rpartition("-")
        if runs and runs[-1][0] == area and int(runs[-1][2]) + 1 == int(number):
            runs[-1][2] = number
        else:
            runs.append([area, number, number])
    return ", ".join(f"{area}-{first}" if first == last else f"{area}-{first}..{last}" for area, first, last in runs)
