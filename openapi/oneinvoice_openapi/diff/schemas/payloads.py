"""Messages of a schema: the simplest, and for each place in it those at the edges of what is valid.

They come in the same order on every machine, and each but the first differs from it at one place. `other` is what the
same place has in the other version, whose edges count too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs

from oneinvoice_openapi.diff.schemas.texts import FORMATS, PLAIN, of_pattern
from oneinvoice_openapi.diff.schemas.unions import matched
from oneinvoice_openapi.diff.schemas.views import TYPES, Key, Located, Node, Schemas, View, json_key, key_of, type_of

MOST = 400  # of a node
_MOST_VISITED = 5000  # nodes of one message, which double at each level in some
_LONGEST_TEXT, _LONGEST_LIST = 5000, 300
_UNKNOWN = "x_unknown_member"
_ANY: tuple[Any, ...] = ("text", 7, True, None, 1.5, {}, [])


class Payloads:
    """Messages that one version takes for valid."""

    def __init__(self, schemas: Schemas, others: Schemas) -> None:
        self._schemas, self._others = schemas, others
        self._checks: dict[Key, Callable[[Any], bool]] = {}
        self._visited = 0

    def values(self, node: Node, other: Node, above: tuple[Key, ...] = ()) -> list[Any]:
        """Return values of a node, the simplest first; none if it can't be told which are valid."""
        view, key = self._schemas.view(node), key_of(node)
        self._visited = self._visited + 1 if above else 1
        if key in above or len(above) > 30 or self._visited > _MOST_VISITED:
            return _shortest(view)
        above = (*above, key)
        hint = self._others.view(other) if other else View("")
        if view.enum is not None:
            return list(view.enum.values())
        if view.unions:
            return self._of_unions(view, hint, other, above)
        found = [value for type_ in _order(view) for value in self._of_type(type_, view, hint, key, above)]
        return _distinct(found)

    def _of_unions(self, view: View, hint: View, other: Node, above: tuple[Key, ...]) -> list[Any]:
        _, _, branches = view.unions[0]
        others = hint.unions[0][2] if hint.unions else [other] if other else []
        pairs, gone, _ = matched(self._schemas, self._others, branches, others)
        hints = {key_of(one): pair for one, pair in pairs} | {key_of(one): () for one in gone}
        frame: list[dict[str, Any]] = [{}]
        if view.properties or view.required:
            frame = self._objects(view, hint, above) or [{}]
        found = []
        for branch in branches:
            for value in self.values(branch, hints.get(key_of(branch), ()), above):
                found.append({**frame[0], **value} if isinstance(value, dict) else value)
                if isinstance(value, dict) and len(found) == 1:
                    found += [{**each, **value} for each in frame[1:]]
        return _distinct(found)

    def _of_type(self, type_: str, view: View, hint: View, key: Key, above: tuple[Key, ...]) -> list[Any]:
        if type_ == "object":
            return self._objects(view, hint, above)
        if type_ == "array":
            return self._arrays(view, hint, above)
        fixed: dict[str, list[Any]] = {"null": [None], "boolean": [True, False]}
        if type_ in fixed:
            return fixed[type_]
        candidates = list(_texts(view, hint)) if type_ == "string" else list(_numbers(view, hint, type_ == "number"))
        if key not in self._checks:
            self._checks[key] = _check(view)
        return [value for value in _distinct(candidates) if self._checks[key](value)]

    def _objects(self, view: View, hint: View, above: tuple[Key, ...]) -> list[Any]:
        inner = {
            name: self.values(node, hint.properties.get(name, ()), above) for name, node in view.properties.items()
        }
        inner |= {name: ["text", 7] for name in view.required if name not in inner}
        names = [name for name in inner if name in view.required]
        if any(not inner[name] for name in names):
            return []
        base = {name: inner[name][0] for name in names}
        optional = [name for name in inner if name not in view.required and inner[name]]
        least = view.limits.get("minProperties", 0)
        for name in optional[: max(0, least - len(base))]:
            base[name] = inner[name][0]
        for i in range(min(least, _LONGEST_LIST) - len(base)):
            base[f"{_UNKNOWN}_{i}"] = "text"
        found = [base]
        if optional:
            found.append(base | {name: inner[name][0] for name in optional})
        for name, values in inner.items():
            found += [base | {name: value} for value in (values[1:] if name in base else values)]
        if not view.closed:
            node = view.additional or (Located(True, view.pointer + "/*"),)
            members = self.values(node, hint.additional, above) if view.additional else ["text"]
            found += [base | {_UNKNOWN: value} for value in members]
            for count in {hint.limits.get("maxProperties", 0) + 1, view.limits.get("maxProperties", 0)}:
                if len(base) < count <= _LONGEST_LIST and members:
                    found.append(base | {f"{_UNKNOWN}_{i}": members[0] for i in range(count - len(base))})
        return found

    def _arrays(self, view: View, hint: View, above: tuple[Key, ...]) -> list[Any]:
        items = self.values(view.items, hint.items, above) if view.items else ["text", 7]
        least, most = view.limits.get("minItems", 0), view.limits.get("maxItems")
        base = _list(items, max(1, least) if most != 0 else 0, view.unique)
        if base is None:
            return [[]] if least == 0 else []
        found = [base, *([value, *base[1:]] for value in items[1:])]
        other_least, other_most = hint.limits.get("minItems", 0), hint.limits.get("maxItems")
        for count in (0, least, other_least - 1, most, None if other_most is None else other_most + 1, 2):
            if count is not None and least <= count <= min(_LONGEST_LIST, _LONGEST_LIST if most is None else most):
                found += [each for unique in (True, view.unique) if (each := _list(items, count, unique)) is not None]
        return found


