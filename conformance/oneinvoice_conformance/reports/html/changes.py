"""The changes since earlier reports as the HTML report shows them."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.reports.html.excerpt import Excerpts
from oneinvoice_conformance.reports.phrases import CHANGE_MARKS, earlier_reports
from oneinvoice_conformance.reports.redacted import RedactedDrift

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
    """The reports that the run was held against, and the changes by kind, the worst first."""

    since: str
    kinds: tuple[ShownKind, ...]


def shown_changes(drift: RedactedDrift, excerpts: Excerpts) -> ShownChanges:
    several = len(drift.against) > 1
    kinds = []
    for kind, (mark, heading) in CHANGE_MARKS.items():
        if changes := drift.of_kind(kind):
            shown = tuple(
                (excerpts.line(change.what), excerpts.line(change.since) if several else None)
                for change in changes[:_MOST]
            )
            kinds.append(ShownKind(kind.value, mark, heading, shown, len(changes) - len(shown)))
    return ShownChanges(excerpts.sentence(earlier_reports(drift)), tuple(kinds))
