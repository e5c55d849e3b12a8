"""Note: a sentence on what a client should know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Note:
    """Sentence on a request or a delivery; it is a finding if it has the id of the `requirement` that was broken."""

    text: str
    requirement: str | None = None


def as_json(notes: Iterable[Note]) -> dict[str, object]:
    """Return the texts of all notes, and the findings among them with what they break."""
    kept = list(notes)
    return {
        "notes": [note.text for note in kept],
        "findings": [{"requirement": note.requirement, "text": note.text} for note in kept if note.requirement],
    }
