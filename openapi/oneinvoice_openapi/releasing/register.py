"""Rows of the register that differ between two versions of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.reading.source import Source


@dataclass(frozen=True)
class RowChange:
    """Requirement that came, went, or has other words."""

    id: str
    what: str
    """Such as `added` or `statement, document changed`."""

    @property
    def is_new(self) -> bool:
        """Tell whether the requirement was not there before."""
        return self.what == "added"


def changed_rows(old: Source, new: Source) -> list[RowChange]:
    """Return what changed of requirements, in the order of the new register.

    Those of clients promise nothing of the API, so that they are no reason for a release of it.
    """
    return list(_changed(_rows(old), _rows(new)))


def _changed(old: dict[str, dict[str, Any]], new: dict[str, dict[str, Any]]) -> Iterator[RowChange]:
    for id in dict.fromkeys([*new, *old]):
        before, after = old.get(id), new.get(id)
        if before is None or after is None:
            yield RowChange(id, "added" if before is None else "removed")
        elif keys := [key for key in dict.fromkeys([*after, *before]) if before.get(key) != after.get(key)]:
            yield RowChange(id, f"{', '.join(keys)} changed")


def _rows(register: Source) -> dict[str, dict[str, Any]]:
    rows = register.document.get("requirements")
    if not isinstance(rows, list):
        return {}
    return {str(row.get("id")): row for row in rows if isinstance(row, dict) and row.get("subject") != "client"}
