"""Documents that can be compared, and their references followed."""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path as File
from typing import Any

import jsonschema_rs

from oneinvoice_openapi.reading.documents import in_place, usable
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import Path, Unusable, at, joined, nodes, steps

_MOST_IN_PLACE = 2000  # schemas that hold for one value


def checked(source: Source) -> Source:
    """Return a document that can be walked without a surprise. Raises `Unusable`."""
    usable(source)
    for error in _shape().iter_errors(source.document):
        pointer = joined("", *error.instance_path)
        raise Unusable(f"{source.at(pointer)} is not OpenAPI 3.1: {' '.join(error.message.split()):.200}.")
    for pointer, value in _values(source.document, ""):
        if "schema" in value:
            _check_schema(source, joined(pointer, "schema"), value["schema"])
        if re.fullmatch(r"/components/schemas/[^/]+", pointer):
            _check_schema(source, pointer, value)
    _check_counts(source)
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


@cache
def _shape() -> jsonschema_rs.Draft202012Validator:
    """Return the validator of OpenAPI's own schema, read without importing the package around it, which takes long."""
    found = importlib.util.find_spec("openapi_spec_validator")
    assert found is not None
    assert found.submodule_search_locations
    folder = File(found.submodule_search_locations[0])
    text = (folder / "resources" / "schemas" / "v3.1" / "schema.json").read_text("utf-8")
    return jsonschema_rs.Draft202012Validator(json.loads(text))


def _values(value: Any, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each mapping in which keywords stand, and whose members are no data."""
    return ((joined(pointer, *path), node) for path, node in nodes(value))


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


def _check_counts(source: Source) -> None:
    """Raise `Unusable` where more schemas hold for one value than can be compared, however they are referred to."""
    counts: dict[Path, int] = {}

    def count(path: Path) -> int:
        if path not in counts:
            node = at(source.document, path)
            counts[path] = 1 + sum(map(count, in_place(node, path))) if isinstance(node, dict) else 1
        return counts[path]

    for path, _ in nodes(source.document):
        if count(tuple(map(str, path))) > _MOST_IN_PLACE:
            here = source.at(joined("", *path))
            raise Unusable(f"{here} has more than {_MOST_IN_PLACE} schemas hold for one value; flatten them.")
