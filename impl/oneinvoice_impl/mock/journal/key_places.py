"""Places of a request where its key stands, and texts without keys."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import quote, unquote_plus

_KEY = re.compile("1iv_[0-9A-Za-z]+")
_MASK = "1iv_***"
_SCHEME = re.compile("[A-Za-z][0-9A-Za-z-]{0,19}")


class KeyPlace(StrEnum):
    """Place of a key in a request, in the words of `_oneinvoice.key_places` in an archive."""

    BEARER = "Authorization: Bearer"
    OTHER_SCHEME = "Authorization with another scheme"
    OTHER_HEADER = "another header"
    URL = "the URL"


def key_places(path: str, query: str, headers: Sequence[tuple[str, str]]) -> tuple[KeyPlace, ...]:
    """Return where a key stands; the path is decoded, and names of headers are in lower case."""
    found = {_authorized(value) for name, value in headers if name == "authorization"}
    if headers_with_key(headers):
        found.add(KeyPlace.OTHER_HEADER)
    if _KEY.search(path) or any(_KEY.search(unquote_plus(pair)) for pair in query.split("&")):
        found.add(KeyPlace.URL)
    return tuple(place for place in KeyPlace if place in found)


def headers_with_key(headers: Iterable[tuple[str, str]]) -> list[str]:
    """Return the names of headers, other than Authorization, in which a key stands."""
    return [name for name, value in headers if name != "authorization" and _KEY.search(value)]


def without_keys(text: str) -> str:
    """Return a text without the keys that somebody put where they don't belong."""
    return _KEY.sub(_MASK, text)


def query_without_keys(query: str) -> str:
    """Return a query without keys, percent-encoded ones too; what has none in it stays as it was sent."""
    if "%" not in query:
        return without_keys(query)
    pairs = (without_keys(pair) for pair in query.split("&"))
    return "&".join(_masked_pair(pair) if _KEY.search(unquote_plus(pair)) else pair for pair in pairs)


def masked_authorization(value: str) -> str:
    """Return a value of Authorization by its scheme, without what it authorizes by."""
    scheme, space, token = value.strip().partition(" ")
    if not space:
        return without_keys(scheme) if _KEY.fullmatch(scheme) or not scheme else "***"
    masked = _MASK if _holds_key(token) else "***"
    return f"{scheme} {masked}" if _SCHEME.fullmatch(scheme) else masked


def _masked_pair(pair: str) -> str:
    return quote(without_keys(unquote_plus(pair)), safe="=*")


def _authorized(value: str) -> KeyPlace | None:
    """Return the place that a value of Authorization is; None if no key is in it."""
    scheme, space, token = value.strip().partition(" ")
    if space and scheme.lower() == "bearer":
        return KeyPlace.BEARER if token.strip() else None
    return KeyPlace.OTHER_SCHEME if _holds_key(value) or _holds_key(token) else None


def _holds_key(text: str) -> bool:
    """Tell whether a key is in a text, or in what a text of Basic encodes (RFC 7617)."""
    if _KEY.search(text):
        return True
    try:
        return _KEY.search(b64decode(text, validate=True).decode("latin-1")) is not None
    except ValueError:
        return False
