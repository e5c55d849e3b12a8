"""Surfaces of quotes that were answered in some way, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.snapshot import ApiSnapshot, take_snapshot
from oneinvoice_conformance.http.exchange import Request

from tests.unit.conformance.fakes import VALID, exchange


def listed(bodies: Iterable[Any]) -> ApiSnapshot:
    """Quotes that were answered so, each body to another request."""
    return take_snapshot(
        exchange(body, 200, Request("quotes", VALID, (("limit", str(number)),))) for number, body in enumerate(bodies)
    )


def quotes(count: int = 6, start: int = 0, **fields: Any) -> list[dict[str, Any]]:
    """Quotes that differ, in which a field is what its function makes of the number."""
    made = {name: value if callable(value) else lambda _, value=value: value for name, value in fields.items()}
    return [
        {"id": number, **{name: make(number) for name, make in made.items()}} for number in range(start, start + count)
    ]


def page(*records: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    return {"data": list(records), **envelope}


def kinds(old: ApiSnapshot, new: ApiSnapshot) -> list[str]:
    return [change.kind.value for change in drift(old, new)]


def told(old: ApiSnapshot, new: ApiSnapshot, *wanted: ChangeSeverity) -> list[str]:
    return [change.what for change in drift(old, new) if change.kind in (wanted or ChangeSeverity)]


def breaking(old: ApiSnapshot, new: ApiSnapshot) -> list[str]:
    return told(old, new, ChangeSeverity.BREAKING)
