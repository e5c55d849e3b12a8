"""Sends: what was sent of the newest deliveries, with what a receiver did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from oneinvoice_impl.mock.faults.webhook_fault import WebhookFault

K = TypeVar("K")
V = TypeVar("V")

MOST_DELIVERIES = 500


class Newest(dict[K, V]):
    """Dictionary that forgets what was put into it first once there is too much."""

    def __init__(self, most: int = MOST_DELIVERIES) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        if len(self) > self._most:
            del self[next(iter(self))]


class Send(NamedTuple):
    """One request of a delivery: an attempt, or one that a fault sent beside it, which `is_repeat`.

    `name` is what its header says of the fault. Status None is no answer, of which `error` tells the reason.
    """

    attempt: int
    is_repeat: bool
    fault: WebhookFault | None
    name: str | None
    at: datetime
    duration: timedelta
    status: int | None
    error: str | None
    connected: bool

    @property
    def is_answered_well(self) -> bool:
        """Tell whether its receiver took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_forged(self) -> bool:
        """Tell whether its receiver should refuse it."""
        return self.fault is not None and self.fault.is_forgery


class SendLog:
    """The sends of the newest deliveries."""

    def __init__(self) -> None:
        self._sends: Newest[str, list[Send]] = Newest()
        self._faults: Newest[str, str] = Newest()

    def add(self, delivery_id: str, send: Send) -> None:
        """Keep one."""
        self._sends[delivery_id] = [*self._sends.get(delivery_id, ()), send]
        if send.name is not None:
            self.name(delivery_id, send.name)

    def clear(self) -> None:
        """Forget all."""
        self._sends.clear()
        self._faults.clear()

    def name(self, delivery_id: str, fault: str) -> None:
        """Keep which fault a delivery has, by its name."""
        self._faults[delivery_id] = fault

    def of(self, delivery_id: str) -> Sequence[Send]:
        """Return those of a delivery, in the order in which they ended."""
        return self._sends.get(delivery_id, ())

    def fault_of(self, delivery_id: str) -> str | None:
        """Return the name of the fault that a delivery has; None if it has none."""
        return self._faults.get(delivery_id)
