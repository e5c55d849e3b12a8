"""One request that came to the receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oneinvoice_conformance.exchange import refuse_constant
from oneinvoice_conformance.names import words

EVENTS = (
    "invoice.created",
    "invoice.sent",
    "invoice.paid",
    "quote.created",
    "quote.sent",
    "quote.accepted",
    "quote.rejected",
)
EVENT_HEADER = "X-1Invoice-Event"
SIGNATURE_HEADER = "X-1Invoice-Signature"
WITH_BODY = ("POST", "PUT", "PATCH")
_PAST = {"previous", "last", "prior", "before", "old", "former"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as it came: its target with any query, headers in their order, and the raw body.

    `received` is in seconds since 1970; `body` is what is left after a chunked transfer coding was undone, and
    nothing else.
    """

    number: int
    received: float
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str | None:
        """The first header of that name, in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def event(self) -> str | None:
        """What the event header says, or None if there is none."""
        return self.header(EVENT_HEADER)

    @property
    def marked(self) -> bool:
        """Whether something in it says that it is a delivery, rightly or not; a probe of the URL is none."""
        agent = (self.header("User-Agent") or "").lower()
        documented = any(name.lower().startswith("x-1invoice") for name, _ in self.headers)
        return documented or (agent.startswith("1invoice") and self.method in WITH_BODY)

    def json(self) -> Any:
        """The body as JSON (RFC 8259). Raises `ValueError`."""
        try:
            return json.loads(self.body, parse_constant=refuse_constant)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error

    def named_in_body(self) -> set[str]:
        """The documented events that a field of the body names, but those of the past."""
        try:
            return {value for name, value in _fields(self.json(), 2) if not _PAST & set(words(name))} & set(EVENTS)
        except ValueError:
            return set()

    def __str__(self) -> str:
        return f"delivery {self.number} ({self.event or 'no event named'})"


def _fields(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """Yield (name, text) for the fields of an object and of those in it, to that depth."""
    if isinstance(value, dict) and depth:
        for name, inner in value.items():
            if isinstance(inner, str):
                yield name, inner
            yield from _fields(inner, depth - 1)
