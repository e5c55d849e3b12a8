"""Documents of OpenAPI 3.1: told from others, and their references from those that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.reading.source import Source, content, read_source, shown
from oneinvoice_openapi.references import Path, Unusable, at, joined, nodes, pointer, steps

_VERSION = re.compile(r"3\.1\.\d+")
_LONGEST_WAY = 100
_SEVERAL = ("allOf", "anyOf", "oneOf")
_ONE = ("if", "then", "else", "not")


def authored() -> File:
    """Return the path of the authored document."""
    return File(str(PACKAGE.joinpath("v1", "openapi.yaml")))


def read_document(path: File | None) -> Source:
    """Read a document, by default the authored one, that other tools read alike. Raises `Unusable`."""
    source = usable(read_source(content(path or authored()), shown(path or authored())))
    for place, problem in (source.foreign or {}).items():
        raise Unusable(f"{source.at(place)} {problem}; put it in quotes.")
    return source


def usable(source: Source) -> Source:
    """Return a document of OpenAPI 3.1 whose references all lead somewhere. Raises `Unusable` if it isn't one."""
    _check_version(source)
    _check_references(source)
    return source


def in_place(node: dict[str, Any], path: Path) -> Iterator[Path]:
    """Yield the paths of what holds for the same value as a schema: what it refers to, and what it is composed of."""
    if isinstance(node.get("$ref"), str):
        yield steps(node["$ref"])
    for word in _SEVERAL:
        members = node.get(word)
        yield from ((*path, word, str(index)) for index in range(len(members) if isinstance(members, list) else 0))
    for word in _ONE:
        if isinstance(node.get(word), dict):
            yield (*path, word)


def _check_version(source: Source) -> None:
    document = source.document
    version = document.get("openapi")
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return
    key = "openapi" if "openapi" in document else "swagger" if "swagger" in document else ""
    place = source.at(f"/{key}") if key else source.name
    found = f"it says `{key}: {document[key]!s:.40}`" if key else "it says none"
    raise Unusable(f"{place} is not an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top, and {found}.")


def _check_references(source: Source) -> None:
    referring = []
    for path, node in nodes(source.document):
        for word in ("$ref", "$dynamicRef"):
            if word in node:
                _check_reference(source, joined("", *path, word), node[word])
        if any(True for _ in in_place(node, path)):
            referring.append(path)
    done: set[Path] = set()
    for path in referring:
        if round_trip := _round_trip(source, tuple(map(str, path)), [], done):
            way = " → ".join(pointer(each) for each in round_trip)
            here = source.at(joined("", *path))
            raise Unusable(f"{here} leads round to itself by {way}; break that up.")


def _check_reference(source: Source, place: str, reference: Any) -> None:
    here = source.at(place)
    if not isinstance(reference, str):
        raise Unusable(f"{here} is no text; write a reference such as '#/components/schemas/Member'.")
    if not reference.startswith("#"):
        raise Unusable(f"{here} leads to {reference:.80}, out of this document; copy what is there into it.")
    if not reference.startswith("#/") or place.endswith("$dynamicRef"):
        raise Unusable(f"{here} refers by an anchor ({reference:.80}); name the place, as #/components/….")
    try:
        at(source.document, steps(reference))
    except LookupError:
        raise Unusable(f"{here} leads to {reference:.80}, where nothing is; correct it, or add that.") from None


def _round_trip(source: Source, path: Path, way: list[Path], done: set[Path]) -> list[Path] | None:
    """Return the places that are each other by reference or composition, and lead back to the first; or None."""
    if path in way:
        return [*way[way.index(path) :], path]
    node = at(source.document, path)
    if path in done or not isinstance(node, dict):
        return None
    if len(way) == _LONGEST_WAY:
        here = source.at(joined("", *way[0]))
        raise Unusable(f"{here} leads through {_LONGEST_WAY} references and more; lead straight there.")
    way.append(path)
    for each in in_place(node, path):
        if round_trip := _round_trip(source, each, way, done):
            return round_trip
    way.pop()
    done.add(path)
    return None
