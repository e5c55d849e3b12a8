"""The changes since earlier reports as the HTML report shows them."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.history.changes import Drift
from oneinvoice_conformance.reports.changes import KINDS, earlier_reports
from oneinvoice_conformance.reports.html.excerpt import Excerpts

_MOST = 50  # changes of a kind


@dataclass(frozen=True, slots=True)
class ShownKind:
    """Changes of one kind, each with the report since which it is one where there are several; `more` are left out."""

    name: str
    mark: str
    heading: str
    changes: tuple[tuple[str, str | None], ...]
    more: int


@dataclass(frozen=True, slots=True)
class ShownChanges:
    """What the run was held against, and the changes by kind, the worst first."""

    since: str
    kinds: tuple[ShownKind, ...]


def shown_changes(drift: Drift, excerpts: Excerpts) -> ShownChanges:
    several = len(drift.against) > 1
    kinds = []
    for kind, (mark, heading) in KINDS.items():
        if found := drift.of_kind(kind):
            changes = tuple(
                (excerpts.line(change.what), excerpts.line(since.name) if several else None)
                for since, change in found[:_MOST]
            )
            kinds.append(ShownKind(kind.value, mark, heading, changes, len(found) - len(changes)))
    return ShownChanges(excerpts.sentence(earlier_reports(drift)), tuple(kinds))
