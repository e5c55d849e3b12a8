"""Texts for messages: samples of patterns and formats, the same on every machine."""

from __future__ import annotations

from re import _constants, _parser  # the only parser of patterns that Python has
from typing import Any

FORMATS: dict[str, tuple[str, ...]] = {
    "date-time": (
        "2026-01-02T03:04:05Z", "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05.678Z", "2024-02-29T23:59:59Z",
    ),
    "date": ("2026-01-02", "2024-02-29"),
    "time": ("03:04:05Z", "03:04:05+01:00"),
    "duration": ("P1D", "PT1H"),
    "email": ("kari@nordlys.example", "a.b+c@nordlys.example"),
    "idn-email": ("kari@nordlys.example", "kåre@nordlys.example"),
    "hostname": ("nordlys.example",),
    "ipv4": ("203.0.113.7",),
    "ipv6": ("2001:db8::7",),
    "uri": ("https://nordlys.example/a?b=c", "urn:a:b"),
    "uri-reference": ("/a/b", "https://nordlys.example/", "about:blank"),
    "iri": ("https://nordlys.example/å",),
    "uuid": ("123e4567-e89b-42d3-a456-426614174000",),
    "json-pointer": ("/a/0",),
    "regex": ("^a$",),
}  # fmt: skip
PLAIN = ("text", "", "A", "0", "-1", "two words", "lower-case", "æøå", "!", "x" * 24)
_VARIANTS = 8  # of a pattern
_LONGEST_REPEAT = 3  # beyond what it needs
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: "09",
    _constants.CATEGORY_WORD: "aZ0_",
    _constants.CATEGORY_SPACE: " ",
    _constants.CATEGORY_NOT_DIGIT: "a-",
    _constants.CATEGORY_NOT_WORD: "-!",
    _constants.CATEGORY_NOT_SPACE: "a0",
}


def of_pattern(pattern: str) -> list[str]:
    """Return texts that match a pattern, as far as they can be made; the caller checks that they do."""
    try:
        parsed = _parser.parse(pattern)
    except Exception:  # whatever it can't read, nothing is made of
        return []
    return list(dict.fromkeys(_text(parsed, variant) for variant in range(_VARIANTS)))


def _text(parsed: Any, variant: int) -> str:
    return "".join(_part(operation, argument, variant) for operation, argument in parsed)


def _part(operation: Any, argument: Any, variant: int) -> str:
    c = _constants
    if operation is c.LITERAL:
        return chr(argument)
    if operation is c.NOT_LITERAL:
        return "x" if argument != ord("x") else "y"
    if operation is c.ANY:
        return "xA0 "[variant % 4]
    if operation is c.IN:
        return _of_set(argument, variant)
    if operation in (c.MAX_REPEAT, c.MIN_REPEAT):
        least, most, inner = argument
        times = min(most, least + variant % (_LONGEST_REPEAT + 1))
        return "".join(_text(inner, variant + i) for i in range(min(int(times), 300)))
    if operation is c.BRANCH:
        branches = argument[1]
        return _text(branches[variant % len(branches)], variant)
    if operation is c.SUBPATTERN:
        return _text(argument[-1], variant)
    return ""  # anchors and what looks around


def _of_set(items: Any, variant: int) -> str:
    c = _constants
    characters: list[str] = []
    negated = any(operation is c.NEGATE for operation, _ in items)
    for operation, argument in items:
        if operation is c.LITERAL:
            characters.append(chr(argument))
        elif operation is c.RANGE:
            low, high = argument
            characters += [chr(each) for each in (range(low, high + 1) if negated else (low, high))]
        elif operation is c.CATEGORY:
            characters += _CATEGORIES[argument]
    if negated:
        characters = [each for each in "xA0 -_ø!" if each not in characters] or ["\u2603"]
    return characters[variant % len(characters)]
