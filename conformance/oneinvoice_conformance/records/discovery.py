"""Find the endpoints that a discovery names, however it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from oneinvoice_conformance.records.fields import keyed_by_data

# The whole path names an endpoint wherever it stands; a shorter one or a bare name does where nothing else stands.
_PATH = re.compile(r"/api/v1/([\w-]+)")
_NAME = re.compile(r"(?:[A-Z]+ )?(?:https?://[^\s/]+)?(?P<path>[\w./~%-]*?/)?(?P<name>[\w-]+)/?(?:[?{]\S*)?")
_WHOLE_PATH = re.compile(r"/api/v1(?:/(?:\{[\w*]+\}|[\w<>:~.-])+)+")
_PLACEHOLDER = re.compile(r"\{[\w*]+\}|<[\w:]+>|^:\w+")


def names(value: Any) -> Iterator[str]:
    """Yield the endpoints that the keys and texts of a JSON value name under `/api/v1`, or without any path."""
    for text in _texts(value):
        yield from _PATH.findall(text)
        match = _NAME.fullmatch(text)
        if match and (match["path"] or "/") in ("/", "./", "v1/", "/v1/", "api/v1/"):
            yield match["name"].lower()


def paths(value: Any) -> Iterator[str]:
    """Yield the paths under `/api/v1` that the keys and texts of a JSON value hold, such as `/api/v1/quotes/{}`.

    What stands for an id is `{}`, since its name is no part of a path, and an example's id is data.
    """
    for text in _texts(value):
        for path in _WHOLE_PATH.findall(text):
            _, context, version, *parts = path.rstrip(".").split("/")
            yield "/".join(("", context, version, *map(_nameless, parts)))


def _nameless(part: str) -> str:
    template = _PLACEHOLDER.sub("{}", part)
    return "{}" if template == part and keyed_by_data(part) else template


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
