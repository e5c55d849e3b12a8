"""Diagnoses: why a request was answered as it was, and what its client should know.

Of one request they come from its own answer, and from the requests of the same key before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.key_places import KeyPlace, without_keys
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock.journal.pace import Pace
from oneinvoice_impl.mock.journal.paging import LISTS, Paging, Place, pairs, place_of
from oneinvoice_impl.store.accounts.keys import named_keys
from oneinvoice_impl.store.types import Connection

_PARAMETERS = ("limit", "offset", "status")
_OF_PREVIEW = ("limit", "cursor", "status")
_NO_HEADER = "the request has no Authorization header; send 'Authorization: Bearer 1iv_…'"
_IN_AUTHORIZATION = "send it as Authorization: Bearer alone"
_KEY_1 = "CLIENT/KEY-1"


@dataclass(frozen=True, slots=True)
class KnownKey:
    """Key as it may be shown."""

    name: str
    is_revoked: bool
    organisation_id: str


class Diagnoses:
    """Diagnoses of requests, which are asked for in the order in which they were answered."""

    def __init__(self) -> None:
        self._pace = Pace()
        self._paging = Paging()

    def notes(self, entry: Entry, keys: Mapping[str, KnownKey]) -> list[Note]:
        """Return notes on the next request; `keys` are the known ones by their digests."""
        place = place_of(entry)
        notes = [*_on_key(entry, keys), *_on_parameters(entry, place), *self._pace.notes(entry)]
        return notes if place is None else [*notes, *self._paging.notes(entry, place)]


def known_keys(connection: Connection, entries: Sequence[Entry]) -> dict[str, KnownKey]:
    """Return the keys that requests were sent with, as far as they are known, by their digests."""
    named = named_keys(connection, {entry.key for entry in entries if entry.key})
    return {digest: KnownKey(*known) for digest, known in named.items()}


def diagnose(entries: Sequence[Entry], keys: Mapping[str, KnownKey]) -> Iterator[tuple[Entry, str, list[Note]]]:
    """Yield each entry, oldest first, with the reason why it was answered so, and notes for its client.

    `keys` are the known ones by their digests.
    """
    diagnoses = Diagnoses()
    for entry in entries:
        yield entry, _why(entry, place_of(entry)), diagnoses.notes(entry, keys)


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


def _on_key(entry: Entry, keys: Mapping[str, KnownKey]) -> Iterator[Note]:
    places = entry.key_places
    is_refused = entry.status == 401 and not entry.fault
    if KeyPlace.URL in places:
        is_unseen = is_refused and not entry.credentials
        useless = f"the key is in the query, where nothing looks for it; {_NO_HEADER}"
        yield Note(useless if is_unseen else f"the key is in the URL, which others log; {_IN_AUTHORIZATION}", _KEY_1)
    elif is_refused and not entry.credentials:
        yield Note(_NO_HEADER)
    if KeyPlace.OTHER_HEADER in places:
        yield Note(f"the key is in the header {entry.headers_with_key[0][:40]}; {_IN_AUTHORIZATION}", _KEY_1)
    if KeyPlace.OTHER_SCHEME in places and not is_refused:
        yield Note(f"the key is in Authorization without Bearer; {_IN_AUTHORIZATION}", _KEY_1)
    if is_refused and entry.credentials:
        yield from _on_refused_key(entry, keys, _KEY_1 if KeyPlace.OTHER_SCHEME in places else None)


def _on_refused_key(entry: Entry, keys: Mapping[str, KnownKey], misplaced: str | None) -> Iterator[Note]:
    """Yield why a key was refused; `misplaced` is what a key breaks that is in Authorization in another way."""
    known = keys.get(entry.key or "")
    scheme, space, _ = entry.credentials[0].partition(" ")
    if len(entry.credentials) > 1:
        yield Note("the request has several Authorization headers; send one", misplaced)
    elif scheme.startswith("1iv_"):
        yield Note("the Authorization header lacks Bearer before the key", misplaced)
    elif scheme.lower() != "bearer":
        has = f"the scheme {without_keys(scheme)[:20]!r}" if space else "no scheme"  # but a secret, perhaps
        yield Note(f"the Authorization header has {has}; the API takes Bearer alone", misplaced)
    elif entry.key is None:
        yield Note("the Authorization header has no key behind Bearer")
    elif known is None:
        yield Note("no key of this mock is the one that was sent; see whether it was cut, quoted, or of another --seed")
    elif known.is_revoked:
        yield Note(f"the key {known.name!r} was revoked")


def _on_parameters(entry: Entry, place: Place | None) -> Iterator[Note]:
    if entry.status != 200:
        return
    listed = entry.path.rpartition("/")[2] in LISTS
    known = (_OF_PREVIEW if "/api/v2/" in entry.path else _PARAMETERS) if listed else ()
    for name in dict.fromkeys(name for name, _ in pairs(entry)):
        if name not in known:
            meant = next((f" ({each} is)" for each in known if each in name.lower()), "")
            yield Note(f"{name} is not a parameter{meant}: it was ignored{_got(place)}")


def _got(place: Place | None) -> str:
    if place is None:
        return ""
    whole = place.count == place.total
    return f", and you got all {place.total}" if whole else f", and you got {place.count} of {place.total}"
