"""A comparison of two reports for the terminal, for a pull request, and as JSON (`diff.schema.json`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from oneinvoice_openapi.printable import json_text, printable
from oneinvoice_openapi.register import register
from rich.console import Console
from rich.table import Table
from rich.text import Text

from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.history.comparison import ComparedResult, Comparison, Move, scope_of
from oneinvoice_conformance.history.saved_report import SavedReport, SavedResult
from oneinvoice_conformance.model.outcome import ReportedOutcome
from oneinvoice_conformance.reports.markdown import cell, code
from oneinvoice_conformance.reports.phrases import MARKS
from oneinvoice_conformance.reports.terminal import STYLES
from oneinvoice_conformance.wording import ranges

_FORMAT = 1  # of the JSON document
_MOVE_HEADINGS = {Move.WORSE: "Worse", Move.BETTER: "Better", Move.CHANGED: "Changed"}
_CHANGE_HEADINGS = {
    ChangeSeverity.BREAKING: ("✗", "bold red", "Breaking changes of the surface"),
    ChangeSeverity.UNSURE: ("?", "yellow", "Perhaps breaking changes of the surface"),
    ChangeSeverity.OTHER: ("+", "green", "Other changes of the surface"),
}
_VERDICTS = {"conforms": "green", "violations": "bold red"}


def show_comparison(out: Console, compared: Comparison) -> None:
    """Print both sides, then what got worse, better or different, then how many of each there are."""
    out.print()
    out.print(_sides(compared))
    for note in compared.notes():
        out.print(Text(f"note: {printable(note)}"))
    for move, heading in _MOVE_HEADINGS.items():
        _section(out, heading, [line for same in _alike(compared.moved(move)) for line in _lines(same)])
    for kind, (mark, style, heading) in _CHANGE_HEADINGS.items():
        changes = compared.changes(kind)
        _section(out, heading, [(Text(mark, style), Text(printable(change.what))) for change in changes])
    out.print()
    out.print(Text(compared.summary, "bold red" if compared.got_worse else "bold green"))


def _section(out: Console, heading: str, lines: list[tuple[Text, Text]]) -> None:
    """Print the lines under their heading, each beside its mark, if there are any."""
    if not lines:
        return
    table = Table.grid(padding=(0, 1))
    for mark, text in lines:
        table.add_row(mark, text)
    out.print()
    out.print(Text(heading, "bold"))
    out.print(table)


def _lines(same: list[ComparedResult]) -> Iterator[tuple[Text, Text]]:
    row = same[0]
    outcome = row.new.reported if row.new else ReportedOutcome.NOT_TESTED
    mark, style = MARKS[outcome], STYLES[outcome]
    statement = "" if same[1:] else f"  {printable(row.statement)}"
    ids = ranges([each.id for each in same])
    yield Text(mark, style), Text.assemble((ids, "bold"), "  ", (row.transition, style), statement)
    if row.reason:
        yield Text(), Text(printable(row.reason))


def _sides(compared: Comparison) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_row("", Text("old", "bold"), Text("new", "bold"))
    for name, *sides in _facts(compared):
        texts = [Text(printable(side)) for side in sides]
        if name == "verdict":
            for text in texts:
                text.stylize(_VERDICTS.get(text.plain, "yellow"))
        table.add_row(Text(name, "bright_black"), *texts)
    return table


def _facts(compared: Comparison) -> Iterator[tuple[str, str, str]]:
    """Yield (name of the fact, the old report's, the new report's)."""
    for name, fact in (
        ("report", lambda report: str(report.path)),
        ("verdict", lambda report: report.verdict),
        ("deployment", lambda report: report.base),
        ("run", lambda report: f"{report.started:%Y-%m-%d %H:%M %Z}"),
        ("scope", scope_of),
        ("kit", lambda report: str(report.document["kit"]["version"])),
    ):
        yield name, fact(compared.old), fact(compared.new)


def _alike(rows: list[ComparedResult]) -> list[list[ComparedResult]]:
    """Group the rows that moved alike for the same reason."""
    groups: dict[tuple[str, str | None], list[ComparedResult]] = {}
    for row in rows:
        groups.setdefault((row.transition, row.reason), []).append(row)
    return list(groups.values())


def comparison_markdown(compared: Comparison) -> str:
    """Return the comparison in GitHub's Markdown.

    What stands in a report is code, so that it is no markup and notifies nobody.
    """
    return "\n".join(
        [
            f"## {'❌' if compared.got_worse else '✅'} {compared.summary}",
            "",
            "| | old | new |",
            "|---|---|---|",
            *(f"| {name} | {cell(before)} | {cell(after)} |" for name, before, after in _facts(compared)),
            "",
            *(line for note in compared.notes() for line in (f"Note: {note}.", "")),
            *(line for move, heading in _MOVE_HEADINGS.items() for line in _moved(heading, compared.moved(move))),
            *_api_changes(compared),
            f"<sub>oneinvoice-kit {version('oneinvoice-kit')}</sub>",
            "",
        ]
    )


def _moved(heading: str, rows: list[ComparedResult]) -> Iterator[str]:
    if rows:
        yield from (f"### {heading}", "", "| | old → new | why |", "|---|---|---|")
    known = {row.id: row.statement for row in register().requirements}
    for same in _alike(rows):
        row = same[0]
        # A report of others says what it likes; the register's own words are no markup.
        shown = row.statement if row.statement == known.get(row.id) else cell(row.statement)
        more = "" if same[1:] else f" {shown}"
        yield f"| **{ranges([each.id for each in same])}**{more} | {row.transition} | {cell(row.reason or '–')} |"
    if rows:
        yield ""


def _api_changes(compared: Comparison) -> Iterator[str]:
    for kind, (_, _, heading) in _CHANGE_HEADINGS.items():
        if changes := compared.changes(kind):
            yield from (f"### {heading}", "", *(f"- {code(change.what)}" for change in changes), "")


def comparison_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the document."""
    content = json.loads(files(__package__).joinpath("diff.schema.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


def comparison_text(compared: Comparison) -> str:
    """Return the comparison as the text of a JSON file."""
    return json_text(comparison_document(compared), indent=2) + "\n"


def comparison_document(compared: Comparison) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "got_worse": compared.got_worse,
        "old": _side(compared.old),
        "new": _side(compared.new),
        "notes": list(compared.notes()),
        "counts": {move.value: len(compared.moved(move)) for move in Move},
        "requirements": [
            {
                "id": row.id,
                "statement": row.statement,
                "change": row.move.value,
                "old": _judged(row.old),
                "new": _judged(row.new),
            }
            for row in compared.rows
        ],
        "surface": [{"kind": change.kind.value, "what": change.what} for change in compared.api_changes],
        "kit": {"version": version("oneinvoice-kit")},
    }


def _side(report: SavedReport) -> dict[str, Any]:
    return {
        "file": str(report.path),
        "deployment": report.base,
        "started_at": report.started.isoformat(),
        "verdict": report.verdict,
        "scope": report.document["scope"],
        "kit": report.document["kit"],
        "contract": report.document["contract"],
    }


def _judged(judged: SavedResult | None) -> dict[str, Any] | None:
    if judged is None:
        return None
    return {"outcome": judged.outcome.value, "excused": judged.excused, "reason": judged.reason}
