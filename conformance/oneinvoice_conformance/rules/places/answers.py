"""Places in answers at which a failure shows, as JSON Pointers (RFC 6901), and what stands there in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.records.finder import NoList, Record
from oneinvoice_conformance.records.identity import identity_name
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import Names, words
from oneinvoice_conformance.session.pages import Page
from oneinvoice_conformance.wording import counted

_LONGEST = 280  # characters of a value
_DEPTH = 8

Path = tuple[str | int, ...]


def pointer(path: Iterable[str | int]) -> str:
    """Return the JSON Pointer of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def told(value: Any) -> str:
    """Return a value as JSON, cut after `_LONGEST` characters."""
    text = canonical(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def told_record(record: Record, endpoint: str) -> str:
    """Return the id of a record, or else the record."""
    name = identity_name([record], endpoint)
    return told(record) if name is None else f"{name} {told(record[name])}"


def list_pointer(exchange: Exchange) -> str:
    """Return the pointer to the list in an answer; empty where there is none."""
    with suppress(NotJSON, NoList):
        return pointer(exchange.listing.path)
    return ""


def record_pointer(exchange: Exchange, index: int, *names: str) -> str:
    """Return the pointer to a record of the list by its index, or to the field in it that one of the names is of.

    A name is as `find_field` takes it. Where the record has no such field, that of the first name is pointed at.
    """
    path: Path = (*exchange.listing.path, index)
    if not names:
        return pointer(path)
    inside = _inside(exchange.json(), path)
    found = (each for name in names for each, _ in _fields(inside) if each[-1] == name)
    return pointer((*path, *next(found, names[:1])))


def concept_pointer(exchange: Exchange, index: int, concept: tuple[str, ...]) -> str:
    """Return the pointer to the field of a record whose path is in these words; to the record without such a one."""
    path: Path = (*exchange.listing.path, index)
    for each, _ in _fields(_inside(exchange.json(), path)):
        if tuple(word for part in each if isinstance(part, str) for word in words(part)) == concept:
            return pointer((*path, *each))
    return pointer(path)


def text_pointer(value: Any, text: str) -> str:
    """Return the pointer to the first text in a JSON value that holds a text; empty without any."""
    found = (path for path, each in _fields(value) if isinstance(each, str) and text in each)
    return pointer(next(found, ()))


def pointer_to(value: Any, part: Any) -> str:
    """Return the pointer to a part of a JSON value, which is the very same object; empty where it isn't there."""
    return pointer(next((path for path, each in _fields(value) if each is part), ()))


def located(exchanges: Sequence[Exchange], record: Record) -> tuple[Exchange, int] | None:
    """Return the answer that lists a record, and its index; None if none of them does."""
    for exchange in exchanges:
        with suppress(NotJSON, NoList):
            for index, each in enumerate(exchange.records()):
                if each is record or each == record:
                    return exchange, index
    return None


def at_record(
    finding: Finding, exchanges: Sequence[Exchange], record: Record, expected: str, seen: str, *names: str
) -> Finding:
    """Return the finding with the place of a record, or of its field of one of the names."""
    place = located(exchanges, record)
    if place is None:
        return finding
    exchange, index = place
    return finding.at(exchange, record_pointer(exchange, index, *names), expected, _within(seen, record, names))


def at_field(
    finding: Finding, exchanges: Sequence[Exchange], record: Record, names: Names, expected: str, seen: Any = None
) -> Finding:
    """Return the finding with the place of the record's field that is a concept, and has the value `seen` if any."""
    place = located(exchanges, record)
    leaves = [(path, value) for path, value in names.matching(record) if seen is None or value == seen]
    if place is None or not leaves:
        return finding
    (exchange, index), (path, value) = place, leaves[0]
    return finding.at(exchange, concept_pointer(exchange, index, path), expected, _within(told(value), record, path))


def at_length(finding: Finding, page: Page, expected: str) -> Finding:
    """Return the finding with the list of a page as its place, which has too few or too many records."""
    exchange = page.exchange
    return finding.at(exchange, list_pointer(exchange), expected, counted(len(page), exchange.request.endpoint))


def at_status(finding: Finding, exchange: Exchange, expected: str) -> Finding:
    """Return the finding with the status of an answer as its place."""
    return finding.at(exchange, "status", expected, exchange.outcome)


def at_body(finding: Finding, exchange: Exchange, expected: str) -> Finding:
    """Return the finding with the body of an answer as its place."""
    begin = " ".join(exchange.body.read(4 * _LONGEST).decode("utf-8", "replace").split())
    return finding.at(exchange, "", expected, begin[:_LONGEST] or "nothing")


def _within(seen: str, record: Record, names: Sequence[str]) -> str:
    """Return what was seen, of a field with the record round it: what else that shows may be the reason."""
    return f"{seen}, in {told(record)}" if names else seen


def _inside(value: Any, path: Path) -> Any:
    """Return what stands in a value at a path, as far as it is kept; None if it isn't."""
    for part in path:
        try:
            value = value[part]
        except (LookupError, TypeError):
            return None
    return value


def _fields(value: Any, path: Path = (), depth: int = _DEPTH) -> Iterator[tuple[Path, Any]]:
    """Yield the path and value of everything within a JSON value, that of an object before what is deeper."""
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    inner = list(pairs)
    yield from (((*path, name), each) for name, each in inner)
    if depth:
        for name, each in inner:
            yield from _fields(each, (*path, name), depth - 1)
