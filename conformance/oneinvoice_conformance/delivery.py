"""One request that came to the receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
        """Whether anything in it says that 1invoice sent it, rightly or not."""
        agent = (self.header("User-Agent") or "").lower()
        return agent.startswith("1invoice") or any(name.lower().startswith("x-1invoice") for name, _ in self.headers)

    def json(self) -> Any:
        """The body as JSON. Raises `ValueError`."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error

    def named_in_body(self) -> set[str]:
        """The documented events that stand as a text of their own in the body."""
        try:
            return set(_texts(self.json())) & set(EVENTS)
        except ValueError:
            return set()

    def __str__(self) -> str:
        return f"delivery {self.number} ({self.event or 'no event named'})"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)
