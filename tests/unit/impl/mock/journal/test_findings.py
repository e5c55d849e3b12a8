"""Findings about clients, as a mock's log has them."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import oneinvoice_impl.mock.journal
import pytest
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.mock.journal.findings import DeliveryWatch, FindingsLog, RequestWatch
from oneinvoice_openapi.register import register

from tests.unit.impl.mock.journal.made import KEY, entry, send

Log = pytest.LogCaptureFixture


class Hand:
    """Clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_each_names_a_requirement_of_the_register() -> None:
    statements = {row.id for row in register().of("client").requirements if row.not_testable is None}
    folder = Path(oneinvoice_impl.mock.journal.__file__).parent
    named = {id for file in folder.glob("*.py") for id in re.findall(r'"(CLIENT/[A-Z]+-\d+)"', file.read_text("utf-8"))}
    assert len(named) >= 10
    assert named <= statements


def test_a_finding_on_a_request_is_told_at_once_in_the_registers_words(caplog: Log) -> None:
    findings = FindingsLog()
    watch = RequestWatch(findings, "")
    watch.on_request(entry(0.0, "/api/v1/members?limit=2", number=1))
    assert caplog.messages == []
    watch.on_request(entry(1.0, f"/api/v1/members?key={KEY}", number=2))
    statement = register()["CLIENT/KEY-1"].statement
    assert caplog.messages == [
        f"CLIENT/KEY-1: {statement} GET /api/v1/members?key=1iv_***, request 2: the key is in the URL, which others "
        "log; send it as Authorization: Bearer alone."
    ]
    assert caplog.records[0].levelno == logging.WARNING
    assert findings.summary == "# Findings about clients, in 2 requests and 0 deliveries: CLIENT/KEY-1 1."


def test_a_sandbox_is_named_and_what_was_seen_is_forgotten(caplog: Log) -> None:
    watch = RequestWatch(FindingsLog(), "sbx_1")
    limited = entry(0.0, status=429, told="5")
    watch.on_request(limited)
    watch.forget()
    watch.on_request(entry(1.0))
    assert caplog.messages == []
    watch.on_request(limited)
    watch.on_request(entry(1.0, number=7))
    (line,) = caplog.messages
    assert " sbx_1: GET /api/v1/members, request 7: it was asked again 1.0 s after a 429 that said 5." in line


def test_a_finding_on_a_delivery_is_told_once(caplog: Log) -> None:
    findings = FindingsLog()
    log = SendLog(DeliveryWatch(findings, ""))
    log.add(send(400, id="del_1", event="grease.example", event_id="evt_1"))
    assert caplog.messages == [], "it may be a receiver that takes nothing"
    log.add(send(200, id="del_2", event_id="evt_2"))
    log.add(send(200, "wrong-secret", id="del_3", event_id="evt_3"))
    told = [message.partition(": ")[0] for message in caplog.messages]
    assert told == ["CLIENT/HOOK-6", "CLIENT/HOOK-2"]
    assert " grease.example, delivery del_1: it answered 400 to grease.example, " in caplog.messages[0]
    assert findings.summary == (
        "# Findings about clients, in 0 requests and 3 deliveries: CLIENT/HOOK-2 1, CLIENT/HOOK-6 1."
    )


def test_a_flood_is_counted(caplog: Log) -> None:
    clock = Hand()
    findings = FindingsLog(clock)
    watch = RequestWatch(findings, "")
    for number in range(30):
        watch.on_request(entry(float(number), "/api/v1", headers=[("x-api-key", KEY)]))
    assert len(caplog.messages) == 11
    assert caplog.messages[-1] == "CLIENT/KEY-1: more of this within a minute is counted, and not told."
    clock.now = 60.0
    watch.on_request(entry(30.0, "/api/v1", headers=[("x-api-key", KEY)]))
    assert len(caplog.messages) == 12
    assert findings.summary == "# Findings about clients, in 31 requests and 0 deliveries: CLIENT/KEY-1 31."


def test_no_findings() -> None:
    findings = FindingsLog()
    RequestWatch(findings, "").on_request(entry(0.0))
    SendLog(DeliveryWatch(findings, "")).add(send(200))
    assert findings.summary == "# No findings about clients, in 1 request and 1 delivery."
