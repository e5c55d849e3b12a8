"""Bodies of one event as different writers of JSON have them (RFC 8259): the bytes differ, what they say doesn't."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Content = Mapping[str, Any]

_LONG = 2**20  # bytes
_FOREIGN = "Blåbær & Søn – Ærø 東京 🧾"


def _compact(content: Content) -> bytes:
    return _written(content, separators=(",", ":"))


def _as_the_api(content: Content) -> bytes:
    return _written(content, separators=(",", ": "))


def _as_python(content: Content) -> bytes:
    return _written(content, ensure_ascii=True)


def _sorted(content: Content) -> bytes:
    return _written(content, separators=(",", ":"), sort_keys=True)


def _indented(content: Content) -> bytes:
    return _written(content, indent=2)


def _with_crlf(content: Content) -> bytes:
    return _written(content, indent="\t").replace(b"\n", b"\r\n")


def _with_line_end(content: Content) -> bytes:
    return _compact(content) + b"\n"


def _spacious(content: Content) -> bytes:
    return b"  " + _written(content, separators=("  , ", " :  ")) + b"  "


def _foreign(content: Content) -> bytes:
    return _compact(_with_customer(content))


def _escaped(content: Content) -> bytes:
    """Write as PHP does: slashes and what is not ASCII escaped."""
    return _written(_with_customer(content), separators=(",", ":"), ensure_ascii=True).replace(b"/", b"\\/")


def _long(content: Content) -> bytes:
    body = _compact(content)
    return body[:1] + b" " * (_LONG - len(body)) + body[1:]


AS_THE_API = "as the API writes it"
AS_JAVASCRIPT = "as JavaScript writes it"
AS_PYTHON = "as Python writes it"
FORMS: Mapping[str, Callable[[Content], bytes]] = {
    AS_THE_API: _as_the_api,
    AS_JAVASCRIPT: _compact,
    AS_PYTHON: _as_python,
    "with its keys in the order of the alphabet": _sorted,
    "indented": _indented,
    "indented by tabs, with lines that end in CRLF": _with_crlf,
    "with a line end after it": _with_line_end,
    "with several spaces between tokens and around": _spacious,
    "with letters beyond ASCII, in UTF-8": _foreign,
    "with \\u escapes and \\/": _escaped,
    "of 1 MiB, most of it spaces": _long,
}
"""Writers by what is special about their bytes."""


def _with_customer(content: Content) -> Content:
    record = content["data"]
    return {**content, "data": {**record, "customer": {**record["customer"], "name": _FOREIGN}}}


def _written(content: Content, *, ensure_ascii: bool = False, **options: Any) -> bytes:
    return json.dumps(content, ensure_ascii=ensure_ascii, **options).encode()
