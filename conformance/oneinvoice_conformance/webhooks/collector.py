"""Collect the webhook deliveries of a deployment, once for all rules.

Nothing says how soon a deployment delivers, and seven events that each wait for a time-out would take minutes. So a
wait ends with what it waits for, and only what stays away costs time:

1. Each event is triggered and waited for `_PROMPT` seconds, to learn what comes of it alone; once an event has missed
   that, deliveries come later, and the next events are only triggered. A person's trigger is waited for in full.
2. Then all are waited for together, for the time-out. While deliveries still come, a backlog is being worked off, and
   the wait goes on: a tenth of the time-out after the latest arrival, `_LONGEST` time-outs in all at most.
3. An event that did not come although others did is triggered and waited for once more, so that one lost delivery is
   no failure. Where nothing came at all, a second wait would show nothing new.
4. One event more is triggered, and its delivery answered by 503, once: a sender that repeats it is to sign it again.
   Nothing waits for that, but what comes until the end of the run is judged.
5. At the end `_QUIET` seconds without an arrival are waited for, since a second delivery is judged too.
"""

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

from urllib3.exceptions import HTTPError

from oneinvoice_conformance.documented import EVENTS
from oneinvoice_conformance.http.connection import pool_manager
from oneinvoice_conformance.http.delivery import WITH_BODY, Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.triggers import Trigger, TriggerAttempt

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
    """Evidence on a deployment's webhooks: requests that came, and attempts to trigger them.

    `url` is where they were to come to. Requests outside of the path of a registered URL don't count; where that path
    is not known, it is the one to which most deliveries of documented events came. `attempts` is by event, and empty
    for deliveries that were recorded elsewhere. `timeout` is in seconds.
    """

    deliveries: tuple[Delivery, ...]
    secret: str = field(repr=False)
    url: str = "the receiver"
    path: str | None = None
    attempts: Mapping[str, tuple[TriggerAttempt, ...]] = field(default_factory=dict)
    timeout: float = 0.0
    strays: tuple[str, ...] = ()
    """Sentences on what came and was no request."""
    misnamed_event: tuple[str, tuple[Delivery, ...]] | None = None
    """Event that was triggered alone, and the deliveries of other events that came instead."""

    @property
    def recognised(self) -> tuple[Delivery, ...]:
        """Deliveries to judge: requests to the path that look like one; if none does, all with a body."""
        path = self.path or self._likeliest_path()
        there = [d for d in self.deliveries if path in (None, d.path) and d.problem is None]
        marked = [delivery for delivery in there if delivery.marked]
        if not marked:
            return tuple(delivery for delivery in there if delivery.method in WITH_BODY)
        bodies = {delivery.body for delivery in marked}
        # A request without any documented header may be a stranger's; the body shows whether it is a delivery.
        return tuple(
            d for d in there if d.marked or (d.method in WITH_BODY and (d.body in bodies or d.event_in_body()))
        )

    def _likeliest_path(self) -> str | None:
        paths = Counter(delivery.path for delivery in self.deliveries if delivery.event in EVENTS)
        return paths.most_common(1)[0][0] if paths else None

    def of_event(self, event: str) -> list[Delivery]:
        return [delivery for delivery in self.recognised if delivery.event == event]


