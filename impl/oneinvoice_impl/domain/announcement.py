"""Changes of the API, which are announced before they take effect (NEWS-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from oneinvoice_impl.domain.event import ANNOUNCEMENT, Event

NOTICE = timedelta(days=30)


class TooSoon(Exception):
    """The change would take effect before everybody had time for it; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A change that takes effect on a day (UTC), and where to read more about it."""

    id: str
    title: str
    effective_on: date
    link: str | None


def earliest_day(at: datetime) -> date:
    """Return the first day (UTC) on which a change that is announced at that time may take effect."""
    return at.date() + NOTICE


def announce(*, id: str, title: str, effective_on: date, link: str | None, at: datetime) -> tuple[Announcement, Event]:
    """Tell everybody of a change. Raises `TooSoon` for less than 30 days' notice."""
    first = earliest_day(at)
    if effective_on < first:
        raise TooSoon(
            f"Changes are announced at least {NOTICE.days} days ahead; choose {first.day} {first:%B %Y} or a later day."
        )
    return Announcement(id, title, effective_on, link), Event(ANNOUNCEMENT, at)
