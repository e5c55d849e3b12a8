"""Sandbox of a mock, as a test has it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from oneinvoice_impl.mock.testing.controls import Controls

_PAUSE = 0.02  # seconds between two looks at the deliveries


@dataclass(frozen=True, slots=True)
class Webhook:
    """Endpoint that the events of a sandbox are sent to. `secret` is what its deliveries are signed with."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Clock:
    """Time of a sandbox. Each change returns once all that became due by it was sent, each retry at its own time.

    It warns if receivers were so slow that some are late.

    >>> oneinvoice_sandbox.clock.advance(61)            # a minute later, the limit is free again
    >>> oneinvoice_sandbox.clock.set("2038-01-20")      # a day, or a moment such as 2038-01-20T12:00:00Z
    """

    _controls: Controls

    @property
    def now(self) -> datetime:
        """The time, in UTC."""
        return _moment(self._controls.get("/clock"))

    def advance(self, seconds: float) -> datetime:
        """Move on, and return the time."""
        return self._change(advance=seconds)

    def set(self, moment: date | str) -> datetime:
        """Move to a moment or a day, of before or after, and return the time. A datetime needs its time zone."""
        return self._change(set=_text(moment))

    def freeze(self) -> datetime:
        """Stand still, and return the time."""
        return self._change(freeze=True)

    def resume(self) -> datetime:
        """Go on from where it stands, and return the time."""
        return self._change(freeze=False)

    def reset(self) -> datetime:
        """Go back to the system's time, and return it."""
        return _moment(self._controls.post("/clock/reset"))

    def _change(self, **change: Any) -> datetime:
        state = self._controls.post("/clock", change)
        if state["note"]:
            warnings.warn(state["note"], stacklevel=3)
        return _moment(state)


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults that requests to come get in the place of an answer, or deliveries of webhooks on their way.

    >>> oneinvoice_sandbox.faults.add(operation="list_members", status=429, retry_after=2, times=1)
    >>> oneinvoice_sandbox.faults.add(fault="reset", nth=3)     # the third request of all
    >>> oneinvoice_sandbox.faults.add(webhook="duplicate", event="invoice.paid", times=1)
    >>> oneinvoice_sandbox.faults.clear()
    """

    _controls: Controls

    def add(
        self,
        *,
        operation: str | None = None,
        status: int | None = None,
        fault: str | None = None,
        webhook: str | None = None,
        event: str | None = None,
        delay: float | None = None,
        retry_after: int | str | None = None,
        nth: int | None = None,
        times: int | None = None,
        until: date | str | None = None,
        probability: float = 1.0,
        seed: int | None = None,
    ) -> Mapping[str, Any]:
        """Plan one, and return it: an error's `status`, or a `fault` such as reset, truncate, garbage, hang, slow.

        `webhook` is one of deliveries, such as wrong-secret, drop, delay, duplicate, of an `event` or of all.
        It is for an `operation` such as list_members or for all, from the `nth` request on, so many `times`, `until`
        a moment of the sandbox's clock, and with a `probability`, whose choices follow from the `seed`.
        """
        planned = {
            "operation": operation,
            "status": status,
            "fault": fault,
            "webhook": webhook,
            "event": event,
            "delay": delay,
            "retry_after": retry_after,
            "nth": nth,
            "times": times,
            "until": _text(until),
            "probability": probability,
            "seed": seed,
        }
        answer: Mapping[str, Any] = self._controls.post("/faults", planned)
        return answer

    def planned(self) -> list[Mapping[str, Any]]:
        """Return those that are planned, with how many requests got each."""
        return list(self._controls.get("/faults")["data"])

    def clear(self) -> None:
        """Plan none any more."""
        self._controls.delete("/faults")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """API with data, keys, webhooks, limit, clock, faults and journal of its own.

    >>> client = Client(oneinvoice_sandbox.url, oneinvoice_sandbox.key)     # yours
    >>> webhook = oneinvoice_sandbox.webhook("http://127.0.0.1:9401/hook")
    >>> oneinvoice_sandbox.trigger("invoice.paid", total="12500.00", customer={"name": "Nordlys AS"})
    >>> oneinvoice_sandbox.wait_for_delivery("invoice.paid")

    Whatever the mock refuses raises `MockProblem` with its sentence.
    """

    id: str
    url: str
    """Base URL of the API, which all sandboxes of a mock share: the key tells which one is meant."""
    key: str = field(repr=False)
    sibling_key: str = field(repr=False)
    """Another key of the same organisation."""
    other_key: str = field(repr=False)
    """A key of another organisation."""
    revoked_key: str = field(repr=False)
    controls: Controls
    """Whatever else the mock can be told: see `/_mock/openapi.json` there."""
    _taken: set[str] = field(default_factory=set, init=False, repr=False)

    @property
    def clock(self) -> Clock:
        """Its time."""
        return Clock(self.controls)

    @property
    def faults(self) -> Faults:
        """Faults that are planned for requests to come."""
        return Faults(self.controls)

    def trigger(
        self, event: str, *, invoice: str | None = None, quote: str | None = None, **data: Any
    ) -> Mapping[str, Any]:
        """Make an event happen, and return it with its `id`, its `deliveries` and the id of the `record`.

        It happens to the invoice or the quote of that id; or to a new one with `data`, as the API names it; or else to
        the oldest in the right state.
        """
        content = {"event": event, "invoice": invoice, "quote": quote, "set": dict(_flat(data))}
        happened: Mapping[str, Any] = self.controls.post("/trigger", content)["events"][-1]
        return happened

    def webhook(self, url: str, *, secret: str | None = None, events: Sequence[str] | None = None) -> Webhook:
        """Send events to a URL: all, or those named. `secret` is drawn unless it is given."""
        named = list(events) if events and not isinstance(events, str) else events
        made = self.controls.post("/webhooks", {"url": url, "secret": secret, "events": named})
        return Webhook(made["id"], made["secret"])

    def load(self, fixtures: Mapping[str, Any], *, replace: bool = False) -> Mapping[str, Any]:
        """Load data of one's own, such as {"members": [{"status": "pending"}]}, and return how many records came.

        It is added; with `replace`, here or in the data, it takes the place of all records of an organisation that it
        names.
        """
        content = {**fixtures, "replace": True} if replace else fixtures
        loaded: Mapping[str, Any] = self.controls.post("/fixtures", content)
        return loaded

    def requests(self) -> list[Mapping[str, Any]]:
        """Return the requests to its API, oldest first: `method`, `path`, `status`, `why`, `notes`, `findings`, …."""
        return list(self.controls.get("/requests")["data"])

    def deliveries(self) -> list[Mapping[str, Any]]:
        """Return the deliveries of webhooks, newest first: `event`, `url`, `status`, `attempts`, …."""
        return list(self.controls.get("/deliveries")["data"])

    def wait_for_delivery(self, event: str, timeout: float = 5) -> Mapping[str, Any]:
        """Return the oldest delivery of an event that was not returned before, once its receiver took it.

        Raises `TimeoutError`, which tells the attempts so far, if that takes more than `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while True:
            seen = [each for each in self.deliveries()[::-1] if each["id"] not in self._taken]
            done = [each for each in seen if (each["event"], each["status"]) == (event, "delivered")]
            if done:
                self._taken.add(done[0]["id"])
                return done[0]
            if time.monotonic() >= deadline:
                raise TimeoutError(f"No {event} was delivered in {timeout} s; {_told(seen)}")
            time.sleep(_PAUSE)

    def reset(self) -> None:
        """Go back to how it was at first: data, keys, webhooks, faults, journal and clock."""
        self.controls.post("/reset")

    def snapshot(self) -> Mapping[str, Any]:
        """Return its state, with the secrets of webhooks in it."""
        state: Mapping[str, Any] = self.controls.post("/snapshot")
        return state

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Go back to a state."""
        self.controls.post("/restore", snapshot)


def _moment(clock: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(clock["now"])


def _text(moment: date | str | None) -> str | None:
    return moment.isoformat() if isinstance(moment, date) else moment


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Return what the controls set: {"customer": {"name": "Bo"}} is customer.name=Bo."""
    for name, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif value is not None:
            yield f"{prefix}{name}", str(value)


def _told(deliveries: list[Mapping[str, Any]]) -> str:
    if not deliveries:
        return "there was no delivery: register a webhook first, and have the event happen."
    return "what there was:\n" + "\n".join(
        f"  {each['event']} to {each['url']}: {each['status']}"
        + "".join(f"\n    attempt {one['number']}: {one['error'] or one['status']}" for one in each["attempts"])
        for each in deliveries
    )
