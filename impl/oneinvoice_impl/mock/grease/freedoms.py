"""Freedoms of JSON: fields that no document names, the order of fields, and how a text is written."""

from __future__ import annotations

import json
from random import Random
from typing import Any

_KINDS = ("text", "number", "flag", "list", "object")
# No address and no token: in a refusal that would look like a record's.
_TEXTS = ("", "grease", "Fjærkræ & sønner", 'a "quoted" \\ text', "—\u2028—", "☃ 𝄞", "1/2_3")
_ESCAPES = (("/", "\\/"), ("@", "\\u0040"), ("_", "\\u005f"))
"""Characters that JSON has in strings alone, and never in an escape, with another way to write each."""


class UnknownFields:
    """Fields that no document names. A seed has its names, each with one type, as a stable version would (VER-2)."""

    def __init__(self, seed: int) -> None:
        self._kinds = {f"x_grease_{seeded(seed, kind).randbytes(2).hex()}": kind for kind in _KINDS}

    def some(self, chance: Random) -> dict[str, Any]:
        """Return some of them, or none."""
        return {name: _value(kind, chance) for name, kind in self._kinds.items() if chance.random() < 0.3}


def seeded(*parts: object) -> Random:
    """Return choices that follow from a seed and what they are for."""
    return Random(".".join(map(str, parts)))  # noqa: S311  # no secret


def greased(content: Any, chance: Random, unknown: UnknownFields) -> Any:
    """Return JSON with unknown fields in its objects, whose fields are in another order."""
    if isinstance(content, list):
        return [greased(each, chance, unknown) for each in content]
    if not isinstance(content, dict):
        return content
    fields = {name: greased(value, chance, unknown) for name, value in content.items()} | unknown.some(chance)
    return dict(chance.sample([*fields.items()], len(fields)))


def written(content: Any, chance: Random) -> bytes:
    """Write JSON with other spaces and escapes."""
    text = json.dumps(
        content,
        ensure_ascii=chance.random() < 0.5,
        indent=chance.choice((None, None, None, 1, 2, "\t")),
        separators=chance.choice(((",", ":"), (", ", ": "), (" , ", " : "))),
    )
    for character, escape in _ESCAPES:
        if chance.random() < 0.5:
            text = text.replace(character, escape)
    if chance.random() < 0.5:
        text = text.replace("\n", "\r\n")
    return "".join((chance.choice(("", " ", "\n")), text, chance.choice(("", "\n")))).encode()


def _value(kind: str, chance: Random) -> Any:
    if chance.random() < 0.2:
        return None
    values: dict[str, Any] = {
        "text": chance.choice(_TEXTS),
        "number": chance.choice((0, -1, 0.5, 2**32)),
        "flag": chance.random() < 0.5,
        "list": chance.sample(_TEXTS, chance.randint(0, 3)),
        "object": {"x_grease": chance.choice(_TEXTS)},
    }
    return values[kind]
