"""Sender of deliveries to the client's receiver, which may be anything."""

from __future__ import annotations

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import urllib3

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.observation import DeliveryKind, Headers, SentDelivery
from oneinvoice_conformance.documented import EVENT_HEADER, SIGNATURE_HEADER, WEBHOOK_USER_AGENT
from oneinvoice_conformance.webhooks.signing import sign

_CONNECT, _READ = 5.0, 8.0  # seconds; an answer in more than 5 s is late anyway
_TIMEOUT = urllib3.Timeout(connect=_CONNECT, read=_READ)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Content to deliver: the bytes of an event's body, and the headers. `form` says what is special about it.

    `signature` is the value of the header, or None to leave that out; `named` is X-1Invoice-Event, and `delivery` the
    id of the delivery, which is the same however often it is attempted.
    """

    event: Event
    body: bytes = field(repr=False)
    signature: str | None = field(repr=False)
    named: str
    delivery: str
    kind: DeliveryKind = DeliveryKind.GENUINE
    form: str = ""
    headers: Headers = field(default=(), repr=False)


class Sender:
    """Sender to one URL, that signs with a secret.

    Each delivery has a connection of its own: one that is kept would hold a receiver that serves a single one, and one
    that the receiver has just closed would look like a receiver that doesn't answer.
    """

    def __init__(self, url: str, secret: str, journal: Journal, random_source: random.Random) -> None:
        self.url = url
        self.secret = secret
        self._journal = journal
        self._random = random_source

    def parcel(
        self,
        event: Event,
        kind: DeliveryKind = DeliveryKind.GENUINE,
        form: str = "",
        *,
        body: bytes | None = None,
        secret: str | None = None,
    ) -> Parcel:
        """Return an event truly signed, as a new delivery: with other bytes, or another secret, if they are given."""
        content = event.body if body is None else body
        delivery = f"del_{self._random.getrandbits(80):020x}"
        return Parcel(event, content, sign(content, secret or self.secret), event.name, delivery, kind, form)

    def send(self, parcel: Parcel) -> SentDelivery:
        """Deliver it, and return how that was answered."""
        number = self._journal.number("delivery")
        headers = (
            ("Content-Type", "application/json"),
            ("User-Agent", WEBHOOK_USER_AGENT),
            (EVENT_HEADER, parcel.named),
            ("X-1Invoice-Delivery", parcel.delivery),
            *([] if parcel.signature is None else [(SIGNATURE_HEADER, parcel.signature)]),
            *parcel.headers,
            ("Connection", "close"),
        )
        sent = SentDelivery(
            number=number,
            at=self._journal.clock(),
            event_id=parcel.event.id,
            event=parcel.named,
            kind=parcel.kind,
            form=parcel.form,
            headers=headers,
            body=parcel.body,
        )
        answered = self._answered(sent)
        self._journal.keep(answered)
        return answered

    def send_all(self, parcels: Sequence[Parcel]) -> list[SentDelivery]:
        """Deliver all at once, each on a connection of its own."""
        with ThreadPoolExecutor(max_workers=max(1, len(parcels))) as threads:
            return list(threads.map(self.send, parcels))

    def _answered(self, sent: SentDelivery) -> SentDelivery:
        try:
            with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
                answer = pool.request("POST", self.url, body=sent.body, headers=dict(sent.headers), redirect=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            return replace(sent, problem=_problem(error))
        return replace(sent, status=answer.status, answered=self._journal.clock())


def _problem(error: Exception) -> str:
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "nothing takes connections there"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError):
        return f"no connection within {_CONNECT:.0f} s"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return f"no answer within {_READ:.0f} s"
    return "the connection ended without an answer"
