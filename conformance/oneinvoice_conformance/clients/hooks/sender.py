"""Sender of deliveries to the client's receiver, which may be anything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import urllib3

from oneinvoice_conformance.clients.hooks.events import Event, delivery_id
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.observation import DeliveryKind, Headers, SentDelivery
from oneinvoice_conformance.documented import EVENT_HEADER, SIGNATURE_HEADER, WEBHOOK_USER_AGENT
from oneinvoice_conformance.webhooks.signing import sign

_TIMEOUT = urllib3.Timeout(connect=5.0, read=15.0)  # seconds; three times what is promised


@dataclass(frozen=True, slots=True)
class Parcel:
    """Content to deliver: the bytes of an event's body, and the headers. `form` says what is special about it.

    `signature` is the value of the header, or None to leave that out; `named` is X-1Invoice-Event.
    """

    event: Event
    body: bytes = field(repr=False)
    signature: str | None = field(repr=False)
    named: str
    kind: DeliveryKind = DeliveryKind.GENUINE
    form: str = ""
    headers: Headers = ()


class Sender:
    """Sender to one URL, that signs with a secret."""

    def __init__(self, url: str, secret: str, journal: Journal, random_source: random.Random) -> None:
        self.url = url
        self.secret = secret
        self._journal = journal
        self._random = random_source
        self._pool = urllib3.PoolManager(retries=False, timeout=_TIMEOUT, maxsize=128)

    def parcel(self, event: Event, body: bytes | None = None, kind: DeliveryKind = DeliveryKind.GENUINE) -> Parcel:
        """Return an event truly signed, with other bytes for its body if they are given."""
        content = event.body if body is None else body
        return Parcel(event, content, sign(content, self.secret), event.name, kind)

    def send(self, parcel: Parcel) -> SentDelivery:
        """Deliver it, and return how that was answered."""
        number = self._journal.number("delivery")
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", WEBHOOK_USER_AGENT),
            (EVENT_HEADER, parcel.named),
            ("X-1Invoice-Delivery", delivery_id(self._random)),
            *([] if parcel.signature is None else [(SIGNATURE_HEADER, parcel.signature)]),
            *parcel.headers,
        ]
        sent = SentDelivery(
            number=number,
            at=self._journal.clock(),
            event_id=parcel.event.id,
            event=parcel.named,
            kind=parcel.kind,
            form=parcel.form,
            headers=tuple(headers),
            body=parcel.body,
        )
        answered = self._answered(sent, dict(headers))
        self._journal.keep(answered)
        return answered

    def send_all(self, parcels: Sequence[Parcel]) -> list[SentDelivery]:
        """Deliver all at once, each on a connection of its own."""
        with ThreadPoolExecutor(max_workers=len(parcels)) as threads:
            return list(threads.map(self.send, parcels))

    def _answered(self, sent: SentDelivery, headers: dict[str, str]) -> SentDelivery:
        try:
            answer = self._pool.request("POST", self.url, body=sent.body, headers=headers, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return replace(sent, problem=_problem(error))
        return replace(sent, status=answer.status, answered=self._journal.clock())


def _problem(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError):
        return "nothing takes connections there"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer within 15 s"
    return "the connection ended without an answer"
