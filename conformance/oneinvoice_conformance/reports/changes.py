"""What a report says of the changes since earlier ones."""

from __future__ import annotations

from oneinvoice_conformance.history.changes import ChangeSeverity, Drift

# By what a change means: the mark, and the heading over all of them.
KINDS = {
    ChangeSeverity.BREAKING: ("✗", "Breaking"),
    ChangeSeverity.UNSURE: ("?", "Perhaps breaking"),
    ChangeSeverity.OTHER: ("+", "Other"),
}


def earlier_reports(drift: Drift) -> str:
    """`old.json of 2026-05-01`, or how many they are and from when the first is."""
    first = drift.against[0]
    day = f"{first.started:%Y-%m-%d}"
    if len(drift.against) == 1:
        return f"{first.name} of {day}"
    return f"{len(drift.against)} earlier reports, the first of {day}"
