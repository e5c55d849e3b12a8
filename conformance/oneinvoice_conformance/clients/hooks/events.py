"""Genuine events: made by a sandbox, taken from it, and written so that a receiver of any language knows the bytes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_conformance.clients.hooks.bodies import AS_THE_API, FORMS
from oneinvoice_conformance.clients.mock.controls import Sandbox
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.signing import verify_signature

_PATIENCE = 20.0  # seconds that the mock may take to send an event
_CUSTOMER = {"customer.name": "Fjord Trading AS", "customer.email": "post@fjord.example"}
_ANSWERS = ("quote.accepted", "quote.rejected")


@dataclass(frozen=True, slots=True)
class Event:
    """Event by its id and name, and the bytes of its body, in the form of that name."""

    id: str
    name: str
    body: bytes = field(repr=False)
    form: str = AS_THE_API

    @property
    def content(self) -> dict[str, Any]:
        """Body as JSON: `{"id", "event", "created_at", "data"}`."""
        content = json.loads(self.body)
        assert isinstance(content, dict)
        return content

    @property
    def record(self) -> Mapping[str, Any]:
        """Record that the event tells of, as the API shows it."""
        record = self.content["data"]
        assert isinstance(record, dict)
        return record

    def told(self, **changes: Any) -> Event:
        """Return an event with other values at the top of its body."""
        return written(self.content | changes, self.form)


def written(content: Mapping[str, Any], form: str) -> Event:
    """Return the event that a body tells of, in the bytes of a form."""
    return Event(str(content["id"]), str(content["event"]), FORMS[form](content), form)


class Events:
    """Events of a sandbox, which sends them to a receiver of the suite's, signed with the client's secret.

    A client remembers ids for good, so those of events and of new records are of no other verdict. Their bodies are in
    the bytes of a form, and new records in ASCII, which are the least that a receiver can stumble over.
    """

    def __init__(self, sandbox: Sandbox, receiver: Receiver, secret: str, form: str = AS_THE_API) -> None:
        self._form = form
        self._sandbox = sandbox
        self._receiver = receiver
        self._secret = secret
        self._came: dict[str, Delivery] = {}
        self._looked_at = 0

    def make(self, name: str, **named: str) -> Event:
        """Make an event happen to a new record, or to one that is named: `make("invoice.paid", invoice="inv_1")`."""
        return self._taken([self._triggered(name, named)])[0]

    def make_all(self, names: Sequence[str]) -> list[Event]:
        """Make events happen, each to a new record, and return them in their order.

        What happens to the record before is left out. Raises `Unreachable` if the mock doesn't send one.
        """
        return self._taken([self._triggered(name, {}) for name in names])

    def _triggered(self, name: str, named: Mapping[str, str]) -> str:
        content: dict[str, Any] = {"event": name, **named}
        if not named and name.startswith(("invoice.", "quote.")):
            content["set"] = _new_record(name)
        return str(self._sandbox.control("POST", "/trigger", content)["events"][-1]["id"])

    def _taken(self, ids: Sequence[str]) -> list[Event]:
        """Return the events with these ids, once they came."""
        if not self._receiver.wait(lambda: set(ids) <= self._by_id().keys(), _PATIENCE):
            raise Unreachable(
                f"{len(set(ids) - self._by_id().keys())} of the events that the mock made did not come within "
                f"{_PATIENCE:.0f} s; a mock on another machine can't reach this one: leave --mock out, so that one is "
                "started here."
            )
        return [self._event(self._came[id]) for id in ids]

    def _by_id(self) -> dict[str, Delivery]:
        """Return what came, by the ids of the events."""
        new = self._receiver.deliveries[self._looked_at :]
        self._looked_at += len(new)
        self._came |= {str(delivery.json()["id"]): delivery for delivery in new}
        return self._came

    def _event(self, delivery: Delivery) -> Event:
        if not verify_signature(delivery.body, delivery.header("X-1Invoice-Signature") or "", self._secret):
            raise Unreachable("The mock's own events are signed wrongly; use the oneinvoice-mock of this kit.")
        return written(delivery.json() | {"id": f"evt_{secrets.token_hex(10)}"}, self._form)


@contextmanager
def events_of(sandbox: Sandbox, secret: str, form: str = AS_THE_API) -> Iterator[Events]:
    """Have the sandbox send its events here for the context."""
    with Receiver("127.0.0.1", 0) as receiver:
        hook = {"url": f"{receiver.url}/events", "secret": secret}
        made = sandbox.control("POST", "/webhooks", hook)
        try:
            yield Events(sandbox, receiver, secret, form)
        finally:
            sandbox.control("DELETE", f"/webhooks/{made['id']}")


def _new_record(name: str) -> dict[str, str]:
    """Return the values of a record that an event is to happen to."""
    prefix, unique = name[:3], secrets.token_hex(10)
    signing = {"signing.name": "Kari Nordmann"} if name in _ANSWERS else {}
    return _CUSTOMER | {"id": f"{prefix}_{unique}", "number": f"{prefix.upper()}-{unique}"} | signing
