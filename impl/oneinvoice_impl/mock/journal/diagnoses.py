"""Diagnoses: why a request was answered as it was, and what its client should know.

Of one request they come from its own answer, and from the requests of the same key before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl

from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.store.accounts.keys import named_keys
from oneinvoice_impl.store.types import Connection

_LISTS = ("members", "quotes", "invoices")
_PARAMETERS = ("limit", "offset", "status")
_OF_PREVIEW = ("limit", "cursor", "status")
_LATER = 300.0  # seconds, after which a page is no longer the next one
_NO_HEADER = "the request has no Authorization header; send 'Authorization: Bearer 1iv_…'"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Key as it may be shown."""

    name: str
    is_revoked: bool
    organisation_id: str


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


def known_keys(connection: Connection, entries: Sequence[Entry]) -> dict[str, KnownKey]:
    """Return the keys that requests were sent with, as far as they are known, by their digests."""
    named = named_keys(connection, {entry.key for entry in entries if entry.key})
    return {digest: KnownKey(*known) for digest, known in named.items()}


def diagnose(entries: Sequence[Entry], keys: Mapping[str, KnownKey]) -> Iterator[tuple[Entry, str, list[str]]]:
    """Yield each entry, oldest first, with the reason why it was answered so, and notes for its client.

    `keys` are the known ones by their digests.
    """
    last: dict[str | None, Entry] = {}
    last_page: dict[tuple[str | None, str, str], tuple[Entry, Place]] = {}
    for entry in entries:
        place = place_of(entry)
        notes = [*_on_key(entry, keys), *_on_parameters(entry, place), *_on_pace(entry, last.get(entry.key))]
        if place is not None:
            status = ",".join(value for name, value in _pairs(entry) if name == "status")
            listed = (entry.key, entry.path, status)
            notes += _on_paging(entry, place, last_page.get(listed))
            last_page[listed] = entry, place
        last[entry.key] = entry
        yield entry, _why(entry, place), notes


def place_of(entry: Entry) -> Place | None:
    """Return the place of the page that was answered; None if none was, or its body is kept no more."""
    if entry.status != 200 or not entry.body or entry.path.rpartition("/")[2] not in _LISTS:
        return None
    with suppress(ValueError, LookupError, TypeError):
        content = json.loads(entry.body)
        pagination = content["pagination"]
        return Place(pagination["offset"], len(content["data"]), pagination["total"])
    return None


def _why(entry: Entry, place: Place | None) -> str:
    if entry.is_left:
        when = "in the middle of the answer" if entry.status else "before it was answered"
        return f"the client left {when}, which had the fault {entry.fault}"
    if entry.fault:
        return f"the fault {entry.fault}"
    if not entry.status:
        return "no answer was sent"
    if place is not None:
        return str(place)
    if entry.status >= 400:
        with suppress(ValueError, LookupError, TypeError):
            return str(json.loads(entry.body or b"")["detail"])
    return "as it was asked for"


def _on_key(entry: Entry, keys: Mapping[str, KnownKey]) -> Iterator[str]:
    if entry.status != 401 or entry.fault:
        return
    known = keys.get(entry.key or "")
    scheme = (entry.credentials or [""])[0].partition(" ")[0]
    if not entry.credentials:
        in_query = any(value.startswith("1iv_") for _, value in _pairs(entry))
        yield f"the key is in the query, where nothing looks for it; {_NO_HEADER}" if in_query else _NO_HEADER
    elif len(entry.credentials) > 1:
        yield "the request has several Authorization headers; send one"
    elif scheme.startswith("1iv_"):
        yield "the Authorization header lacks Bearer before the key"
    elif scheme.lower() != "bearer":
        yield f"the Authorization header has the scheme {scheme[:20]!r}; the API takes Bearer alone"
    elif entry.key is None:
        yield "the Authorization header has no key behind Bearer"
    elif known is None:
        yield "no key of this mock is the one that was sent; see whether it was cut, quoted, or of another --seed"
    elif known.is_revoked:
        yield f"the key {known.name!r} was revoked"


def _on_parameters(entry: Entry, place: Place | None) -> Iterator[str]:
    if entry.status != 200:
        return
    listed = entry.path.rpartition("/")[2] in _LISTS
    known = (_OF_PREVIEW if "/api/v2/" in entry.path else _PARAMETERS) if listed else ()
    for name in dict.fromkeys(name for name, _ in _pairs(entry)):
        if name not in known:
            meant = next((f" ({each} is)" for each in known if each in name.lower()), "")
            yield f"{name} is not a parameter{meant}: it was ignored{_got(place)}"


def _got(place: Place | None) -> str:
    if place is None:
        return ""
    whole = place.count == place.total
    return f", and you got all {place.total}" if whole else f", and you got {place.count} of {place.total}"


def _on_pace(entry: Entry, last: Entry | None) -> Iterator[str]:
    told = last.header("retry-after") if last is not None and last.status == 429 else None
    if last is None or told is None:
        return
    passed, wait = entry.since - last.since - last.seconds, _seconds(told, last)
    if wait is not None and passed < wait:
        yield f"it was asked again {passed:.1f} s after a 429 that said {told}"


def _seconds(retry_after: str, last: Entry) -> float | None:
    """Return how long a Retry-After has its client wait (RFC 9110, 10.2.3)."""
    if retry_after.isdecimal():
        return float(retry_after)
    with suppress(ValueError, TypeError):
        return (parsedate_to_datetime(retry_after) - last.at).total_seconds()
    return None


def _on_paging(entry: Entry, place: Place, before: tuple[Entry, Place] | None) -> Iterator[str]:
    if place.offset >= place.total > 0:
        yield f"there is nothing at offset {place.offset}: the list has {place.total}"
    if before is None or place.offset == 0 or entry.since - before[0].since > _LATER:
        return
    earlier = before[1]
    if earlier.end < place.offset < place.total:
        yield f"the page skips {place.offset - earlier.end} records: the one before ended at position {earlier.end}"
    elif earlier.offset < place.offset < earlier.end:
        yield f"the page repeats {earlier.end - place.offset} records of the one before, which ended at {earlier.end}"


def _pairs(entry: Entry) -> list[tuple[str, str]]:
    return parse_qsl(entry.query, keep_blank_values=True)
