"""HOOK-6: unknown events are taken without an effect, and no header is believed."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.observation import DeliveryKind, SentDelivery
from oneinvoice_conformance.clients.scenarios.hook.names import (
    KNOWN_IN_BODY,
    KNOWN_IN_HEADER,
    NAMES,
    NOTICE,
    PING,
    SENT,
    SENT_NOT_PAID,
)
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import judged, readback, sent, trial

RIGHT = {"plain": 1, "by_body": 1}


def unknown(event_id: str, event: str, status: int = 200) -> SentDelivery:
    return sent(event_id, status, event=event, kind=DeliveryKind.UNKNOWN_EVENT)


def contradicting(event_id: str, event: str, form: str, status: int = 200) -> SentDelivery:
    return sent(event_id, status, event=event, kind=DeliveryKind.OTHER_HEADER, form=form)


def names(
    effects: dict[str, int] | None,
    *,
    answers: dict[str, int] | None = None,
    contradictions: int | tuple[int, int, int] = 200,
    status: str = "sent",
):
    """A trial whose unknown events were answered 200, but for `answers`, with an invoice of that status."""
    given = (contradictions,) * 3 if isinstance(contradictions, int) else contradictions
    events = {"voided": "invoice.voided", "ping": PING, "notice": NOTICE}
    deliveries = [
        sent("plain"),
        *(unknown(id, event, (answers or {}).get(id, 200)) for id, event in events.items()),
        contradicting("by_body", "invoice.voided", KNOWN_IN_BODY, given[0]),
        contradicting("by_header", "invoice.paid", KNOWN_IN_HEADER, given[1]),
        contradicting("sent", "invoice.paid", SENT_NOT_PAID, given[2]),
    ]
    kept = None if effects is None else readback(effects, invoices={"inv_1": {"status": status}})
    return trial(NAMES, deliveries, kept, {SENT: "inv_1"})


def test_taken_without_an_effect_is_right():
    assert judged("HOOK-6", names(RIGHT)).outcome is Outcome.PASSED


def test_answers_alone_do_not_tell():
    judgement = judged("HOOK-6", names(None))
    assert (judgement.outcome, judgement.options) == (Outcome.INCONCLUSIVE, ("--readback",))


@pytest.mark.parametrize(("id", "event"), [("voided", "invoice.voided"), ("ping", "ping"), ("notice", NOTICE)])
@pytest.mark.parametrize("effects", [RIGHT, None], ids=["seen", "unseen"])
def test_a_refused_unknown_event_fails(id: str, event: str, effects: dict[str, int] | None):
    judgement = judged("HOOK-6", names(effects, answers={id: 400}))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        f"{event}, which it need not know, was answered 400",
    )


def test_an_unknown_event_with_an_effect_fails():
    judgement = judged("HOOK-6", names({**RIGHT, "voided": 1}))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "invoice.voided, which is no event, had an effect",
    )


def test_to_tell_somebody_of_a_ping_or_a_notice_is_a_freedom():
    assert judged("HOOK-6", names({**RIGHT, "ping": 1, "notice": 1})).outcome is Outcome.PASSED


def test_an_effect_by_the_header_alone_fails():
    judgement = judged("HOOK-6", names({**RIGHT, "by_header": 1}))
    assert judgement.outcome is Outcome.FAILED
    assert "which its header says and its signed body doesn't" in judgement.reason


def test_a_status_by_the_header_alone_fails():
    judgement = judged("HOOK-6", names(RIGHT, status="paid"))
    assert judgement.outcome is Outcome.FAILED
    assert "paid by a header" in judgement.reason


def test_an_event_that_is_left_out_by_its_header_fails():
    judgement = judged("HOOK-6", names({"plain": 1}))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "a genuine event had no effect, since its header says invoice.voided",
    )


def test_an_event_that_is_refused_by_its_header_while_others_are_not_fails():
    assert judged("HOOK-6", names({"plain": 1}, contradictions=(400, 200, 200))).outcome is Outcome.FAILED


def test_to_refuse_all_contradictions_is_a_freedom():
    assert judged("HOOK-6", names({"plain": 1}, contradictions=400)).outcome is Outcome.PASSED


def test_no_effect_proves_nothing_unless_genuine_events_have_theirs():
    assert judged("HOOK-6", names({})).outcome is Outcome.INCONCLUSIVE
