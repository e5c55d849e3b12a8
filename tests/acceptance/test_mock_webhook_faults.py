"""Faults of a running mock's webhooks, as a receiver meets them."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from oneinvoice_impl.webhooks.signing import verify_signature

from tests.acceptance.test_mock import Mock, assert_one_sentence, run, running

FAULT = "X-Mock-Fault"
FORGERIES = ("wrong-secret", "flip-bit", "reserialize")


@dataclass
class Request:
    """One that a receiver got."""

    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return self.headers["X-1Invoice-Event"]

    @property
    def is_true(self) -> bool:
        return verify_signature(self.body, self.headers["X-1Invoice-Signature"], "S")


@dataclass
class Receiver:
    """A server that keeps what it gets, and answers what `answer` returns."""

    answer: Callable[[Request], int]
    requests: list[Request] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    url: str = ""

    def wait_for(self, count: int) -> list[Request]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, 10), self.requests
            return list(self.requests)

    def stays_at(self, count: int) -> list[Request]:
        """All, if there are so many and no more come for a moment."""
        self.wait_for(count)
        time.sleep(0.7)
        assert len(self.requests) == count, self.requests
        return list(self.requests)


@contextmanager
def receiving(answer: Callable[[Request], int]) -> Iterator[Receiver]:
    receiver = Receiver(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = Request(dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])))
            with receiver.changed:
                receiver.requests.append(request)
                receiver.changed.notify_all()
            self.send_response(receiver.answer(request))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


def verifying(request: Request) -> int:
    return 200 if request.is_true else 401


def trusting(_: Request) -> int:
    return 200


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--scale", "60") as mock:
        yield mock


@pytest.fixture(autouse=True)
def planned(mock: Mock) -> Iterator[None]:
    """What a test plans and registers is there for it alone."""
    yield
    command(mock, "faults", "clear")
    for line in command(mock, "webhooks", "list").stdout.splitlines():
        command(mock, "webhooks", "remove", line.split()[0])


def command(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


def done(mock: Mock, *arguments: str) -> str:
    result = command(mock, *arguments)
    assert (result.returncode, result.stderr) == (0, ""), result
    return result.stdout


def plan(mock: Mock, kind: str, *options: str) -> str:
    """Plan a fault for one delivery, and return its id."""
    return done(mock, "faults", "add", "--webhook", kind, "--times", "1", *options).split()[0]


@contextmanager
def registered(mock: Mock, answer: Callable[[Request], int]) -> Iterator[Receiver]:
    with receiving(answer) as receiver:
        done(mock, "webhooks", "add", receiver.url, "--secret", "S")
        yield receiver


def happen(mock: Mock, event: str = "invoice.created") -> None:
    done(mock, "trigger", event)


def delivery(mock: Mock, event: str = "invoice.created") -> Any:
    """The newest delivery of an event, once its last attempt is recorded."""
    deadline = time.monotonic() + 10
    while True:
        rows = mock.ask("/_mock/deliveries").json()["data"]
        row = next(each for each in rows if each["event"] == event)
        if row["status"] != "pending" or row["next_attempt_at"] > row["created_at"]:
            return row
        assert time.monotonic() < deadline, row


@pytest.mark.parametrize("kind", FORGERIES)
def test_who_refuses_a_forgery_gets_the_true_one_by_the_schedule(mock: Mock, kind: str) -> None:
    with registered(mock, verifying) as receiver:
        id = plan(mock, kind, "--event", "invoice.created")
        happen(mock)
        (forged,) = receiver.stays_at(1)
        assert forged.headers[FAULT] == f"{id}; webhook={kind}"
        row = delivery(mock)
        assert (row["status"], row["fault"]) == ("pending", f"{id}; webhook={kind}")
        assert [(each["status"], each["error"], each["fault"]) for each in row["attempts"]] == [
            (401, "It answered 401.", f"{id}; webhook={kind}")
        ]
        done(mock, "clock", "advance", "10")
        _, true = receiver.stays_at(2)
    assert (forged.is_true, true.is_true, FAULT in true.headers) == (False, True, False)
    assert forged.headers["X-1Invoice-Delivery"] == true.headers["X-1Invoice-Delivery"]
    assert_forged(kind, forged, true)
    assert delivery(mock)["attempts"][1]["fault"] is None


def assert_forged(kind: str, forged: Request, true: Request) -> None:
    """It differs from the true one as it should, and as little."""
    same_signature = forged.headers["X-1Invoice-Signature"] == true.headers["X-1Invoice-Signature"]
    assert same_signature == (kind != "wrong-secret")
    if kind == "wrong-secret":
        assert forged.body == true.body
    elif kind == "reserialize":
        assert forged.body != true.body
        assert json.loads(forged.body) == json.loads(true.body)
    else:
        bits = [(one ^ other).bit_count() for one, other in zip(forged.body, true.body, strict=True)]
        assert sum(bits) == 1
        assert json.loads(forged.body).keys() == json.loads(true.body).keys()


@pytest.mark.parametrize("kind", FORGERIES)
def test_who_trusts_a_forgery_gets_the_true_one_at_once_and_is_told(mock: Mock, kind: str) -> None:
    with registered(mock, trusting) as receiver:
        plan(mock, kind)
        happen(mock)
        forged, true = receiver.stays_at(2)
    assert (forged.is_true, true.is_true) == (False, True)
    row = delivery(mock)
    assert row["status"] == "delivered"
    assert [(each["status"], each["error"]) for each in row["attempts"]] == [
        (200, "It answered 200 to a forged signature; the true one follows."),
        (200, None),
    ]


def test_a_secret_that_was_changed_signs_no_forgery(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        id = done(mock, "webhooks", "list").split()[0]
        done(mock, "webhooks", "rotate", id, "--secret", "T")
        plan(mock, "wrong-secret")
        happen(mock)
        (forged,) = receiver.stays_at(1)
    assert "X-1Invoice-Signature-Previous" not in forged.headers
    assert not any(verify_signature(forged.body, forged.headers["X-1Invoice-Signature"], each) for each in "ST")


def test_the_same_is_sent_again_once_it_was_taken(mock: Mock) -> None:
    answers = iter([500, 204, 204])
    with registered(mock, lambda _: next(answers)) as receiver:
        id = plan(mock, "duplicate")
        happen(mock)
        receiver.stays_at(1)
        done(mock, "clock", "advance", "10")
        first, second, third = receiver.stays_at(3)
    assert first == second == third
    assert second.is_true
    assert second.headers[FAULT] == f"{id}; webhook=duplicate"
    row = delivery(mock)
    assert [each["status"] for each in row["attempts"]] == [500, 204]
    assert [(each["status"], each["fault"]) for each in row["repeats"]] == [(204, f"{id}; webhook=duplicate")]


def test_two_come_at_once(mock: Mock) -> None:
    together = threading.Barrier(2, timeout=5)

    def once_both_are_here(_: Request) -> int:
        together.wait()
        return 200

    with registered(mock, once_both_are_here) as receiver:
        plan(mock, "simultaneous")
        happen(mock)
        one, other = receiver.stays_at(2)
    assert one == other
    assert one.is_true
    row = delivery(mock)
    assert (row["status"], len(row["attempts"]), len(row["repeats"])) == ("delivered", 1, 1)


def test_an_event_comes_after_the_next_one(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        id = plan(mock, "reorder", "--event", "invoice.created", "--delay", "600")
        happen(mock)
        row = delivery(mock)
        assert (row["status"], row["attempts"]) == ("pending", [])
        assert receiver.requests == []
        happen(mock, "quote.created")
        first, second = receiver.stays_at(2)
    assert [first.event, second.event] == ["quote.created", "invoice.created"]
    assert (second.is_true, second.headers[FAULT]) == (True, f"{id}; webhook=reorder; delay=600")


def test_events_of_one_moment_are_reordered_too(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        plan(mock, "reorder", "--event", "invoice.created", "--delay", "600")
        done(mock, "trigger", "invoice.paid", "--set", "total=99.00")
        received = receiver.stays_at(3)
    assert "invoice.created" in [each.event for each in received[1:]]


def test_an_event_waits_for_the_next_one_no_longer_than_it_should(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        plan(mock, "reorder", "--delay", "60")
        happen(mock)
        done(mock, "clock", "advance", "50")
        receiver.stays_at(0)
        done(mock, "clock", "advance", "11")
        receiver.stays_at(1)


def test_an_event_is_late_by_the_mocks_clock(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        id = plan(mock, "delay", "--delay", "3600", "--event", "invoice.created")
        happen(mock)
        happen(mock, "quote.created")
        assert [each.event for each in receiver.stays_at(1)] == ["quote.created"]
        done(mock, "clock", "advance", "3590")
        receiver.stays_at(1)
        done(mock, "clock", "advance", "11")
        late = receiver.stays_at(2)[1]
    assert (late.event, late.is_true, late.headers[FAULT]) == (
        "invoice.created", True, f"{id}; webhook=delay; delay=3600",
    )  # fmt: skip
    assert [each["number"] for each in delivery(mock)["attempts"]] == [1], "to hold it back is no attempt"


def test_many_are_late_side_by_side(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        done(mock, "faults", "add", "--webhook", "delay", "--delay", "60")
        for _ in range(6):
            happen(mock)
        receiver.stays_at(0)
        done(mock, "clock", "advance", "61")
        receiver.stays_at(6)


def test_an_event_is_lost_and_comes_by_the_schedule(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        id = plan(mock, "drop")
        happen(mock)
        receiver.stays_at(0)
        (attempt,) = delivery(mock)["attempts"]
        assert (attempt["status"], attempt["error"]) == (
            None,
            f"It was not sent, which is the fault {id}; webhook=drop.",
        )
        done(mock, "clock", "advance", "10")
        (true,) = receiver.stays_at(1)
    assert (true.is_true, FAULT in true.headers) == (True, False)


def test_an_earlier_event_comes_again(mock: Mock) -> None:
    with registered(mock, verifying) as receiver:
        id = plan(mock, "replay")
        happen(mock)
        (earlier,) = receiver.stays_at(1)
        happen(mock, "quote.created")
        _, later, again = receiver.stays_at(3)
    assert (later.event, FAULT in later.headers) == ("quote.created", False)
    assert again.headers[FAULT] == f"{id}; webhook=replay"
    assert (again.body, again.is_true) == (earlier.body, True)
    assert {name: value for name, value in again.headers.items() if name != FAULT} == earlier.headers
    assert [each["fault"] for each in delivery(mock)["repeats"]] == [f"{id}; webhook=replay"]
    assert delivery(mock, "quote.created")["repeats"] == []


def test_faults_of_webhooks_are_shown_and_leave_the_api_alone(mock: Mock) -> None:
    with registered(mock, trusting) as receiver:
        added = done(mock, "faults", "add", "--webhook", "drop", "--event", "invoice.created", "--times", "1")
        assert added.endswith("  invoice.created  webhook=drop  times=1  0 of 0 deliveries\n")
        assert mock.ask("/api/v1/members").status == 200
        happen(mock, "quote.created")
        assert FAULT not in receiver.stays_at(1)[0].headers
        happen(mock)
        delivery(mock)
        assert done(mock, "faults", "list") == added.replace("0 of 0", "1 of 1")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--webhook", "explode"], "what can be asked for is duplicate, simultaneous, delay, reorder, drop"),
        (["--webhook", "drop", "--event", "invoice.lost"], "use one of invoice.created"),
        (["--webhook", "drop", "--status", "503"], "webhook and status exclude each other"),
        (["--webhook", "drop", "--operation", "list_members"], "webhook and operation exclude each other"),
        (["--webhook", "delay"], "needs its delay in seconds"),
        (["--webhook", "delay", "--delay", "0"], "A delay can't be 0.0 seconds"),
        (["--webhook", "delay", "--delay", "100000"], "seconds up to 86400"),
        (["--webhook", "drop", "--delay", "3"], "The fault drop takes no delay"),
        (["--event", "invoice.paid", "--status", "503"], "event goes with webhook"),
        (["--webhook", "drop", "--times", "0"], "times must be a whole number from 1 to 1000000000"),
    ],
)
def test_bad_usage(mock: Mock, arguments: list[str], part: str) -> None:
    assert_one_sentence(command(mock, "faults", "add", *arguments), 2, part)
    assert done(mock, "faults", "list") == ""


def test_no_fault_leaves_a_word_in_the_log() -> None:
    with running("--port", "0", "--scale", "10") as mock, registered(mock, trusting) as receiver:
        for kind in ("duplicate", "simultaneous", "reorder", "drop", *FORGERIES, "replay"):
            plan(mock, kind)
            happen(mock)
        receiver.wait_for(8)
        mock.process.terminate()
        _, complaint = mock.process.communicate(timeout=20)
        assert (mock.process.returncode, complaint) == (0, "")
