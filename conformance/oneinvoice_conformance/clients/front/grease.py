"""Grease of answers: what is free in them differs, so that no client relies on it (RFC 8701 has the idea and the name).

Nothing here changes what an answer says. What is free is decided by RFC 8259 (JSON) and RFC 9110 and 9112 (HTTP), and
by the register: a field more breaks nothing.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Collection
from dataclasses import replace
from enum import StrEnum
from typing import Any

from oneinvoice_conformance.clients.front.answer import Answer, Framing
from oneinvoice_conformance.clients.observation import ClientRequest, Headers, Mark

_CHARSETS = ("; charset=utf-8", ";charset=UTF-8", "; charset=utf8")
_VALUES: tuple[Any, ...] = (
    "",
    "grease",
    "Fjærkræ & sønner",
    'a "quoted" \\ text',
    "1/2",
    "☃ 𝄞",
    0,
    -1,
    0.5,
    2**40,
    True,
)
_GZIP = re.compile(r"(?:^|[,\s])(?:x-)?gzip\s*(?:;\s*q=(?P<weight>[0-9.]+))?\s*(?:,|$)", re.IGNORECASE)


class Freedom(StrEnum):
    """Freedom that an answer may use, in words for reports."""

    FIELDS = "fields that are new"
    FIELD_ORDER = "another order of fields"
    SPACING = "spaces and line ends"
    ESCAPES = "escapes such as \\u0069 and \\/"
    HEADERS = "headers that are new"
    FEWER_HEADERS = "no RateLimit header"
    HEADER_CASE = "names of headers in other letter case"
    HEADER_ORDER = "another order of headers"
    CHARSET = "a charset in Content-Type"
    GZIP = "a body packed with gzip"
    CHUNKS = "a body in chunks"


_OF_CONTENT = frozenset({Freedom.FIELDS, Freedom.FIELD_ORDER, Freedom.SPACING, Freedom.ESCAPES})


def greased(answer: Answer, request: ClientRequest, freedoms: Collection[Freedom], chance: random.Random) -> Answer:
    """Return an answer that uses these freedoms, and says so in its note; of those of JSON none where it has none."""
    used = [freedom for freedom in Freedom if freedom in freedoms]
    if Freedom.GZIP in used and not accepts_gzip(request):
        used.remove(Freedom.GZIP)
    body = answer.body
    if _OF_CONTENT & set(used):
        try:
            body = written(answer.json(), used, chance)
        except ValueError:
            used = [freedom for freedom in used if freedom not in _OF_CONTENT]
    return replace(
        answer,
        headers=_headers(answer.headers, used, chance),
        body=body,
        framing=Framing.CHUNKED if Freedom.CHUNKS in used else answer.framing,
        is_packed=Freedom.GZIP in used,
        mark=Mark.GREASE,
        note=", ".join(used),
    )


def accepts_gzip(request: ClientRequest) -> bool:
    """Tell whether a request names gzip among the codings that it takes (RFC 9110, section 12.5.3)."""
    match = _GZIP.search(request.header("Accept-Encoding") or "")
    return match is not None and (match["weight"] or "1").strip("0.") != ""


def written(content: Any, freedoms: Collection[Freedom], chance: random.Random) -> bytes:
    """Return JSON that says the same, with a field more at times, and written in another way."""
    if Freedom.FIELDS in freedoms:
        content = _with_fields(content, chance)
    if Freedom.FIELD_ORDER in freedoms:
        content = _in_another_order(content, chance)
    text = json.dumps(
        content,
        ensure_ascii=False,
        indent=chance.choice((1, 2, "\t")) if Freedom.SPACING in freedoms else None,
        separators=chance.choice(((" , ", " : "), (",\t", ":  "))) if Freedom.SPACING in freedoms else (",", ":"),
    )
    if Freedom.ESCAPES in freedoms:
        text = _STRING.sub(lambda match: _escaped(match[0], chance), text)
    if Freedom.SPACING in freedoms:
        text = f"\r\n {text.replace(chr(10), chr(13) + chr(10))}\n"
    return text.encode()


_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_PIECE = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL)


def _escaped(text: str, chance: random.Random) -> str:
    """Return a JSON string in which some characters are written as escapes (RFC 8259, section 7)."""

    def piece(match: re.Match[str]) -> str:
        character = match[0]
        if character == "/":
            return "\\/"
        if len(character) > 1 or character == '"' or chance.random() > (0.2 if character.isascii() else 0.6):
            return character
        units = character.encode("utf-16-be").hex()
        return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))

    return _PIECE.sub(piece, text)


def _with_fields(content: Any, chance: random.Random) -> Any:
    if isinstance(content, list):
        return [_with_fields(each, chance) for each in content]
    if not isinstance(content, dict):
        return content
    value: Any = chance.choice((*_VALUES, None, [chance.choice(_VALUES)], {"grease": chance.choice(_VALUES)}))
    fields = {name: _with_fields(each, chance) for name, each in content.items()}
    return {**fields, f"x_grease_{chance.randrange(10_000):04d}": value}


def _in_another_order(content: Any, chance: random.Random) -> Any:
    if isinstance(content, list):
        return [_in_another_order(each, chance) for each in content]
    if not isinstance(content, dict):
        return content
    fields = [(name, _in_another_order(value, chance)) for name, value in content.items()]
    chance.shuffle(fields)
    return dict(fields[1:] + fields[:1] if [name for name, _ in fields] == list(content) else fields)


def _headers(headers: Headers, freedoms: Collection[Freedom], chance: random.Random) -> Headers:
    changed = list(headers)
    if Freedom.FEWER_HEADERS in freedoms:
        changed = [(name, value) for name, value in changed if not name.lower().startswith("ratelimit")]
    if Freedom.CHARSET in freedoms:
        changed = [(name, value + _charset(name, value, chance)) for name, value in changed]
    if Freedom.HEADERS in freedoms:
        changed += [(f"X-Grease-{chance.randrange(10_000)}", "grease"), ("Vary", "Accept-Encoding")]
    if Freedom.HEADER_ORDER in freedoms:
        chance.shuffle(changed)
    if Freedom.HEADER_CASE in freedoms:
        forms: tuple[Callable[[str], str], ...] = (str.title, str.upper)
        changed = [(chance.choice(forms)(name), value) for name, value in changed]
    return tuple(changed)


def _charset(name: str, value: str, chance: random.Random) -> str:
    return chance.choice(_CHARSETS) if name.lower() == "content-type" and ";" not in value else ""
