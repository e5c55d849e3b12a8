"""Judging of a walk: each day by the policy, and by what was served on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from oneinvoice_openapi.lifecycle.entries import Entry, Kind, Lifecycle
from oneinvoice_openapi.lifecycle.policy import Released, Verdict, Violation, policy
from oneinvoice_openapi.lifecycle.simulation.expected import begins_later, differences, entries_of
from oneinvoice_openapi.lifecycle.simulation.served import Served
from oneinvoice_openapi.lifecycle.simulation.walk import Observed
from oneinvoice_openapi.lifecycle.subjects import find


class Mark(StrEnum):
    """Verdict on what was served: right, wrong, or open where the mock has no such part."""

    RIGHT = "✓"
    WRONG = "✗"
    OPEN = "?"


@dataclass(frozen=True, slots=True)
class Day:
    """Day of the walk: the policy's verdict, the answers by operation, and what in them is wrong or open."""

    policy: Verdict
    served: dict[str, Served]
    wrong: dict[str, tuple[str, ...]] = field(default_factory=dict)
    open: frozenset[str] = frozenset()

    @property
    def on(self) -> date:
        """The day, in UTC."""
        return self.policy.on

    def mark(self, operation: str) -> Mark:
        """Return the verdict on an operation."""
        if self.wrong.get(operation):
            return Mark.WRONG
        return Mark.OPEN if operation in self.open else Mark.RIGHT


@dataclass(frozen=True, slots=True)
class Simulation:
    """Days in order, with what is worth knowing besides."""

    lifecycle: Lifecycle
    days: tuple[Day, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Tell whether every promise is kept, and the mock serves what the lifecycle says, on each day."""
        return not any(day.policy.violations or day.wrong for day in self.days)

    @property
    def mock_differs(self) -> bool:
        """Tell whether the mock serves other than the lifecycle says on any day."""
        return any(day.wrong for day in self.days)


def judge(
    lifecycle: Lifecycle, document: dict[str, Any], releases: Sequence[Released], observed: Observed, base: str
) -> Simulation:
    """Return the verdict on each day. `base` is the URL below which all was asked for."""
    missing = _unserved(lifecycle, observed)
    days = tuple(
        _day(lifecycle, _of_day(policy(lifecycle, document, releases, on)), served, missing, base)
        for on, served in observed.items()
    )
    notes = [*_notes(lifecycle, missing), *_edits(lifecycle, document, days), *_asides(days)]
    return Simulation(lifecycle, days, tuple(dict.fromkeys(notes)))


def _day(lifecycle: Lifecycle, verdict: Verdict, served: dict[str, Served], missing: set[str], base: str) -> Day:
    on = verdict.on
    open_ = {each for each in missing if served[each].status == 404 and not begins_later(lifecycle, each, on)}
    wrong = {}
    for operation, answer in served.items():
        judged = replace(answer, status=200) if operation in open_ else answer  # by its headers alone
        if found := differences(lifecycle, operation, judged, on, base):
            wrong[operation] = tuple(found)
    return Day(verdict, served, wrong, frozenset(open_))


def _unserved(lifecycle: Lifecycle, observed: Observed) -> set[str]:
    """Return the operations that begin on a day of the lifecycle, and that the mock has on none."""
    operations = next(iter(observed.values()), {})
    return {
        each
        for each in operations
        if any(entry.effective for entry in entries_of(lifecycle, each))
        and all(served[each].status == 404 for served in observed.values())
    }


def _of_day(verdict: Verdict) -> Verdict:
    """Return a verdict without what is wrong only because one document stands for all days.

    By the day of an end it is taken out of the document, and by that of a beginning added; the mock shows both.
    """
    kept = tuple(each for each in verdict.violations if not _is_of_the_document(each))
    return Verdict(verdict.on, verdict.states, kept, verdict.notes)


def _is_of_the_document(violation: Violation) -> bool:
    begins = violation.rule == "unknown" and violation.entry.effective is not None
    return begins or violation.rule == "still-served"


def _notes(lifecycle: Lifecycle, missing: set[str]) -> Iterator[str]:
    for entry in lifecycle.entries:
        subject, asked = entry.subject, [each for each in missing if entry in entries_of(lifecycle, each)]
        if entry.effective and asked:
            yield (
                f"{entry.place}: {subject} begins on {entry.effective}, and the mock answers 404 to "
                f"{' and '.join(sorted(asked))} all the time: it doesn't serve that, so that nothing is told of it."
            )
        elif subject.kind not in (Kind.VERSION, Kind.OPERATION) and entry.change:
            yield f"{entry.place}: {subject} has no header; the document and the announcement tell of it."
        elif subject.kind is Kind.OPERATION and ("{" in subject.path or not subject.name.startswith("GET ")):
            yield f"{entry.place}: {subject} is not asked for; GET of a path without a parameter alone is."


def _edits(lifecycle: Lifecycle, document: dict[str, Any], days: Sequence[Day]) -> Iterator[str]:
    """Tell by when the document is to change, so that it goes with the days."""
    if not days:
        return
    first, last = days[0].on, days[-1].on
    due: list[tuple[date, str, Entry]] = []
    for entry in lifecycle.entries:
        there = find(document, entry.subject) is not None
        if entry.sunset and there:
            due.append((entry.sunset, "Take {} out of the document", entry))
        if entry.effective and not there:
            due.append((entry.effective, "Add {} to the document", entry))
    for day, what, entry in sorted(due, key=lambda each: each[0]):
        if first <= day <= last:
            yield f"{what.format(entry.subject)} on {day}."


def _asides(days: Sequence[Day]) -> Iterator[str]:
    for day in days:
        yield from day.policy.notes