class WebhookCollector:
    """Collector of the deliveries of all events, each of which is triggered and waited for up to `timeout` seconds.

    `url` is the address that was registered; without it the path is inferred. `progress` is called with what is waited
    for and the seconds that are left.
    """

    def __init__(
        self,
        receiver: Receiver,
        secret: str,
        trigger: Trigger,
        *,
        url: str | None = None,
        timeout: float = 30.0,
        progress: Callable[[str, float], None] = lambda what, seconds: None,
    ) -> None:
        self.receiver, self.trigger, self.secret = receiver, trigger, secret
        self.url, self.timeout = url, timeout
        self.note: str | None = None
        self._progress = progress
        self._evidence: WebhookEvidence | None = None
        self._error: Exception | None = None

    def collect(self) -> WebhookEvidence:
        """Return the evidence, gathered on the first call, with all that came until now.

        An error of the first call is raised again on each later one.
        """
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
        return replace(self._evidence, deliveries=tuple(self.receiver.deliveries), strays=tuple(self.receiver.strays))

    def _gather(self) -> WebhookEvidence:
        """Trigger each event, and once more those that did not come although others did."""
        attempts: dict[str, tuple[TriggerAttempt, ...]] = {}
        events_after: dict[str, set[str | None]] = {}
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
            events_after[event] = {delivery.event for delivery in self.receiver.deliveries[before:]}
        self._wait_for(event for event in EVENTS if attempts[event][-1].problem is None)
        missing = self._missing(EVENTS)
        if self._evidence_so_far().recognised and missing:
            for event in missing:
                attempts[event] += (self.trigger(event),)
                if not attempts[event][-1].certain:
                    self._wait_for([event])
            self._wait_for(event for event in missing if attempts[event][-1].problem is None)
        self._provoke_repetition(attempts)
        self._settle()
        misnamed_event = None if missing else self._misnamed(attempts, events_after)
        return replace(self._evidence_so_far(attempts), misnamed_event=misnamed_event)

    def _provoke_repetition(self, attempts: Mapping[str, tuple[TriggerAttempt, ...]]) -> None:
        """Have a delivery of an event that comes when it is triggered refused once, unless a person triggers it."""
        for event in EVENTS:
            if attempts[event][-1].certain and self._evidence_so_far().of_event(event):
                before = len(self.receiver.deliveries)
                self.receiver.refuse_once(event)
                if self.trigger(event).problem is None:
                    self.receiver.wait(partial(self._more_than, before), _PROMPT)
                return

    def _misnamed(
        self, attempts: Mapping[str, tuple[TriggerAttempt, ...]], events_after: Mapping[str, set[str | None]]
    ) -> tuple[str, tuple[Delivery, ...]] | None:
        """Return an event that is never named when it is triggered, and what comes instead; None if there is none.

        The first event after which only others came at once is triggered again, alone this time.
        """
        for event in EVENTS:
            if attempts[event][0].certain and event not in events_after[event] and events_after[event] & set(EVENTS):
                before = len(self.receiver.deliveries)
                if self.trigger(event).problem is None:
                    self._wait_for([event], since=before)
                came = tuple(d for d in self.receiver.deliveries[before:] if d.event in EVENTS)
                return None if not came or event in {d.event for d in came} else (event, came)
        return None

    def _evidence_so_far(self, attempts: Mapping[str, tuple[TriggerAttempt, ...]] | None = None) -> WebhookEvidence:
        deliveries, path = tuple(self.receiver.deliveries), urlsplit(self.url or "").path or None
        url = self.url or f"any path of {self.receiver.url}"
        return WebhookEvidence(deliveries, self.secret, url, path, attempts or {}, self.timeout)

    def _missing(self, events: Iterable[str], since: int = 0) -> list[str]:
        came = {delivery.event for delivery in self._evidence_so_far().recognised if delivery.number > since}
        return [event for event in events if event not in came]

    def _wait_for(self, events: Iterable[str], seconds: float | None = None, since: int = 0) -> None:
        """Wait until each of the events came or the time is over; longer while deliveries still come (see the head)."""
        events = list(events)
        start = time.monotonic()
        seconds = self.timeout if seconds is None else min(seconds, self.timeout)
        while missing := self._missing(events, since):
            latest = self.receiver.deliveries[-1].received - time.time() if self.receiver.deliveries else -math.inf
            still = min(latest + self.timeout * _STILL_COMING, start + _LONGEST * seconds - time.monotonic())
            left = max(start + seconds - time.monotonic(), still if seconds == self.timeout else 0.0)
            if left <= 0:
                return
            self._progress(f"waiting for {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else ""), left)
            self.receiver.wait(lambda: not self._missing(events, since), min(_TICK, left))

    def _settle(self) -> None:
        """Wait until nothing more comes, `_SETTLED_AFTER` seconds at most: second deliveries are judged too."""
        end = time.monotonic() + min(_SETTLED_AFTER, self.timeout)
        while (left := end - time.monotonic()) > 0:
            before = len(self.receiver.deliveries)
            if not self.receiver.wait(partial(self._more_than, before), min(_QUIET, left)):
                return

    def _more_than(self, count: int) -> bool:
        return len(self.receiver.deliveries) > count

    def _preflight(self) -> None:
        """Send a request to the public address, and note it where that does not arrive at the receiver."""
        nonce = secrets.token_urlsafe(12)
        parts = urlsplit(self.url or "")
        with suppress(HTTPError), pool_manager(_PREFLIGHT, None, 1) as pool:  # what counts is whether it arrived
            pool.request("POST", f"{parts.scheme}://{parts.netloc}/{nonce}", redirect=False)
        if not any(nonce in delivery.target for delivery in self.receiver.deliveries):
            self.note = (
                f"A request from this machine to {parts.netloc} did not arrive at the receiver; if none of the "
                "deployment's does either, look at the tunnel."
            )
