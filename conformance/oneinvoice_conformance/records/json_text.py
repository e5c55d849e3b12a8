"""JSON texts: the canonical one of a value, and how others' are read (RFC 8259)."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))
_PREFIXES = (")]}'", "while(1);", "for(;;);")  # by which some keep their JSON from being run as a script
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
        return DECODER.decode(decoded(body))
    except json.JSONDecodeError as error:
        raise _told(error) from None
    except RecursionError:
        raise TooDeep from None


def decoded(body: bytes) -> str:
    """Return the text of a body in UTF-8, UTF-16 or UTF-32. Raises `ValueError` for another."""
    try:
        return body.decode(json.detect_encoding(body), "surrogatepass")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8, as JSON has to be (RFC 8259)") from None


def _told(error: json.JSONDecodeError) -> ValueError:
    """Return the same error, in words where it is known what stands in the place of JSON."""
    start = error.doc.lstrip()
    if not start:
        return ValueError("the body is empty")
    prefix = next(filter(start.startswith, _PREFIXES), None)
    return ValueError(f"it begins with {prefix}, which JSON has not") if prefix else error


def foreign_encoding(body: bytes) -> str | None:
    """Return the name of the encoding of JSON that is not in UTF-8, as it has to be (RFC 8259, 8.1); else None."""
    encoding = json.detect_encoding(body).upper()
    return None if encoding.startswith("UTF-8") else encoding[:6]
