"""Trials from a mock's journal, and from what another tool recorded."""

from __future__ import annotations

from typing import Any

import pytest
from oneinvoice_conformance.clients.observation import DeliveryKind, KeyPlace, Mark
from oneinvoice_conformance.clients.program import read_back
from oneinvoice_conformance.clients.recorded import trials_of

SENT = {"endpoint_id": "whe_1", "event_id": "evt_1", "event": "invoice.paid", "at": 5.0, "status": 200}


def entry(url: str = "http://127.0.0.1/api/v1/members?limit=2", **beside: Any) -> dict[str, Any]:
    request = {"method": "GET", "url": url, "headers": [{"name": "Authorization", "value": "Bearer 1iv_abc"}]}
    content = {"text": '{"data": [1, 2], "pagination": {"total": 7}}'}
    response = {"status": 200, "headers": [], "content": content}
    made = {"startedDateTime": "2026-11-30T12:00:00Z", "time": 20, "timings": {"receive": 5}}
    return {**made, "request": request, "response": response, **({"_oneinvoice": beside} if beside else {})}


def test_an_entry_of_another_tool_is_read_by_its_times_and_headers():
    [trial], odd = trials_of({"entries": [entry(), {"request": {}}]})
    [request] = trial.requests
    assert (odd, request.at, request.records, request.total) == (1, 0.0, 2, 7)
    assert (round(request.answering or 0, 3), round(request.answered or 0, 3)) == (0.015, 0.02)
    assert request.key_places == (KeyPlace.BEARER,)
    assert "abc" not in str(request.headers)


def test_a_journal_is_apart_by_keys_and_tells_its_faults():
    entries = [entry(at=9.0, key="primary", fault="fault=truncate"), entry(at=8.0, key_id="key-2"), entry("http://x/")]
    trials, _ = trials_of({"entries": entries})
    assert [trial.scenario for trial in trials] == ["requests of the primary key", "requests of the key key-2"]
    assert [trial.requests[0].mark for trial in trials] == [Mark.BROKEN, Mark.PLAIN]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({}, DeliveryKind.GENUINE),
        ({"attempt": 2}, DeliveryKind.GENUINE),
        ({"repeat": True}, DeliveryKind.REPEATED),
        ({"forged": True, "repeat": True}, DeliveryKind.FORGED),
    ],
)
def test_deliveries_by_what_they_are(told: dict[str, Any], kind: DeliveryKind):
    [trial], odd = trials_of({"entries": [], "_deliveries": [SENT | told]})
    assert (odd, [each.kind for each in trial.deliveries]) == (0, [kind])


def test_a_readback_may_tell_of_a_failure_alone():
    assert read_back(b'{"error": "the key was refused"}').error == "the key was refused"
    assert read_back(b'{"members": {"1": {}}, "effects": {"evt": 2}}').effects == {"evt": 2}
