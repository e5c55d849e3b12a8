"""Entries of the lifecycle: a part of the contract, and the days that are known of it."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

NOTICE = timedelta(days=30)
"""From the announcement of a change until it takes effect, at least (NEWS-1)."""
PARALLEL_MONTHS = 6
"""From the beginning of what is new until what is old ends, at least, by the calendar (VER-3)."""
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)
"""Bounds of the days in an entry: what is reckoned from them has four digits for the year, too."""


class Kind(StrEnum):
    """Kind of a part; it is the key by which an entry names one."""

    VERSION = "version"
    OPERATION = "operation"
    PARAMETER = "parameter"
    FIELD = "field"
    STATUS = "status"
    EVENT = "event"


class State(StrEnum):
    """State of a part on a day."""

    PLANNED = "planned"
    ANNOUNCED = "announced"
    EFFECTIVE = "effective"
    DEPRECATED = "deprecated"
    SUNSET = "sunset"


@dataclass(frozen=True, slots=True)
class Subject:
    """Part of the contract, by its kind and the name that it has there."""

    kind: Kind
    name: str

    def __str__(self) -> str:
        """Return it as sentences name it."""
        return f"{self.kind} {self.name}"

    @property
    def path(self) -> str:
        """The path of an operation or a parameter, or the one below which all of a version is; else an empty text."""
        if self.kind is Kind.VERSION:
            return f"/api/{self.name}"
        return self.name.split(" ")[1] if self.kind in (Kind.OPERATION, Kind.PARAMETER) else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Days of a part, in UTC, and what comes in its place. `place` is where the entry stands, for sentences."""

    subject: Subject
    announced: date | None = None
    effective: date | None = None
    deprecated: date | None = None
    sunset: date | None = None
    replacement: Subject | None = None
    link: str | None = None
    place: str = field(default="", compare=False)

    @property
    def change(self) -> date | None:
        """The day on which what was announced takes effect: the deprecation, or else the beginning."""
        return self.deprecated or self.effective

    def state(self, on: date) -> State:
        """Return the state on a day. A part without days has been there since before anybody wrote them down."""
        if self.sunset and self.sunset <= on:
            return State.SUNSET
        if self.deprecated and self.deprecated <= on:
            return State.DEPRECATED
        if self.change is None or self.change <= on:
            return State.EFFECTIVE
        return State.ANNOUNCED if self.announced and self.announced <= on else State.PLANNED


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """Entries in order, one for each part."""

    entries: tuple[Entry, ...] = ()

    def find(self, subject: Subject | None) -> Entry | None:
        """Return the entry of a part, if there is one."""
        return next((each for each in self.entries if each.subject == subject), None)


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last one where it has no such day.

    >>> from oneinvoice_openapi.lifecycle.entries import months_later
    >>> print(months_later(date(2026, 8, 31), 6))
    2027-02-28
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
