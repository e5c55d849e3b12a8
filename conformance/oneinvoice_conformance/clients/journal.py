"""Journal of a trial: what is seen of the client, as it happens, by whichever thread sees it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_conformance.clients.observation import ClientRequest, SentDelivery, Wait


class Journal:
    """Requests, deliveries and waits of a trial, and its clock."""

    def __init__(self) -> None:
        self.started = time.time()
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._numbers = {"request": 0, "connection": 0, "delivery": 0}
        self._requests: list[ClientRequest] = []
        self._deliveries: list[SentDelivery] = []
        self._waits: list[Wait] = []

    def clock(self) -> float:
        """Return the seconds since the trial began."""
        return time.monotonic() - self._began

    def number(self, kind: str) -> int:
        """Return the next number of a `request`, a `connection` or a `delivery`."""
        with self._lock:
            self._numbers[kind] += 1
            return self._numbers[kind]

    def keep(self, seen: ClientRequest | SentDelivery) -> None:
        """Keep a request that was answered, or a delivery."""
        with self._lock:
            if isinstance(seen, ClientRequest):
                self._requests.append(seen)
            else:
                self._deliveries.append(seen)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Note that the scenario waits within the context."""
        start = self.clock()
        try:
            yield
        finally:
            with self._lock:
                self._waits.append(Wait(start, self.clock(), what))

    @property
    def requests(self) -> tuple[ClientRequest, ...]:
        """Requests by the time at which they came."""
        with self._lock:
            return tuple(sorted(self._requests, key=lambda request: request.number))

    @property
    def deliveries(self) -> tuple[SentDelivery, ...]:
        """Deliveries by the time at which they were sent."""
        with self._lock:
            return tuple(sorted(self._deliveries, key=lambda delivery: delivery.number))

    @property
    def waits(self) -> tuple[Wait, ...]:
        with self._lock:
            return tuple(self._waits)
