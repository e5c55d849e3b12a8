import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.history.comparison import Comparison, compare
from oneinvoice_conformance.history.saved_report import SavedReport, read_report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.reports.compared import (
    comparison_markdown,
    comparison_schema,
    comparison_text,
    show_comparison,
)
from oneinvoice_conformance.reports.document import report_document
from rich.console import Console

from tests.unit.conformance.fakes import BASE
from tests.unit.conformance.reports.reporting import redacted, report, result, with_cause

SCHEMA = jsonschema_rs.validator_for(comparison_schema(), validate_formats=True)
HOSTILE = "\x1b[2J\n# h [red]x[/red] | @team </td> `` <b>"
KNOWN = ExpectedFailure("known", "us", date(2999, 1, 1))

Compare = Callable[..., Comparison]


@pytest.fixture
def compared(tmp_path: Path) -> Compare:
    """Compares two lists of results by way of their files; `new` are other values of the second report."""

    def side(name: str, results: list[Result], **changes: Any) -> SavedReport:
        document = report_document(redacted(report(*results))) | changes
        (tmp_path / name).write_text(json.dumps(document))
        return replace(read_report(tmp_path / name), path=Path(name))

    def compared(old: list[Result], new: list[Result], **changes: Any) -> Comparison:
        return compare(side("old.json", old), side("new.json", new, **changes))

    return compared


@pytest.fixture
def some(compared: Compare) -> Comparison:
    """Something got worse, better, and different, on the surface too."""
    before = [result(f"MEM-{number}", Outcome.PASSED) for number in (1, 2, 3, 4)]
    after = [
        *(result(f"MEM-{number}", Outcome.FAILED, "a page of 20") for number in (1, 2)),
        result("MEM-3", Outcome.INCONCLUSIVE, "too few"),
        result("MEM-4", Outcome.PASSED),
    ]
    before += [result("QUO-1", Outcome.FAILED), replace(result("QUO-2", Outcome.FAILED), expected=KNOWN)]
    after += [result("QUO-1", Outcome.PASSED, "mended"), result("QUO-2", Outcome.INCONCLUSIVE, "lost")]
    changes = (
        Change(ChangeSeverity.OTHER, "it is new"),
        Change(ChangeSeverity.BREAKING, "it is gone"),
        Change(ChangeSeverity.UNSURE, "is it gone?"),
    )
    return replace(compared(before, after), api_changes=changes)


def shown(compared: Comparison, width: int = 100_000) -> str:
    out = StringIO()
    show_comparison(Console(file=out, width=width), compared)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def test_the_terminal_shows_what_got_worse_first(some: Comparison):
    text = shown(some)
    head, *sections = text.strip().split("\n\n")
    assert [line.split() for line in head.splitlines()] == [
        ["old", "new"],
        ["report", "old.json", "new.json"],
        ["verdict", "violations", "violations"],
        ["deployment", BASE, BASE],
        ["run", *["2026-01-01", "00:00", "UTC"] * 2],
        ["scope", *["every", "requirement", "of", "the", "documentation"] * 2],
        ["kit", *[some.old.document["kit"]["version"]] * 2],
    ]
    assert sections == [
        "Worse\n"
        "✗ MEM-1..2  passed → failed\n"
        "  a page of 20\n"
        "? MEM-3  passed → inconclusive  A limit from 1 to 200 is honoured exactly.\n"
        "  too few",
        "Better\n✓ QUO-1  failed → passed  Quotes are a JSON list, in which none stands twice.\n  mended",
        f"Changed\n? QUO-2  failed as expected → inconclusive  {some.new.results['QUO-2'].statement}\n  lost",
        "Breaking changes of the surface\n✗ it is gone",
        "Perhaps breaking changes of the surface\n? is it gone?",
        "Other changes of the surface\n+ it is new",
        "3 worse, 1 better, 1 changed, 1 the same; changes of the surface: 1 breaking, 1 unsure, 1 other",
    ]


def test_in_a_narrow_terminal_lines_are_broken_under_the_text(some: Comparison):
    lines = shown(some, 50).splitlines()
    assert max(map(len, lines)) <= 50
    at = lines.index("? MEM-3  passed → inconclusive  A limit from 1 to")
    assert lines[at + 1] == "  200 is honoured exactly."


def test_where_nothing_changed_only_the_sides_are_shown(compared: Compare):
    same = [result("MEM-1", Outcome.PASSED)]
    _, *sections = shown(compared(same, same)).strip().split("\n\n")
    assert sections == ["0 worse, 0 better, 1 the same"]


def test_what_is_out_of_scope_now_has_no_reason(compared: Compare):
    narrowed = compared([result("MEM-1", Outcome.PASSED)], [], scope=_scope(skip=["MEM"]))
    assert "○ MEM-1  passed → not in scope  Members are a JSON list.\n\n1 worse" in shown(narrowed)
    assert "without MEM" in shown(narrowed)
    assert "| passed → not in scope | `–` |" in comparison_markdown(narrowed)


