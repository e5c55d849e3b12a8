"""Values that should be a date."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from oneinvoice_conformance.records.json_text import HugeNumber


class DateKind(IntEnum):
    """Kind of a value that should be a date."""

    DATE = 0
    UNCLEAR = 1
    NO_DATE = 2


_EPOCH_SECONDS = range(315_532_800, 7_258_118_400)  # 1980 to 2199
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:[T ].*)?", re.DOTALL)
_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
_ZEROES = (date(1, 1, 1), date(1970, 1, 1))  # what programs count days and seconds from
_ORDERS = ("%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%y-%m-%d", "%d-%m-%y", "%m-%d-%y")


def kind_of(value: Any) -> DateKind:
    """Return the kind of a value: ISO 8601 and an epoch are dates, texts without digits are none.

    A day in another usual form is unclear, since 04/05 is another day in another country, unless no order makes it one.
    """
    if isinstance(value, HugeNumber):
        return DateKind.NO_DATE
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal() and 8 < len(value) < 20):
        seconds = int(value)
        return DateKind.DATE if seconds in _EPOCH_SECONDS or seconds // 1000 in _EPOCH_SECONDS else DateKind.UNCLEAR
    if not isinstance(value, str) or not re.search(r"\d", value):
        return DateKind.NO_DATE
    text = value.strip()
    if _ISO.fullmatch(text) or _NUMBERS.fullmatch(text):
        is_clear = _ISO.fullmatch(text) is not None
        return (DateKind.DATE if is_clear else DateKind.UNCLEAR) if day_of(text) else DateKind.NO_DATE
    return DateKind.UNCLEAR


def is_zero(value: Any) -> bool:
    """Tell whether a value is the day from which programs count, shown where there is no date."""
    return isinstance(value, str) and day_of(value.strip()) in _ZEROES


def day_of(text: str) -> date | None:
    """Return the day that a text names, whatever time follows; None if it is no day of the calendar."""
    if _ISO.fullmatch(text):
        with suppress(ValueError):
            return date.fromisoformat(re.split(r"[T ]", text, maxsplit=1)[0])
    elif numbers := _NUMBERS.fullmatch(text):
        for order in _ORDERS:
            with suppress(ValueError):
                return datetime.strptime("-".join(numbers.group(1, 3, 4)), order).date()  # noqa: DTZ007  # has no time
    return None
