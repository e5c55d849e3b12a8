"""Decisions of the rules for webhooks that no deployment shows as clearly as a few deliveries do."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from oneinvoice_conformance.documented import EVENTS
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.finding import Finding, Undecided
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.hook import WEBHOOK_JUDGES
from oneinvoice_conformance.webhooks.collector import WebhookEvidence
from oneinvoice_conformance.webhooks.signing import sign
from oneinvoice_conformance.webhooks.triggers import TriggerAttempt

SECRET = "a secret"
ODD_BODY = b'{"b" : 1, "a":2}'


def _delivery(event: str | None = "invoice.paid", body: bytes = ODD_BODY, **changes: object) -> Delivery:
    headers = {
        "User-Agent": "1invoice-webhooks/1",
        "Content-Type": "application/json",
        "X-1Invoice-Signature": sign(body, SECRET),
    } | ({"X-1Invoice-Event": event} if event is not None else {})
    headers |= {name.replace("_", "-"): str(value) for name, value in changes.items() if name[0].isupper()}
    method, target = str(changes.get("method", "POST")), str(changes.get("target", "/hook"))
    return Delivery(1, 0.0, method, target, tuple(headers.items()), body)


def _look(id: str, *deliveries: Delivery, **more: object) -> Finding:
    try:
        return WEBHOOK_JUDGES[id](WebhookEvidence(deliveries, SECRET, **more))  # type: ignore[arg-type]  # a few fields at a time
    except Undecided as undecided:
        return undecided.finding


def _twice(event: str) -> dict[str, tuple[TriggerAttempt, ...]]:
    return {each: (TriggerAttempt(each), TriggerAttempt(each)) for each in EVENTS if each == event}


def test_a_right_delivery_passes_what_it_shows() -> None:
    for id in ("HOOK-1", "HOOK-2", "HOOK-3", "HOOK-4", "HOOK-5", "HOOK-8"):
        assert _look(id, _delivery()).outcome is Outcome.PASSED, id


def test_only_the_path_of_the_registered_url_counts() -> None:
    elsewhere = _delivery(method="PUT", target="/other")
    assert _look("HOOK-1", _delivery(target="/hook?n=1"), elsewhere, path="/hook").outcome is Outcome.PASSED
    assert _look("HOOK-1", elsewhere, path="/other").outcome is Outcome.FAILED


def test_without_a_registered_url_the_path_of_most_deliveries_counts() -> None:
    elsewhere = _delivery(method="PUT", target="/other")
    assert _look("HOOK-1", elsewhere, _delivery(), _delivery("quote.sent")).outcome is Outcome.PASSED
    assert _look("HOOK-1", elsewhere).outcome is Outcome.FAILED


def test_strangers_on_the_path_are_no_deliveries() -> None:
    stranger = Delivery(2, 0.0, "POST", "/hook", (("User-Agent", "scanner"),), b"login=admin")
    assert _look("HOOK-2", _delivery(), stranger).outcome is Outcome.PASSED
    assert _look("HOOK-2", stranger).outcome is Outcome.FAILED  # unless nothing else came


def test_unknown_events_are_not_judged() -> None:
    ping = _delivery("ping", b"pong", User_Agent="curl")
    for id in ("HOOK-1", "HOOK-2", "HOOK-3", "HOOK-4", "HOOK-5"):
        assert _look(id, _delivery(), ping).outcome is Outcome.PASSED, id
        assert _look(id, ping).outcome is Outcome.NOT_TESTED, id


@pytest.mark.parametrize("name", ["17", "#", "…"])
def test_what_has_no_letter_names_no_event(name: str) -> None:
    finding = _look("HOOK-3", _delivery(name))
    assert (finding.outcome, finding.certain) == (Outcome.FAILED, True)
    assert finding.reason == f"X-1Invoice-Event is '{name}', which names no event"


@pytest.mark.parametrize(
    "name", ["invoice_paid", "Invoice.Paid", "invoicePaid", "paid.invoice", "invoices.paid", "paid"]
)
def test_a_misspelt_event_is_a_failure(name: str) -> None:
    finding = _look("HOOK-3", _delivery(name))
    assert finding.outcome is Outcome.FAILED
    assert "'invoice.paid' is documented" in finding.reason


@pytest.mark.parametrize("name", ["invoice.reminded", "quote.viewed", "api.change_announced", "ping", "invoice.resent"])
def test_an_event_of_its_own_is_not_misspelt(name: str) -> None:
    assert _look("HOOK-3", _delivery(), _delivery(name)).outcome is Outcome.PASSED


@pytest.mark.parametrize("name", ["invoices.paid", "paid"])
def test_a_similar_name_beside_the_documented_event_is_an_event_of_its_own(name: str) -> None:
    assert _look("HOOK-3", _delivery(), _delivery(name)).outcome is Outcome.PASSED


def test_one_name_for_everything_is_a_failure_where_the_body_knows_better() -> None:
    body = b'{"event" : "invoice.paid"}'
    assert _look("HOOK-3", _delivery("notification", body)).outcome is Outcome.FAILED
    assert _look("HOOK-3", _delivery(), _delivery("notification")).outcome is Outcome.PASSED


@pytest.mark.parametrize(("id", "name"), [("HOOK-3", "X-1Invoice-Event"), ("HOOK-4", "X-1Invoice-Signature")])
def test_a_header_that_contradicts_itself_is_a_failure(id: str, name: str) -> None:
    right = _delivery()
    wrong = replace(right, headers=(*right.headers, (name, "something else")))
    assert _look(id, wrong).outcome is Outcome.FAILED
    assert (
        _look(id, replace(right, headers=(*right.headers, (name, right.header(name) or "")))).outcome is Outcome.PASSED
    )


def test_a_probe_of_the_url_is_no_delivery() -> None:
    probe = Delivery(2, 0.0, "GET", "/hook", (("X-1Invoice-Challenge", "abc"),), b"")
    assert _look("HOOK-1", _delivery(), probe).outcome is Outcome.PASSED


def test_what_came_in_the_place_of_deliveries_is_told() -> None:
    stray = "a TLS handshake came, and this address speaks plain HTTP; register it as http://"
    attempts = _twice("invoice.paid")
    finding = _look("HOOK-1", attempts=attempts, strays=(stray,), url="http://127.0.0.1:9401/hook")
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason == f"no delivery came to http://127.0.0.1:9401/hook, but {stray}"
    assert _look("HOOK-8", attempts=attempts, strays=(stray,)).outcome is Outcome.INCONCLUSIVE
    assert _look("HOOK-1", _delivery(), attempts=attempts, strays=(stray,)).outcome is Outcome.PASSED


def test_a_delivery_without_any_header_is_recognised_by_its_body() -> None:
    bare = Delivery(2, 0.0, "POST", "/hook", (("User-Agent", "curl"),), ODD_BODY)
    assert _look("HOOK-3", _delivery(), bare).outcome is Outcome.FAILED


def test_what_could_not_be_read_is_no_missing_event() -> None:
    unread = replace(_delivery("quote.sent"), problem="its body is longer than 16 MiB")
    finding = _look("HOOK-10", _delivery(), unread, attempts=_twice("quote.sent"))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "longer than 16 MiB" in finding.reason


def test_an_event_that_brings_another_when_triggered_alone_is_a_failure() -> None:
    finding = _look("HOOK-3", _delivery(), misnamed_event=("invoice.sent", (_delivery(),)))
    assert finding.outcome is Outcome.FAILED
    assert "invoice.sent was triggered alone, and 'invoice.paid' came" in finding.reason


def _signed_wrongly(event: str = "invoice.paid", number: int = 1, body: bytes = b"{}") -> Delivery:
    return replace(_delivery(event, body=body, X_1Invoice_Signature="ab" * 32), number=number)


def test_what_is_signed_wrongly_in_one_event_alone_is_told() -> None:
    finding = _look("HOOK-4", _delivery("quote.sent"), _delivery(), _signed_wrongly("quote.accepted", 3))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.endswith("(1 of 3 deliveries, all of quote.accepted and none of another event)")


def test_what_is_signed_wrongly_in_retries_alone_is_told() -> None:
    first = _delivery(body=b"{}")
    finding = _look("HOOK-4", first, _delivery("quote.sent"), _signed_wrongly(number=7))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason.endswith("(1 of 3 deliveries, only where a body is delivered again)")


def test_what_is_signed_wrongly_now_and_then_has_nothing_in_common() -> None:
    finding = _look("HOOK-4", _delivery(), _signed_wrongly(number=2, body=b"[]"))
    assert finding.reason.endswith("(1 of 2 deliveries)")
    assert _look("HOOK-4", _signed_wrongly()).reason.endswith("changed on its way")


def test_a_compressed_body_leaves_open_whether_it_is_json() -> None:
    assert _look("HOOK-2", _delivery(body=b"\x1f\x8b", Content_Encoding="gzip")).outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (rb'"{\"event\": \"invoice.paid\"}"', Outcome.FAILED),
        (rb'" [1]"', Outcome.FAILED),
        (b'"invoice.paid"', Outcome.PASSED),
        (b"[1]", Outcome.PASSED),
        (b"null", Outcome.PASSED),
    ],
)
def test_json_within_a_json_text_is_a_failure(body: bytes, outcome: Outcome) -> None:
    finding = _look("HOOK-2", _delivery(body=body))
    assert (finding.outcome, "encoded twice" in finding.reason) == (outcome, outcome is Outcome.FAILED)


def test_what_is_asked_about_one_delivery_hides_no_fault_of_another() -> None:
    unregistered = _delivery(Content_Type="text/json")
    assert _look("HOOK-2", unregistered, _delivery(Content_Type="text/html")).outcome is Outcome.FAILED
    assert _look("HOOK-2", unregistered, _delivery(body=b"{")).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ({"event": "invoice.sent"}, Outcome.FAILED),
        ({"data": {"type": "quote.created"}}, Outcome.PASSED),
        ({"event": "invoice.paid", "caused_by": "quote.accepted"}, Outcome.PASSED),
        ({"resource": {"latest_event": "invoice.sent"}}, Outcome.PASSED),
        ({"event": "invoice.paid", "previous_event": "invoice.sent"}, Outcome.PASSED),
        ({"previous_event": "invoice.sent"}, Outcome.PASSED),
        ({"history": ["invoice.created", "invoice.sent"]}, Outcome.PASSED),
        ({"subscribed": "all"}, Outcome.PASSED),
    ],
)
def test_a_body_that_names_another_event_contradicts_the_header(content: object, outcome: Outcome) -> None:
    assert _look("HOOK-3", _delivery(body=json.dumps(content).encode())).outcome is outcome


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("application/json; charset=utf-8", Outcome.PASSED),
        ("application/vnd.1invoice+json", Outcome.PASSED),
        ("text/json", Outcome.INCONCLUSIVE),
        ("application/x-json; charset=utf-8", Outcome.INCONCLUSIVE),
        ("text/plain", Outcome.FAILED),
        ("application/octet-stream", Outcome.FAILED),
        ("application/json-seq", Outcome.FAILED),
        ("", Outcome.FAILED),
        ("application/x-www-form-urlencoded", Outcome.FAILED),
        ("text/html", Outcome.FAILED),
    ],
)
def test_a_content_type_that_is_not_of_json_is_a_failure(kind: str, outcome: Outcome) -> None:
    assert _look("HOOK-2", _delivery(Content_Type=kind)).outcome is outcome


@pytest.mark.parametrize(
    ("agent", "outcome"),
    [
        ("1invoice-webhooks/1 (+https://1invoice.online)", Outcome.INCONCLUSIVE),
        ("1invoice-webhooks/10", Outcome.FAILED),
        ("1Invoice-Webhooks/1", Outcome.FAILED),
        ("", Outcome.FAILED),
    ],
)
def test_the_user_agent_is_the_documented_one(agent: str, outcome: Outcome) -> None:
    assert _look("HOOK-5", _delivery(User_Agent=agent)).outcome is outcome


def test_a_body_that_is_its_own_re_serialisation_is_told() -> None:
    assert "can't be told from the right one" in _look("HOOK-4", _delivery(body=b'{"a":1}')).reason
    assert "can't be told" not in _look("HOOK-4", _delivery(body=b'{"a":1}'), _delivery()).reason


def test_upper_case_hex_is_a_freedom() -> None:
    assert _look("HOOK-4", _delivery(X_1Invoice_Signature=sign(ODD_BODY, SECRET).upper())).outcome is Outcome.PASSED


def test_a_missing_event_fails_only_if_another_came_and_its_trigger_succeeded_twice() -> None:
    paid = _delivery("invoice.paid")
    twice, once = _twice("quote.sent"), {"quote.sent": (TriggerAttempt("quote.sent"),)}
    assert _look("HOOK-10", paid, attempts=twice).outcome is Outcome.FAILED
    assert "not subscribed" in _look("HOOK-10", paid, attempts=twice).reason
    assert _look("HOOK-10", paid, attempts=once).outcome is Outcome.INCONCLUSIVE
    assert _look("HOOK-10", attempts=twice).outcome is Outcome.INCONCLUSIVE
    assert _look("HOOK-10", _delivery("ping"), attempts=twice).outcome is Outcome.INCONCLUSIVE


def test_an_event_that_came_less_often_than_it_happened_leaves_open_whether_it_is_delivered() -> None:
    sent, attempts = _delivery("quote.sent"), _twice("quote.sent")
    finding = _look("HOOK-10", sent, attempts=attempts, timeout=30.0)
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "came once, and was triggered 2 times" in finding.reason
    assert _look("HOOK-10", sent, sent, attempts=attempts).outcome is Outcome.PASSED
    assert _look("HOOK-10", sent).outcome is Outcome.PASSED, "in a recording nobody knows how often it happened"


@pytest.mark.parametrize(
    "first", [TriggerAttempt("quote.sent", "it failed"), TriggerAttempt("quote.sent", certain=False)]
)
def test_what_may_not_have_happened_need_not_come(first: TriggerAttempt) -> None:
    attempts = {"quote.sent": (first, TriggerAttempt("quote.sent"))}
    assert _look("HOOK-10", _delivery("quote.sent"), attempts=attempts).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "attempts",
    [
        (TriggerAttempt("quote.sent", "it failed"), TriggerAttempt("quote.sent")),
        (TriggerAttempt("quote.sent"), TriggerAttempt("quote.sent", "it failed")),
        (TriggerAttempt("quote.sent", certain=False), TriggerAttempt("quote.sent", certain=False)),
    ],
)
def test_a_trigger_that_failed_or_a_person_who_may_not_have_done_it_leaves_it_open(
    attempts: tuple[TriggerAttempt, ...],
) -> None:
    finding = _look("HOOK-10", _delivery(), attempts={"quote.sent": attempts})
    assert finding.outcome is Outcome.INCONCLUSIVE


def test_a_delivery_that_may_be_the_missing_event_leaves_it_open() -> None:
    attempts = _twice("quote.sent")
    nameless = _delivery(None)
    assert _look("HOOK-10", _delivery(), nameless, attempts=attempts).outcome is Outcome.INCONCLUSIVE
    assert _look("HOOK-3", _delivery(), nameless).outcome is Outcome.FAILED


def test_what_was_not_recorded_is_not_tested() -> None:
    assert _look("HOOK-10", _delivery()).outcome is Outcome.NOT_TESTED
    assert _look("HOOK-1").outcome is Outcome.NOT_TESTED
