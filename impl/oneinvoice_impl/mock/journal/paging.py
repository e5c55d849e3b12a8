"""Paging of clients: whether the pages of a list follow each other, and come to an end."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from oneinvoice_openapi import client_bounds as bounds

from oneinvoice_impl.mock.faults.sends import Newest
from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock.journal.pace import can_have_read

LISTS = ("members", "quotes", "invoices")

_LATER = 300.0  # seconds, after which a page is no longer the next one
_AT_ONCE = 5.0  # seconds; whoever looks for new records now and then begins where the list ended
_MOST_LISTS, _MOST_PAGES = 1_000, 20


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a page in its list, by the answer."""

    offset: int
    count: int
    total: int

    @property
    def end(self) -> int:
        return self.offset + self.count

    def __str__(self) -> str:
        if not self.count:
            return f"none from position {self.offset} on, of {self.total}"
        return f"positions {self.offset} to {self.end - 1} of {self.total}"


@dataclass(slots=True)
class _Pass:
    """Pass through a list: its newest pages, and those past its end."""

    pages: deque[tuple[Entry, Place]] = field(default_factory=lambda: deque(maxlen=_MOST_PAGES))
    past: deque[tuple[Entry, Place]] = field(default_factory=lambda: deque(maxlen=_MOST_PAGES))


def place_of(entry: Entry) -> Place | None:
    """Return the place of the page that was answered; None if none was, or its body is kept no more."""
    if entry.status != 200 or not entry.body or entry.path.rpartition("/")[2] not in LISTS:
        return None
    with suppress(ValueError, LookupError, TypeError):
        content = json.loads(entry.body)
        pagination = content["pagination"]
        return Place(pagination["offset"], len(content["data"]), pagination["total"])
    return None


def pairs(entry: Entry) -> list[tuple[str, str]]:
    """Return names and values of a query."""
    return parse_qsl(entry.query, keep_blank_values=True)


class Paging:
    """Passes of all clients through lists; those of other keys and filters are others."""

    def __init__(self) -> None:
        self._passes: Newest[tuple[str | None, str, str], _Pass] = Newest(_MOST_LISTS)

    def notes(self, entry: Entry, place: Place) -> Iterator[Note]:
        """Yield notes on a page, and keep it for those to come."""
        status = ",".join(value for name, value in pairs(entry) if name == "status")
        key = entry.key, entry.path, status
        run = self._passes.get(key)
        is_later = run is not None and run.pages and entry.since - run.pages[-1][0].since > _LATER
        if run is None or is_later or place.offset == 0:
            run = self._passes[key] = _Pass()
        if place.offset >= place.total > 0:
            yield _on_end(entry, place, run)
        elif place.offset:
            yield from _on_place(entry, place, run)
        run.pages.append((entry, place))


def _on_end(entry: Entry, place: Place, run: _Pass) -> Note:
    text = f"there is nothing at offset {place.offset}: the list has {place.total}"
    before = sum(_goes_on(entry, place, *page) for page in run.past)
    run.past.append((entry, place))
    if before >= bounds.MOST_PAST_THE_END:
        return Note(f"{text}, and it was asked past its end before", "CLIENT/PAGE-3")
    return Note(text)


def _goes_on(entry: Entry, place: Place, earlier: Entry, earlier_place: Place) -> bool:
    """Tell whether one pass went on after a page past the end: several passes that run at once end at one place."""
    is_soon = entry.since - earlier.ended <= _AT_ONCE and _limit(entry) == _limit(earlier)
    is_one_pass = place.offset > earlier_place.offset or entry.connection == earlier.connection
    return is_soon and is_one_pass and can_have_read(entry, earlier)


def _on_place(entry: Entry, place: Place, run: _Pass) -> Iterator[Note]:
    if not run.pages:
        return
    last = run.pages[-1][1]
    if last.offset < place.offset < last.end:
        yield Note(f"the page repeats {last.end - place.offset} records of the one before, which ended at {last.end}")
    if any(each.offset <= place.offset <= each.end for _, each in run.pages):
        return
    below = [page for page in run.pages if page[1].end < place.offset]
    if below:
        before, ended = max(below, key=lambda page: page[1].end)
        gap = place.offset - ended.end
        text = f"the page skips {gap} records: the one before ended at position {ended.end}"
        yield Note(text, "CLIENT/PAGE-2" if _is_skipped(entry, before, ended, gap) else None)


def _is_skipped(entry: Entry, before: Entry, ended: Place, gap: int) -> bool:
    """Tell whether nobody else can be reading what lies between: several workers share a list by whole pages."""
    limit = _limit(before)
    asked = int(limit) if limit.isdecimal() else ended.count
    return _limit(entry) == limit and gap % max(asked, 1) != 0 and can_have_read(entry, before)


def _limit(entry: Entry) -> str:
    return dict(pairs(entry)).get("limit", "")