def _scope(**narrowed: Any) -> dict[str, Any]:
    return {"only": [], "skip": [], "strict": False, "interrupted": False} | narrowed


def test_what_else_differs_is_noted_in_each(compared: Compare):
    found = [result("MEM-1", Outcome.PASSED)]
    earlier = compared(found, found, started_at="2025-01-01T00:00:00Z")
    note = "the run of the new report was before that of the old one"
    assert f"note: {note}\n" in shown(earlier)
    assert f"Note: {note}.\n" in comparison_markdown(earlier)
    assert json.loads(comparison_text(earlier))["notes"] == [note]


def test_the_summary_for_a_pull_request(some: Comparison):
    text = comparison_markdown(some)
    assert text.startswith("## ❌ 3 worse, 1 better, 1 changed, 1 the same; changes of the surface: 1 breaking")
    assert f"| deployment | `{BASE}` | `{BASE}` |" in text
    assert (
        "### Worse\n\n| | old → new | why |\n|---|---|---|\n"
        "| **MEM-1..2** | passed → failed | `a page of 20` |\n"
        "| **MEM-3** A limit from 1 to 200 is honoured exactly. | passed → inconclusive | `too few` |\n"
    ) in text
    assert text.index("### Worse") < text.index("### Better") < text.index("### Changed")
    assert "### Breaking changes of the surface\n\n- `it is gone`\n" in text


def test_nothing_worse_is_a_good_sign(compared: Compare):
    better = compared([result("MEM-1", Outcome.FAILED)], [result("MEM-1", Outcome.PASSED)])
    assert comparison_markdown(better).startswith("## ✅ 0 worse, 1 better, 0 the same\n")


def test_the_document_is_as_its_schema_says(some: Comparison, compared: Compare):
    jsonschema_rs.meta.validate(comparison_schema())
    document = json.loads(comparison_text(some))
    SCHEMA.validate(document)
    assert document["got_worse"] is True
    assert document["counts"] == {"worse": 3, "better": 1, "changed": 1, "same": 1}
    assert document["old"]["file"] == "old.json"
    [row] = [row for row in document["requirements"] if row["id"] == "QUO-2"]
    assert (row["change"], row["old"]["excused"], row["new"]["outcome"]) == ("changed", True, "inconclusive")
    assert document["surface"][0] == {"kind": "other", "what": "it is new"}
    narrowed = json.loads(comparison_text(compared([result("MEM-1", Outcome.PASSED)], [])))
    SCHEMA.validate(narrowed)
    assert narrowed["requirements"][0]["new"] is None
    assert all(not SCHEMA.is_valid({k: v for k, v in document.items() if k != name}) for name in document)
    assert not SCHEMA.is_valid(document | {"counts": {"worse": 1}})


def test_texts_of_others_are_no_markup(compared: Compare):
    found = result("MEM-1", Outcome.FAILED, HOSTILE)
    found = replace(found, requirement=replace(found.requirement, statement=HOSTILE))
    hostile = compared([result("MEM-1", Outcome.PASSED)], [found], deployment=HOSTILE)
    hostile = replace(hostile, api_changes=(Change(ChangeSeverity.BREAKING, HOSTILE),))
    text = shown(hostile)
    assert all(character.isprintable() for character in text.replace("\n", ""))
    assert text.count("# h [red]x[/red] | @team </td> `` <b>") == 4
    markdown = comparison_markdown(hostile)
    assert all(character.isprintable() for character in markdown.replace("\n", ""))
    assert markdown.count("``` \\x1b[2J # h [red]x[/red] | @team </td> `` <b> ```") == 1, "in the list of changes"
    assert markdown.count("``` \\x1b[2J # h [red]x[/red] \\| @team </td> `` <b> ```") == 3, "in tables"
    assert markdown.count("@team") == 4
    SCHEMA.validate(json.loads(comparison_text(hostile)))


def test_what_shares_a_cause_in_the_new_report_is_told_together(tmp_path: Path):
    passed = [result(f"MEM-{number}", Outcome.PASSED) for number in (1, 2, 3)]
    for name, found in (("old.json", report(*passed)), ("new.json", with_cause("all of it is gone", "mend it"))):
        (tmp_path / name).write_text(json.dumps(report_document(redacted(found))))
    compared = compare(read_report(tmp_path / "old.json"), read_report(tmp_path / "new.json"))
    out = StringIO()
    show_comparison(Console(file=out, width=200), compared)
    assert "MEM-1..2  passed → failed" in out.getvalue()
    assert out.getvalue().count("all of it is gone; mend it") == 2
    assert "the first reason" not in out.getvalue()
    assert "| **MEM-1..2** | passed → failed | `all of it is gone; mend it` |" in comparison_markdown(compared)
    SCHEMA.validate(json.loads(comparison_text(compared)))
