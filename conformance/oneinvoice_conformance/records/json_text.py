"""JSON texts: the canonical one of a value, and how others' are read (RFC 8259)."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
SPACE = re.compile(r"[ \t\n\r]*")
BEGINNING = 1_000  # characters by which it is told what stands in the place of JSON
# By which some keep their JSON from being run as a script.
_PREFIX = re.compile(
    r"\)\]\}'?|(?:while|for)\s*\([^()]{0,9}\)\s*;|throw\s[^;]{1,40};|\{\}\s*&&|&&&START&&&", re.IGNORECASE
)
_CALL = re.compile(r"(?:/\*.{0,99}?\*/\s*)?(?:typeof\s.{1,99}?&&\s*)?[A-Za-z_$][\w$.\[\]]{0,99}\s*\(", re.DOTALL)
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
CUT = "it ends in the middle of a value, as if it were cut short"
PACKED = "it is compressed by gzip, beyond what its Content-Encoding says"
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_UNFINISHED = re.compile(r"(?:n(?:ul?)?|t(?:ru?)?|f(?:a(?:ls?)?)?|-)\s*")
_MOST_DIGITS = 300  # of an integer that is read as one; Python refuses some thousands, which JSON allows


class TooDeep(ValueError):
    """Raised where values are nested more deeply than is read, as a reader may limit it (RFC 8259, 9)."""

    def __init__(self) -> None:
        super().__init__("it is nested too deeply")


class HugeNumber(str):
    """Number that is too large to calculate with, as it is written. JSON sets no limit to numbers (RFC 8259, 6)."""


def canonical(value: Any) -> str:
    """Return a text that is the same for equal JSON values."""
    return _CANONICAL.encode(value)


def _refuse_constant(constant: str) -> NoReturn:
    """Raise `ValueError` for NaN and the infinities, which JSON has not."""
    raise ValueError(f"it holds {constant}, which JSON has not")


def _integer(text: str) -> int | HugeNumber:
    return int(text) if len(text) <= _MOST_DIGITS else HugeNumber(text)


def _fraction(text: str) -> float | HugeNumber:
    number = float(text)
    return number if math.isfinite(number) else HugeNumber(text)


DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_integer, parse_float=_fraction)


def parse(body: bytes) -> Any:
    """Return the JSON value of a body in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Of a name that stands twice in an object the last one counts, as with most parsers. Raises `ValueError`, whose text
    says what is wrong.
    """
    try:
        text = decoded(body)
        value, end = DECODER.raw_decode(text, _behind_space(text, 0))
    except json.JSONDecodeError as error:
        raise _foreign(body) or wrong_start(text) or wrong_at(text, error.pos) from None
    except RecursionError:
        raise TooDeep from None
    if rest := text[_behind_space(text, end) :]:
        raise wrong_start(text) or wrong_end(rest) from None
    return value


def decoded(body: bytes) -> str:
    """Return the text of a body in UTF-8, UTF-16 or UTF-32. Raises `ValueError` for another."""
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        raise undecodable(body) from None


def _behind_space(text: str, position: int) -> int:
    match = SPACE.match(text, position)
    return match.end() if match else position


def wrong_start(text: str) -> ValueError | None:
    """Return an error in words where it is known by its beginning what stands in the place of JSON."""
    start = text[_behind_space(text, 0) :][:BEGINNING]
    if not start:
        return ValueError("the body is empty; have it hold the JSON")
    if prefix := _PREFIX.match(start):
        return ValueError(f"it begins with {prefix[0].strip()}, which JSON has not; have it hold the JSON alone")
    if _CALL.match(start):
        return ValueError("it is a script that calls a function (JSONP); have it hold the JSON alone")
    return ValueError("it begins with '<', as HTML and XML do") if start[0] == "<" else None


def wrong_at(text: str, position: int, before: int = 0) -> ValueError:
    """Return an error in words on what can't be read at a position of a text, `before` which stood so many characters.

    No more than one character is shown of a text that nobody could look through for secrets.
    """
    rest = text[position:]
    if not rest.strip() or (rest[0] == '"' and not _STRING.match(rest)) or _UNFINISHED.fullmatch(rest):
        return ValueError(CUT)
    where = f"at character {before + position + 1:,}"
    if rest[0] < " ":
        return ValueError(f"it holds the control character U+{ord(rest[0]):04X} {where}, which JSON has to escape")
    return ValueError(f"it can't be read {where}, where {rest[0]!r} stands")


def wrong_end(rest: str) -> ValueError:
    """Return an error in words on what stands behind the end of a value."""
    if rest[0] in '[{"':
        return ValueError("a second value stands behind its end, as in lines of JSON; have it hold one list of all")
    return ValueError(f"{rest[0]!r} stands behind its end")


def undecodable(body: bytes) -> ValueError:
    """Return an error in words on bytes that are no text in the encoding of JSON."""
    if body.startswith(_GZIP):
        return ValueError(PACKED)
    if body.startswith(_ZSTANDARD):
        return ValueError("it is compressed by Zstandard, which no request asked for")
    return _foreign(body) or ValueError("it is not UTF-8, as JSON has to be (RFC 8259)")


def _foreign(body: bytes) -> ValueError | None:
    """Return an error on a body that isn't in UTF-8 by its first bytes, such as a NUL, and no JSON in its own."""
    encoding = foreign_encoding(body)
    return ValueError(f"by its first bytes it is {encoding}, as which it is no JSON either") if encoding else None


def foreign_encoding(body: bytes) -> str | None:
    """Return the name of the encoding of JSON that is not in UTF-8, as it has to be (RFC 8259, 8.1); else None."""
    encoding = json.detect_encoding(body).upper()
    return None if encoding.startswith("UTF-8") else encoding[:6]
