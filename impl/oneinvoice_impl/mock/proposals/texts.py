"""Texts that a schema allows: by its format, its pattern, or its length."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from oneinvoice_fixtures.derivation import Draw

_FIRST_DAY = date(2026, 1, 1)
_DAYS = 365
_MOST_REPEATED = 8
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789",
    "CATEGORY_WORD": "abcdefghijklmnopqrstuvwxyz0123456789",
    "CATEGORY_SPACE": " ",
}
_ANY = "abcdefghijklmnopqrstuvwxyz0123456789"
_PRINTABLE = [chr(code) for code in range(32, 127)]


def texts(
    name: str, formats: list[str], patterns: list[str], lengths: tuple[int, int | None], draw: Draw
) -> Iterator[str]:
    """Yield texts for a field of that name that are likely to be valid, the best first.

    `lengths` are the least and the most characters; None is no end.
    """
    for format in formats:
        if format in _FORMATS:
            yield _FORMATS[format](draw)
    for pattern in patterns:
        made = matching(pattern, draw)
        if made is not None:
            yield made
    least, most = lengths
    words = name.replace("_", " ").strip() or "text"
    yield _fitted(f"{words} {draw.below(10_000)}", least, most)


def matching(pattern: str, draw: Draw) -> str | None:
    """Return a text that a regular expression finds; None for one that is too unusual to tell."""
    # The parser of Python's own expressions, which has no public name since 3.11.
    from re import _parser

    try:
        return "".join(_pieces(_parser.parse(pattern), draw))
    except (re.error, LookupError, ValueError, OverflowError):
        return None


def _pieces(parsed: Any, draw: Draw) -> Iterator[str]:
    for operation, argument in parsed:
        match str(operation):
            case "LITERAL":
                yield chr(argument)
            case "NOT_LITERAL":
                yield next(each for each in _ANY if ord(each) != argument)
            case "ANY":
                yield draw.pick(_ANY)
            case "IN":
                yield draw.pick(_members(argument))
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                least, most, repeated = argument
                count = least + draw.below(min(int(most) - least, _MOST_REPEATED) + 1)
                for _ in range(count):
                    yield from _pieces(repeated, draw)
            case "SUBPATTERN":
                yield from _pieces(argument[-1], draw)
            case "BRANCH":
                yield from _pieces(draw.pick(argument[1]), draw)
            case "AT":
                pass  # where it begins and ends is given by its place
            case other:
                raise LookupError(other)


def _members(argument: Any) -> list[str]:
    """Return characters of a set, such as `[A-Z0-9]`."""
    members: list[str] = []
    negated = False
    for operation, value in argument:
        match str(operation):
            case "NEGATE":
                negated = True
            case "LITERAL":
                members.append(chr(value))
            case "RANGE":
                members += map(chr, range(value[0], min(value[1], value[0] + 255) + 1))
            case "CATEGORY":
                members += _CATEGORIES[str(value)]
            case other:
                raise LookupError(other)
    return [each for each in _PRINTABLE if each not in members] if negated else members


def _fitted(text: str, least: int, most: int | None) -> str:
    text = text if most is None else text[:most]
    return text + "x" * max(0, least - len(text))


def _day(draw: Draw) -> date:
    return _FIRST_DAY + timedelta(days=draw.below(_DAYS))


def _moment(draw: Draw) -> str:
    moment = datetime(_FIRST_DAY.year, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.below(_DAYS * 86400))
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _address(draw: Draw) -> str:
    return f"someone-{draw.below(10_000)}@nordlys.example"


def _uri(draw: Draw) -> str:
    return f"https://nordlys.example/{draw.below(10_000)}"


_FORMATS: dict[str, Callable[[Draw], str]] = {
    "date": lambda draw: _day(draw).isoformat(),
    "date-time": _moment,
    "time": lambda draw: f"{draw.below(24):02}:{draw.below(60):02}:00Z",
    "duration": lambda draw: f"P{1 + draw.below(30)}D",
    "email": _address,
    "idn-email": _address,
    "hostname": lambda draw: f"host-{draw.below(10_000)}.example",
    "idn-hostname": lambda draw: f"host-{draw.below(10_000)}.example",
    "ipv4": lambda draw: f"192.0.2.{1 + draw.below(254)}",
    "ipv6": lambda draw: f"2001:db8::{1 + draw.below(65_000):x}",
    "uri": _uri,
    "iri": _uri,
    "uri-reference": _uri,
    "iri-reference": _uri,
    "uuid": lambda draw: str(UUID(int=draw.below(2**128), version=4)),
    "json-pointer": lambda draw: f"/{draw.below(100)}",
    "regex": lambda draw: "^[a-z]+$",
}
