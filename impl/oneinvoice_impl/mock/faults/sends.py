"""Sends: what was sent of the newest deliveries, with what a receiver did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """One request of a delivery: an attempt, or one that a fault sent beside it, which `is_repeat`.

    It was sent `since`, on a clock that goes by itself. `name` is what its header says of the fault. Status None is no
    answer, of which `error` tells the reason.
    """

    delivery_id: str
    endpoint_id: str
    event_id: str
    event: str
    url: str
    attempt: int
    is_repeat: bool = False
    fault: WebhookFault | None = None
    name: str | None = None
    at: datetime
    since: float | None = None
    duration: timedelta
    status: int | None
    error: str | None
    connected: bool = True
    number: int = 0

    @property
    def is_answered_well(self) -> bool:
        """Tell whether its receiver took it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_forged(self) -> bool:
        """Tell whether its receiver should refuse it."""
        return self.fault is not None and self.fault.is_forgery

    @property
    def is_taken(self) -> bool:
        """Tell whether its receiver took what is genuine."""
        return self.is_answered_well and not self.is_forged


class Onlooker(Protocol):
    """Onlooker of what is sent."""

    def on_sends(self, sends: Sequence[Send]) -> None:
        """Look at all that was sent, once another was answered."""

    def forget(self) -> None:
        """Forget what was sent before."""


class SendLog:
    """The sends of the newest deliveries, numbered as they ended. An `onlooker` sees them whenever there is another."""

    def __init__(self, onlooker: Onlooker | None = None) -> None:
        self._onlooker = onlooker
        self._sends: Newest[str, list[Send]] = Newest()
        self._faults: Newest[str, str] = Newest()
        self._number = 0

    @property
    def all(self) -> Sequence[Send]:
        """Those of all deliveries, in the order in which they ended."""
        return sorted((send for sends in self._sends.values() for send in sends), key=lambda send: send.number)

    def add(self, send: Send) -> None:
        """Keep one."""
        self._number += 1
        delivery_id = send.delivery_id
        self._sends[delivery_id] = [*self._sends.get(delivery_id, ()), replace(send, number=self._number)]
        if send.name is not None:
            self.name(delivery_id, send.name)
        if self._onlooker is not None:
            self._onlooker.on_sends(self.all)

    def clear(self) -> None:
        """Forget all; the numbers go on."""
        self._sends.clear()
        self._faults.clear()
        if self._onlooker is not None:
            self._onlooker.forget()

    def name(self, delivery_id: str, fault: str) -> None:
        """Keep which fault a delivery has, by its name."""
        self._faults[delivery_id] = fault

    def of(self, delivery_id: str) -> Sequence[Send]:
        """Return those of a delivery, in the order in which they ended."""
        return self._sends.get(delivery_id, ())

    def fault_of(self, delivery_id: str) -> str | None:
        """Return the name of the fault that a delivery has; None if it has none."""
        return self._faults.get(delivery_id)
