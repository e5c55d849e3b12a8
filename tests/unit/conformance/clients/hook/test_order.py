"""HOOK-5: records end right, though events come out of order."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.scenarios.hook.order import ORDER, TOLD, Told
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import judged, readback, sent, trial

CREATED, SENT, PAID = "invoice.created", "invoice.sent", "invoice.paid"
IN_ORDER = Told("invoices", "inv_1", "paid", (CREATED, SENT, PAID), in_order=True)
SWAPPED = Told("invoices", "inv_2", "paid", (PAID, CREATED), in_order=False)
QUOTE = Told("quotes", "quo_1", "accepted", ("quote.accepted", "quote.created"), in_order=False)


def order(invoices: dict[str, object] | None, *told: Told, **lists: dict[str, object]):
    kept = readback({}, **({} if invoices is None else {"invoices": invoices}), **lists)
    return trial(ORDER, [sent("evt_1")], kept, {TOLD: told or (IN_ORDER, SWAPPED)})


def paid(status: object = "paid") -> dict[str, object]:
    return {"status": status}


@pytest.mark.parametrize("status", ["paid", "PAID"])
def test_the_newest_status_is_right(status: str):
    judgement = judged("HOOK-5", order({"inv_1": paid(status), "inv_2": paid(status)}))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.PASSED,
        "1 records of invoices have their newest status, though events came out of order",
    )


def test_an_older_status_fails_with_the_order():
    judgement = judged("HOOK-5", order({"inv_1": paid(), "inv_2": paid("draft")}))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "after invoice.paid, invoice.created in this order a record that is paid has the status draft",
    )


def test_the_first_event_of_a_record_may_not_win_either():
    assert judged("HOOK-5", order({"inv_1": paid("draft"), "inv_2": paid()})).outcome is Outcome.FAILED


def test_a_record_that_was_lost_fails():
    judgement = judged("HOOK-5", order({"inv_1": paid()}))
    assert judgement.outcome is Outcome.FAILED
    assert judgement.reason.endswith("a record that is paid is missing")


@pytest.mark.parametrize(
    "invoices",
    [None, {}, {"inv_0": {"status": "paid"}}, {"inv_1": "paid"}, {"inv_1": {"state": 3}}, {"inv_1": paid("betalt")}],
    ids=["no list", "empty", "others", "a text", "no status", "words of its own"],
)
def test_a_client_that_polls_or_keeps_something_else_is_left_open(invoices: dict[str, object] | None):
    judgement = judged("HOOK-5", order(invoices))
    assert (judgement.outcome, judgement.options) == (Outcome.INCONCLUSIVE, ("--readback",))


def test_a_list_of_no_use_to_the_client_is_left_out():
    kept = order({"inv_1": paid(), "inv_2": paid()}, IN_ORDER, SWAPPED, QUOTE, quotes={})
    assert judged("HOOK-5", kept).outcome is Outcome.PASSED


def test_without_a_readback_it_is_open():
    judgement = judged("HOOK-5", trial(ORDER, [sent("evt_1")], None, {TOLD: (IN_ORDER, SWAPPED)}))
    assert judgement.outcome is Outcome.INCONCLUSIVE
