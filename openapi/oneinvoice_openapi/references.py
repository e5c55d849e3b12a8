"""References within a document: JSON pointers, and what they lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from urllib.parse import unquote

Path = tuple[str | int, ...]
Place = Callable[[Sequence[str | int]], str]
"""Tells where something is, for a person."""

# Below these stand names that their author chose; elsewhere in a document a key is a word of OpenAPI.
_NAMED = {
    "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas",
    "parameters", "headers", "responses",
    "requestBodies", "examples", "securitySchemes", "links", "callbacks", "pathItems", "paths", "webhooks", "content",
    "encoding", "variables", "mapping", "scopes",
}  # fmt: skip
_DATA = {"example", "default", "const", "enum", "value"}


class Unusable(Exception):
    """A document can't be used; the text is a sentence that says what to do."""


def pointer(path: Sequence[str | int]) -> str:
    """Return a path as a JSON pointer in a fragment (RFC 6901)."""
    return joined("#", *path)


def joined(pointer: str, *steps: str | int) -> str:
    """Return the JSON pointer of what is inside of a place."""
    return pointer + "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def steps(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON pointer, which may be a fragment of a URI (RFC 6901, 6)."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in unquote(pointer).split("/")[1:])


def at(document: Any, path: Sequence[str | int]) -> Any:
    """Return what stands at a path, references not followed. Raises `LookupError` if nothing does."""
    for step in path:
        if isinstance(document, list) and str(step).isdecimal():
            document = document[int(step)]
        elif isinstance(document, dict):
            document = document[step]
        else:
            raise LookupError(step)
    return document


def resolved(document: Any, path: Path) -> tuple[Path, Any]:
    """Return what stands at a path, or what its references lead to, with the path of that."""
    node = at(document, path)
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        path = steps(node["$ref"])
        node = at(document, path)
    return path, node


def nodes(document: Any, path: Path = (), named: bool = False) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield each object of a document with its path, but none within data such as examples and extensions."""
    if isinstance(document, dict):
        if not named:
            yield path, document
        for key, inner in document.items():
            if named or not (key in _DATA or key.startswith("x-")):
                yield from nodes(inner, (*path, key), not named and key in _NAMED and isinstance(inner, dict))
    elif isinstance(document, list) and path[-1:] != ("examples",):
        for index, inner in enumerate(document):
            yield from nodes(inner, (*path, index))
