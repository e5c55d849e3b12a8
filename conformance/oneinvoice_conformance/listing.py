"""Find the list of records in an answer, whatever stands round it, and tell records apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

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
)
_IDENTITY_NAMES = ("id", "uuid", "_id", "guid", "uid")
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


def unwrapped(record: Record) -> Record:
    """A record without the wrapper that some conventions put round it: `attributes`, or one object in another."""
    attributes = record.get("attributes")
    if isinstance(attributes, dict):
        return {**record, **attributes}
    if len(record) == 1:
        [inner] = record.values()
        if isinstance(inner, dict):
            return inner
    return record


def canonical(record: Any) -> str:
    """A text that is the same for equal JSON values."""
    return json.dumps(record, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def identities(records: Sequence[Record]) -> list[str]:
    """What tells the records of one organisation apart: an id where each has one, else the record as a whole."""
    for name in _IDENTITY_NAMES:
        if records and all(isinstance(record.get(name), (str, int)) for record in records):
            return [f"{name} {record[name]}" for record in records]
    return [canonical(record) for record in records]


def status_of(record: Record) -> str | None:
    """The record's own `status` in lower case, or None where it shows none in words."""
    status = record.get("status")
    return status.strip().lower() if isinstance(status, str) and status.strip() else None


def says_whose(record: Record) -> bool:
    """Whether something in the record (a name, a token) is hardly the same in two organisations by chance."""
    return any(
        len(text) >= 8 and not _DATE.match(text) and not _NUMBER.fullmatch(text) and not _WORD.fullmatch(text)
        for text in _texts(record)
    )


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[\d.,+-]+")
_WORD = re.compile(r"[a-z_]+")


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
