"""Changes of v1 between two runs, and what they mean to a client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from oneinvoice_conformance.http.credentials import Role


class ChangeSeverity(StrEnum):
    """Severity of a change to a client that relies on v1."""

    BREAKING = "breaking"
    UNSURE = "unsure"  # it may break a client, or be nothing but other data
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Change:
    """Difference between two runs in a sentence, and what would show it again: an `endpoint`, or `target` and `role`.

    `about` identifies it among the changes of the endpoint, whatever the numbers in the sentence.
    """

    kind: ChangeSeverity
    what: str
    endpoint: str = ""
    about: str = ""
    target: str | None = None
    role: Role | None = None

    @property
    def subject(self) -> tuple[str, str]:
        """Identity of the change, the same whichever report it is a change since."""
        return self.endpoint, self.about


@dataclass(frozen=True, slots=True)
class BaselineRef:
    """Earlier report that a run is compared with: the name of its file, and when its run began."""

    name: str
    started: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """Changes since earlier reports, each with the report that it is a change since."""

    against: tuple[BaselineRef, ...]
    changes: tuple[tuple[BaselineRef, Change], ...] = ()

    def of_kind(self, kind: ChangeSeverity) -> list[tuple[BaselineRef, Change]]:
        return [(since, change) for since, change in self.changes if change.kind is kind]
