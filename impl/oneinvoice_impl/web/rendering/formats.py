"""Formats of values, for people."""

from __future__ import annotations

from datetime import date, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(value: date | None) -> str:
    """Return a day such as 5 Mar 2026; nothing is a dash."""
    return "–" if value is None else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def moment(value: datetime | None) -> str:
    """Return a time such as 5 Mar 2026, 14:02 UTC; nothing is a dash."""
    return "–" if value is None else f"{day(value)}, {value:%H:%M} UTC"


def second(value: datetime | None) -> str:
    """Return a time such as 5 Mar 2026, 14:02:07 UTC, for logs; nothing is a dash."""
    return "–" if value is None else f"{day(value)}, {value:%H:%M:%S} UTC"


def money(cents: int, currency: str) -> str:
    """Return an amount such as 1,250.00 NOK."""
    return f"{cents // 100:,}.{cents % 100:02d} {currency}"


def count(number: int) -> str:
    """Return a number such as 100,000."""
    return f"{number:,}"


FILTERS = {"day": day, "moment": moment, "second": second, "money": money, "count": count}
