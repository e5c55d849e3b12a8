from typing import Any

import pytest
from oneinvoice_conformance.rules.inv import Kind, _kind
from oneinvoice_conformance.verdict import Outcome

from tests.miniatures import Deployment
from tests.miniatures.data import Invoice
from tests.unit.conformance.fakes import judged


def invoices(change: dict[str, Any], **by_state: dict[str, Any]) -> Deployment:
    """A miniature whose invoices have other fields; None takes one away, and `paid={…}` changes paid ones alone."""

    class Changed(Deployment):
        def invoice(self, invoice: Invoice) -> dict[str, Any]:
            state = invoice.payment if invoice.status != "draft" else "draft"
            shown = super().invoice(invoice) | change | by_state.get(state, {})
            return {name: value for name, value in shown.items() if value is not None}

    return Changed()


@pytest.mark.parametrize(
    "value",
    [
        "2026-04-15",
        "20260415",
        "2026-04-15T23:59:59+02:00",
        "2026-04-15 00:00:00",
        "2026-04-15Tnonsense",
        "2024-02-29",
        "15.04.2026",
        "15/04/2026",
        "04/15/2026",
        "2026/04/15",
        "2026-4-5",
        "5.4.2026",
        "15.04.26",
        " 2026-04-15 ",
        1_776_211_200,
        1_776_211_200_000,
        1_776_211_200.5,
        "1776211200",
    ],
)
def test_a_day_of_the_calendar(value: object):
    assert _kind(value) is Kind.DATE


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2025-02-29",
        "2026-13-01",
        "2026-00-10",
        "0000-00-00",
        "2026-02-30T00:00:00Z",
        "20260230",
        "31.04.2026",
        "13/13/2026",
        "soon",
        "",
        "next Tuesday",
        ["a"],
        float("inf"),
    ],
)
def test_plainly_no_day(value: object):
    assert _kind(value) is Kind.NO_DATE


@pytest.mark.parametrize(
    "value", ["15 April 2026", "Wed, 15 Apr 2026", "2026-W16-3", "2026-105", "15.04.2026 08:00", 30, 46_127, "P30D"]
)
def test_what_may_be_a_day(value: object):
    assert _kind(value) is Kind.UNCLEAR


@pytest.mark.parametrize(
    "due",
    [
        {"date": "2026-04-15 00:00:00.000000", "timezone_type": 3, "timezone": "UTC"},
        {"year_day": "2026-04-15", "label": "in spring"},
    ],
)
def test_a_due_date_may_be_told_in_parts(due: dict[str, Any]):
    assert judged("INV-5", invoices({"due_on": due})).outcome is Outcome.PASSED


def test_what_else_is_due_is_no_date():
    assert judged("INV-5", invoices({"due_soon": "no", "due_text": "in a while"})).outcome is Outcome.PASSED
    assert judged("INV-5", invoices({"due_on": "2026-02-30", "due_text": "in a while"})).outcome is Outcome.FAILED


def test_one_unclear_date_leaves_it_open_and_one_wrong_one_breaks_it():
    unclear = judged("INV-5", invoices({}, paid={"due_on": "15 April 2026"}))
    assert (unclear.outcome, "15 April 2026" in unclear.reason) == (Outcome.INCONCLUSIVE, True)
    assert judged("INV-5", invoices({}, paid={"due_on": "30.02.2026"})).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ({"unpaid": "open", "overdue": "overdue", "paid": "paid"}, Outcome.PASSED),
        ({"unpaid": "AWAITING_PAYMENT", "overdue": "Past due", "paid": "Paid"}, Outcome.PASSED),
        ({"unpaid": "sent", "overdue": "overdue", "paid": "paid"}, Outcome.PASSED),
        ({"unpaid": "sent", "overdue": "sent", "paid": "paid"}, Outcome.FAILED),
        ({"unpaid": "sent", "overdue": "sent", "paid": "archived"}, Outcome.FAILED),
        ({"unpaid": "booked", "overdue": "overdue", "paid": "paid"}, Outcome.FAILED),
        ({"unpaid": 1, "overdue": 2, "paid": 3}, Outcome.FAILED),
    ],
)
def test_a_status_in_words_of_payment_is_a_payment_status(status: dict[str, Any], outcome: Outcome):
    changes = {state: {"status": word} for state, word in status.items()}
    assert judged("INV-3", invoices({"payment_state": None}, **changes)).outcome is outcome


@pytest.mark.parametrize(
    "field", ["paymentState", "payment_status", "paymentstatus", "is_paid", "settlementStatus", "billing_status"]
)
def test_a_field_that_says_it_is_a_payment_status(field: str):
    assert judged("INV-3", invoices({"payment_state": None, field: False})).outcome is Outcome.PASSED


@pytest.mark.parametrize("field", ["balance", "amount_paid", "outstanding", "payments"])
def test_a_field_that_may_say_it_leaves_it_open(field: str):
    finding = judged("INV-3", invoices({"payment_state": None, field: "120.00"}))
    assert (finding.outcome, "--map" in finding.reason) == (Outcome.INCONCLUSIVE, True)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"due_on": None, "duedate": "2026-04-15"}, Outcome.PASSED),
        ({"due_on": None, "dates": {"due": "2026-04-15"}}, Outcome.PASSED),
        ({"due_on": None, "payment_terms": "30 days"}, Outcome.INCONCLUSIVE),
        ({"due_on": None, "amount_due": "12.00"}, Outcome.FAILED),
        ({"due_on": ""}, Outcome.FAILED),
        ({"due_on": None, "days_overdue": 4}, Outcome.FAILED),
    ],
)
def test_due_dates_by_other_names(change: dict[str, Any], outcome: Outcome):
    assert judged("INV-4", invoices(change)).outcome is outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("draft", Outcome.PASSED),
        ("void", Outcome.PASSED),
        ("in review", Outcome.INCONCLUSIVE),
        ("sent", Outcome.FAILED),
    ],
)
def test_only_what_is_out_must_have_a_due_date(status: str, outcome: Outcome):
    assert judged("INV-4", invoices({}, unpaid={"status": status, "due_on": None})).outcome is outcome
