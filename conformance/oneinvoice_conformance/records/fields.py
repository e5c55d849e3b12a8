"""The fields of JSON answers and their types, counted, without any value.

A field's path is written `data[].customer.name`; `[].id` where the answer is a bare list, and `$` for its root. A name
that a path can't hold as it is stands in quotes, as in JSON.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from oneinvoice_conformance.records.finder import status_of, unwrapped
from oneinvoice_conformance.records.json_text import HugeNumber, canonical
from oneinvoice_conformance.records.long_json import Beginning, Elements

ROOT = "$"
MOST_FIELDS = 200  # of an endpoint; what most of its answers and records have comes first
_MOST_COUNTED = 1_000  # paths of an endpoint, of which those are kept
_LONGEST = 64  # characters of a name or a status
_MOST_STATUSES = 12  # of an endpoint's records
_DEPTH = 8
_PLAIN_NAME = re.compile(r"(?!\$$)[\w$@:-]+")
_LAST = re.compile(r'\[\]$|\.?(?:"(?:[^"\\]|\\.)*"|[^."\[\]]+)$')
_WORD = re.compile(r"[\w$@:.-]*")
_NUMBERED = re.compile(r"\D{3,}\d{1,2}")  # such as line2
_CURRENCY = re.compile(r"[A-Z]{3}")
_KINDS = {
    dict: "object",
    list: "array",
    Elements: "array",
    Beginning: "array",
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    HugeNumber: "number",
}
TYPES = (*dict.fromkeys(_KINDS.values()), "null")

Counts = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Field:
    """Field at a path: how many values it had, by the status of the record that they are in, and by their type.

    Values of the same record count once however often it was listed, and those outside of records once for each
    different answer; the status then is "", as it is in a record without. `parents` is how many could
    have it.
    """

    path: str
    parents: int
    counts: Counts

    @property
    def seen(self) -> int:
        """Number of parents that have it."""
        return sum(sum(by_type.values()) for by_type in self.counts.values())

    @property
    def always(self) -> bool:
        return self.seen == self.parents

    @property
    def types(self) -> tuple[str, ...]:
        """The types that were seen, null among them."""
        return tuple(sorted({name for by_type in self.counts.values() for name in by_type}))

    def by_status(self, *types: str) -> Counter[str]:
        """Return the number of values of these types, by the status of the record."""
        return Counter({status: sum(by_type.get(name, 0) for name in types) for status, by_type in self.counts.items()})

    def as_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads."""
        return {
            "path": self.path,
            "types": list(self.types),
            "seen": self.seen,
            "of": self.parents,
            "by_status": {status: dict(by_type) for status, by_type in self.counts.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Field:
        """Make a field of what `as_json` gave."""
        return cls(content["path"], content["of"], content["by_status"])


def fields_of(bodies: Iterable[Any]) -> dict[str, Field]:
    """Return the fields of these answers of one endpoint by path, each after its parent."""
    walk = _FieldCounter()
    for body in bodies:
        walk.count(ROOT, body, None, _DEPTH)
    return _bounded(_fields(walk.counts))


@lru_cache(maxsize=4096)
def parent(path: str) -> str:
    """Return the path of a field's parent."""
    return _LAST.sub("", path) or ROOT


def name_of(path: str) -> str:
    """Return the field's own name, `[]` for what stands in a list."""
    match = _LAST.search(path)
    name = match[0].removeprefix(".") if match else path
    return str(json.loads(name)) if name.startswith('"') else name


def keyed_by_data(name: str) -> bool:
    """Tell whether a name is probably data and not a field's: an id, a date, a currency, an address, a text."""
    if len(name) > _LONGEST or _WORD.fullmatch(name) is None or _CURRENCY.fullmatch(name):
        return True
    return any(map(str.isdigit, name)) and _NUMBERED.fullmatch(name) is None


class _FieldCounter:
    """Counter of the values at each path, by the record's status and by type."""

    def __init__(self) -> None:
        self.counts: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self._counted: set[int] = set()

    def count(self, path: str, value: Any, status: str | None, depth: int) -> None:
        """Count a value and all inside of it. Outside of records `status` is None."""
        if path not in self.counts and len(self.counts) >= _MOST_COUNTED:
            return
        self.counts[path][status or "", _KINDS.get(type(value), "null")] += 1
        if not depth:
            return
        if isinstance(value, dict):
            in_list = path.endswith("[]")
            for name, inner in value.items():
                if below := _field_path(path, name, in_list):
                    self.count(below, inner, status, depth - 1)
        elif isinstance(value, list):
            for item in value:
                if status is not None or self._is_new(path, item):
                    self.count(_item_path(path), item, _status(item) if status is None else status, depth - 1)

    def _is_new(self, path: str, item: Any) -> bool:
        try:
            counted = hash((path, canonical(item)))  # of records there may be many, and each has a long text
        except RecursionError:
            return False
        new = counted not in self._counted
        self._counted.add(counted)
        return new


@lru_cache(maxsize=4096)
def _field_path(path: str, name: str, in_list: bool) -> str | None:
    """Return the path of a field in an object; None where its name may be data, outside of a record's own fields."""
    if len(name) > _LONGEST or (not in_list and keyed_by_data(name)):
        return None
    written = name if _PLAIN_NAME.fullmatch(name) else json.dumps(name, ensure_ascii=False)
    return written if path == ROOT else f"{path}.{written}"


def _item_path(path: str) -> str:
    return "[]" if path == ROOT else f"{path}[]"


def _status(item: Any) -> str:
    return (status_of(unwrapped(item)) or "")[:_LONGEST] if isinstance(item, dict) else ""


def _fields(counts: Mapping[str, Counter[tuple[str, str]]]) -> dict[str, Field]:
    """Return fields with the most frequent statuses: one in free words would make as many as there are records."""
    statuses: Counter[str] = Counter()
    for counted in counts.values():
        for (status, _type), count in counted.items():
            statuses[status] += count
    kept = {status for status, _ in statuses.most_common(_MOST_STATUSES)} | {""}
    fields: dict[str, Field] = {}
    for path, counted in counts.items():
        by_status: dict[str, dict[str, int]] = {}
        for (status, name), count in counted.items():
            if status in kept:
                by_status.setdefault(status, {})[name] = count
        fields[path] = _field(path, by_status, fields)
    return {path: field for path, field in fields.items() if field.counts}


def _field(path: str, by_status: Counts, before: Mapping[str, Field]) -> Field:
    if path == ROOT or path.endswith("[]"):
        return Field(path, Field(path, 0, by_status).seen, by_status)
    return Field(path, before[parent(path)].by_status("object").total(), by_status)


def _bounded(fields: Mapping[str, Field]) -> dict[str, Field]:
    """Return the `MOST_FIELDS` that most parents have; rare ones are often keys that are data."""
    share: dict[str, float] = {}
    for path, each in fields.items():
        limit = 1.0 if path == ROOT else share[parent(path)]
        share[path] = min(limit, each.seen / each.parents)
    kept = sorted(fields, key=lambda path: -share[path])[:MOST_FIELDS]
    return {path: fields[path] for path in fields if path in set(kept)}
