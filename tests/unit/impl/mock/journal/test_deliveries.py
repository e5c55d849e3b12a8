"""Diagnoses of deliveries, from what was recorded and from what a fault did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from oneinvoice_impl.mock.faults.sends import MOST_DELIVERIES, Send, SendLog
from oneinvoice_impl.mock.journal.deliveries import Diagnosis, diagnose_deliveries
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock.journal.receivers import receiver_notes

from tests.unit.impl.mock.journal.made import AT, HOOK, send

ROW = {
    "id": "del_1",
    "event_id": "evt_1",
    "endpoint_id": "whe_1",
    "event": "invoice.paid",
    "url": HOOK,
    "status": "delivered",
    "created_at": AT,
    "due_at": AT,
}


def attempt(status: int | None, seconds: float = 0.01, number: int = 1, error: str | None = None) -> dict[str, Any]:
    made = {"number": number, "started_at": AT, "duration_ms": round(seconds * 1000)}
    return made | {"status": status, "error": error}


def texts(notes: Iterable[Note]) -> list[str]:
    return [note.text for note in notes]


def diagnosed(*attempts: Any, sends: tuple[Send, ...] = (), **changes: Any) -> Diagnosis:
    log = SendLog()
    for each in sends:
        log.add(each)
    rows: Any = [ROW | changes]
    (found,) = diagnose_deliveries(rows, {"del_1": attempts}, log)
    return found


@pytest.mark.parametrize(
    ("made", "note"),
    [
        (attempt(200, 6.04), "the receiver took 6.0 s: answer first, work afterwards (a receiver has 15 s)"),
        (attempt(None, 15.0), "the receiver did not answer within 15 s: answer first, work afterwards"),
        (attempt(308), "it redirected (308), and redirects are not followed: register the URL where that ends"),
        (attempt(404), "it answered 404: is the path /hook right?"),
        (attempt(405), "it answered 405: does it take POST at /hook?"),
        (
            attempt(401),
            "it answered 401 to a true signature: does it verify the raw bytes, with the secret of this endpoint?",
        ),
    ],
)
def test_what_a_receiver_should_know(made: Any, note: str) -> None:
    assert texts(diagnosed(made).notes) == [note]
    assert texts(diagnosed(made, made | {"number": 2}).notes).count(note) == 1


@pytest.mark.parametrize("made", [attempt(200, 4.9), attempt(204), attempt(500), attempt(None), attempt(410)])
def test_what_is_told_by_its_reason_alone(made: Any) -> None:
    assert diagnosed(made).notes == []


def test_nobody_listens() -> None:
    told = diagnosed(attempt(None), sends=(send(None, connected=False),), status="pending")
    assert texts(told.notes) == ["no connection was made: is the receiver running at 127.0.0.1:9401?"]


@pytest.mark.parametrize(
    ("status", "notes"),
    [
        (
            200,
            [
                "it answered 200 to a forged signature: verify X-1Invoice-Signature over the raw bytes before you trust"
                " the body"
            ],
        ),
        (401, []),
        (400, []),
        (500, ["it answered 500 to a forged signature: refuse one with 401"]),
    ],
)
def test_forgeries(status: int, notes: list[str]) -> None:
    told = diagnosed(attempt(status), attempt(200, number=2), sends=(send(status, "flip-bit"),))
    name = "flt_1; webhook=flip-bit"
    assert (texts(told.notes), told.fault, told.faults) == (notes, name, {1: name})
    assert told.why == "it answered 200 at attempt 2"


def test_what_was_taken_more_than_once() -> None:
    note = "it was sent 2 times, and answered well each time: handle the same event id once"
    told = diagnosed(attempt(200), sends=(send(200, "duplicate"), send(204, "duplicate", is_repeat=True)))
    assert (texts(told.notes), [each.status for each in told.repeats]) == ([note], [204])
    rows: Any = [ROW, ROW | {"id": "del_2"}, ROW | {"id": "del_3", "endpoint_id": "whe_2"}]
    attempts: Any = {row["id"]: [attempt(200)] for row in rows}
    assert [texts(each.notes) for each in diagnose_deliveries(rows, attempts, SendLog())] == [[note], [note], []]


@pytest.mark.parametrize("kind", ["duplicate", "simultaneous", "replay"])
def test_what_was_refused_when_it_came_again(kind: str) -> None:
    told = diagnosed(attempt(200), sends=(send(200, kind), send(409, kind, is_repeat=True)))
    assert told.notes == [
        Note("it answered 409 when it was sent again: answer 200 to an event that was handled", "CLIENT/HOOK-4")
    ]


@pytest.mark.parametrize(
    ("attempts", "changes", "why"),
    [
        ([], {"status": "pending"}, "not sent yet"),
        ([], {"status": "cancelled"}, "the endpoint was disabled first"),
        ([attempt(200)], {}, "it answered 200 at attempt 1"),
        ([attempt(500)], {"status": "pending"}, "attempt 1 failed, and it is tried again"),
        ([attempt(500, number=8)], {"status": "failed"}, "attempt 8 failed, and it is given up"),
    ],
)
def test_why(attempts: list[Any], changes: dict[str, Any], why: str) -> None:
    assert diagnosed(*attempts, **changes).why == why


def test_one_that_is_held_back() -> None:
    log = SendLog()
    log.name("del_1", "flt_1; webhook=delay; delay=60")
    rows: Any = [ROW | {"status": "pending", "due_at": AT + timedelta(seconds=60)}]
    (told,) = diagnose_deliveries(rows, {}, log)
    assert told.why == "held back, which is the fault flt_1; webhook=delay; delay=60"


def test_the_newest_are_kept() -> None:
    log = SendLog()
    for number in range(MOST_DELIVERIES + 3):
        log.add(send(200, "drop", id=f"del_{number}"))
    assert [bool(log.of(f"del_{number}")) for number in (2, 3)] == [False, True]
    assert (log.fault_of("del_2"), log.fault_of("del_3")) == (None, "flt_1; webhook=drop")


@pytest.mark.parametrize(
    ("sends", "requirements"),
    [
        ([send(200, duration=timedelta(seconds=4.9))], set()),
        ([send(200, duration=timedelta(seconds=5))], {"CLIENT/HOOK-1"}),
        ([send(None, duration=timedelta(seconds=15))], {"CLIENT/HOOK-1"}),
        ([send(200, "wrong-secret"), send(200, attempt=2)], {"CLIENT/HOOK-2"}),
        ([send(401, "wrong-secret", duration=timedelta(seconds=6))], set()),
        ([send(200), send(409, id="del_2", at=AT + timedelta(hours=1))], {"CLIENT/HOOK-4"}),
        ([send(409), send(200, id="del_2", at=AT + timedelta(hours=1))], set()),
        ([send(500), send(200, attempt=2, at=AT + timedelta(seconds=5))], set()),
        ([send(400, event="grease.example", event_id="evt_2"), send(200)], {"CLIENT/HOOK-6"}),
        ([send(500, event="ping", event_id="evt_2"), send(200)], {"CLIENT/HOOK-6"}),
        ([send(400, event="grease.example", event_id="evt_2"), send(400)], set()),
        ([send(400, event="grease.example", event_id="evt_2"), send(200, endpoint_id="whe_2")], set()),
        ([send(202, event="grease.example", event_id="evt_2"), send(200)], set()),
    ],
)
def test_findings_on_receivers(sends: list[Send], requirements: set[str]) -> None:
    found = {note.requirement for _, notes in receiver_notes(sends) for note in notes}
    assert found - {None} == requirements
