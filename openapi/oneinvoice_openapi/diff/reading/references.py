"""References of a document: followed, and refused where they lead nowhere."""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from oneinvoice_openapi.diff.reading.source import Source
from oneinvoice_openapi.references import Unusable, at, joined, nodes, steps

_MOST_IN_PLACE = 2000  # schemas that hold for one value
_IN_PLACE = ("allOf", "anyOf", "oneOf", "if", "then", "else", "not")


def checked(source: Source) -> Source:
    """Return a document that can be walked without a surprise. Raises `Unusable`."""
    _check_version(source)
    for error in _shape().iter_errors(source.document):
        pointer = joined("", *error.instance_path)
        raise Unusable(f"{source.at(pointer)} is not OpenAPI 3.1: {' '.join(error.message.split()):.200}.")
    for pointer, reference in _references(source.document, ""):
        _check_reference(source, pointer, reference)
    for pointer, value in _values(source.document, ""):
        if "schema" in value:
            _check_schema(source, joined(pointer, "schema"), value["schema"])
        if re.fullmatch(r"/components/schemas/[^/]+", pointer):
            _check_schema(source, pointer, value)
    for pointer, value in _values(source.document, ""):
        if any(key in value for key in ("$ref", *_IN_PLACE)):
            _check_loop(source, pointer, value, (), itertools.count(1))
    return source


def resolved(source: Source, value: Any, pointer: str) -> tuple[Any, str]:
    """Return what a reference leads to, or what stands there itself, with its place."""
    while isinstance(value, dict) and isinstance(value.get("$ref"), str):
        value, pointer = target(source, value["$ref"])
    return value, pointer


def target(source: Source, reference: str) -> tuple[Any, str]:
    """Return what stands at `#/…`, and its pointer."""
    way = steps(reference)
    return at(source.document, way), joined("", *way)


def _check_version(source: Source) -> None:
    document, wanted = source.document, "documents of OpenAPI 3.1 are compared."
    if "swagger" in document:
        raise Unusable(f"{source.at('/swagger')} is OpenAPI {document['swagger']}; {wanted}")
    if "openapi" not in document:
        raise Unusable(f"{source.name} is not an OpenAPI document: it needs `openapi: 3.1.x` at the top.")
    version = str(document["openapi"])
    if not re.fullmatch(r"3\.1(\.\d+)?", version):
        raise Unusable(f"{source.at('/openapi')} is OpenAPI {version:.40}; {wanted}")


@cache
def _shape() -> jsonschema_rs.Draft202012Validator:
    """Return the validator of OpenAPI's own schema, read without importing the package around it, which takes long."""
    found = importlib.util.find_spec("openapi_spec_validator")
    assert found is not None
    assert found.submodule_search_locations
    folder = Path(found.submodule_search_locations[0])
    text = (folder / "resources" / "schemas" / "v3.1" / "schema.json").read_text("utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def _values(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping in which keywords stand, and whose members are no data."""
    return ((joined(pointer, *path), node) for path, node in nodes(value))


def _references(document: Any, start: str) -> Iterator[tuple[str, Any]]:
    for pointer, value in _values(document, start):
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in value:
                yield joined(pointer, keyword), value[keyword]


def _check_reference(source: Source, pointer: str, reference: Any) -> None:
    if not isinstance(reference, str) or not reference.startswith("#"):
        raise Unusable(f"{source.at(pointer)} refers to another file ({reference!s:.80}); bundle it into the document.")
    if not reference.startswith("#/") or pointer.endswith("$dynamicRef"):
        raise Unusable(
            f"{source.at(pointer)} refers by an anchor ({reference:.80}); name the place, as #/components/…."
        )
    try:
        at(source.document, steps(reference))
    except LookupError:
        raise Unusable(f"{source.at(pointer)} refers to {reference:.80}, which is not there.") from None


def _check_schema(source: Source, pointer: str, schema: Any) -> None:
    try:
        jsonschema_rs.meta.validate(schema)
        for place, keywords in _values(schema, pointer):
            for pattern in (keywords.get("pattern", ""), *keywords.get("patternProperties", ())):
                pointer = place
                jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError) as error:
        inner = joined(pointer, *getattr(error, "instance_path", ()))
        message = " ".join(str(getattr(error, "message", error)).split())
        raise Unusable(f"{source.at(inner)} is no JSON Schema: {message:.200}.") from error


def _check_loop(source: Source, pointer: str, value: Any, above: tuple[str, ...], count: Iterator[int]) -> None:
    """Follow what applies in the same place. Raises `Unusable` where that comes back to where it was, or has no end."""
    if not isinstance(value, dict):
        return
    if pointer in above:
        raise Unusable(f"{source.at(pointer)} is a loop of references that never comes to a schema.")
    if next(count) > _MOST_IN_PLACE:
        raise Unusable(f"{source.at(pointer)} has more than {_MOST_IN_PLACE} schemas hold for one value; flatten them.")
    above = (*above, pointer)
    if isinstance(value.get("$ref"), str):
        inner, place = target(source, value["$ref"])
        _check_loop(source, place, inner, above, count)
    for keyword in _IN_PLACE:
        inner = value.get(keyword)
        for i, each in enumerate(inner if isinstance(inner, list) else ()):
            _check_loop(source, joined(pointer, keyword, i), each, above, count)
        if isinstance(inner, dict):
            _check_loop(source, joined(pointer, keyword), inner, above, count)
