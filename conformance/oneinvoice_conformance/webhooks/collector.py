"""Obtain webhook deliveries from a deployment, once for all rules."""

from __future__ import annotations

import math
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from oneinvoice_conformance.documented import EVENTS
from oneinvoice_conformance.http.delivery import WITH_BODY, Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import Attempt, Trigger

_PREFLIGHT = 5.0  # seconds
_QUIET = 0.3  # seconds without an arrival
_SETTLED_AFTER = 2.0  # seconds, at the latest
_PROMPT = 1.0  # seconds in which most deployments deliver
_TOGETHER = 0.2  # seconds in which the deliveries of one trigger come
_STILL_COMING = 0.1  # of the time-out, after an arrival
_LONGEST = 4  # times the time-out, while deliveries of a backlog still come
_TICK = 0.25  # seconds between two looks at the clock that is shown


@dataclass(frozen=True, slots=True)
class WebhookEvidence:
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
    misnamed: tuple[str, tuple[Delivery, ...]] | None = None
    """An event that was triggered alone, and what came instead of it."""

    @property
    def judged(self) -> tuple[Delivery, ...]:
        """The deliveries: what came to the path and looks like one; if nothing does, whatever was sent there."""
        path = self.path or self._likeliest_path()
        there = [d for d in self.deliveries if path in (None, d.path) and d.problem is None]
        marked = [delivery for delivery in there if delivery.marked]
        if not marked:
            return tuple(delivery for delivery in there if delivery.method in WITH_BODY)
        bodies = {delivery.body for delivery in marked}
        # Without any header of the documentation a stranger's request is told from a delivery by its body.
        return tuple(
            d for d in there if d.marked or (d.method in WITH_BODY and (d.body in bodies or d.named_in_body()))
        )

    def _likeliest_path(self) -> str | None:
        paths = Counter(delivery.path for delivery in self.deliveries if delivery.event in EVENTS)
        return paths.most_common(1)[0][0] if paths else None

    def of_event(self, event: str) -> list[Delivery]:
        return [delivery for delivery in self.judged if delivery.event == event]


class WebhookCollector:
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
        self._evidence: WebhookEvidence | None = None
        self._error: Exception | None = None

    def evidence(self) -> WebhookEvidence:
        """Return everything that came; obtained on the first call. An error then is raised again on each later one."""
        if self._error is not None:
            raise self._error
        if self._evidence is None:
            try:
                if self.url:
                    self._preflight()
                self._evidence = self._gather()
            except Exception as error:
                self._error = error
                raise
        return self._evidence

    def _gather(self) -> WebhookEvidence:
        """Trigger each event, and once more what did not come although something did."""
        attempts: dict[str, tuple[Attempt, ...]] = {}
        own: dict[str, set[str | None]] = {}
        prompt = _PROMPT
        for event in EVENTS:
            before = len(self.receiver.deliveries)
            attempts[event] = (self.trigger(event),)
            if not attempts[event][0].certain:
                self._wait_for([event])
            elif self.receiver.wait(partial(self._more_than, before), prompt):
                self._wait_for([event], _TOGETHER, since=before)
            else:
                prompt = 0.0  # it delivers later, and is not waited for each time
            own[event] = {delivery.event for delivery in self.receiver.deliveries[before:]}
        self._wait_for(event for event in EVENTS if attempts[event][-1].problem is None)
        missing = self._missing(EVENTS)
        if self._so_far().judged and missing:
            for event in missing:
                attempts[event] += (self.trigger(event),)
                if not attempts[event][-1].certain:
                    self._wait_for([event])
            self._wait_for(event for event in missing if attempts[event][-1].problem is None)
        self._settle()
        misnamed = None if missing else self._misnamed(attempts, own)
        return replace(self._so_far(attempts), misnamed=misnamed)

    def _misnamed(
        self, attempts: Mapping[str, tuple[Attempt, ...]], own: Mapping[str, set[str | None]]
    ) -> tuple[str, tuple[Delivery, ...]] | None:
        """What comes of an event that is triggered alone, where before only others came at once; None if it does."""
        for event in EVENTS:
            if attempts[event][0].certain and event not in own[event] and own[event] & set(EVENTS):
                before = len(self.receiver.deliveries)
                if self.trigger(event).problem is None:
                    self._wait_for([event], since=before)
                came = tuple(d for d in self.receiver.deliveries[before:] if d.event in EVENTS)
                return None if not came or event in {d.event for d in came} else (event, came)
        return None

    def _so_far(self, attempts: Mapping[str, tuple[Attempt, ...]] | None = None) -> WebhookEvidence:
        deliveries, path = tuple(self.receiver.deliveries), urlsplit(self.url or "").path or None
        url = self.url or f"any path of {self.receiver.url}"
        return WebhookEvidence(deliveries, self.secret, url, path, attempts or {}, self.timeout)

    def _missing(self, events: Iterable[str], since: int = 0) -> list[str]:
        came = {delivery.event for delivery in self._so_far().judged if delivery.number > since}
        return [event for event in events if event not in came]

    def _wait_for(self, events: Iterable[str], seconds: float | None = None, since: int = 0) -> None:
        """Wait until each of the events came, or the time is over; longer, in bounds, while deliveries still come."""
        events = list(events)
        start = time.monotonic()
        seconds = self.timeout if seconds is None else min(seconds, self.timeout)
        while missing := self._missing(events, since):
            latest = self.receiver.deliveries[-1].received - time.time() if self.receiver.deliveries else -math.inf
            still = min(latest + self.timeout * _STILL_COMING, start + _LONGEST * seconds - time.monotonic())
            left = max(start + seconds - time.monotonic(), still if seconds == self.timeout else 0.0)
            if left <= 0:
                return
            self._tell(f"waiting for {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else ""), left)
            self.receiver.wait(lambda: not self._missing(events, since), min(_TICK, left))

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
