"""Notice of the changes in a release: whether the lifecycle says that each was announced early enough."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from datetime import date

from oneinvoice_openapi.diff.changes import Change, Level, Place
from oneinvoice_openapi.lifecycle.entries import NOTICE, Entry, Kind, Lifecycle, Subject
from oneinvoice_openapi.references import joined
from oneinvoice_openapi.register import register

_DEPRECATING = "deprecated-changed"
_REQUIREMENT = "NEWS-1"


def missing_notice(changes: Sequence[Change], lifecycle: Lifecycle, on: date) -> list[str]:
    """Return a sentence for each change that a release on that day would bring without notice.

    What breaks needs an announcement 30 days before, whether an exception approves it or not, and waits for the day
    that was announced. What deprecates needs one by then, with a day that comes 30 days after it. An addition needs
    none: the documentation doesn't say so, and the register accepts any answer to the question (NEWS-1).
    """
    clause = register()[_REQUIREMENT].clause
    return [
        f"{_told(change, place)}: {reason}. {_REQUIREMENT} (“{clause}”)"
        for change in changes
        if _is_deprecating(change) or change.level in (Level.BREAKING, Level.APPROVED)
        for place in _places(change)
        if (reason := _missing(change, place, lifecycle, on))
    ]


def _is_deprecating(change: Change) -> bool:
    return change.rule == _DEPRECATING and not change.what.endswith("removed")


def _missing(change: Change, place: Place, lifecycle: Lifecycle, on: date) -> str | None:
    """Return why a change has no notice at a place, or None if it has."""
    deprecating = _is_deprecating(change)
    entries = [each for each in lifecycle.entries if _covers(each.subject, change, place)]
    announced = [each for each in entries if each.announced and each.change]
    if not announced:
        day = "`deprecated`" if deprecating else "`effective` (or `deprecated` and `sunset`, if it goes away)"
        return (
            f"nothing announces it; announce it, and give it an entry in the lifecycle with `announced` and {day}, "
            f"{on + NOTICE} at the earliest"
        )
    first, entry = min(((_first(each, deprecating), each) for each in announced), key=lambda pair: pair[0])
    if first <= on:
        return None
    return (
        f"{entry.place} ({entry.subject}) announces it on {entry.announced} for "
        f"{entry.change if deprecating else entry.sunset or entry.change}; release it on {first} at the earliest"
    )


def _first(entry: Entry, deprecating: bool) -> date:
    """Return the first day of a release that what an entry announces gives time for."""
    assert entry.announced is not None
    assert entry.change is not None
    earliest = entry.announced + NOTICE
    if deprecating:
        # The document says it from the announcement on, for the day that was announced.
        return entry.announced if entry.change >= earliest else earliest
    return max(earliest, entry.sunset or entry.change)


def _places(change: Change) -> Iterator[Place]:
    """Yield the places that a change reaches, each operation of a path for itself."""
    for place in (change.place, *change.also):
        methods, space, path = place.subject.rpartition(" ")
        for method in methods.split(", ") if space else [""]:
            yield Place(f"{method}{space}{path}", place.part, place.from_clients)


def _covers(subject: Subject, change: Change, place: Place) -> bool:
    """Tell whether a part has the change in it."""
    pointers = [spot.pointer for spot in (change.old, change.new) if spot]
    match subject.kind:
        case Kind.VERSION:
            path = place.subject.rpartition(" ")[2]
            return path == subject.path or path.startswith(f"{subject.path}/")
        case Kind.OPERATION:
            return place.subject == subject.name
        case Kind.PARAMETER:
            return " parameter " in place.part and f"{place.subject} {place.part.split()[-1]}" == subject.name
        case Kind.EVENT:
            return place.subject == f"webhook {subject.name}"
        case Kind.FIELD:
            schema, _, name = subject.name.partition(".")
            before, after = joined("/components/schemas", schema), joined("/properties", name)
            form = rf"{re.escape(before)}(/(allOf|anyOf|oneOf)/[0-9]+)*{re.escape(after)}(/.*)?"
            return any(re.fullmatch(form, pointer) for pointer in pointers)
        case Kind.STATUS:
            schema, value = subject.name.split(" ")
            listed = joined("/components/schemas", schema, "enum")
            return listed in pointers and f"value {json.dumps(value)} " in change.what


def _told(change: Change, place: Place) -> str:
    return " ".join(filter(None, (place.subject, place.part, change.path, change.what)))