def _order(view: View) -> list[str]:
    """Return the types of which values are made, the most telling first."""
    if view.types == TYPES:
        first = "object" if view.properties or view.required or view.additional else "array" if view.items else "string"
    else:
        first = next((each for each in ("object", "array", "string", "number", "integer") if each in view.types), "")
    rest = ("string", "integer", "number", "object", "array", "boolean", "null")
    return [*([first] if first else []), *(each for each in rest if each in view.types and each != first)]


def _shortest(view: View) -> list[Any]:
    """Return a value without the schemas inside, where these come back to themselves."""
    if view.enum is not None:
        return list(view.enum.values())[:1]
    if "null" in view.types:
        return [None]
    if "array" in view.types and not view.limits.get("minItems"):
        return [[]]
    return [{}] if "object" in view.types and not view.required and not view.unions else []


def _list(items: list[Any], count: int, unique: bool) -> list[Any] | None:
    if count == 0:
        return []
    if unique and count > 1:
        items = _distinct(items, composed=True)
    if not items or (unique and count > len(items)):
        return _made_distinct(items, count)
    return items[:count] if unique else [items[0]] * count


def _made_distinct(items: list[Any], count: int) -> list[Any] | None:
    """Return items that differ by a number in one of their texts, if they have any."""
    if items and isinstance(items[0], str):
        return [f"{items[0]}{i}" for i in range(count)]
    if items and isinstance(items[0], dict):
        name = next((name for name, value in items[0].items() if isinstance(value, str)), None)
        return name and [{**items[0], name: f"{items[0][name]}{i}"} for i in range(count)]
    return None


def _samples(view: View) -> Iterator[Any]:
    for keyword in ("example", "default"):
        yield from view.annotations.get(keyword, ())
    for values in view.annotations.get("examples", ()):
        yield from values


def _texts(view: View, hint: View) -> Iterator[str]:
    yield from (each for each in _samples(view) if isinstance(each, str))
    for format_ in sorted(view.sets.get("format", ())):
        yield from FORMATS.get(format_, ())
    for pattern in sorted(view.sets.get("pattern", ())):
        yield from of_pattern(pattern)
    least, most = view.limits.get("minLength", 0), view.limits.get("maxLength")
    yield from (text for text in PLAIN if least <= len(text) and (most is None or len(text) <= most))
    edges = {least, least + 1, most, hint.limits.get("minLength", 0) - 1, 200}
    edges |= {hint.limits["maxLength"] + 1} if "maxLength" in hint.limits else set()
    yield from ("a" * edge for edge in sorted(e for e in edges if e is not None and 0 <= e <= _LONGEST_TEXT))
    for format_ in sorted(hint.sets.get("format", ())):
        yield from FORMATS.get(format_, ())
    yield from (str(each) for each in hint.enum.values() if isinstance(each, str)) if hint.enum else ()


def _numbers(view: View, hint: View, fractions: bool) -> Iterator[Any]:
    yield from (each for each in _samples(view) if type_of(each) in ("integer", "number"))
    edges: list[Any] = [1, 0, 2, -1, 1000, 2**31, 2**53]
    for limits in (view.limits, hint.limits):
        for keyword in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"):
            if keyword in limits:
                edges += [limits[keyword], limits[keyword] + 1, limits[keyword] - 1]
    for each in (*view.sets.get("multipleOf", ()), *hint.sets.get("multipleOf", ())):
        edges += [each, each * 2, each * 3]
    steps = view.sets.get("multipleOf")
    if steps:
        edges += [edge * each for each in steps for edge in (1, 2, 3, 5, 7, 10)]
    yield from edges
    if fractions:
        yield from (edge + half for edge in edges[:20] for half in (0.5, -0.25))


def _check(view: View) -> Callable[[Any], bool]:
    """Return a test of one text or number by the keywords that a view has for it."""
    schema: dict[str, Any] = {"type": sorted(view.types), **view.limits}
    held = [{keyword: value} for keyword, values in view.sets.items() for value in sorted(values)]
    if held:
        schema["allOf"] = held
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid


def _distinct(values: list[Any], composed: bool = False) -> list[Any]:
    """Return the first of values, without those that are there before; composed ones are looked at where asked for."""
    found: dict[Any, Any] = {}
    for value in values[: 2 * MOST]:
        is_plain = composed or not isinstance(value, dict | list)
        found.setdefault(json_key(value) if is_plain else len(found), value)
    return list(found.values())[:MOST]
