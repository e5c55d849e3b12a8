"""Schemas as they apply: references followed, `allOf` folded, and keywords that say the same made alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_openapi.diff.reading.references import target
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import joined, steps

TYPES = frozenset({"null", "boolean", "object", "array", "number", "integer", "string"})
ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "deprecated", "externalDocs", "$comment", "default", "$defs"}
)
OPEN_ENUM = "x-extensible-enum"  # by which a document says that values may be added
_DEEPEST = 40  # levels, since schemas may come back to themselves
_LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
_UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
_SETS = ("pattern", "format", "multipleOf")
_SCHEMA = frozenset({"not", "contains", "propertyNames", "unevaluatedItems"})
_TYPED = {
    "string": {"minLength", "maxLength", "pattern"},
    "array": {"minItems", "maxItems", "uniqueItems"},
    "object": {"minProperties", "maxProperties"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}


@dataclass(frozen=True)
class Located:
    """Schema, where it stands, and a type to which it is narrowed here, if any."""

    schema: Any
    pointer: str
    only: str = ""


Node = tuple[Located, ...]
"""Schemas that apply together."""
Key = tuple[tuple[str, str], ...]
"""Identity of a node in its document."""


@dataclass
class View:
    """Keywords of a node, joined over all its schemas."""

    pointer: str
    types: frozenset[str] = TYPES
    enum: dict[str, Any] | None = None
    limits: dict[str, Any] = field(default_factory=dict)
    sets: dict[str, frozenset[Any]] = field(default_factory=dict)
    unique: bool = False
    properties: dict[str, Node] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    additional: Node = ()
    items: Node = ()
    unions: list[tuple[str, str, list[Node]]] = field(default_factory=list)
    others: dict[str, list[Located]] = field(default_factory=dict)
    annotations: dict[str, list[Any]] = field(default_factory=dict)
    spots: dict[str, str] = field(default_factory=dict)

    @property
    def closed(self) -> bool:
        """Tell whether an object may have no other members than those that are named."""
        return any(each.schema is False for each in self.additional)

    @property
    def open_enum(self) -> bool:
        """Tell whether the document says that values may be added."""
        return any(each is True for each in self.annotations.get(OPEN_ENUM, ()))

    def spot(self, keyword: str) -> str:
        """Return where a keyword stands, or the schema if it has none."""
        return self.spots.get(keyword, self.pointer)

    @property
    def is_union_alone(self) -> bool:
        """Tell whether one union is all that constrains a value."""
        return (
            len(self.unions) == 1
            and self.types == TYPES
            and self.enum is None
            and not any((self.limits, self.sets, self.properties, self.required, self.additional, self.items))
            and not self.others
        )


def key_of(node: Node) -> Key:
    """Return the identity of a node."""
    return tuple((each.pointer, each.only) for each in node)


def json_key(value: Any) -> str:
    """Return a text that is the same for values that JSON Schema takes for equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{json_key(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(json_key, value)) + "]"
    return json.dumps(value)


def type_of(value: Any) -> str:
    """Return the type that JSON Schema has for a value."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    if isinstance(value, int | float):
        return "integer" if float(value).is_integer() else "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


class Schemas:
    """Schemas of one document."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._views: dict[Key, View] = {}
        self._digests: dict[tuple[Key, int], str] = {}

    def view(self, node: Node) -> View:
        """Return what holds for a node."""
        key = key_of(node)
        if key not in self._views:
            self._views[key] = self._joined(node)
        return self._views[key]

    def component(self, node: Node) -> str:
        """Return the name of the schema that a node refers to, be it beside null; empty if there is none."""
        way = steps(_reference(node[0].schema) if len(node) == 1 else "")
        return way[2] if len(way) == 3 and way[:2] == ("components", "schemas") else ""

    def has_component(self, name: str) -> bool:
        """Tell whether the document has a schema of a name."""
        return name in self.source.document["components"]["schemas"]

    def canonical(self, node: Node, depth: int = _DEEPEST) -> str:
        """Return a digest that is equal for nodes that hold the same down to a depth, whatever their annotations."""
        if depth == 0:
            return ""
        key = (key_of(node), depth)
        if key not in self._digests:
            content = self._content(self.view(node), depth - 1)
            self._digests[key] = hashlib.sha256(json_key(content).encode()).hexdigest()
        return self._digests[key]

    def _content(self, view: View, depth: int) -> dict[str, Any]:
        unions = [[kind, sorted(self.canonical(each, depth) for each in nodes)] for kind, _, nodes in view.unions]
        return {
            "types": sorted(view.types),
            "enum": None if view.enum is None else sorted(view.enum),
            "limits": [[keyword, view.limits[keyword]] for keyword in sorted(view.limits)],
            "sets": [[keyword, sorted(map(str, view.sets[keyword]))] for keyword in sorted(view.sets)],
            "unique": view.unique,
            "properties": {name: self.canonical(inner, depth) for name, inner in view.properties.items()},
            "required": sorted(view.required),
            "additional": self.canonical(view.additional, depth) if view.additional else "",
            "items": self.canonical(view.items, depth) if view.items else "",
            "unions": sorted(unions),
            "others": {keyword: self.plain(keyword, view, depth) for keyword in view.others},
        }

    def plain(self, keyword: str, view: View, depth: int = _DEEPEST) -> list[Any]:
        """Return the canonical values of a keyword that has no rule of its own."""
        found: list[Any] = []
        for each in view.others[keyword]:
            value, pointer = each.schema, each.pointer
            if keyword in _SCHEMA:
                found.append(self.canonical((each,), depth))
            elif keyword == "if":
                above = pointer.removesuffix("/if")
                found.append({k: self.canonical((Located(v, joined(above, k)),), depth) for k, v in value.items()})
            elif keyword == "prefixItems":
                found.append([self.canonical((Located(v, joined(pointer, i)),), depth) for i, v in enumerate(value)])
            elif keyword in ("patternProperties", "dependentSchemas"):
                found.append({k: self.canonical((Located(v, joined(pointer, k)),), depth) for k, v in value.items()})
            else:
                found.append(value)
        return sorted(found, key=json_key)

    def _joined(self, node: Node) -> View:
        parts, nullable = self._folded([part for each in node for part in self._parts(each)])
        view = View(node[0].pointer if node else "")
        for part in parts:
            for keyword, value in _with_conditions(part.schema).items():
                _join(view, part.pointer, keyword, value)
        if nullable:
            view.types |= {"null"}
            if view.enum is not None:
                view.enum["null"] = None
        _restrict(view)
        return view

    def _parts(self, each: Located) -> list[Located]:
        """Return schemas without `$ref`, `allOf` and unions of one that hold together what the schema holds."""
        schema = each.schema
        if not isinstance(schema, dict):
            return [] if schema is True else [Located({"enum": []}, each.pointer)]
        parts, rest = [Located({"type": each.only}, each.pointer)] if each.only else [], dict(schema)
        if "$ref" in rest:
            parts += self._parts(Located(*target(self.source, rest.pop("$ref"))))
        for i, inner in enumerate(rest.pop("allOf", ())):
            parts += self._parts(Located(inner, joined(each.pointer, "allOf", i)))
        for keyword in ("anyOf", "oneOf"):
            if len(rest.get(keyword, ())) == 1:
                parts += self._parts(Located(rest.pop(keyword)[0], joined(each.pointer, keyword, 0)))
        return [*parts, Located(rest, each.pointer)] if rest else parts

    def _folded(self, parts: list[Located]) -> tuple[list[Located], bool]:
        """Have a union of one schema and null say what a list of types says."""
        holding = [part for part in parts if _constraints(part.schema)]
        if len(holding) != 1 or (keys := _constraints(holding[0].schema)) not in ({"anyOf"}, {"oneOf"}):
            return parts, False
        [keyword] = keys
        branches = holding[0].schema[keyword]
        others = [i for i, branch in enumerate(branches) if not _is_null(branch)]
        if len(others) != 1 or len(branches) != 2:
            return parts, False
        inner = self._parts(Located(branches[others[0]], joined(holding[0].pointer, keyword, others[0])))
        if any(part.schema.keys() & {"anyOf", "oneOf", "if", "not"} for part in inner):
            return parts, False
        if keyword == "oneOf" and "null" in _types(inner):
            return parts, False  # null is both, and so is not valid
        rest = {key: value for key, value in holding[0].schema.items() if key != keyword}
        return [*(part for part in parts if part is not holding[0]), *inner, Located(rest, holding[0].pointer)], True


def _reference(schema: Any) -> str:
    """Return the one reference of a schema, or an empty text."""
    if not isinstance(schema, dict):
        return ""
    if "$ref" in schema:
        return str(schema["$ref"])
    several = [each for word in ("allOf", "anyOf", "oneOf") for each in schema.get(word, ()) if not _is_null(each)]
    return _reference(several[0]) if len(several) == 1 else ""


def _with_conditions(schema: dict[str, Any]) -> dict[str, Any]:
    """Have `if` hold what it decides on, which says nothing without it."""
    condition = {key: schema[key] for key in ("if", "then", "else") if key in schema}
    rest = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
    return rest | {"if": condition} if "if" in condition else rest


def _types(parts: list[Located]) -> frozenset[str]:
    """Return the types of schemas that hold together."""
    view = View("")
    for part in parts:
        for keyword in ("type", "enum", "const"):
            if keyword in part.schema:
                _join(view, part.pointer, keyword, part.schema[keyword])
    _restrict(view)
    return view.types


def _constraints(schema: dict[str, Any]) -> set[str]:
    return {key for key in schema if key not in ANNOTATIONS and not key.startswith("x-")}


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and (
        schema.get("type") == "null" or schema.get("enum") == [None] or schema.get("const", ...) is None
    )


def _join(view: View, pointer: str, keyword: str, value: Any) -> None:
    """Add a keyword of one schema to what holds already."""
    spot = joined(pointer, keyword)
    view.spots.setdefault(keyword, spot)
    if keyword in ANNOTATIONS or keyword.startswith("x-"):
        view.annotations.setdefault(keyword, []).append(value)
    elif keyword == "type":
        types = set(value if isinstance(value, list) else [value])
        view.types &= types | ({"integer"} if "number" in types else set())
    elif keyword in ("enum", "const"):
        values = {json_key(each): each for each in (value if keyword == "enum" else [value])}
        view.enum = values if view.enum is None else {k: v for k, v in view.enum.items() if k in values}
        view.spots["enum"] = spot
    elif keyword in _LOWER or keyword in _UPPER:
        strictest = max if keyword in _LOWER else min
        view.limits[keyword] = strictest(value, view.limits.get(keyword, value))
    elif keyword in _SETS:
        view.sets[keyword] = view.sets.get(keyword, frozenset()) | {value}
    elif keyword == "uniqueItems":
        view.unique = view.unique or value
    elif keyword == "required":
        for i, name in enumerate(value):
            view.required.setdefault(name, joined(spot, i))
    else:
        _join_schemas(view, spot, keyword, value)


def _join_schemas(view: View, spot: str, keyword: str, value: Any) -> None:
    if keyword == "properties":
        for name, inner in value.items():
            view.properties[name] = (*view.properties.get(name, ()), Located(inner, joined(spot, name)))
    elif keyword == "items":
        view.items += () if value in (True, {}) else (Located(value, spot),)
    elif keyword == "additionalProperties" or (keyword == "unevaluatedProperties" and isinstance(value, bool)):
        view.additional += () if value in (True, {}) else (Located(value, spot),)
        view.spots["additionalProperties"] = spot
    elif keyword in ("anyOf", "oneOf"):
        branches: list[Node] = [(Located(inner, joined(spot, i)),) for i, inner in enumerate(value)]
        view.unions.append((keyword, spot, branches))
    else:
        view.others.setdefault(keyword, []).append(Located(value, spot))


def _restrict(view: View) -> None:
    """Leave out what says nothing of the types that are left, and limits that limit nothing."""
    if view.enum is not None:
        view.enum = {key: value for key, value in view.enum.items() if type_of(value) in view.types}
        view.types = frozenset(map(type_of, view.enum.values()))
    for type_, keywords in _TYPED.items():
        if type_ not in view.types and not (type_ == "number" and "integer" in view.types):
            for keyword in keywords:
                view.limits.pop(keyword, None)
                view.sets.pop(keyword, None)
    if "object" not in view.types:
        view.properties, view.required, view.additional = {}, {}, ()
    if "array" not in view.types:
        view.items, view.unique = (), False
    if "string" not in view.types and not view.types & {"number", "integer"}:
        view.sets.pop("format", None)
    for keyword in ("minLength", "minItems", "minProperties"):
        if view.limits.get(keyword) == 0:
            del view.limits[keyword]
    if not view.types & {"number"} and "integer" in view.types:
        _whole(view)


def _whole(view: View) -> None:
    """Write exclusive bounds of whole numbers as inclusive ones."""
    for exclusive, inclusive, step in (("exclusiveMinimum", "minimum", 1), ("exclusiveMaximum", "maximum", -1)):
        bound = view.limits.get(exclusive)
        if bound is not None and float(bound).is_integer():
            del view.limits[exclusive]
            strictest = max if step == 1 else min
            view.limits[inclusive] = strictest(int(bound) + step, view.limits.get(inclusive, int(bound) + step))
            view.spots[inclusive] = view.spots[exclusive]
