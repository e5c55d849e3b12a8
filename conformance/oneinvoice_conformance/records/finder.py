"""Find the list of records in an answer, in whatever envelope, and the fields of its records.

The documentation names no envelope, so that any is accepted. Candidates are the body itself, or the lists that its
objects hold, `_DEPTH` levels down at most; a list inside of a list belongs to a record, and what stands beside records
by its name, such as links and errors, is none of them. A single candidate is the list, and where all are empty it does
not matter which is. Of several it is the one that alone is named as the endpoint, else that alone has a usual name for
data (or has the same records as others of such names), else that alone holds objects while no other is empty. Where
that leaves more than one, `NoList` tells so: a guess might judge the wrong records. Then the operator says which it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from oneinvoice_conformance.records.long_json import Beginning

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
# What stands beside records: of HAL, JSON:API, GraphQL, search engines and tables.
_BESIDE_NAMES = frozenset(
    {
        "_links",
        "links",
        "link",
        "curies",
        "included",
        "errors",
        "warnings",
        "messages",
        "notices",
        "alerts",
        "facets",
        "aggregations",
        "filters",
        "sort",
        "columns",
        "meta",
        "_meta",
        "metadata",
    }
)
# What stands round a record beside a cursor, a score or an address: of Relay, of search engines, of FHIR.
_WRAPPERS = ("node", "_source", "resource")
IDENTITY_NAMES = ("id", "uuid", "_id", "guid", "uid")
# Where a status is an object: what software calls it, before what people do.
_STATUS_NAMES = ("code", "key", "slug", "value", "name", "id")
_ERROR_NAMES = frozenset({"error", "errors", "message", "messages", "detail", "details", "exception", "fault"})
_FAILURES = frozenset({"error", "fail", "failed", "failure"})  # of a status beside the data
# What stands round a list, and alone where a program leaves an empty one out.
_PAGING_NAMES = frozenset(
    {"total", "count", "limit", "offset", "page", "pages", "per_page", "size", "has_more", "next", "previous"}
)
_DEPTH = 4
ROOT = "$"  # path of the body itself


class ObjectValues(list[Any]):
    """Records that stand under names in an object, where the operator says that they are."""


class NoElements(list[Any]):
    """Empty list that stands as null or an empty object, or is left out, as some programs write one."""


class NoList(ValueError):
    """The answer holds no list of records, or several that could be it; its text says which, and what to do.

    `seen` is the text without that, `entry` the line in the file of --map that may say where the list is, if one may.
    """

    def __init__(self, seen: str, *, entry: str = "", ambiguous: bool = False) -> None:
        endpoint, *_ = entry.split(" ")
        remedy = f"; say in the file of --map where the {endpoint} are, such as {entry}" if entry else ""
        super().__init__(seen + remedy)
        self.seen = seen
        self.entry = entry
        self.ambiguous = ambiguous


def find_list(body: Any, endpoint: str, known: str | None = None) -> list[Record]:
    """Return the one list of objects in a JSON body: the body itself, or anywhere in its envelope.

    `known` is its path, if the operator says where it is: the names on the way, with dots between them. What stands
    there may be an object with a record under each name; its `ObjectValues` are returned, and of a long list its
    `Beginning`. Raises `NoList`.
    """
    items = _items(body, endpoint, known)
    if isinstance(items, NoElements):
        return items
    if not all(isinstance(item, dict) for item in items):
        raise NoList("the answer's list holds something other than objects")
    records = [unwrapped(item) for item in items]
    if isinstance(items, ObjectValues):
        return ObjectValues(records)
    return items.holding(records) if isinstance(items, Beginning) else records


def path_of_list(body: Any, endpoint: str, known: str | None = None) -> tuple[str, ...]:
    """Return the names on the way to the list that `find_list` finds; those known of it where there are none."""
    items = _items(body, endpoint, known)
    lists = [(path, each) for path, each in _lists(body, (), _DEPTH) if _BESIDE_NAMES.isdisjoint(path)]
    same = [path for path, each in lists if each is items] or [path for path, each in lists if each == items]
    return same[0] if same else ()


def _items(body: Any, endpoint: str, known: str | None) -> list[Any]:
    found = list(_lists(body, (), _DEPTH))
    objects = list(_objects(body, (), _DEPTH))
    records = [(path, list(value.values())) for path, value in objects if _holds_records(value)]
    candidates = [(path, items) for path, items in found if _BESIDE_NAMES.isdisjoint(path)]
    if known is not None:
        named = [items for path, items in found if _name(path) == known]
        named += [ObjectValues(value.values()) for path, value in objects if _name(path) == known]
        if named:
            return named[0]
        if candidates or records:
            seen = f"the answer holds no list at '{known}', where --map says that it is"
            raise NoList(seen, entry=_entry(candidates or records, endpoint), ambiguous=True)
    if not candidates:
        return _without_list(body, found, records, endpoint, known)
    if not any(items for _, items in candidates):
        return []  # whichever of them it is
    if len(candidates) > 1:
        candidates = _narrowed(candidates, endpoint)
    if len(candidates) > 1 and _hold_no_records(candidates):
        return []
    if len(candidates) > 1:
        names = ", ".join(_name(path) for path, _ in candidates)
        seen = f"the answer holds several lists ({names})"
        raise NoList(seen, entry=_entry(candidates, endpoint), ambiguous=True)
    return candidates[0][1]


def _without_list(
    body: Any, beside: Sequence[Candidate], objects: Sequence[Candidate], endpoint: str, known: str | None
) -> list[Any]:
    """Return the empty list that HAL leaves out, and others write otherwise.

    Raises `NoList` for anything else without a list.
    """
    if objects:
        names = ", ".join(f"'{_name(path)}'" for path, _ in objects)
        raise NoList(
            f"the answer holds no list, but an object with a record under each name ({names})",
            entry=_entry(objects, endpoint),
        )
    if isinstance(body, dict) and isinstance(body.get("_links"), dict) and "_embedded" not in body:
        return []
    if _is_without_elements(body, endpoint, known):
        return NoElements()
    if beside:
        names = ", ".join(f"'{_name(path)}'" for path, _ in beside)
        told = "which by its name stands" if len(beside) == 1 else "which by their names stand"
        seen = f"the answer holds no list but {names}, {told} beside records"
        raise NoList(seen, entry=_entry(beside, endpoint), ambiguous=True)
    raise NoList("the answer holds no list")


def _is_without_elements(body: Any, endpoint: str, known: str | None) -> bool:
    """Tell whether null or an empty object stands where a list would, or only paging round one, and no error."""
    if body is None:
        return True
    if not isinstance(body, dict) or any(body[name] for name in body.keys() & _ERROR_NAMES):
        return False
    if body.get("success") is False or str(body.get("status")).lower() in _FAILURES:
        return False
    if body.keys() <= _PAGING_NAMES:
        return True
    names = {endpoint, *_DATA_NAMES}
    blanks = _blanks(body, (), _DEPTH)
    return any(_name(path) == known or path[-1].rpartition(":")[2] in names for path in blanks)


def _blanks(value: Record, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    """Yield the paths of null and of empty objects."""
    for name, inner in value.items():
        if inner is None or inner == {}:
            yield (*path, name)
        elif isinstance(inner, dict) and depth > 1:
            yield from _blanks(inner, (*path, name), depth - 1)


def _entry(candidates: Sequence[Candidate], endpoint: str) -> str:
    return f"{endpoint} = {json.dumps(_name(candidates[0][0]), ensure_ascii=False)}"


def _name(path: tuple[str, ...]) -> str:
    return ".".join(path) or ROOT


def _lists(value: Any, path: tuple[str, ...], depth: int) -> Iterator[Candidate]:
    if isinstance(value, list):
        yield path, value
    elif isinstance(value, dict) and depth:
        for name, inner in value.items():
            yield from _lists(inner, (*path, name), depth - 1)


def _objects(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Record]]:
    """Yield the objects that hold nothing but objects, or nothing at all."""
    if isinstance(value, dict) and depth:
        if all(isinstance(inner, dict) for inner in value.values()):
            yield path, value
        for name, inner in value.items():
            yield from _objects(inner, (*path, name), depth - 1)


def _holds_records(value: Record) -> bool:
    """Tell whether an object holds a record under each name, which is its id or a number."""
    return bool(value) and all(
        name.isdecimal() or any(str(inner[each]) == name for each in IDENTITY_NAMES if each in inner)
        for name, inner in value.items()
    )


def _narrowed(candidates: list[Candidate], endpoint: str) -> list[Candidate]:
    """Return the only list of the endpoint's name, of a usual name, or of objects; all where none of these is alone."""
    named: tuple[Callable[[str], bool], ...] = (
        lambda name: name.rpartition(":")[2] == endpoint,  # HAL shortens the addresses in names to a prefix
        lambda name: name in _DATA_NAMES,
    )
    for is_name in named:
        kept = [(path, items) for path, items in candidates if is_name(path[-1])]
        if len(kept) == 1 or (kept and _hold_the_same(kept)):
            return kept[:1]
    kept = [(path, items) for path, items in candidates if items and all(isinstance(item, dict) for item in items)]
    # An empty one may be the list as well, and what is not to be the records in other answers too.
    return kept if len(kept) == 1 and all(items for _, items in candidates) else candidates


def _hold_the_same(candidates: Sequence[Candidate]) -> bool:
    """Tell whether the lists hold the same objects, but for what is round each, as edges and nodes of Relay do."""
    (_, first), *others = candidates
    if not all(isinstance(item, dict) for _, items in candidates for item in items):
        return False
    records = [unwrapped(item) for item in first]
    return all(records == [unwrapped(item) for item in items] for _, items in others)


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
            return {**{key: record[key] for key in IDENTITY_NAMES if key in record}, **inner}
    if len(record) == 1:
        [inner] = record.values()
        if isinstance(inner, dict):
            return inner
    return record


def status_of(record: Record) -> str | None:
    """Return the record's own `status` in lower case, or None where it shows none in words."""
    status = record.get("status")
    if isinstance(status, dict):
        texts = (status.get(name) for name in _STATUS_NAMES)
        status = next((text for text in texts if isinstance(text, str) and not text.isdecimal() and text), None)
    return status.strip().lower() if isinstance(status, str) and status.strip() else None


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
