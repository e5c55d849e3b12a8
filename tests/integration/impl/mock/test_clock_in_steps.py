"""A clock that is moved plays what becomes due on its way: real deliveries to real receivers."""

from __future__ import annotations

import hashlib
import hmac
import time
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest
from oneinvoice_impl.mock.controls import clock as clock_controls
from oneinvoice_impl.webhooks.retry_schedule import JITTER, RETRIES

from tests.integration.impl.receivers import receiver, status
from tests.integration.impl.web.serving import Served, serving

FAILING = status("500 Oops")
DAY = 86_400


def ask(served: Served, method: str, path: str, content: Any = None) -> Any:
    return httpx.request(method, f"{served.url}/_mock{path}", json=content, timeout=30).raise_for_status().json()


def moments(delivery: Any) -> list[datetime]:
    return [datetime.fromisoformat(each["started_at"]) for each in delivery["attempts"]]


@pytest.mark.parametrize("database_url", ["sqlite://", "sqlite:///{folder}/mock.db"])
@pytest.mark.parametrize("is_frozen", [False, True])
def test_one_advance_plays_the_whole_schedule(database_url: str, is_frozen: bool, tmp_path: Any) -> None:
    with receiver(FAILING) as target, serving(database_url=database_url.format(folder=tmp_path)) as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        if is_frozen:
            ask(served, "POST", "/clock", {"freeze": True})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        moved = ask(served, "POST", "/clock", {"advance": 2 * DAY})
        [delivery] = ask(served, "GET", "/deliveries")["data"]
        assert delivery["status"] == "failed"
        assert delivery["next_attempt_at"] is None
        assert moved["note"] == ""
        assert moved["ahead_seconds"] == pytest.approx(2 * DAY, abs=0 if not is_frozen else 5)
        attempts = moments(delivery)
        waits = [after - before for before, after in pairwise(attempts)]
        assert len(waits) == len(RETRIES)
        for wait, planned in zip(waits, RETRIES, strict=True):
            assert (1 - JITTER) * planned <= wait <= (1 + JITTER) * planned + timedelta(seconds=2)
        assert len(target.requests) == 1 + len(RETRIES)


def test_setting_it_forward_plays_what_is_due_by_then_and_no_more() -> None:
    with receiver(FAILING) as target, serving() as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        now = datetime.fromisoformat(ask(served, "GET", "/clock")["now"])
        moment = (now + timedelta(minutes=10)).isoformat()
        assert ask(served, "POST", "/clock", {"set": moment, "freeze": True})["frozen"]
        assert datetime.fromisoformat(ask(served, "GET", "/clock")["now"]) == datetime.fromisoformat(moment)
        [delivery] = ask(served, "GET", "/deliveries")["data"]
        assert (delivery["status"], len(delivery["attempts"])) == ("pending", 3)  # at once, after 5 s, after 5 min


def test_an_endpoint_is_disabled_at_its_time() -> None:
    with receiver(FAILING) as target, serving() as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        began = datetime.fromisoformat(ask(served, "GET", "/clock")["now"])
        for _ in range(2):
            ask(served, "POST", "/trigger", {"event": "invoice.created"})
            ask(served, "POST", "/clock", {"advance": 119 * 3600})
        ask(served, "POST", "/clock", {"advance": 30 * DAY})
        [endpoint] = ask(served, "GET", "/webhooks")["data"]
        assert endpoint["status"] == "disabled"
        assert endpoint["disabled_reason"] == "It did nothing but fail for 120 hours."
        newest, _ = ask(served, "GET", "/deliveries")["data"]
        last = moments(newest)[-1]
        assert timedelta(hours=120) <= last - began < timedelta(hours=123)


def test_an_attempt_is_signed_with_the_secrets_of_its_time() -> None:
    with receiver(FAILING) as target, serving() as served:
        id = ask(served, "POST", "/webhooks", {"url": target.url, "secret": "whsec_old"})["id"]
        ask(served, "POST", f"/webhooks/{id}/rotate", {"secret": "whsec_new"})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        ask(served, "POST", "/clock", {"advance": 3 * DAY})
        [delivery] = ask(served, "GET", "/deliveries")["data"]
        attempts = moments(delivery)
        assert len(attempts) == len(target.requests) == 8
        for at, request in zip(attempts, target.requests, strict=True):
            head, _, body = request.partition(b"\r\n\r\n")
            assert hmac.new(b"whsec_new", body, hashlib.sha256).hexdigest().encode() in head
            previous = hmac.new(b"whsec_old", body, hashlib.sha256).hexdigest().encode() in head
            assert previous is (at - attempts[0] < timedelta(hours=24))
        assert attempts[-1] - attempts[0] > timedelta(hours=20)


def test_one_that_is_held_back_is_sent_at_its_time() -> None:
    with receiver(status("200 OK")) as target, serving() as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        ask(served, "POST", "/faults", {"webhook": "delay", "delay": 3600})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        ask(served, "POST", "/clock", {"advance": DAY})
        [delivery] = ask(served, "GET", "/deliveries")["data"]
        wait = moments(delivery)[0] - datetime.fromisoformat(delivery["created_at"])
        assert timedelta(seconds=3600) <= wait < timedelta(seconds=3610)


def test_slow_receivers_are_told_and_the_clock_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_controls, "MOST_SECONDS", 1.0)

    def late(connection: Any) -> None:
        time.sleep(0.7)
        FAILING(connection)

    with receiver(late) as target, serving() as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        moved = ask(served, "POST", "/clock", {"advance": DAY})
        assert moved["ahead_seconds"] == DAY
        assert moved["note"].startswith("The receivers were slow: webhooks that were due from ")
        assert len(target.requests) < 1 + len(RETRIES)
        assert ask(served, "GET", "/clock")["note"] == ""


def test_backward_plays_nothing() -> None:
    with receiver(FAILING) as target, serving() as served:
        ask(served, "POST", "/webhooks", {"url": target.url})
        ask(served, "POST", "/trigger", {"event": "invoice.created"})
        ask(served, "POST", "/clock", {"set": "2001-01-01"})
        assert len(target.requests) == 1
