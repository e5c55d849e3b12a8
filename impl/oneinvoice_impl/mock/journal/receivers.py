"""Receivers: what each should know of how it took what it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from oneinvoice_openapi.client_bounds import ANSWER_SECONDS

from oneinvoice_impl.domain.event import INVOICE_EVENTS, QUOTE_EVENTS
from oneinvoice_impl.mock.faults.sends import Send
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.webhooks.sender import TIMEOUT_SECONDS

_HINT = "answer first, work afterwards"
_BAD_SIGNATURE = (400, 401, 403)  # what receivers say of one
_AT_ONCE = "simultaneous"
_KNOWN_EVENTS = frozenset((*INVOICE_EVENTS, *QUOTE_EVENTS))

Event = tuple[str, str]


def event_of(send: Send) -> Event:
    """Return what is to be handled once: an event at an endpoint."""
    return send.endpoint_id, send.event_id


def taken(sends: Sequence[Send]) -> Mapping[Event, Sequence[Send]]:
    """Return for each event those of its sends that were taken."""
    found: dict[Event, list[Send]] = {}
    for send in sends:
        if send.is_taken:
            found.setdefault(event_of(send), []).append(send)
    return found


def receiver_notes(sends: Sequence[Send]) -> Iterator[tuple[Send, list[Note]]]:
    """Yield each send with what its receiver should know, by what became of the others too."""
    taken_of = taken(sends)
    takers = {send.endpoint_id for send in sends if send.is_taken and send.event in _KNOWN_EVENTS}
    for send in sends:
        others = [each for each in taken_of.get(event_of(send), ()) if each is not send]
        yield send, [*_on_time(send), *_on_status(send, others, send.endpoint_id in takers)]


def _on_time(send: Send) -> Iterator[Note]:
    seconds = send.duration.total_seconds()
    requirement = None if send.is_forged else "CLIENT/HOOK-1"
    if not send.connected:
        yield Note(f"no connection was made: is the receiver running at {urlsplit(send.url).netloc}?")
    elif send.status is None and seconds >= TIMEOUT_SECONDS:
        yield Note(f"the receiver did not answer within {TIMEOUT_SECONDS:g} s: {_HINT}", requirement)
    elif send.status is not None and seconds >= ANSWER_SECONDS:
        took = f"the receiver took {seconds:.1f} s"
        yield Note(f"{took}: {_HINT} (a receiver has {TIMEOUT_SECONDS:g} s)", requirement)


def _on_status(send: Send, taken: Sequence[Send], is_taker: bool) -> Iterator[Note]:
    """Yield notes on an answer.

    `taken` are the other sends of its event that were, and the receiver `is_taker` if it took an event that it knows.
    """
    status, path = send.status, urlsplit(send.url).path or "/"
    if status is None:
        return
    if send.is_forged:
        yield from _on_forgery(status)
    elif not send.is_answered_well and any(_came_before(each, send) for each in taken):
        again = f"it answered {status} when it was sent again"
        yield Note(f"{again}: answer 200 to an event that was handled", "CLIENT/HOOK-4")
    elif 300 <= status < 400:
        yield Note(f"it redirected ({status}), and redirects are not followed: register the URL where that ends")
    elif status >= 400 and send.event not in _KNOWN_EVENTS and is_taker:
        unknown = f"it answered {status} to {send.event}, which it need not know"
        yield Note(f"{unknown}: answer 200 to any event, and do nothing", "CLIENT/HOOK-6")
    elif status in _BAD_SIGNATURE:
        verified = "does it verify the raw bytes, with the secret of this endpoint?"
        yield Note(f"it answered {status} to a true signature: {verified}")
    elif status == 404:
        yield Note(f"it answered 404: is the path {path} right?")
    elif status == 405:
        yield Note(f"it answered 405: does it take POST at {path}?")


def _on_forgery(status: int) -> Iterator[Note]:
    forged = f"it answered {status} to a forged signature"
    if 200 <= status < 300:
        first = "verify X-1Invoice-Signature over the raw bytes before you trust the body"
        yield Note(f"{forged}: {first}", "CLIENT/HOOK-2")
    elif status >= 500:
        yield Note(f"{forged}: refuse one with 401")


def _came_before(taken: Send, send: Send) -> bool:
    """Tell whether a receiver that took the one knew the event as the other came, or was to."""
    is_at_once = send.fault is not None and send.fault.kind == _AT_ONCE
    return send.is_repeat or is_at_once or taken.at + taken.duration <= send.at
