"""Comparison of an answer with what the lifecycle has it say on a day.

It is reckoned from the entries alone, and shares nothing with the server that it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import quote, urlsplit

from oneinvoice_openapi.lifecycle.entries import LAST_DAY, Entry, Kind, Lifecycle
from oneinvoice_openapi.lifecycle.simulation.served import Served, deprecation_day, links, sunset_day

_GONE = 410


def entries_of(lifecycle: Lifecycle, operation: str) -> list[Entry]:
    """Return the entries of an operation such as `GET /api/v1`: its own, and its version's."""
    path = operation.partition(" ")[2]
    return [
        each
        for each in lifecycle.entries
        if (each.subject.kind is Kind.OPERATION and each.subject.name == operation)
        or (each.subject.kind is Kind.VERSION and f"{path}/".startswith(f"{each.subject.path}/"))
    ]


def begins_later(lifecycle: Lifecycle, operation: str, on: date) -> bool:
    """Tell whether an operation, or its version, takes effect after a day only."""
    return any(each.effective and each.effective > on for each in entries_of(lifecycle, operation))


def differences(lifecycle: Lifecycle, operation: str, served: Served, on: date, base: str) -> list[str]:
    """Return what an answer has other than the lifecycle says, as ends of sentences that begin with the operation.

    `base` is the URL below which it was asked for.
    """
    told = [each for each in entries_of(lifecycle, operation) if each.deprecated and _is_told(each, on)]
    first = min(told, key=lambda each: (each.sunset or LAST_DAY, each.deprecated), default=None)
    if first is None:
        return list(_untold(lifecycle, operation, served, on))
    status = [] if begins_later(lifecycle, operation, on) else _status(first, served, on)
    if served.deprecation is None and served.sunset is None:
        end = f" and its end on {first.sunset}" if first.sunset else ""
        return [*status, f"says nothing of its deprecation on {first.deprecated}{end}"]
    return [*status, *_days(first, served), *_pointers(operation, first, served, on, base)]


def _is_told(entry: Entry, on: date) -> bool:
    since = entry.announced or entry.deprecated
    return (since is not None and since <= on) or _has_ended(entry, on)


def _has_ended(entry: Entry, on: date) -> bool:
    return entry.sunset is not None and entry.sunset <= on


def _untold(lifecycle: Lifecycle, operation: str, served: Served, on: date) -> Iterator[str]:
    """Judge an answer on a day on which nothing is to be said of an end."""
    if served.status != 200 and not begins_later(lifecycle, operation, on):
        yield f"answers {served.status}, and it is to be served"
    later = [each for each in entries_of(lifecycle, operation) if each.deprecated]
    announced = next((each.announced or each.deprecated for each in later), None)
    reason = f"is told from {announced} on only" if announced else "is told by nothing in the lifecycle"
    for name, value in (("Deprecation", served.deprecation), ("Sunset", served.sunset)):
        if value is not None:
            yield f"has {name}: {_shown(value)}, which {reason}"


def _status(entry: Entry, served: Served, on: date) -> Iterator[str]:
    if _has_ended(entry, on):
        if served.status != _GONE:
            yield f"answers {served.status}, and it ended on {entry.sunset}; it is to answer 410"
    elif served.status != 200:
        end = f" until {entry.sunset}" if entry.sunset else ""
        yield f"answers {served.status}, and it is to be served{end}"


def _days(entry: Entry, served: Served) -> Iterator[str]:
    yield from _day("Deprecation", served.deprecation, entry.deprecated, deprecation_day)
    yield from _day("Sunset", served.sunset, entry.sunset, sunset_day)


def _day(name: str, value: str | None, right: date | None, parse: Callable[[str], date]) -> Iterator[str]:
    if value is None:
        if right is not None:
            yield f"has no {name}, which is to be {right}"
        return
    try:
        day = parse(value)
    except ValueError as error:
        yield f"has {name}: {_shown(value)}, which {error}"
        return
    if right is None:
        yield f"has {name}: {day}, and the lifecycle has no such day"
    elif day != right:
        yield f"has {name}: {day}, which is to be {right}"


def _pointers(operation: str, entry: Entry, served: Served, on: date, base: str) -> Iterator[str]:
    """Judge where people are sent: to the page, and to what is to be used instead."""
    found = links(served.link, base + operation.partition(" ")[2])
    if entry.link:
        for relation in ("deprecation", "sunset") if entry.sunset else ("deprecation",):
            if entry.link not in found.get(relation, ()):
                yield f'has no Link with rel="{relation}" to {entry.link}'
    path = entry.replacement.path if entry.replacement else ""
    if not path:
        return
    if "{" in path:  # it is no address that a Link can have
        if _has_ended(entry, on) and path not in served.detail:
            yield f"doesn't say what is used instead, which is {path}"
    elif urlsplit(base + quote(path)).path not in [urlsplit(each).path for each in found.get("successor-version", ())]:
        yield f'has no Link with rel="successor-version" to {path}'


def _shown(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:60]}…"
