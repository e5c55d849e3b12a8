"""Find the endpoints that a discovery names, however it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from oneinvoice_conformance.records.fields import keyed_by_data

# The whole path names an endpoint wherever it stands; a shorter one or a bare name does where nothing else stands.
_PATH = re.compile(r"(?P<place>(?:https?://[^\s/\"']+)?(?:/[\w.~%-]+)*?)/api/v1/(?P<name>[\w-]+)")
_NAME = re.compile(r"(?:[A-Z]+ )?(?:https?://[^\s/]+)?(?P<path>[\w./~%-]*?/)?(?P<name>[\w-]+)/?(?:[?{]\S*)?")
_METHOD_NAMES = ("method", "methods", "verb", "verbs", "http_method")
_METHOD = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE)\b", re.IGNORECASE)
_DEPTH = 8
_SHORT_PATHS = ("/", "./", "v1/", "/v1/", "api/v1/", "/api/v1/")
_ADDRESS = re.compile(r"(?:[A-Za-z]+:? )?(?P<address>(?:https?://[^\s/]+)?/[\w./~%-]*?)/?(?:[?{#\s].*)?", re.DOTALL)
_OF_API = re.compile(r"/(?:api|v\d+)/")
_OF_NAME = re.compile(r"(?:[_-]?(?:url|uri|href|path|link))?", re.IGNORECASE)
_PROSE = re.compile(r"doc|help|description|summary|schema|example|spec", re.IGNORECASE)  # in names of what only tells
_WHOLE_PATH = re.compile(r"/api/v1(?:/(?:\{[\w*]+\}|[\w<>:~.-])+)+")
_PLACEHOLDER = re.compile(r"\{[\w*]+\}|<[\w:]+>|^:\w+")


@dataclass(frozen=True, slots=True)
class Naming:
    """Naming of an endpoint in a discovery: by its documented path, by its name alone, and by other paths."""

    by_path: bool
    by_name: bool
    other_paths: tuple[str, ...]


def naming(value: Any, endpoint: str, base: str) -> Naming:
    """Return how a JSON value names an endpoint of the deployment at a base URL.

    Its documented path may stand at another host, which may be a public one in front. Other paths are those at which
    the value says that the endpoint is: with another path in front, beside its name, or with it at their end.
    """
    own = urlsplit(base)
    by_path, by_name, others = False, False, list[str]()
    for text, is_about in _texts_about(value, endpoint):
        for match in _PATH.finditer(text):
            if match["name"] == endpoint:
                place = urlsplit(match["place"])
                is_right = place.path in ("", own.path) or place.hostname not in (None, own.hostname)
                by_path |= is_right
                others += [] if is_right else [f"{place.path}/api/v1/{endpoint}"]
        short = _NAME.fullmatch(text)
        if short and short["name"].lower() == endpoint and (short["path"] or "/") in _SHORT_PATHS:
            by_name = True
        elif (address := _ADDRESS.fullmatch(text)) and is_about is not None:
            place = urlsplit(address["address"])
            path = place.path.rstrip("/")
            is_own = place.hostname in (None, own.hostname) or _OF_API.search(path) is not None
            if path and is_own and (is_about or path.endswith(f"/{endpoint}")):
                others.append(path)
    return Naming(by_path, by_name, tuple(dict.fromkeys(others)))


def methods_of(value: Any, endpoint: str, base: str) -> tuple[str, ...]:
    """Return the methods that stand beside an endpoint's path; none where some object has it without a method."""
    methods: list[str] = []
    for item in _objects(value):
        texts = {name: inner for name, inner in item.items() if isinstance(inner, str)}
        if naming(texts, endpoint, base).by_path:
            shown = [item[name] for name in item if name.lower() in _METHOD_NAMES]
            if not shown:
                return ()
            methods += [method.upper() for method in _METHOD.findall(str(shown))]
    return tuple(dict.fromkeys(methods))


def _objects(value: Any, depth: int = _DEPTH) -> Iterator[dict[str, Any]]:
    """Yield the objects in a JSON value."""
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner, depth - 1)


def _texts_about(value: Any, endpoint: str, *, is_about: bool | None = False) -> Iterator[tuple[str, bool | None]]:
    """Yield the keys and texts of a JSON value, and whether each stands under an endpoint's name or beside it.

    None for what stands there to be read alone, such as the address of a guide.
    """
    if isinstance(value, dict):
        texts = [inner for inner in value.values() if isinstance(inner, str)]
        is_beside = is_about or any(_is_name(text, endpoint) for text in texts)
        for key, inner in value.items():
            yield key, False
            is_told = (is_beside and isinstance(inner, str)) or _is_name(key, endpoint)
            yield from _texts_about(inner, endpoint, is_about=None if _PROSE.search(key) else is_told)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_about(inner, endpoint)
    elif isinstance(value, str):
        yield value, is_about


def _is_name(text: str, endpoint: str) -> bool:
    """Tell whether a text is the name of an endpoint, or that of a field with its address."""
    name = text.lower()
    return name.startswith(endpoint) and _OF_NAME.fullmatch(name.removeprefix(endpoint)) is not None


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
