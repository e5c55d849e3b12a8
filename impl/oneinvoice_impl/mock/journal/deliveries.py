"""Diagnoses of deliveries: what became of each and why, and what its receiver should know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from oneinvoice_impl.mock.faults.sends import Send, SendLog
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock.journal.receivers import event_of, receiver_notes, taken
from oneinvoice_impl.store.types import RowMapping
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Diagnosis of a delivery. `repeats` are what a fault sent beside its attempts, `fault` is its name."""

    why: str
    notes: list[Note]
    fault: str | None
    faults: Mapping[int, str]
    """Names of the faults of its attempts, by their numbers."""
    repeats: Sequence[Send]


def diagnosed_deliveries(
    endpoints: EndpointRepository, log: SendLog
) -> list[tuple[RowMapping, Sequence[RowMapping], Diagnosis]]:
    """Return the newest deliveries to an organisation's endpoints, newest first, with their attempts and diagnoses."""
    rows = endpoints.deliveries()
    attempts: dict[str, list[RowMapping]] = {row["id"]: [] for row in rows}
    for each in endpoints.attempts(list(attempts)):
        attempts[each["delivery_id"]].append(each)
    return list(zip(rows, attempts.values(), diagnose_deliveries(rows, attempts, log), strict=True))


def diagnose_deliveries(
    rows: Sequence[RowMapping], attempts: Mapping[str, Sequence[RowMapping]], log: SendLog
) -> list[Diagnosis]:
    """Return the diagnosis of each delivery; `attempts` are theirs, by their ids."""
    sends = {row["id"]: _sends(row, attempts.get(row["id"], ()), log) for row in rows}
    told = list(receiver_notes([send for each in sends.values() for send in each]))
    notes: dict[str, list[Note]] = {id: [] for id in sends}
    for send, own in told:
        notes[send.delivery_id] += own
    for event, times in taken([send for send, _ in told]).items():
        if len(times) > 1:
            text = f"it was sent {len(times)} times, and answered well each time: handle the same event id once"
            for id in {send.delivery_id for send, _ in told if event_of(send) == event}:
                notes[id].append(Note(text))
    return [
        Diagnosis(
            _why(row, attempts.get(row["id"], ()), log.fault_of(row["id"])),
            list(dict.fromkeys(notes[row["id"]])),
            log.fault_of(row["id"]),
            {send.attempt: send.name for send in sends[row["id"]] if send.name and not send.is_repeat},
            [send for send in sends[row["id"]] if send.is_repeat],
        )
        for row in rows
    ]


def _sends(row: RowMapping, attempts: Sequence[RowMapping], log: SendLog) -> list[Send]:
    """Return what was sent of a delivery; attempts from before the start are those of the store."""
    logged = list(log.of(row["id"]))
    known = {send.attempt for send in logged if not send.is_repeat}
    stored = [
        Send(
            delivery_id=row["id"],
            endpoint_id=row["endpoint_id"],
            event_id=row["event_id"],
            event=row["event"],
            url=row["url"],
            attempt=each["number"],
            at=each["started_at"],
            duration=timedelta(milliseconds=each["duration_ms"]),
            status=each["status"],
            error=each["error"],
        )
        for each in attempts
        if each["number"] not in known
    ]
    return sorted([*stored, *logged], key=lambda send: (send.attempt, send.is_repeat))


def _why(row: RowMapping, attempts: Sequence[RowMapping], fault: str | None) -> str:
    if row["status"] == "cancelled":
        return "the endpoint was disabled first"
    if not attempts:
        is_held = fault is not None and row["due_at"] > row["created_at"]
        return f"held back, which is the fault {fault}" if is_held else "not sent yet"
    last = attempts[-1]
    if row["status"] == "delivered":
        return f"it answered {last['status']} at attempt {last['number']}"
    then = "it is tried again" if row["status"] == "pending" else "it is given up"
    return f"attempt {last['number']} failed, and {then}"
