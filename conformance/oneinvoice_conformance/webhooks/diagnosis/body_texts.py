"""Texts of a body in other encodings, and what languages make of it that no longer is JSON."""

from __future__ import annotations

import base64
import html
import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE = {
    "UTF-16": "utf-16-le",
    "UTF-16 (big-endian)": "utf-16-be",
    "UTF-16 with a byte order mark": "utf-16",
    "UTF-32": "utf-32-le",
}
_NARROW = {"Latin-1": "latin-1", "Windows-1252": "cp1252", "ASCII": "ascii"}
_FORM_FIELDS = ("payload", "data", "body", "json")
_TEXTS_OF_OBJECTS = ("[object Object]", "undefined", "null", "Array", "{}", "[]", "None", "System.Byte[]")


def encoded(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (what it is, bytes) for a body in other encodings."""
    yield "an empty body", b""
    yield "the body behind a byte order mark", _BYTE_ORDER_MARK + body
    yield "the body without its byte order mark", body.removeprefix(_BYTE_ORDER_MARK)
    with suppress(UnicodeDecodeError):
        yield from _of_text(body, body.decode())
    yield "the hex digits of the body", body.hex().encode()
    yield "the base64 of the body", base64.b64encode(body)
    yield "the base64 of the body, as for URLs", base64.urlsafe_b64encode(body)


def _of_text(body: bytes, text: str) -> Iterator[tuple[str, bytes]]:
    for name, encoding in _NARROW.items():
        marks = " (signed as ASCII with question marks)" if encoding == "ascii" else ", with question marks"
        yield f"the body in {name}{marks}", text.encode(encoding, "replace")
        yield f"the body in {name}, without other letters", text.encode(encoding, "ignore")
        yield f"the body in {name}, with &#…; for other letters", text.encode(encoding, "xmlcharrefreplace")
        yield f"the body in {name}, with \\u… for other letters", text.encode(encoding, "backslashreplace")
        yield f"the body's bytes read as {name} and encoded again", body.decode(encoding, "replace").encode()
        with suppress(UnicodeError):
            yield "the body before it was encoded twice", text.encode(encoding).decode().encode()
    yield "the body as ASCII, each byte of another letter a question mark", bytes(b if b < 128 else 63 for b in body)
    yield from ((f"the body in {name}", text.encode(encoding)) for name, encoding in _WIDE.items())
    for form in ("NFC", "NFD", "NFKC"):
        composed = unicodedata.normalize(form, text)
        yield f"the body with its letters composed otherwise ({form})", composed.encode()
    yield "the body as a string of JSON", json.dumps(text).encode()
    yield "the body as a string of JSON", json.dumps(text, ensure_ascii=False).encode()
    yield "the body with entities of HTML", html.escape(text).encode()
    yield "the body with its entities of HTML undone", html.unescape(text).encode()
    yield "the body percent-encoded", quote(text, safe="").encode()
    yield "the body percent-encoded", quote_plus(text, safe="").encode()
    for field in _FORM_FIELDS:
        yield f"the body form-encoded as `{field}`", urlencode({field: text}).encode()


def without_json(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (what it is, bytes) for texts that languages make of the value of a body."""
    yield from ((f"the text '{text}' and not over the body", text.encode()) for text in _TEXTS_OF_OBJECTS)
    with suppress(ValueError, RecursionError):
        value = json.loads(body)
        yield "the text that Python's str() makes of the body", str(value).encode("utf-8", "surrogatepass")
        yield "the text that Ruby's inspect makes of the body", _inspected(value).encode("utf-8", "surrogatepass")
        yield "the text that Go's fmt makes of the body", _formatted(value).encode("utf-8", "surrogatepass")
        if isinstance(value, dict):
            yield "the body's members, form-encoded", urlencode(_flat(value), errors="replace").encode()
            for between in ("", ".", "|", ",", "\n"):
                yield "the body's values alone", between.join(map(str, value.values())).encode("utf-8", "surrogatepass")


def _inspected(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(name)}=>{_inspected(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inspected, value)) + "]"
    return "nil" if value is None else json.dumps(value, ensure_ascii=False)


def _formatted(value: Any) -> str:
    if isinstance(value, dict):
        return "map[" + " ".join(f"{name}:{_formatted(value[name])}" for name in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(_formatted, value)) + "]"
    return "<nil>" if value is None else value if isinstance(value, str) else json.dumps(value)


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return the members of a value by their path, `data[id]`, as forms have it."""
    if isinstance(value, dict):
        return [pair for key, each in value.items() for pair in _flat(each, f"{name}[{key}]" if name else key)]
    if isinstance(value, list):
        return [pair for at, each in enumerate(value) for pair in _flat(each, f"{name}[{at}]")]
    return [(name, "" if value is None else value if isinstance(value, str) else json.dumps(value))]
