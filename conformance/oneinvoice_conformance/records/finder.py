"""Find the list of records in an answer, in whatever envelope, and tell records apart.

The documentation names no envelope, so that any is accepted. Candidates are the body itself, or the lists that its
objects hold, `_DEPTH` levels down at most; a list inside of a list belongs to a record. A single candidate is the list,
and where all are empty it does not matter which is. Of several it is the one that alone is named as the endpoint, else
that alone has a usual name for data, else that alone holds objects. Where that leaves more than one, `NoList` tells so:
a guess might judge the wrong records.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import Any

from oneinvoice_conformance.records.json_text import canonical

Record = dict[str, Any]
Candidate = tuple[tuple[str, ...], list[Any]]  # the path to a list, and the list

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
_PREFIXED_IDENTITY_NAMES = ("id", "uuid", "guid", "uid", "number", "no", "nr", "ref", "reference", "key", "code")
# Where a status is an object: what software calls it, before what people do.
_STATUS_NAMES = ("code", "key", "slug", "value", "name", "id")
_DEPTH = 4


class NoList(ValueError):
    """The answer holds no list of records, or several that could be it; its text says which."""

    def __init__(self, text: str, *, ambiguous: bool = False) -> None:
        super().__init__(text)
        self.ambiguous = ambiguous


def find_list(body: Any, endpoint: str) -> list[Record]:
    """Return the one list of objects in a JSON body: the body itself, or anywhere in its envelope. Raises `NoList`."""
    candidates = list(_lists(body, (), _DEPTH))
    if not candidates:
        raise NoList("the answer holds no list")
    if not any(items for _, items in candidates):
        return []  # whichever of them it is
    if len(candidates) > 1:
        candidates = _narrowed(candidates, endpoint)
    if len(candidates) > 1 and _hold_no_records(candidates):
        return []
    if len(candidates) > 1:
        names = ", ".join(".".join(path) for path, _ in candidates)
        raise NoList(f"the answer holds several lists ({names})", ambiguous=True)
    [(_, items)] = candidates
    if not all(isinstance(item, dict) for item in items):
        raise NoList("the answer's list holds something other than objects")
    return [unwrapped(item) for item in items]


def _lists(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Candidate]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield from _lists(inner, (*path, name), depth - 1)


def _narrowed(candidates: list[Candidate], endpoint: str) -> list[Candidate]:
    """Return the only list of the endpoint's name, of a usual name, or of objects; all where none of these is alone."""
    for keep in (
        lambda path, items: path[-1] == endpoint,
        lambda path, items: path[-1] in _DATA_NAMES,
        lambda path, items: bool(items) and all(isinstance(item, dict) for item in items),
    ):
        kept = [(path, items) for path, items in candidates if keep(path, items)]
        if len(kept) == 1:
            return kept
    return candidates


def _hold_no_records(candidates: list[Candidate]) -> bool:
    """Tell whether one list is empty and the others hold texts or numbers alone, such as messages."""
    full = [items for _, items in candidates if items]
    return len(full) < len(candidates) and not any(isinstance(item, (dict, list)) for items in full for item in items)


def unwrapped(record: Record) -> Record:
    """Return a record without the wrapper that some conventions have: `attributes`, or one object in another."""
    attributes = record.get("attributes")
    if isinstance(attributes, dict):
        return {**record, **attributes}
    for name in _WRAPPERS:
        inner = record.get(name)
        if isinstance(inner, dict) and "status" not in record:
            return {**{key: record[key] for key in _IDENTITY_NAMES if key in record}, **inner}
    if len(record) == 1:
        [inner] = record.values()
        if isinstance(inner, dict):
            return inner
    return record


def identities(records: Sequence[Record], endpoint: str) -> list[str]:
    """Return what tells the records of one organisation apart: their ids if each has one, else canonical texts."""
    name = identity_name(records, endpoint)
    return [canonical(record) if name is None else f"{name} {record[name]}" for record in records]


def identity_name(records: Sequence[Record], endpoint: str) -> str | None:
    """Return the field that is the id of each record: `id` and the like, or the endpoint's own, such as `memberNo`."""
    prefixed = [name for name in (records[0] if records else ()) if _is_prefixed_identity(name, endpoint)]
    for name in (*_IDENTITY_NAMES, *prefixed):
        if records and all(isinstance(record.get(name), (str, int)) for record in records):
            return name
    return None


def _is_prefixed_identity(name: str, endpoint: str) -> bool:
    """Tell whether a name is the endpoint's in the singular and that of an identity, such as `memberNo`."""
    # An invoice may have the number of its quote beside its own.
    singular = endpoint.removesuffix("s")
    plain = re.sub(r"[\W_]", "", name).lower()
    return plain.startswith(singular) and plain.removeprefix(singular) in _PREFIXED_IDENTITY_NAMES


def volatile_fields(records: Sequence[Record], others: Sequence[Record], endpoint: str) -> tuple[str, ...]:
    """Return the one or two fields that alone differ between two readings of the same records, which have no id.

    A cursor or the number of a row differs with the query. Without such fields most `records` that seem to be new are
    among the `others`, and the rest of the fields still tells most records apart. Where records have an id, only that
    may be such a field: then it is none.
    """
    texts = {canonical(other) for other in others}
    new = [record for record in records if canonical(record) not in texts]
    if not new:
        return ()
    identity = identity_name(others, endpoint)
    names = [identity] if identity else [name for name in new[0] if name != "status"]
    for fields in chain(combinations(names, 1), combinations(names, 2)):
        rests = {_without(other, fields) for other in others if not identity or is_distinctive(other, endpoint)}
        repeated = sum(_without(record, fields) in rests for record in new)
        if repeated * 2 > len(new) and len(rests) * 2 > len(texts):
            return fields
    return ()


def _without(record: Record, fields: Sequence[str]) -> str:
    return canonical({name: value for name, value in record.items() if name not in fields})


def status_of(record: Record) -> str | None:
    """Return the record's own `status` in lower case, or None where it shows none in words."""
    status = record.get("status")
    if isinstance(status, dict):
        texts = (status.get(name) for name in _STATUS_NAMES)
        status = next((text for text in texts if isinstance(text, str) and not text.isdecimal() and text), None)
    return status.strip().lower() if isinstance(status, str) and status.strip() else None


def is_distinctive(record: Record, endpoint: str) -> bool:
    """Tell whether the record holds a text (a token, an address) that two organisations hardly share by chance.

    The name of a person or a firm is none, unless the record has an id too.
    """
    common = _COMMON_TEXTS if identity_name([record], endpoint) else (*_COMMON_TEXTS, _PROPER_NAME)
    return any(len(text) >= 8 and not any(form.fullmatch(text) for form in common) for text in _texts(record))


_COMMON_TEXTS = (re.compile(r"\d{4}-\d{2}-\d{2}.*", re.DOTALL), re.compile(r"[\d.,+-]+"), re.compile(r"[a-z_]+"))
_PROPER_NAME = re.compile(r"[^\W\d_]+(?:[ '.-]+[^\W\d_]+){0,3}")  # of people and firms, of which there are many alike


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
    """Return the values that stand under exactly that name, the record's own first, else deeper ones."""
    if name in record:
        return [record[name]]
    return list(_deeper(record, name))


def _deeper(value: Any, name: str) -> Iterator[Any]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict) and name in inner:
            yield inner[name]
        yield from _deeper(inner, name)
