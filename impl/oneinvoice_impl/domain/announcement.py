"""Changes of the API, which are announced before they take effect (NEWS-1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple

from oneinvoice_impl.domain.event import ANNOUNCEMENT, Event

NOTICE = timedelta(days=30)
LEVELS = ("breaking", "compatible")


class TooSoon(Exception):
    """The change would take effect before everybody had time for it; the text is one sentence."""


class AlreadyAnnounced(Exception):
    """There is an announcement of that id; the text is one sentence."""


class Announcement(NamedTuple):
    """A change that takes effect on a day (UTC), and where to read more about it.

    `text` tells it in lines, `level` is one of `LEVELS`; `operations`, such as `GET /api/v1/members`, and `events` are
    those that it concerns. All four may be untold.
    """

    id: str
    title: str
    effective_on: date
    link: str | None
    text: str | None = None
    level: str | None = None
    operations: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


def earliest_day(at: datetime) -> date:
    """Return the first day (UTC) on which a change that is announced at that time may take effect."""
    return at.date() + NOTICE


def announce(announcement: Announcement, at: datetime) -> Event:
    """Tell everybody of a change. Raises `TooSoon` for less than 30 days' notice."""
    first = earliest_day(at)
    if announcement.effective_on < first:
        raise TooSoon(
            f"Changes are announced at least {NOTICE.days} days ahead; choose {first.day} {first:%B %Y} or a later day."
        )
    return Event(ANNOUNCEMENT, at)
