"""Policy: whether a lifecycle keeps what the documentation promises of changes, as seen on a day.

It depends on nothing but what it is given, so that a day of next year can be tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from oneinvoice_openapi.lifecycle.entries import (
    NOTICE,
    PARALLEL_MONTHS,
    Entry,
    Kind,
    Lifecycle,
    State,
    Subject,
    months_later,
)
from oneinvoice_openapi.lifecycle.subjects import find, version_of

UNKNOWN = "is neither in the document nor in a release; correct the name, or take the entry out"


@dataclass(frozen=True, slots=True)
class Released:
    """Release of the contract: its document, and its lifecycle if it kept one."""

    version: str
    document: dict[str, Any]
    lifecycle: Lifecycle | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """Promise that an entry breaks: `requirement` is its row of the register.

    `earliest` is the first day that would be right, where there is one.
    """

    rule: str
    requirement: str
    entry: Entry
    sentence: str
    earliest: date | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """State of each entry on a day, what breaks a promise, and what is worth knowing besides."""

    on: date
    states: tuple[tuple[Entry, State], ...]
    violations: tuple[Violation, ...]
    notes: tuple[str, ...] = ()


def policy(lifecycle: Lifecycle, document: dict[str, Any], releases: Sequence[Released], on: date) -> Verdict:
    """Return the verdict on a day, which is in UTC.

    `document` describes what is served then. Where several versions are, it has the paths of all of them.
    """
    contract = _Contract(lifecycle, document, releases, on)
    judged = [(entry, contract.said(entry.subject)) for entry in lifecycle.entries]
    violations = [
        violation
        for entry, said in judged
        for violation in (
            *_notice(entry, on),
            *_parallel(lifecycle, entry),
            *_taken_back(entry, said),
            *contract.served(entry),
            *contract.replaced(entry),
        )
    ]
    states = tuple((entry, entry.state(on)) for entry in lifecycle.entries)
    return Verdict(on, states, (*violations, *contract.forgotten()), tuple(_notes(lifecycle, on)))


def _notice(entry: Entry, on: date) -> Iterator[Violation]:
    """Judge the days from the announcement until the change."""
    if entry.change is None or (entry.announced is None and entry.deprecated is None):
        return  # an addition that nobody announced is free
    what = f"{entry.subject} {'is deprecated' if entry.deprecated else 'changes'} on {entry.change}"
    do = "deprecate it" if entry.deprecated else "have it take effect"
    if entry.announced is None:
        by = entry.change - NOTICE
        if by >= on:
            advice = f"announce it by {by}, and say so in `announced`"
        else:
            advice = f"announce it, and {do} on {on + NOTICE} at the earliest"
        yield Violation("notice", "NEWS-1", entry, f"{what}, and nothing announces it; {advice}", max(by, on) + NOTICE)
        return
    earliest = entry.announced + NOTICE
    if entry.change < earliest:
        days = (entry.change - entry.announced).days
        told = f"{days} day{'' if abs(days) == 1 else 's'} after" if days >= 0 else "before"
        sentence = f"{what}, {told} its announcement on {entry.announced}; {do} on {earliest} at the earliest"
        yield Violation("notice", "NEWS-1", entry, sentence, earliest)


def _parallel(lifecycle: Lifecycle, entry: Entry) -> Iterator[Violation]:
    """Judge the months in which both are served, the old and the new."""
    if entry.sunset is None or entry.deprecated is None:
        return
    if entry.subject.kind is Kind.VERSION and entry.replacement is None:
        sentence = (
            f"{entry.subject} ends on {entry.sunset}, and nothing runs beside it; name the version that does, as "
            "`replacement`"
        )
        yield Violation("parallel-operation", "VER-3", entry, sentence)
        return
    start, since = entry.deprecated, "it is deprecated"
    successor = lifecycle.find(entry.replacement) or lifecycle.find(version_of(entry.replacement))
    if successor and successor.effective:
        start, since = successor.effective, f"{successor.subject} begins, which is to replace it"
    earliest = months_later(start, PARALLEL_MONTHS)
    if entry.sunset < earliest:
        sentence = (
            f"{entry.subject} ends on {entry.sunset}, less than {PARALLEL_MONTHS} calendar months after {start}, when "
            f"{since}; end it on {earliest} at the earliest"
        )
        yield Violation("parallel-operation", "VER-3", entry, sentence, earliest)


def _taken_back(entry: Entry, said: Sequence[tuple[str, Entry]]) -> Iterator[Violation]:
    """Judge what is said now by what releases said: an end comes no earlier, an announcement was made no earlier."""
    ends = [(each.sunset, version) for version, each in said if each.sunset]
    if entry.sunset and ends and entry.sunset < max(ends)[0]:
        promised, version = max(ends)
        sentence = (
            f"{entry.subject} ends on {entry.sunset}, and release {version} said {promised}, which people rely on; "
            f"end it on {promised} at the earliest"
        )
        yield Violation("sunset-moved", "NEWS-1", entry, sentence, promised)
    alike = [(version, each) for version, each in said if bool(each.deprecated) == bool(entry.deprecated)]
    told = [(each.announced, version) for version, each in alike if each.announced]
    if entry.announced and told and entry.announced < min(told)[0]:
        first, version = min(told)
        sentence = (
            f"{entry.subject} was announced on {entry.announced}, and release {version} said {first}; nobody can "
            f"announce in the past: write {first}"
        )
        yield Violation("announcement-moved", "NEWS-1", entry, sentence, first)


class _Contract:
    """Parts that are served and were released, beside what the lifecycle says of them."""

    def __init__(self, lifecycle: Lifecycle, document: dict[str, Any], releases: Sequence[Released], on: date) -> None:
        self._lifecycle, self._document, self._releases, self._on = lifecycle, document, releases, on

    def said(self, subject: Subject) -> list[tuple[str, Entry]]:
        """Return what releases said of a part, with their versions."""
        found = [(each.version, each.lifecycle.find(subject)) for each in self._releases if each.lifecycle]
        return [(version, entry) for version, entry in found if entry]

    def served(self, entry: Entry) -> Iterator[Violation]:
        """Judge whether a part is in the document while it is to be there, and no longer."""
        is_there = find(self._document, entry.subject) is not None
        ended = entry.sunset is not None and entry.sunset <= self._on
        if is_there and ended:
            sentence = (
                f"{entry.subject} ended on {entry.sunset}, and the document still has it; take it out, or tell a later "
                "`sunset`"
            )
            yield Violation("still-served", "NEWS-2", entry, sentence)
        if is_there or ended or (entry.effective and entry.effective > self._on):
            return
        version = self._last_with(entry.subject)
        if version is None:
            late = f"begins on {entry.effective}, and the document doesn't have it; add it, or tell a later `effective`"
            sentence = f"{entry.subject} {late if entry.effective else UNKNOWN}"
            yield Violation("unknown", "NEWS-2", entry, sentence)
        elif entry.sunset:
            sentence = (
                f"{entry.subject} is gone from the document, and ends on {entry.sunset} only (release {version} has "
                "it); put it back until then"
            )
            yield Violation("dropped", "VER-3", entry, sentence, entry.sunset)
        else:
            sentence = (
                f"{entry.subject} is gone from the document, and nothing said that it ends (release {version} has it); "
                "put it back, and announce its deprecation first"
            )
            yield Violation("dropped", "VER-2", entry, sentence)

    def replaced(self, entry: Entry) -> Iterator[Violation]:
        """Judge whether what is to be used instead is there, or to come."""
        other = entry.replacement
        if other is None or self._is_known(other) or self._lifecycle.find(version_of(other)):
            return
        sentence = (
            f"{entry.subject} is to be replaced by {other}, which is not in the document; correct the name, or give it "
            "an entry with the day on which it begins, as `effective`"
        )
        yield Violation("replacement", "NEWS-2", entry, sentence)

    def forgotten(self) -> Iterator[Violation]:
        """Judge parts that releases had entries of, and the lifecycle has none of any more."""
        kept = [entry for each in self._releases if each.lifecycle for entry in each.lifecycle.entries]
        last = {entry.subject: entry for entry in kept if not self._lifecycle.find(entry.subject)}
        return (each for entry in last.values() for each in self.served(entry) if each.rule == "dropped")

    def _is_known(self, subject: Subject) -> bool:
        return any((self._lifecycle.find(subject), find(self._document, subject), self._last_with(subject)))

    def _last_with(self, subject: Subject) -> str | None:
        """Return the last release that has a part, by its version."""
        having = [each.version for each in self._releases if find(each.document, subject)]
        return having[-1] if having else None


def _notes(lifecycle: Lifecycle, on: date) -> Iterator[str]:
    for entry in lifecycle.entries:
        version = version_of(entry.subject) if entry.subject.kind is not Kind.VERSION else None
        whole = lifecycle.find(version)
        outlives = whole is None or whole.sunset is None or (entry.sunset and whole.sunset > entry.sunset)
        if version and entry.sunset and entry.sunset > on and outlives:
            yield (
                f"{entry.place}: {entry.subject} ends on {entry.sunset} while {version} goes on, which the "
                f"documentation calls stable: `oneinvoice-spec diff` will tell a break; let it end with {version}."
            )
