"""Reach of a change: the operations and the events, and which requests it concerns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.contract import operations
from oneinvoice_openapi.diff.changes import Change, Place

_OPERATION = re.compile(r"(?P<methods>[A-Z]+(?:, [A-Z]+)*) (?P<path>/.*)")
_QUERY = "query parameter "
_LEFT_OUT = ("request-default", "parameter-required")  # rules about who doesn't send a parameter
_PLACEHOLDER = re.compile(r"\\\{[^{}]*\\\}")
Methods = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Requests:
    """Requests of one operation: all, or those that send a parameter of the query, or that leave it out."""

    method: str
    path: str
    parameter: str = ""
    is_left_out: bool = False

    def __str__(self) -> str:
        how = f" with{'out' if self.is_left_out else ''} {self.parameter}" if self.parameter else ""
        return f"{self.operation}{how}"

    @property
    def operation(self) -> str:
        """Return the operation, as `GET /api/v1/members`."""
        return f"{self.method} {self.path}"

    def match(self, method: str, path: str, names: Sequence[str]) -> bool:
        """Tell whether a request is one of them; what stands before its path, and a slash at its end, is nothing."""
        if method.upper() != self.method or (self.parameter and (self.parameter in names) is self.is_left_out):
            return False
        pattern = _PLACEHOLDER.sub("[^/]+", re.escape(self.path.rstrip("/")))
        return re.fullmatch(rf"(?:/.*)?{pattern}/?", path) is not None


def methods_of(*documents: dict[str, Any]) -> Methods:
    """Return the methods of each path, in whichever document it is."""
    found: dict[str, list[str]] = {}
    for document in documents:
        for path, method, _ in operations(document):
            if method not in found.setdefault(path, []):
                found[path].append(method)
    return found


def requests_of(changes: Sequence[Change], methods: Methods) -> list[Requests]:
    """Return the requests that changes concern, each once."""
    found = [each for change in changes for place in places(change) for each in _requests(change, place, methods)]
    return list(dict.fromkeys(found))


def events_of(changes: Sequence[Change]) -> list[str]:
    """Return the events that changes reach, each once."""
    subjects = [place.subject for change in changes for place in places(change)]
    return list(dict.fromkeys(each.removeprefix("webhook ") for each in subjects if each.startswith("webhook ")))


def places(change: Change) -> tuple[Place, ...]:
    """Return all places that a change reaches."""
    return (change.place, *change.also)


def _requests(change: Change, place: Place, methods: Methods) -> Iterator[Requests]:
    match = _OPERATION.fullmatch(place.subject)
    if match is None and place.subject not in methods:
        return  # a webhook, or the whole document
    path = match["path"] if match else place.subject
    parameter, is_left_out = "", False
    if place.part.startswith(_QUERY) and change.rule != "parameter-added":  # which nobody sends yet
        parameter, is_left_out = place.part.removeprefix(_QUERY), change.rule in _LEFT_OUT
    for method in match["methods"].split(", ") if match else methods[path]:
        yield Requests(method, path, parameter, is_left_out)
