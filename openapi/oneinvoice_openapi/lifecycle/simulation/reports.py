"""Reports of a simulation: a table whose equal days share a line, and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from oneinvoice_openapi.lifecycle.entries import State
from oneinvoice_openapi.lifecycle.policy import Violation
from oneinvoice_openapi.lifecycle.reports import sentence
from oneinvoice_openapi.lifecycle.simulation.expected import entries_of
from oneinvoice_openapi.lifecycle.simulation.judging import Day, Mark, Simulation
from oneinvoice_openapi.lifecycle.simulation.served import Served, deprecation_day, links, sunset_day
from oneinvoice_openapi.printable import json_text, printable

_HEAD = ("days", "", "policy", "mock", "part", "state", "served")
_MOST_NAMED = 2  # operations
_OTHER_LIFECYCLE = (
    "The mock doesn't follow this lifecycle. Start it with the same file, as oneinvoice-mock --lifecycle FILE; without "
    "one it follows the package's."
)
Row = tuple[str, ...]


def text_report(simulation: Simulation) -> str:
    """Return the days as a table, and below it what is wrong, with its days."""
    blocks = [_table(simulation), *_violations(simulation.days)]
    if simulation.mock_differs:
        blocks += ["\n".join(_differences(simulation.days)), _OTHER_LIFECYCLE]
    return printable("\n\n".join([*blocks, *simulation.notes, _summary(simulation)]), keep="\n")


def json_report(simulation: Simulation) -> str:
    """Return each day for programs."""
    days = simulation.days
    content = {
        "from": days[0].on.isoformat(),
        "until": days[-1].on.isoformat(),
        "verdict": "right" if simulation.is_right else "wrong",
        "days": [_day(day) for day in days],
        "notes": list(simulation.notes),
    }
    return json_text(content, indent=2)


def _day(day: Day) -> dict[str, Any]:
    return {
        "on": day.on.isoformat(),
        "policy": "broken" if day.policy.violations else "kept",
        "mock": "differs" if day.wrong else "open" if day.open else "agrees",
        "states": [
            {"kind": entry.subject.kind.value, "name": entry.subject.name, "state": state.value}
            for entry, state in day.policy.states
        ],
        "violations": [
            {"rule": each.rule, "requirement": each.requirement, "sentence": _told(each)}
            for each in day.policy.violations
        ],
        "served": [
            {
                "operation": operation,
                "status": served.status,
                "deprecation": served.deprecation,
                "sunset": served.sunset,
                "link": served.link,
                "mock": {Mark.RIGHT: "agrees", Mark.WRONG: "differs", Mark.OPEN: "open"}[day.mark(operation)],
                "differences": [f"{operation} {each}." for each in day.wrong.get(operation, ())],
            }
            for operation, served in day.served.items()
        ],
    }


def _table(simulation: Simulation) -> str:
    rows: list[Row] = [_HEAD]
    for content, group in groupby(simulation.days, lambda day: tuple(_rows(simulation, day))):
        days = [day.on for day in group]
        count = f"{len(days)} day{'' if len(days) == 1 else 's'}"
        for number, row in enumerate(content):
            rows.append((_range(days[0], days[-1]), count.rjust(8), *row) if number == 0 else ("", "", "", *row[1:]))
    widths = [max(len(row[index]) for row in rows) for index in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _rows(simulation: Simulation, day: Day) -> Iterator[Row]:
    """Yield policy, mock, part, state and what is served: of each entry, and of operations that differ from theirs."""
    kept = str(Mark.WRONG if day.policy.violations else Mark.RIGHT)
    for entry, state in day.policy.states:
        own = [each for each in day.served if entry in entries_of(simulation.lifecycle, each)]
        if not own:
            yield kept, "–", entry.subject.name, state.value, "–"
            continue
        yield kept, _mark(day, own), entry.subject.name, state.value, _served(day.served[own[0]])
    names = {entry.subject.name for entry, _ in day.policy.states}
    for operation in day.served:
        if operation not in names and _is_apart(simulation, day, operation):
            served = _served(day.served[operation])
            yield kept, str(day.mark(operation)), operation, _state(simulation, day, operation), served


def _is_apart(simulation: Simulation, day: Day, operation: str) -> bool:
    """Tell whether the row of its version doesn't show what an operation answers."""
    versions = entries_of(simulation.lifecycle, operation)
    if not versions:
        return operation in day.wrong
    first = next(each for each in day.served if versions[0] in entries_of(simulation.lifecycle, each))
    return day.served[operation] != day.served[first]


