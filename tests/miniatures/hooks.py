"""Webhooks: a chain of small steps from an event to its delivery, for a freedom or a fault to override one of them."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.miniatures.data import World
from tests.miniatures.events import EventOccurrence, apply_event

USER_AGENT = "1invoice-webhooks/1"
# A receiver that takes longer has lost the delivery.
TIMEOUT = 10.0


@dataclass(frozen=True)
class Webhook:
    """Registration of a webhook: where deliveries go, and the secret that signs them."""

    url: str
    secret: str

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def target(self) -> str:
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


@dataclass(frozen=True)
class Delivery:
    """One request to the receiver, as it goes over the wire after a pause in seconds."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""
    pause: float = 0.0

    @property
    def chunked(self) -> bool:
        return "transfer-encoding" in map(str.lower, self.headers)


class Hooks:
    """Delivery of events to the registered webhook, in the background.

    `lost` holds what went wrong on the receiver's side, `mistakes` what went wrong here.
    """

    world: World
    delivered_type = "application/json"

    def __init__(self) -> None:
        self.webhook: Webhook | None = None
        self.lost: list[OSError | HTTPException] = []
        self.mistakes: list[BaseException] = []
        self._lock = threading.RLock()
        self._senders: list[threading.Thread] = []

    def register(self, url: str, secret: str) -> None:
        """Deliver to this URL from now on, signed with this secret.

        Raises:
            ValueError: the URL isn't http://host...
        """
        if urlsplit(url).scheme != "http" or not urlsplit(url).hostname:
            raise ValueError(f"a miniature delivers to http:// only, not to {url!r}")
        self.webhook = Webhook(url, secret)

    # From the event to the wire

    def trigger(self, event: str) -> None:
        """Make a documented event happen to the data, and send its deliveries off; return at once."""
        with self._lock:
            occurrences = self.occur(event)
            if self.webhook:
                self.send_in_background(self.announce(occurrences, self.webhook))

    def occur(self, event: str) -> list[EventOccurrence]:
        return [apply_event(self.world, event)]

    def announce(self, occurrences: list[EventOccurrence], webhook: Webhook) -> list[Delivery]:
        return [each for occurrence in occurrences for each in self.deliveries(occurrence, webhook)]

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        return [self.delivery(occurrence, webhook)]

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        body = self.encode(self.content(occurrence))
        return Delivery("POST", webhook.target, self.headers(occurrence.event, body, webhook.secret), body)

    # What it looks like

    def content(self, occurrence: EventOccurrence) -> Any:
        return {
            "organisation": occurrence.document.organisation,
            "happened": occurrence.event,
            "at": datetime.now(UTC).isoformat(),
            occurrence.kind: self.as_resource(occurrence),
        }

    def as_resource(self, occurrence: EventOccurrence) -> Any:
        """Return the document as the API shows it."""
        raise NotImplementedError

    def encode(self, content: Any) -> bytes:
        # Neither compact nor as any library does it by itself: who signs another form of this JSON is found out.
        return json.dumps(content, ensure_ascii=False, separators=(",", ": ")).encode()

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return {
            "User-Agent": USER_AGENT,
            "Content-Type": self.delivered_type,
            "Content-Length": str(len(body)),
            "X-1Invoice-Event": event,
            "X-1Invoice-Signature": self.sign(body, secret),
        }

    def sign(self, body: bytes, secret: str) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    # Over the wire

    def send_in_background(self, deliveries: list[Delivery]) -> None:
        sender = threading.Thread(target=self._run, args=(deliveries,))
        self._senders.append(sender)
        sender.start()

    def _run(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            time.sleep(delivery.pause)
            try:
                self.send(delivery)
            except (OSError, HTTPException) as error:
                self.lost.append(error)
            except BaseException as error:
                self.mistakes.append(error)

    def send(self, delivery: Delivery) -> None:
        connection = self.connect()
        try:
            status = self.exchange(connection, delivery)
        finally:
            connection.close()
        if status >= 500 and (again := self.repetition(delivery)):
            self.send(again)

    def repetition(self, delivery: Delivery) -> Delivery | None:
        """Return what is sent again where the receiver could not handle a delivery; None if it is not repeated."""
        return None

    def connect(self) -> HTTPConnection:
        assert self.webhook
        return HTTPConnection(self.webhook.host, timeout=TIMEOUT)

    def exchange(self, connection: HTTPConnection, delivery: Delivery) -> int:
        connection.putrequest(delivery.method, delivery.target, skip_accept_encoding=True)
        for name, value in delivery.headers.items():
            connection.putheader(name, value)
        connection.endheaders(self.pieces(delivery.body), encode_chunked=delivery.chunked)
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def pieces(self, body: bytes) -> Iterable[bytes]:
        """Yield the body as it is handed to the network, piece by piece."""
        return [body]

    def wait_for_deliveries(self) -> None:
        """Return when all that was sent off has arrived, or is lost."""
        for sender in self._senders:
            sender.join()
