"""Resets, snapshots and restores of a running mock and its sandboxes: real processes, real HTTP."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.sandboxes import itself, sandbox
from tests.acceptance.test_mock import Mock, running
from tests.integration.impl.receivers import receiver, status
from tests.services.postgres import postgres

OK = status("200 OK")


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


def test_reset_leaves_nothing(mock: Mock) -> None:
    for each in (sandbox(mock), itself(mock)):
        each.control("POST", "/reset")
        before = each.get("/api/v1/invoices?limit=200").json()
        with receiver(OK) as target:
            each.control("POST", "/webhooks", {"url": target.url})
            each.happen("invoice.paid")
            target.wait_for(1)
            each.control("POST", "/faults", {"status": 503, "times": 1000, "nth": 1000})
            each.control("POST", "/clock", {"set": "2040-01-01", "freeze": True})
            while each.get("/api/v1/members").status != 429:
                """Until the limit is reached."""
            each.control("POST", "/reset")
            assert each.get("/api/v1/invoices?limit=200").json() == before
            each.happen("invoice.paid")
            assert each.control("GET", "/webhooks") == {"data": []}
            assert len(target.requests) == 1
        assert each.control("GET", "/faults") == {"data": []}
        assert each.control("GET", "/deliveries") == {"data": []}
        assert [row["path"] for row in each.control("GET", "/requests")["data"]] == ["/api/v1/invoices"]
        clock = each.control("GET", "/clock")
        assert (clock["frozen"], clock["ahead_seconds"]) == (False, 0)


def test_what_was_being_sent_is_nothing_to_what_comes_after_a_reset(mock: Mock) -> None:
    each = sandbox(mock)
    with receiver(lambda connection: time.sleep(3)) as slow, receiver(OK) as quick:
        each.control("POST", "/webhooks", {"url": slow.url})
        first = each.happen("invoice.created")
        slow.wait_for(1)
        each.control("POST", "/reset")
        each.control("POST", "/webhooks", {"url": quick.url})
        assert each.happen("invoice.created") == first, "ids begin anew"
        quick.wait_for(1)
        each.control("POST", "/clock", {"advance": 0})
        (delivery,) = each.control("GET", "/deliveries")["data"]
        assert (delivery["status"], [one["status"] for one in delivery["attempts"]]) == ("delivered", [200])


def test_a_fault_of_a_delivery_is_none_of_what_comes_after_a_reset(mock: Mock) -> None:
    each = sandbox(mock)
    with receiver(OK) as target:
        each.control("POST", "/webhooks", {"url": target.url})
        each.control("POST", "/faults", {"webhook": "delay", "delay": 200})
        each.happen("invoice.created")
        each.control("POST", "/clock", {"advance": 0})
        (held,) = each.control("GET", "/deliveries")["data"]
        assert (held["status"], held["attempts"]) == ("pending", [])
        assert held["fault"].startswith("flt_1")
        each.control("POST", "/reset")
        each.control("POST", "/webhooks", {"url": target.url})
        each.happen("invoice.created")
        target.wait_for(1)
        each.control("POST", "/clock", {"advance": 0})
        (delivery,) = each.control("GET", "/deliveries")["data"]
        assert delivery["id"] == held["id"], "ids begin anew"
        assert (delivery["status"], delivery["fault"], len(target.requests)) == ("delivered", None, 1)


@contextmanager
def store_at(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "file":
        yield f"sqlite:///{folder / 'mock.db'}"
        return
    if kind == "memory":
        yield "sqlite://"
        return
    with postgres() as server:
        yield server.new_database()


@pytest.mark.parametrize("kind", ["file", "postgresql"])
def test_reset_and_restore_of_what_is_stored(kind: str, tmp_path: Path) -> None:
    with store_at(kind, tmp_path) as url:
        options = ("--port", "0", "--database", url, "--rate-limit", "1000")
        with running(*options) as mock:
            each = itself(mock)
            before = each.get("/api/v1/quotes?limit=200").json()
            snapshot = each.control("POST", "/snapshot")
            each.happen("quote.accepted")
            changed = each.get("/api/v1/quotes?limit=200").json()
            assert changed != before
            later = each.control("POST", "/snapshot")
            each.control("POST", "/reset")
            assert each.get("/api/v1/quotes?limit=200").json() == before
            each.control("POST", "/restore", later)
            assert each.get("/api/v1/quotes?limit=200").json() == changed
            each.control("POST", "/restore", snapshot)
            assert each.get("/api/v1/quotes?limit=200").json() == before
            assert len({each.happen("invoice.created") for _ in range(3)}) == 3
        with running(*options) as mock:
            assert itself(mock).happen("invoice.created"), "no id comes again in the next process"


@pytest.mark.parametrize("kind", ["file", "postgresql", "memory"])
def test_others_that_write_meanwhile_disturb_no_reset_and_are_disturbed_by_none(kind: str, tmp_path: Path) -> None:
    with store_at(kind, tmp_path) as url, running("--port", "0", "--database", url) as mock:
        each, is_over = itself(mock), threading.Event()
        snapshot = each.control("POST", "/snapshot")

        def write() -> None:
            while not is_over.is_set():
                each.happen("quote.created")

        with ThreadPoolExecutor(4) as pool:
            writers = [pool.submit(write) for _ in range(4)]
            try:
                for _ in range(6):
                    each.control("POST", "/reset")
                    each.control("POST", "/restore", snapshot)
            finally:
                is_over.set()
        for writer in writers:
            writer.result()


def test_a_snapshot_is_the_state_of_any_mock_of_its_seed(mock: Mock, tmp_path: Path) -> None:
    one, two = sandbox(mock), sandbox(mock)
    with receiver(OK) as target:
        secret = one.control("POST", "/webhooks", {"url": target.url, "secret": "whsec_of_a_snapshot"})["secret"]
        one.control("POST", "/clock", {"set": "2039-05-01T10:00:00Z", "freeze": True})
        one.happen("invoice.created")
        target.wait_for(1)
        one.control("POST", "/clock", {"advance": 0})
        snapshot = one.control("POST", "/snapshot")
        expected = one.get("/api/v1/invoices?limit=200").json()
        following = one.happen("invoice.created")
        with running("--port", "0") as another:
            for each in (two, sandbox(another), itself(another)):
                each.control("POST", "/restore", snapshot)
                assert each.get("/api/v1/invoices?limit=200").json() == expected
                clock = each.control("GET", "/clock")
                assert (clock["now"], clock["frozen"]) == ("2039-05-01T10:00:00Z", True)
                count = len(target.requests)
                assert each.happen("invoice.created") == following
                body = target.wait_for(count + 1)[-1].partition(b"\r\n\r\n")[2]
                signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
                assert f"X-1Invoice-Signature: {signature}".encode() in target.requests[-1]
                assert each.get("/api/v1/members").status == 200, "its own keys are still valid"


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"format": "har"}, "no snapshot of a mock"),
        ({"version": 2}, "another version"),
        ({"version": None}, "another version"),
        ({"seed": 2}, "another seed than 1"),
        ({"tables": {}}, "changed since it was taken"),
        ({"tables": []}, "changed since it was taken"),
        ({"clock": {"now": "soon", "ahead_seconds": 0, "frozen": False}}, "changed since it was taken"),
        ({"ids": {"inv": "many"}}, "changed since it was taken"),
    ],
)
def test_what_is_no_snapshot_changes_nothing(mock: Mock, change: dict[str, Any], part: str) -> None:
    each = sandbox(mock, scale=5)
    snapshot = each.control("POST", "/snapshot")
    each.happen("invoice.created")
    before = each.get("/api/v1/invoices").json()
    assert part in each.control("POST", "/restore", snapshot | change, 400)["detail"]
    assert each.get("/api/v1/invoices").json() == before


@pytest.mark.parametrize(
    ("table", "change", "part"),
    [
        ("members", {"status": None}, "rows that don't go together"),
        ("members", {"organisation_id": 5.5}, "other tables than this version"),
        ("members", {"created_at": "soon"}, "other tables than this version"),
        ("members", {"nickname": "Bo"}, "other tables than this version"),
        ("api_keys", {"rate_limit": 0}, "rows that don't go together"),
    ],
)
def test_rows_that_are_none_of_a_mock_change_nothing(mock: Mock, table: str, change: Any, part: str) -> None:
    each = sandbox(mock, scale=5)
    snapshot = each.control("POST", "/snapshot")
    before = each.get("/api/v1/members").json()
    snapshot["tables"][table][0] |= change
    assert part in each.control("POST", "/restore", snapshot, 400)["detail"]
    assert each.get("/api/v1/members").json() == before
