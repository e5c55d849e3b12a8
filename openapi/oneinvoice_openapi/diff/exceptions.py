"""Approved exceptions: a person's word on one change, by its rule and pointer, for as long as it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.reading.source import Source, read_source
from oneinvoice_openapi.references import Unusable, joined

_WANTED = ("rule", "pointer", "reason", "owner", "expires")
_CLASSES = {"documentation": Level.DOCUMENTATION, "breaking": Level.BREAKING}


@dataclass(frozen=True)
class Approval:
    """Entry of the file: a break that is approved, or the class of a change that no rule can judge."""

    rule: str
    pointer: str
    reason: str
    owner: str
    expires: date
    level: Level
    line: int

    def covers(self, change: Change) -> bool:
        """Tell whether it is for this change; one without a class is for breaks alone, and one with it for no break."""
        wanted = Level.BREAKING if self.level is Level.APPROVED else Level.UNCLASSIFIED
        return (self.rule, self.pointer, wanted) == (change.rule, change.pointer, change.level)


@dataclass(frozen=True)
class Judgement:
    """Changes with their classes after all, and what is to be said of the exceptions."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def breaks(self) -> bool:
        """Tell whether something breaks, or may break, that nobody has approved."""
        return any(change.level in (Level.BREAKING, Level.UNCLASSIFIED) for change in self.changes)

    def count(self, level: Level) -> int:
        """Return how many changes are of a class."""
        return sum(change.level is level for change in self.changes)


def kept_exceptions() -> Path:
    """Return the path of the exceptions for the authored document."""
    return Path(str(PACKAGE.joinpath("exceptions.yaml")))


def read_approvals(content: bytes, name: str) -> list[Approval]:
    """Return the entries of a file. Raises `Unusable`."""
    source = read_source(content, name, "a file of exceptions: it needs `exceptions:` with a list")
    entries = source.document.get("exceptions")
    if not isinstance(entries, list) or source.document.keys() != {"exceptions"}:
        raise Unusable(f"{name} is not a file of exceptions: it needs `exceptions:` with a list, and nothing else.")
    return [_approval(source, entry, joined("/exceptions", i)) for i, entry in enumerate(entries)]


def judged(changes: Sequence[Change], approvals: Sequence[Approval], today: date) -> Judgement:
    """Return the changes as the exceptions that hold today have them."""
    notes, found = [], list(changes)
    for approval in approvals:
        covered = [i for i, change in enumerate(found) if approval.covers(change)]
        what = f"{approval.rule} at #{approval.pointer} (line {approval.line})"
        if not covered:
            notes.append(f"The exception for {what} meets no change; remove it.")
        elif approval.expires < today:
            notes.append(f"The exception for {what} expired on {approval.expires}; {approval.owner} decides anew.")
        else:
            for i in covered:
                reason = f"{approval.reason} ({approval.owner}, until {approval.expires})"
                found[i] = replace(found[i], level=approval.level, reason=reason)
    order = list(Level)
    return Judgement(tuple(sorted(found, key=lambda change: order.index(change.level))), tuple(notes))


def _approval(source: Source, entry: Any, pointer: str) -> Approval:
    place = source.at(pointer)
    if not isinstance(entry, dict):
        raise Unusable(f"{place} is no exception: it needs {', '.join(_WANTED)}.")
    missing = [key for key in _WANTED if not isinstance(entry.get(key), str) or not entry[key].strip()]
    if missing:
        raise Unusable(f"{place} is an exception without {' and '.join(missing)}; give it each as a text.")
    unknown = entry.keys() - {*_WANTED, "class"}
    if unknown:
        raise Unusable(f"{place} has {', '.join(sorted(unknown))}, which no exception has.")
    if entry.get("class", "documentation") not in _CLASSES:
        raise Unusable(f"{source.at(joined(pointer, 'class'))} is no class; write documentation or breaking.")
    try:
        expires = date.fromisoformat(entry["expires"])
    except ValueError:
        raise Unusable(f"{source.at(joined(pointer, 'expires'))} is no date; write it as 2027-03-31.") from None
    level = _CLASSES[entry["class"]] if "class" in entry else Level.APPROVED
    return Approval(
        entry["rule"], entry["pointer"].removeprefix("#"), entry["reason"], entry["owner"], expires, level,
        source.line(pointer),
    )  # fmt: skip
