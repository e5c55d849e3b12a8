"""Genuine events: made by a sandbox, and taken from it with the bytes that it sends."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_conformance.clients.mock.controls import Sandbox
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_conformance.webhooks.signing import verify_signature

AS_SENT = "as the mock sends them"
WRITINGS: dict[str, Callable[[bytes], bytes]] = {
    AS_SENT: lambda body: body,
    "as JavaScript writes them": lambda body: _written(body, ",", ":"),
    "as Python writes them": lambda body: _written(body, ", ", ": "),
}
"""Writings of JSON: a client that signs what it wrote anew takes its own alone, which no control may fail for."""
_PATIENCE = 20.0  # seconds that the mock may take to send an event


@dataclass(frozen=True, slots=True)
class Event:
    """Event as the sandbox sends it: its id and name, and the bytes of its body."""

    id: str
    name: str
    body: bytes = field(repr=False)

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


class Events:
    """Events of a sandbox, which sends them to a receiver of the suite's, signed with the client's secret.

    `writing` is how their JSON is written: one of `WRITINGS`.
    """

    def __init__(self, sandbox: Sandbox, receiver: Receiver, secret: str, writing: str = AS_SENT) -> None:
        self.writing = writing
        self._sandbox = sandbox
        self._receiver = receiver
        self._secret = secret

    def make(self, name: str, **values: Any) -> Event:
        """Make one event happen, such as `make("invoice.paid", invoice="inv_1")`, and return it."""
        return self.make_all([name], **values)[-1]

    def make_all(self, names: Sequence[str], **values: Any) -> list[Event]:
        """Make events happen, and return them in their order. Raises `Unreachable` if the mock doesn't send one.

        One that happens to a new record has others before it, which are left out.
        """
        ids = [
            self._sandbox.control("POST", "/trigger", {"event": name} | values)["events"][-1]["id"] for name in names
        ]
        wanted = set(ids)
        self._receiver.wait(lambda: wanted <= set(self._by_id()), _PATIENCE)
        came = self._by_id()
        if missing := wanted - set(came):
            raise Unreachable(
                f"{len(missing)} of the events that the mock made did not come within {_PATIENCE:.0f} s; a mock on "
                "another machine can't reach this one: leave --mock out, so that one is started here."
            )
        return [self._event(came[id]) for id in ids]

    def _trigger(self, content: Mapping[str, Any]) -> str:
        return str(self._sandbox.control("POST", "/trigger", content)["events"][-1]["id"])

    def _by_id(self) -> dict[str, Delivery]:
        return {str(delivery.json()["id"]): delivery for delivery in list(self._receiver.deliveries)}

    def _event(self, delivery: Delivery) -> Event:
        if not verify_signature(delivery.body, delivery.header("X-1Invoice-Signature") or "", self._secret):
            raise Unreachable("The mock's own events are signed wrongly; use the oneinvoice-mock of this kit.")
        content = delivery.json()
        return Event(str(content["id"]), str(content["event"]), WRITINGS[self.writing](delivery.body))


@contextmanager
def events_of(sandbox: Sandbox, secret: str, writing: str = AS_SENT) -> Iterator[Events]:
    """Have the sandbox send its events here for the context."""
    with Receiver("127.0.0.1", 0) as receiver:
        hook = {"url": f"{receiver.url}/events", "secret": secret}
        made = sandbox.control("POST", "/webhooks", hook)
        try:
            yield Events(sandbox, receiver, secret, writing)
        finally:
            sandbox.control("DELETE", f"/webhooks/{made['id']}")


def _written(body: bytes, between: str, colon: str) -> bytes:
    return json.dumps(json.loads(body), ensure_ascii=False, separators=(between, colon)).encode()


def delivery_id(random_source: random.Random) -> str:
    """Return an id for a delivery."""
    return f"del_{random_source.getrandbits(80):020x}"
