"""What a running mock tells of its deliveries, as its user reads it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from tests.acceptance.test_mock import Mock, running
from tests.acceptance.test_mock_webhook_faults import Request, delivery, done, happen, plan, registered, trusting
from tests.services.ports import free_port


@pytest.fixture
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--scale", "10") as mock:
        yield mock


def told(mock: Mock) -> list[str]:
    """The notes below the one delivery that there is, once its attempt was recorded."""
    delivery(mock)
    first, *notes = done(mock, "webhooks", "deliveries").splitlines()
    assert first.startswith("del_"), first
    assert all(note.startswith("    ! ") for note in notes), notes
    return [note.removeprefix("    ! ") for note in notes]


def test_who_takes_too_long(mock: Mock) -> None:
    def slowly(_: Request) -> int:
        time.sleep(5.2)
        return 200

    with registered(mock, slowly) as receiver:
        happen(mock)
        receiver.wait_for(1)
        (note,) = told(mock)
    told_note = r"the receiver took 5\.\d s: answer first, work afterwards \(a receiver has 15 s\) \(CLIENT/HOOK-1\)"
    assert re.fullmatch(told_note, note), note


@pytest.mark.parametrize(
    ("status", "note"),
    [
        (301, "it redirected (301), and redirects are not followed: register the URL where that ends"),
        (404, "it answered 404: is the path /hook right?"),
        (401, "it answered 401 to a true signature: does it verify the raw bytes, with the secret of this endpoint?"),
    ],
)
def test_who_answers_something_else(mock: Mock, status: int, note: str) -> None:
    with registered(mock, lambda _: status) as receiver:
        happen(mock)
        receiver.wait_for(1)
        assert told(mock) == [note]


def test_nobody_listens(mock: Mock) -> None:
    port = free_port()
    done(mock, "webhooks", "add", f"http://127.0.0.1:{port}/hook")
    happen(mock)
    assert told(mock) == [f"no connection was made: is the receiver running at 127.0.0.1:{port}?"]


def test_who_believes_a_forgery_or_takes_an_event_twice(mock: Mock) -> None:
    with registered(mock, trusting) as receiver:
        id = plan(mock, "flip-bit")
        happen(mock)
        receiver.wait_for(2)
        assert told(mock) == [
            "it answered 200 to a forged signature: verify X-1Invoice-Signature over the raw bytes before you trust "
            "the body (CLIENT/HOOK-2)"
        ]
        line = done(mock, "webhooks", "deliveries").splitlines()[0]
        assert line.endswith(f"delivered after 2: 200  fault {id}; webhook=flip-bit")
        plan(mock, "duplicate", "--event", "quote.created")
        happen(mock, "quote.created")
        receiver.wait_for(4)
    delivery(mock, "quote.created")
    assert done(mock, "webhooks", "deliveries").splitlines()[1] == (
        "    ! it was sent 2 times, and answered well each time: handle the same event id once"
    )


def test_who_does_all_well_is_told_nothing(mock: Mock) -> None:
    with registered(mock, trusting) as receiver:
        happen(mock)
        receiver.wait_for(1)
        assert told(mock) == []
    (row,) = mock.ask("/_mock/deliveries").json()["data"]
    assert (row["why"], row["notes"], row["fault"], row["repeats"]) == ("it answered 200 at attempt 1", [], None, [])
