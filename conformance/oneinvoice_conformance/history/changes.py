"""What a change of v1 means, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oneinvoice_conformance.http.credentials import Role


class Kind(StrEnum):
    """What a change means to a client that relies on v1."""

    BREAKING = "breaking"
    UNSURE = "unsure"  # it may break a client, or be nothing but other data
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in a sentence, and what shows it again: an `endpoint`, or a `target` asked in a `role`.

    `about` tells it from other changes of the endpoint, whatever the numbers in the sentence.
    """

    kind: Kind
    what: str
    endpoint: str = ""
    about: str = ""
    target: str | None = None
    role: Role | None = None

    @property
    def subject(self) -> tuple[str, str]:
        """The same for the same change since another report."""
        return self.endpoint, self.about


@dataclass(frozen=True, slots=True)
class Against:
    """An earlier report that a run is held against: its name, and when its run began."""

    name: str
    started: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """All changes since earlier reports, each with the report that it was seen against."""

    against: tuple[Against, ...]
    changes: tuple[tuple[Against, Change], ...] = ()

    def of_kind(self, kind: Kind) -> list[tuple[Against, Change]]:
        return [(since, change) for since, change in self.changes if change.kind is kind]
