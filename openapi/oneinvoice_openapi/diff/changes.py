"""Change between two versions: its class, where it is, whom it breaks, and a message that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """Class of a change, the worst first."""

    BREAKING = "breaking"
    UNCLASSIFIED = "unclassified"
    APPROVED = "approved"
    COMPATIBLE = "compatible"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True)
class Place:
    """Message of the API in which schemas are compared: who sends it decides what breaks."""

    subject: str
    """Operation, as `GET /api/v1/members`, or `webhook invoice.paid`."""
    part: str = ""
    """Such as `response 200` or `query parameter limit`."""
    from_clients: bool = False
    """True where clients send it and the API reads it, false where the API sends it and others read it."""

    @property
    def whom(self) -> str:
        """Return who is on the other side."""
        event = self.subject.removeprefix("webhook ")
        return f"receivers of {event}" if event != self.subject else f"clients of {self.subject}"


@dataclass(frozen=True)
class Spot:
    """Place in one of the two documents."""

    pointer: str
    line: int


@dataclass(frozen=True)
class Witness:
    """Message that worked with one version and doesn't with the other."""

    message: Any
    """JSON of a body, or the text of a request or a header."""
    then: str
    """Sentence that tells what happens to it."""


@dataclass(frozen=True)
class Change:
    """One change, with every place of the API that it reaches."""

    rule: str
    level: Level
    place: Place
    path: str
    """Place in the message, as `data[].due_date`; empty for the whole."""
    what: str
    whom: str
    instead: str
    old: Spot | None
    new: Spot | None
    reason: str = ""
    witness: Witness | None = None
    also: tuple[Place, ...] = ()
    keywords: frozenset[str] = field(default=frozenset(), compare=False)
    """Keywords of JSON Schema that refuse the message which shows it."""
    steps: tuple[str, ...] = field(default=(), compare=False)
    value: Any = field(default=None, compare=False)
    """Value that may be sent now, of a list that it was added to."""

    @property
    def pointer(self) -> str:
        """Return the pointer by which an exception names it: that in the new version, or else in the old one."""
        spot = self.new or self.old
        return spot.pointer if spot else ""
