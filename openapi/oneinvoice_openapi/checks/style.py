"""Rules of style: a document that keeps them is good to read and to generate from; each problem says how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from oneinvoice_openapi.contract import METHODS
from oneinvoice_openapi.references import Path, Place, nodes, pointer, resolved

_SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PROBLEM = "application/problem+json"
_OPEN = ("additionalProperties", "unevaluatedProperties")


def faults_of_style(document: dict[str, Any], place: Place) -> list[str]:
    """Return a sentence for each rule that is broken somewhere."""
    rules = (_operations, _properties, _open_objects, _narrowed, _patterns, _errors, _unused)
    return [f"{place(path)} {told}" for rule in rules for path, told in rule(document)]


def _operations(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for kind in ("paths", "webhooks"):
        for name, item in (document.get(kind) or {}).items():
            for method in METHODS:
                if method not in (item or {}):
                    continue
                path: Path = (kind, name, method)
                for word in ("summary", "description"):
                    if not item[method].get(word):
                        yield path, f"has no {word}; write one, by which readers know what it is for."
                id = item[method].get("operationId") or ""
                if not _SNAKE_CASE.fullmatch(id):
                    yield path, f"has the operationId {id!r}; generators name functions by it: write it in snake_case."


def _properties(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, schema in nodes(document):
        for name in _dict(schema, "properties"):
            here = (*path, "properties", name)
            node: Any = schema["properties"][name]
            described = isinstance(node, dict) and node.get("description")
            if not described and isinstance(node, dict) and "$ref" in node:
                described = _dict_of(resolved(document, here)[1]).get("description")
            if not described:
                yield here, "has no description; write one, there or where its $ref leads."


def _open_objects(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, schema in nodes(document):
        kind = schema.get("type")
        is_object = kind == "object" or (isinstance(kind, list) and "object" in kind) or _is_schema_of_object(schema)
        if is_object and not any(word in schema for word in _OPEN):
            yield path, "doesn't say whether it is open; write `unevaluatedProperties: true`, or false to close it."


def _is_schema_of_object(schema: dict[str, Any]) -> bool:
    return isinstance(schema.get("properties"), dict) and "type" not in schema


def _narrowed(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, schema in nodes(document):
        seen: set[str] = set()
        for index in range(len(_list(schema, "allOf"))):
            names = _dict(resolved(document, (*path, "allOf", index))[1], "properties")
            for name in names:
                if name in seen:
                    told = "is a property of the base too, which generators can't merge; have it in one of them alone."
                    yield (*path, "allOf", index, "properties", name), told
            seen.update(names)


def _patterns(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for path, schema in nodes(document):
        if isinstance(schema.get("format"), str) and isinstance(schema.get("pattern"), str):
            yield path, "has a format and a pattern, which generators can't apply to the same value; leave one out."


def _errors(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    for name, item in (document.get("paths") or {}).items():
        for method in METHODS:
            for status in _dict((item or {}).get(method), "responses"):
                if status != "default" and status[:1] not in ("4", "5"):
                    continue
                path, response = resolved(document, ("paths", name, method, "responses", status))
                if list(_dict(response, "content")) != [_PROBLEM]:
                    yield path, f"is an error that is not {_PROBLEM} alone; give it that content, as the others have."


def _unused(document: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    used = {node["$ref"] for _, node in nodes(document) if isinstance(node.get("$ref"), str)}
    within = {reference.rpartition("/properties/")[0] for reference in used if "/properties/" in reference}
    named = {name for _, node in nodes(document) for needed in _list(node, "security") for name in _dict_of(needed)}
    for kind, components in (document.get("components") or {}).items():
        for name in components if isinstance(components, dict) else ():
            path = ("components", kind, name)
            if name in named if kind == "securitySchemes" else pointer(path) in used | within:
                continue
            yield path, "is used by nothing; leave it out, or refer to it."


def _dict(node: Any, word: str) -> dict[str, Any]:
    return _dict_of(_dict_of(node).get(word))


def _list(node: dict[str, Any], word: str) -> list[Any]:
    inner = node.get(word)
    return inner if isinstance(inner, list) else []


def _dict_of(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}
