"""References within a document: JSON pointers, what they lead to, and whether they lead anywhere."""

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
_LONGEST_WAY = 100
_IN_PLACE = ("allOf", "anyOf", "oneOf")


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


def check_references(document: dict[str, Any], place: Place) -> None:
    """Raise `Unusable` for the first reference that leads to nothing, out of the document, or round to itself."""
    referring = [(path, node["$ref"]) for path, node in nodes(document) if "$ref" in node]
    for path, reference in referring:
        here = place((*path, "$ref"))
        if not isinstance(reference, str):
            raise Unusable(f"{here} is no text; write a reference such as '#/components/schemas/Member'.")
        if not reference.startswith("#"):
            raise Unusable(f"{here} leads to {reference}, out of this document; copy what is there into it.")
        try:
            at(document, steps(reference))
        except LookupError:
            raise Unusable(f"{here} leads to {reference}, where nothing is; correct it, or add that.") from None
    done: set[Path] = set()
    for path, reference in referring:
        if round_trip := _round_trip(document, tuple(map(str, path)), [], done):
            way = " → ".join(pointer(each) for each in round_trip)
            here = place((*path, "$ref"))
            raise Unusable(f"{here} leads to {reference} and round to itself by {way}; break that up.")


def _round_trip(document: Any, path: Path, way: list[Path], done: set[Path]) -> list[Path] | None:
    """Return the places that are each other by reference or composition, and lead back to the first; or None."""
    if path in way:
        return [*way[way.index(path) :], path]
    node = at(document, path)
    if path in done or not isinstance(node, dict):
        return None
    if len(way) == _LONGEST_WAY:
        raise Unusable(f"{pointer(way[0])} leads through {_LONGEST_WAY} references and more; lead straight there.")
    way.append(path)
    following: list[Path] = [steps(node["$ref"])] if isinstance(node.get("$ref"), str) else []
    for word in _IN_PLACE:
        members = node.get(word)
        following += [(*path, word, str(index)) for index in range(len(members) if isinstance(members, list) else 0)]
    for each in following:
        if round_trip := _round_trip(document, each, way, done):
            return round_trip
    way.pop()
    done.add(path)
    return None
