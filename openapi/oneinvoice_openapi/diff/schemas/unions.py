"""Alternatives of two unions: which is which."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_openapi.diff.schemas.views import TYPES, Node, Schemas, View, json_key


def matched(
    old: Schemas, new: Schemas, before: list[Node], after: list[Node]
) -> tuple[list[tuple[Node, Node]], list[Node], list[Node]]:
    """Return the alternatives that are the same or of the same name, those that are gone, and those that are new."""
    pairs, left = [], list(after)
    rest = []
    for node in before:
        text = old.canonical(node)
        same = next((each for each in left if new.canonical(each) == text), None)
        if same is None:
            rest.append(node)
        else:
            pairs.append((node, same))
            left.remove(same)
    if len(rest) == len(left) == 1:
        return [*pairs, (rest[0], left[0])], [], []
    gone = []
    for node in rest:
        names = _names(old, node)
        same = next((each for each in left if names & _names(new, each)), None)
        if same is None:
            gone.append(node)
        else:
            pairs.append((node, same))
            left.remove(same)
    return pairs, gone, left


def split(view: View, node: Node) -> list[Node]:
    """Return a schema of several types as alternatives of one type each."""
    types = view.types - ({"integer"} if "number" in view.types else set())
    if view.types == TYPES or view.enum is not None or len(types) < 2 or len(node) != 1:
        return [node]
    return [(replace(node[0], only=each),) for each in sorted(types)]


def _names(schemas: Schemas, node: Node) -> set[str]:
    """Return what an alternative may be known by: its reference, its title, or the constants of its properties."""
    schema, view = node[0].schema, schemas.view(node)
    names = {f"title {each}" for each in view.annotations.get("title", ())}
    if isinstance(schema, dict) and "$ref" in schema:
        names.add(str(schema["$ref"]))
    for name, inner in view.properties.items():
        values = schemas.view(inner).enum
        if values is not None and len(values) == 1:
            names.add(f"{name} {json_key(next(iter(values.values())))}")
    if view.types & {"object", "array"} == set() and view.enum is None and len(view.types) <= 2:
        names.add(f"type {sorted(view.types)}")
    return names
