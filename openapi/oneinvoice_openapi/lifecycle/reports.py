"""Reports of a verdict on the lifecycle: a calendar for people, and JSON."""

from __future__ import annotations

from datetime import date

from oneinvoice_openapi.lifecycle.entries import Entry, State
from oneinvoice_openapi.lifecycle.policy import Verdict, Violation
from oneinvoice_openapi.printable import json_text, printable
from oneinvoice_openapi.register import register

_HEAD = ("part", "state", "announced", "effective", "deprecated", "sunset", "replacement")


def text_report(verdict: Verdict) -> str:
    """Return the calendar as a table, with what breaks a promise below it."""
    told = [f"{violation.entry.place}: {sentence(violation)}" for violation in verdict.violations]
    blocks = ["\n".join(_table(verdict)), *told, *verdict.notes, _summary(verdict)]
    return printable("\n\n".join(blocks), keep="\n")


def json_report(verdict: Verdict) -> str:
    """Return the verdict for programs."""
    content = {
        "on": verdict.on.isoformat(),
        "verdict": "broken" if verdict.violations else "kept",
        "entries": [_object(entry, state) for entry, state in verdict.states],
        "violations": [
            {
                "rule": each.rule,
                "requirement": each.requirement,
                "clause": register()[each.requirement].clause,
                "kind": each.entry.subject.kind.value,
                "name": each.entry.subject.name,
                "place": each.entry.place,
                "sentence": sentence(each),
                "earliest": _day(each.earliest) or None,
            }
            for each in verdict.violations
        ],
        "notes": list(verdict.notes),
    }
    return json_text(content, indent=2)


def sentence(violation: Violation) -> str:
    """Return what breaks a promise, with the documentation's own words for that."""
    clause = register()[violation.requirement].clause
    return f"{violation.sentence}. {violation.requirement} (“{clause}”)"


def _table(verdict: Verdict) -> list[str]:
    rows = [_HEAD, *(_row(entry, state) for entry, state in verdict.states)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEAD))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(entry: Entry, state: State) -> tuple[str, ...]:
    days = (entry.announced, entry.effective, entry.deprecated, entry.sunset)
    replacement = entry.replacement.name if entry.replacement else "-"
    return str(entry.subject), state.value, *(_day(each) or "-" for each in days), replacement


def _object(entry: Entry, state: State) -> dict[str, str | None]:
    return {
        "kind": entry.subject.kind.value,
        "name": entry.subject.name,
        "state": state.value,
        **{key: _day(getattr(entry, key)) or None for key in ("announced", "effective", "deprecated", "sunset")},
        "replacement": entry.replacement.name if entry.replacement else None,
        "link": entry.link,
    }


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _summary(verdict: Verdict) -> str:
    entries, broken = len(verdict.states), len(verdict.violations)
    counted = f"{entries} {'entry' if entries == 1 else 'entries'}"
    if not broken:
        return f"On {verdict.on}: {counted}, and the promises of the documentation are kept."
    return f"On {verdict.on}: {counted}, and {broken} broken promise{'' if broken == 1 else 's'}."
