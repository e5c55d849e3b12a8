"""Obtain webhook deliveries from a deployment, once for all rules."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from oneinvoice_conformance.delivery import EVENTS, WITH_BODY, Delivery
from oneinvoice_conformance.receiver import Receiver
from oneinvoice_conformance.triggers import Attempt, Trigger

_PREFLIGHT = 5.0  # seconds
_QUIET = 0.3  # seconds without an arrival
_SETTLED_AFTER = 2.0  # seconds, at the latest
_TICK = 0.25  # seconds between two looks at the clock that is shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a deployment's webhooks: requests that came, and what was done to make them come.

    `url` is where they were to come to. Outside of the path of a registered URL nothing counts; where that path is
    not known, it is taken for the one to which most deliveries of documented events came. `attempts` is empty for
    deliveries that were recorded elsewhere. `timeout` is in seconds.
    """

    deliveries: tuple[Delivery, ...]
    secret: str = field(repr=False)
    url: str = "the receiver"
    path: str | None = None
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)
    timeout: float = 0.0

    @property
    def judged(self) -> tuple[Delivery, ...]:
        """The deliveries: what came to the path and looks like one; if nothing does, whatever was sent there."""
        path = self.path or self._likeliest_path()
        there = [delivery for delivery in self.deliveries if path in (None, delivery.path)]
        marked = [delivery for delivery in there if delivery.marked]
        return tuple(marked or [delivery for delivery in there if delivery.method in WITH_BODY])

    def _likeliest_path(self) -> str | None:
        paths = Counter(delivery.path for delivery in self.deliveries if delivery.event in EVENTS)
        return paths.most_common(1)[0][0] if paths else None

    def of_event(self, event: str) -> list[Delivery]:
        return [delivery for delivery in self.judged if delivery.event == event]


class Hooks:
    """Listens for deliveries, makes each event happen, and waits up to `timeout` seconds for what comes.

    `url` is the address that was registered, if it is known; without it its path is inferred. `tell` is
    given what is waited for, and the seconds that are left.
    """

    def __init__(
        self,
        receiver: Receiver,
        secret: str,
        trigger: Trigger,
        *,
        url: str | None = None,
        timeout: float = 30.0,
        tell: Callable[[str, float], None] = lambda what, seconds: None,
    ) -> None:
        self.receiver, self.trigger, self.secret = receiver, trigger, secret
        self.url, self.timeout = url, timeout
        self.note: str | None = None
        self._tell = tell
        self._evidence: Evidence | None = None

    def evidence(self) -> Evidence:
        """Everything that came; obtained on the first call."""
        if self._evidence is None:
            if self.url:
                self._preflight()
            self._evidence = self._gather()
        return self._evidence

    def _gather(self) -> Evidence:
        """Trigger each event, and once more what did not come although something did."""
        attempts: dict[str, tuple[Attempt, ...]] = {}
        for event in EVENTS:
            attempts[event] = (self.trigger(event),)
            if not attempts[event][0].certain:
                self._wait_for([event])
        self._wait_for(event for event in EVENTS if attempts[event][-1].problem is None)
        missing = self._missing(EVENTS)
        if self._so_far().judged and missing:
            for event in missing:
                attempts[event] += (self.trigger(event),)
                if not attempts[event][-1].certain:
                    self._wait_for([event])
            self._wait_for(event for event in missing if attempts[event][-1].problem is None)
        self._settle()
        return self._so_far(attempts)

    def _so_far(self, attempts: Mapping[str, tuple[Attempt, ...]] | None = None) -> Evidence:
        deliveries, path = tuple(self.receiver.deliveries), urlsplit(self.url or "").path or None
        return Evidence(deliveries, self.secret, self.url or self.receiver.url, path, attempts or {}, self.timeout)

    def _missing(self, events: Iterable[str]) -> list[str]:
        evidence = self._so_far()
        return [event for event in events if not evidence.of_event(event)]

    def _wait_for(self, events: Iterable[str]) -> None:
        """Wait until each of the events came, or the time is over."""
        events = list(events)
        end = time.monotonic() + self.timeout
        while (left := end - time.monotonic()) > 0 and (missing := self._missing(events)):
            self._tell(f"waiting for {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else ""), left)
            self.receiver.wait(lambda: not self._missing(events), min(_TICK, left))

    def _settle(self) -> None:
        """Wait until nothing more comes: what comes twice or late is judged too."""
        end = time.monotonic() + min(_SETTLED_AFTER, self.timeout)
        while (left := end - time.monotonic()) > 0:
            before = len(self.receiver.deliveries)
            if not self.receiver.wait(partial(self._more_than, before), min(_QUIET, left)):
                return

    def _more_than(self, count: int) -> bool:
        return len(self.receiver.deliveries) > count

    def _preflight(self) -> None:
        """See whether the public address leads here; where it does not, that may be so for this machine alone."""
        nonce = secrets.token_urlsafe(12)
        parts = urlsplit(self.url or "")
        with suppress(HTTPError):  # what counts is whether it arrived
            urllib3.request("POST", f"{parts.scheme}://{parts.netloc}/{nonce}", retries=False, timeout=_PREFLIGHT)
        if not any(nonce in delivery.target for delivery in self.receiver.deliveries):
            self.note = (
                f"A request from this machine to {parts.netloc} did not arrive at the receiver; if none of the "
                "deployment's does either, look at the tunnel."
            )
