"""Delivery: one request that came to the receiver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from oneinvoice_conformance.documented import EVENT_HEADER, EVENTS, SIGNATURE_HEADER
from oneinvoice_conformance.records.json_text import parse
from oneinvoice_conformance.records.names import words

WITH_BODY = ("POST", "PUT", "PATCH")
_EVENT_FIELDS = {"event", "event type", "event name", "type", "name", "topic", "action", "happened"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """Request as it came: its target with any query, headers in their order, and the raw body.

    `received` is in seconds since 1970. Of `body` only a chunked transfer coding is undone.
    """

    number: int
    received: float
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    problem: str | None = None
    """Reason why the body could not be read whole, if it could not."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path or "/"

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any letter case."""
        return next(iter(self.values(name)), None)

    def values(self, name: str) -> list[str]:
        """Return the different values of the headers of that name."""
        return list(dict.fromkeys(value for key, value in self.headers if key.lower() == name.lower()))

    @property
    def event(self) -> str | None:
        """Value of the event header, or None without one."""
        return self.header(EVENT_HEADER)

    @property
    def marked(self) -> bool:
        """Tell whether it claims to be a delivery by a header; a probe of the URL does not."""
        if self.header(EVENT_HEADER) or self.header(SIGNATURE_HEADER):
            return True
        agent = (self.header("User-Agent") or "").lower()
        documented = any(name.lower().startswith("x-1invoice") for name, _ in self.headers)
        return self.method in WITH_BODY and (documented or agent.startswith("1invoice"))

    def json(self) -> Any:
        """Return the body as JSON (RFC 8259). Raises `ValueError`."""
        return parse(self.body)

    def event_in_body(self) -> str | None:
        """Return the documented event that a field at the top of the body names; None without any, or with several."""
        try:
            content = self.json()
        except ValueError:
            return None
        fields = content.items() if isinstance(content, dict) else ()
        values = {value for name, value in fields if isinstance(value, str) and " ".join(words(name)) in _EVENT_FIELDS}
        events = values & set(EVENTS)
        return events.pop() if len(events) == 1 else None

    def __str__(self) -> str:
        return f"delivery {self.number} ({self.event or 'no event named'})"
