"""Answers of the controls, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.faults.plan import PlannedFault
from oneinvoice_impl.store.types import RowMapping
from oneinvoice_impl.store.webhooks.outbox import StoredEvent


def endpoint(row: RowMapping) -> dict[str, Any]:
    """Represent an endpoint, without its secret."""
    return {
        "id": row["id"],
        "url": row["url"],
        "events": events(row),
        "status": row["status"],
        "disabled_reason": row["disabled_reason"],
        "failing_since": _moment(row["failing_since"]),
        "previous_secret_until": _moment(row["previous_until"]),
        "created_at": _moment(row["created_at"]),
    }


def events(row: RowMapping) -> list[str] | None:
    """Return the events that an endpoint subscribes to; None is all."""
    return None if row["events"] is None else str(row["events"]).split(",")


def delivery(row: RowMapping, attempts: Sequence[RowMapping]) -> dict[str, Any]:
    """Represent a delivery and its attempts; `next_attempt_at` is null once it has ended."""
    return {
        "id": row["id"],
        "event_id": row["event_id"],
        "event": row["event"],
        "endpoint_id": row["endpoint_id"],
        "url": row["url"],
        "status": row["status"],
        "created_at": _moment(row["created_at"]),
        "next_attempt_at": _moment(row["due_at"]) if row["status"] == "pending" else None,
        "attempts": [_attempt(each) for each in attempts if each["delivery_id"] == row["id"]],
    }


def stored(event: StoredEvent) -> dict[str, Any]:
    """Represent an event that happened."""
    return {"id": event.id, "event": event.name, "deliveries": list(event.deliveries)}


def fault(planned: PlannedFault) -> dict[str, Any]:
    """Represent a planned fault, with how many requests it was there for, and how many got it."""
    rule = planned.rule
    return {
        "id": planned.id,
        "operation": rule.operation,
        "status": rule.fault.status,
        "fault": rule.fault.kind,
        "delay": rule.fault.delay,
        "retry_after": rule.fault.retry_after,
        "nth": rule.nth,
        "times": rule.times,
        "until": _moment(rule.until),
        "probability": rule.probability,
        "seed": rule.seed,
        "seen": planned.seen,
        "answered": planned.answered,
    }


def clock(moved: ManualClock) -> dict[str, Any]:
    """Return the time, how many seconds that is ahead of the system's clock, and whether it stands still."""
    ahead = round(moved.ahead.total_seconds(), 3)
    return {"now": timestamp(moved()), "ahead_seconds": ahead, "frozen": moved.is_frozen}


def _attempt(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["number"],
        "started_at": _moment(row["started_at"]),
        "duration_ms": row["duration_ms"],
        "status": row["status"],
        "error": row["error"],
        "answer": (row["answer"] or b"").decode("utf-8", "replace"),
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
