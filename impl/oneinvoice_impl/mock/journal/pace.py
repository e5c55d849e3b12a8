"""Pace of clients: what they send with a key after it was limited or refused, and after an error.

A request is blamed only if its client can have read the answer before it. On the connection of that answer it has; on
another one it may have been under way when the answer was sent, so that a moment is granted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime

from oneinvoice_openapi import client_bounds as bounds

from oneinvoice_impl.mock.faults.sends import Newest
from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.note import Note

_MOMENT = 0.1  # seconds
_SAME_RUN = 90.0  # seconds between two requests of one run of a client, at most
_MOST_KEPT = 1_000  # keys, and targets of requests
_NEVER_AGAIN = (400, 404)

_Request = tuple[str | None, str, str, bytes, str | None]


def can_have_read(entry: Entry, earlier: Entry) -> bool:
    """Tell whether the client can have read the answer to the earlier request before it sent the other."""
    is_same = entry.connection is not None and entry.connection == earlier.connection
    return entry.since >= earlier.ended + (0 if is_same else _MOMENT)


class Pace:
    """Pace of all clients, from their requests in the order in which they were answered."""

    def __init__(self) -> None:
        # For each key the first 429 that still holds it, and the newest.
        self._limited: Newest[str | None, tuple[Entry, Entry]] = Newest(_MOST_KEPT)
        # For each key the first 401, the newest, and how many requests came after the first.
        self._refused: Newest[str, tuple[Entry, Entry, int]] = Newest(_MOST_KEPT)
        self._failed: Newest[_Request, deque[Entry]] = Newest(_MOST_KEPT)

    def notes(self, entry: Entry) -> Iterator[Note]:
        """Yield notes on a request, and keep it for those to come."""
        yield from self._on_limit(entry)
        yield from self._on_refusal(entry)
        yield from self._on_failure(entry)

    def _on_limit(self, entry: Entry) -> Iterator[Note]:
        holding = [each for each in self._limited.get(entry.key, ()) if _passed(entry, each) < _wait(each)]
        for limited in reversed(holding):
            passed = _passed(entry, limited)
            if can_have_read(entry, limited) and passed < _wait(limited) - bounds.EARLY:
                yield _too_soon(passed, limited)
                break
        if entry.status == 429:
            self._limited[entry.key] = (holding[0] if holding else entry, entry)

    def _on_refusal(self, entry: Entry) -> Iterator[Note]:
        if entry.key is None:
            return
        if entry.status != 401:
            if 0 < entry.status < 400:
                self._refused.pop(entry.key, None)
            return
        first, last, count = self._refused.get(entry.key, (entry, entry, 0))
        if entry.since - last.ended > _SAME_RUN:
            first, count = entry, 0
        elif can_have_read(entry, first):
            count += 1
            if count > bounds.MOST_AFTER_401:
                yield Note(f"it is request {count} after a 401 with the same key: stop, and say so", "CLIENT/KEY-2")
        self._refused[entry.key] = first, entry, count

    def _on_failure(self, entry: Entry) -> Iterator[Note]:
        request = entry.key, entry.method, entry.sent_path, entry.sent_query, dict(entry.headers).get("prefer")
        tries = self._failed.get(request, deque(maxlen=bounds.MOST_TRIES + 1))
        last = tries[-1] if tries else None
        if last is not None and last.status in _NEVER_AGAIN and can_have_read(entry, last):
            after = entry.since - last.ended
            if after < bounds.TRIES_SECONDS:
                again = f"it was asked again {after:.1f} s after it got {last.status}"
                yield Note(f"{again}: the same request gets the same answer", "CLIENT/PACE-6")
        if entry.status < 500 and entry.status not in _NEVER_AGAIN:
            self._failed.pop(request, None)
            return
        tries.append(entry)
        self._failed[request] = tries
        within = [each for each in tries if each.status >= 500 and entry.since - each.since < bounds.TRIES_SECONDS]
        if entry.status >= 500 and len(within) > bounds.MOST_TRIES:
            often = f"it was asked more than {bounds.MOST_TRIES} times in {bounds.TRIES_SECONDS:g} s"
            yield Note(f"{often}, and got {entry.status}: wait longer each time, and stop", "CLIENT/PACE-6")


def _too_soon(passed: float, limited: Entry) -> Note:
    told = limited.header("retry-after")
    if told is None:
        wait = f"wait at least {bounds.UNTOLD_WAIT:g} s, and longer each time"
        return Note(f"it was asked again {passed:.1f} s after a 429 without Retry-After: {wait}", "CLIENT/PACE-3")
    return Note(f"it was asked again {passed:.1f} s after a 429 that said {told}", "CLIENT/PACE-1")


def _passed(entry: Entry, earlier: Entry) -> float:
    """Return the seconds that passed from an answer to a request; a mock's clock that was moved on has more pass."""
    return max(entry.since - earlier.since, entry.elapsed - earlier.elapsed) - earlier.seconds


def _wait(limited: Entry) -> float:
    """Return how many seconds a 429 has its client wait (RFC 9110, 10.2.3)."""
    told = limited.header("retry-after") or ""
    if told.isdecimal():
        return float(told)
    with suppress(ValueError, TypeError):
        return (parsedate_to_datetime(told) - limited.at).total_seconds() - limited.seconds
    return bounds.UNTOLD_WAIT
