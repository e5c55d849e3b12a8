"""Paths as logs, metrics and traces show them: without tokens and keys."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

UNKNOWN = "(unknown)"
"""The route of a path that nothing is at, which anybody can make up."""

_LONGEST = 200
# Of a quote's public page and of a link to log in, wherever a proxy that is set up wrongly puts them.
_TOKEN = re.compile(r"(?i)(/+(?:q|login)/+)[^/]+")
# Whatever else nobody can guess, but for ids of records.
_SECRET = re.compile(r"(?<![^/])(?![a-z]{3,4}_[0-9a-f]{12,20}(?:/|$))[^/]{20,}")
_KEY = re.compile(r"(1iv_|whsec_)[^/]*")


def shown_path(path: str) -> str:
    """Return a path, as ASGI has it, with all cut that could be a secret, and not too long.

    >>> from oneinvoice_impl.service.observing.paths import shown_path
    >>> shown_path("/q/dGhpcyBpcyBubyB0b2tlbiE")
    '/q/…'
    """
    cut = _SECRET.sub("…", _KEY.sub(r"\1…", _TOKEN.sub(r"\1…", path)))
    return cut if len(cut) <= _LONGEST else f"{cut[:_LONGEST]}…"


def route(path: str, parameters: Mapping[str, Any] | None, fixed: Collection[str]) -> str:
    """Return the template of a path, such as `/quotes/{id}`, or `UNKNOWN`.

    `parameters` are those that a router found in it, None if none knew it; `fixed` are paths that no router tells of.
    """
    if path in fixed:
        return path
    if parameters is None:
        return UNKNOWN
    for name, value in parameters.items():
        path = path.replace(f"/{value}", f"/{{{name}}}", 1)
    return path