def _state(simulation: Simulation, day: Day, operation: str) -> str:
    """Return the state of an operation that has no entry: that of its version."""
    states = [entry.state(day.on) for entry in entries_of(simulation.lifecycle, operation)]
    return (states[0] if states else State.EFFECTIVE).value


def _mark(day: Day, operations: Sequence[str]) -> str:
    marks = {day.mark(each) for each in operations}
    return str(next(each for each in (Mark.WRONG, Mark.OPEN, Mark.RIGHT) if each in marks))


def _served(served: Served) -> str:
    parts = [str(served.status)]
    for name, value, parse in (
        ("Deprecation", served.deprecation, deprecation_day),
        ("Sunset", served.sunset, sunset_day),
    ):
        if value is not None:
            parts.append(f"{name}: {_parsed(value, parse)}")
    successors = links(served.link, "").get("successor-version", ())
    parts += [f"Link: …{each[each.find('/api/') :]}" if "/api/" in each else f"Link: {each:.60}" for each in successors]
    return "  ".join(parts)


def _parsed(value: str, parse: Callable[[str], date]) -> str:
    try:
        return str(parse(value))
    except ValueError:
        return f"{value:.40}"


def _violations(days: Sequence[Day]) -> Iterator[str]:
    """Yield what breaks a promise, each once, in the words of its first day."""
    found: dict[tuple[str, str], tuple[Violation, list[date]]] = {}
    for day in days:
        for each in day.policy.violations:
            found.setdefault((each.rule, str(each.entry.subject)), (each, []))[1].append(day.on)
    for violation, on in found.values():
        yield f"{_ranges(on)}: {_told(violation)}"


def _told(violation: Violation) -> str:
    return f"{violation.entry.place}: {sentence(violation)}"


def _differences(days: Sequence[Day]) -> Iterator[str]:
    """Yield what the mock serves otherwise, with all the days and the operations that it is alike of."""
    found: dict[tuple[str, str], list[date]] = {}
    for day in days:
        for operation, all_told in day.wrong.items():
            for told in all_told:
                found.setdefault((told, operation), []).append(day.on)
    alike: dict[tuple[str, str], list[str]] = {}
    for (told, operation), on in found.items():
        alike.setdefault((_ranges(on), told), []).append(operation)
    for (when, told), operations in alike.items():
        more = len(operations) - _MOST_NAMED
        named = operations if more <= 1 else [*operations[:_MOST_NAMED], f"{more} more"]
        who = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        yield f"{when}: {who}: {told}."


def _ranges(days: Sequence[date]) -> str:
    """Return days as a text, those that follow each other by the first and the last."""
    runs: list[list[date]] = []
    for day in days:
        if runs and runs[-1][1] + timedelta(1) == day:
            runs[-1][1] = day
        else:
            runs.append([day, day])
    return ", ".join(_range(first, last) for first, last in runs)


def _range(first: date, last: date) -> str:
    return str(first) if first == last else f"{first} … {last}"


def _summary(simulation: Simulation) -> str:
    days = simulation.days
    broken = sum(bool(day.policy.violations) for day in days)
    wrong = sum(bool(day.wrong) for day in days)
    whole = f"{len(days)} day{'' if len(days) == 1 else 's'} from {days[0].on} to {days[-1].on}"
    if simulation.is_right:
        left = " What is marked ? is left open." if any(day.open for day in days) else ""
        return (
            f"{whole}: the promises of the documentation are kept, and the mock serves what the lifecycle says.{left}"
        )
    told = [f"a promise is broken on {broken}"] if broken else []
    told += [f"the mock differs from the lifecycle on {wrong}"] if wrong else []
    return f"{whole}: {', and '.join(told)} of them."
