"""Recognise what the documentation names in prose only (payment status, due date, signing info) by its words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from oneinvoice_conformance.records.finder import Record

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_]+")
_DEPTH = 6

Leaf = tuple[tuple[str, ...], Any]


@lru_cache(maxsize=4096)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name in any convention: `dueDate`, `due_date`, `due-date` and `DueDate` are `due date`."""
    return tuple(word.lower() for word in _WORDS.findall(name))


def leaves(value: Any, path: tuple[str, ...] = (), depth: int = _DEPTH) -> Iterator[Leaf]:
    """Yield (words of the path, value) for each value in a record that is not itself an object with something in it."""
    if isinstance(value, dict) and value and depth:
        for name, inner in value.items():
            yield from leaves(inner, (*path, *words(name)), depth - 1)
    elif isinstance(value, list) and value and depth:
        for inner in value:
            yield from leaves(inner, path, depth - 1)
    else:
        yield path, value


def blank(value: Any) -> bool:
    """Tell whether a value is null, or an empty text, list or object."""
    return value is None or value in ("", [], {}) or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True, slots=True)
class Names:
    """Words by which one concept of the documentation, such as a due date, is recognised.

    An entry matches a field whose path has all its words; one that begins with `=` matches only a field whose path
    has just these. A field that `says` matches is the concept; one that only `might` matches leaves it open. A path
    with a word of `without` never is. `values` are texts that mean the concept in any field.
    """

    says: tuple[str, ...]
    might: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    @classmethod
    def from_register(cls, names: Mapping[str, Sequence[str]], more: Sequence[str] = ()) -> Names:
        """Return the names of a row of the register, and `more` that the operator adds with `--map`."""
        others = (tuple(names.get(name, ())) for name in ("might", "without", "values"))
        return cls((*names.get("says", ()), *more), *others)

    def matching(self, record: Record) -> list[Leaf]:
        """Return the (path, value) of the fields that are the concept."""
        return [leaf for leaf in leaves(record) if _match(self.says, self.without, leaf[0])]

    def possible(self, record: Record) -> list[Leaf]:
        """Return the (path, value) of the fields that may be the concept, and hold something."""
        return [leaf for leaf in leaves(record) if _match(self.might, self.without, leaf[0]) and not blank(leaf[1])]


@lru_cache(maxsize=4096)
def _match(entries: tuple[str, ...], without: tuple[str, ...], path: tuple[str, ...]) -> bool:
    """Tell whether an entry matches the path, and no word of `without` is in it."""
    return not any(word in path for word in without) and any(_matches(entry, path) for entry in entries)


def _matches(entry: str, path: tuple[str, ...]) -> bool:
    """Tell whether the path has the entry's words, apart or run together as in `duedate`."""
    sought, joined = words(entry), "".join(words(entry))
    if entry.startswith("="):
        return path in (sought, (joined,))
    return set(sought) <= set(path) or joined in path
