"""Answers of the controls, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.faults.fault import Fault
from oneinvoice_impl.mock.faults.plan import PlannedFault
from oneinvoice_impl.mock.faults.sends import Send
from oneinvoice_impl.mock.journal.note import as_json
from oneinvoice_impl.store.types import RowMapping
from oneinvoice_impl.store.webhooks.outbox import StoredEvent

if TYPE_CHECKING:
    from oneinvoice_impl.mock.journal.deliveries import Diagnosis


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


def delivery(row: RowMapping, attempts: Sequence[RowMapping], told: Diagnosis) -> dict[str, Any]:
    """Represent a delivery and its attempts, with what is to be told; `next_attempt_at` is null once it has ended."""
    return {
        "id": row["id"],
        "event_id": row["event_id"],
        "event": row["event"],
        "endpoint_id": row["endpoint_id"],
        "url": row["url"],
        "status": row["status"],
        "created_at": _moment(row["created_at"]),
        "next_attempt_at": _moment(row["due_at"]) if row["status"] == "pending" else None,
        "attempts": [_attempt(each) | {"fault": told.faults.get(each["number"])} for each in attempts],
        "repeats": [_repeat(each) for each in told.repeats],
        "fault": told.fault,
        "why": told.why,
        **as_json(told.notes),
    }


def stored(event: StoredEvent) -> dict[str, Any]:
    """Represent an event that happened."""
    return {"id": event.id, "event": event.name, "deliveries": list(event.deliveries)}


def fault(planned: PlannedFault) -> dict[str, Any]:
    """Represent a planned fault, with how many requests or deliveries it was there for, and how many got it."""
    rule = planned.rule
    of_api = rule.fault if isinstance(rule.fault, Fault) else None
    return {
        "id": planned.id,
        "operation": rule.operation,
        "status": of_api and of_api.status,
        "fault": of_api and of_api.kind,
        "webhook": None if of_api else rule.fault.kind,
        "event": rule.event,
        "delay": rule.fault.delay,
        "retry_after": of_api and of_api.retry_after,
        "nth": rule.nth,
        "times": rule.times,
        "until": _moment(rule.until),
        "probability": rule.probability,
        "seed": rule.seed,
        "seen": planned.seen,
        "answered": planned.answered,
    }


def clock(moved: ManualClock, note: str = "") -> dict[str, Any]:
    """Return the time, how many seconds that is ahead of the system's clock, and whether it stands still."""
    ahead = round(moved.ahead.total_seconds(), 3)
    return {"now": timestamp(moved()), "ahead_seconds": ahead, "frozen": moved.is_frozen, "note": note}


def _attempt(row: RowMapping) -> dict[str, Any]:
    return {
        "number": row["number"],
        "started_at": _moment(row["started_at"]),
        "duration_ms": row["duration_ms"],
        "status": row["status"],
        "error": row["error"],
        "answer": (row["answer"] or b"").decode("utf-8", "replace"),
    }


def _repeat(send: Send) -> dict[str, Any]:
    return {
        "started_at": _moment(send.at),
        "duration_ms": send.duration // timedelta(milliseconds=1),
        "status": send.status,
        "error": send.error,
        "fault": send.name,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)
