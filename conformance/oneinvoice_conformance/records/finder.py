"""Find the list of records in an answer, whatever stands round it, and tell records apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import Any

from oneinvoice_conformance.records.json_text import canonical

Record = dict[str, Any]

_DATA_NAMES = (
    "data",
    "items",
    "results",
    "records",
    "rows",
    "entries",
    "content",
    "list",
    "value",
    "values",
    "_embedded",
    "payload",
    "docs",
    "elements",
    "hits",  # of search engines
    "edges",  # of Relay
    "nodes",
    "entry",  # of FHIR
)
# What stands round a record beside a cursor, a score or an address: of Relay, of search engines, of FHIR.
_WRAPPERS = ("node", "_source", "resource")
_IDENTITY_NAMES = ("id", "uuid", "_id", "guid", "uid")
_OWN_IDENTITY_NAMES = ("id", "uuid", "guid", "uid", "number", "no", "nr", "ref", "reference", "key", "code")
# Where a status is an object: what software calls it, before what people do.
_STATUS_NAMES = ("code", "key", "slug", "value", "name", "id")
_DEPTH = 4


class NoList(ValueError):
    """The answer holds no list of records, or several that could be it; its text says which."""

    def __init__(self, text: str, *, ambiguous: bool = False) -> None:
        super().__init__(text)
        self.ambiguous = ambiguous


def find_list(body: Any, endpoint: str) -> list[Record]:
    """The one list of objects in a JSON body: the body itself, or anywhere in its envelope. Raises `NoList`."""
    found = list(_lists(body, (), _DEPTH))
    if not found:
        raise NoList("the answer holds no list")
    if not any(items for _, items in found):
        return []  # whichever of them it is
    if len(found) > 1:
        found = _likeliest(found, endpoint)
    if len(found) > 1 and _only_texts(found):
        return []
    if len(found) > 1:
        names = ", ".join(".".join(path) for path, _ in found)
        raise NoList(f"the answer holds several lists ({names})", ambiguous=True)
    [(_, items)] = found
    if not all(isinstance(item, dict) for item in items):
        raise NoList("the answer's list holds something other than objects")
    return [unwrapped(item) for item in items]


def _lists(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], list[Any]]]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield from _lists(inner, (*path, name), depth - 1)


def _likeliest(
    found: list[tuple[tuple[str, ...], list[Any]]], endpoint: str
) -> list[tuple[tuple[str, ...], list[Any]]]:
    """Narrow several lists down: by the endpoint's name, by the usual names, by holding objects."""
    for keep in (
        lambda path, items: path[-1] == endpoint,
        lambda path, items: path[-1] in _DATA_NAMES,
        lambda path, items: bool(items) and all(isinstance(item, dict) for item in items),
    ):
        kept = [(path, items) for path, items in found if keep(path, items)]
        if len(kept) == 1:
            return kept
    return found


def _only_texts(found: list[tuple[tuple[str, ...], list[Any]]]) -> bool:
    """Whether what stands beside an empty list is no records but texts or numbers, such as messages."""
    full = [items for _, items in found if items]
    return len(full) < len(found) and not any(isinstance(item, (dict, list)) for items in full for item in items)


def unwrapped(record: Record) -> Record:
    """A record without the wrapper that some conventions put round it: `attributes`, or one object in another."""
    attributes = record.get("attributes")
    if isinstance(attributes, dict):
        return {**record, **attributes}
    for name in _WRAPPERS:
        inner = record.get(name)
        if isinstance(inner, dict) and "status" not in record:
            return {**{own: record[own] for own in _IDENTITY_NAMES if own in record}, **inner}
    if len(record) == 1:
        [inner] = record.values()
        if isinstance(inner, dict):
            return inner
    return record


def identities(records: Sequence[Record], endpoint: str) -> list[str]:
    """What tells the records of one organisation apart: an id where each has one, else the record as a whole."""
    name = identity_name(records, endpoint)
    return [canonical(record) if name is None else f"{name} {record[name]}" for record in records]


def identity_name(records: Sequence[Record], endpoint: str) -> str | None:
    """The field that is the id of each record: `id` and the like, or the endpoint's own, such as `memberNo`."""
    own = [name for name in (records[0] if records else ()) if _is_own_identity(name, endpoint)]
    for name in (*_IDENTITY_NAMES, *own):
        if records and all(isinstance(record.get(name), (str, int)) for record in records):
            return name
    return None


def _is_own_identity(name: str, endpoint: str) -> bool:
    # An invoice may have the number of its quote beside its own.
    one = endpoint.removesuffix("s")
    plain = re.sub(r"[\W_]", "", name).lower()
    return plain.startswith(one) and plain.removeprefix(one) in _OWN_IDENTITY_NAMES


def unsteady(records: Sequence[Record], others: Sequence[Record], endpoint: str) -> tuple[str, ...]:
    """The one or two fields that make records without an id look like new ones beside the same ones read before.

    A cursor or the number of a row differs with the query; without it most records that seem to be new are known, and
    what is left tells most records apart. There is none where records have an id.
    """
    whole = {canonical(other) for other in others}
    new = [record for record in records if canonical(record) not in whole]
    if not new or identity_name(others, endpoint) is not None:
        return ()
    names = [name for name in new[0] if name != "status"]
    for fields in chain(combinations(names, 1), combinations(names, 2)):
        known = {_without(other, fields) for other in others}
        again = sum(_without(record, fields) in known for record in new)
        if again * 2 > len(new) and len(known) * 2 > len(whole):
            return fields
    return ()


def _without(record: Record, fields: Sequence[str]) -> str:
    return canonical({name: value for name, value in record.items() if name not in fields})


def status_of(record: Record) -> str | None:
    """The record's own `status` in lower case, or None where it shows none in words."""
    status = record.get("status")
    if isinstance(status, dict):
        told = (status.get(name) for name in _STATUS_NAMES)
        status = next((text for text in told if isinstance(text, str) and not text.isdecimal() and text), None)
    return status.strip().lower() if isinstance(status, str) and status.strip() else None


def says_whose(record: Record, endpoint: str) -> bool:
    """Whether something in the record (a token, an address) is hardly the same in two organisations by chance.

    A name is, unless an id is equal too.
    """
    common = _COMMON if identity_name([record], endpoint) else (*_COMMON, _NAME)
    return any(len(text) >= 8 and not any(form.fullmatch(text) for form in common) for text in _texts(record))


_COMMON = (re.compile(r"\d{4}-\d{2}-\d{2}.*", re.DOTALL), re.compile(r"[\d.,+-]+"), re.compile(r"[a-z_]+"))
_NAME = re.compile(r"[^\W\d_]+(?:[ '.-]+[^\W\d_]+){0,3}")  # of people and firms, of which there are many alike


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def find_field(record: Record, name: str) -> list[Any]:
    """The values that stand under exactly that name, the record's own first, else deeper ones."""
    if name in record:
        return [record[name]]
    return list(_deeper(record, name))


def _deeper(value: Any, name: str) -> Iterator[Any]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict) and name in inner:
            yield inner[name]
        yield from _deeper(inner, name)
