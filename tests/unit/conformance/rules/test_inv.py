from collections.abc import Callable
from typing import Any

import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.records.dates import DateKind, kind_of
from oneinvoice_conformance.records.json_text import HugeNumber
from oneinvoice_conformance.rules.inv import is_paid

from tests.miniatures import FREE, Deployment
from tests.miniatures.data import Invoice, Record
from tests.miniatures.deployment import Abort
from tests.miniatures.freedoms.readings import FilteredByPayment
from tests.unit.conformance.fakes import CONTRACT, NAMES, InProcess, judged


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
        " 2026-04-15 ",
        1_776_211_200,
        1_776_211_200_000,
        1_776_211_200.5,
        "1776211200",
    ],
)
def test_a_day_of_the_calendar(value: object):
    assert kind_of(value) is DateKind.DATE


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
        HugeNumber("1e400"),
    ],
)
def test_plainly_no_day(value: object):
    assert kind_of(value) is DateKind.NO_DATE


@pytest.mark.parametrize(
    "value",
    [
        "15.04.2026",
        "15/04/2026",
        "04/15/2026",
        "2026/04/15",
        "2026-4-5",
        "5.4.2026",
        "15.04.26",
        "April 15, 2026",
        "Wed, 15 Apr 2026 00:00:00 GMT",
        "15 April 2026",
        "Wed, 15 Apr 2026",
        "2026-W16-3",
        "2026-105",
        "15.04.2026 08:00",
        30,
        46_127,
        "P30D",
        "9" * 5_000,
    ],
)
def test_what_may_be_a_day(value: object):
    assert kind_of(value) is DateKind.UNCLEAR


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
    shown = invoices({"payment_state": None, field: False}, paid={field: True})
    assert judged("INV-3", shown).outcome is Outcome.PASSED


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


@pytest.mark.parametrize("name", ["filtered-by-payment", "filtered-by-either", "invoices-without-status"])
def test_paid_may_be_filtered_by_the_payment_status(name: str):
    finding = judged("INV-2", FREE[name].deployment())
    assert finding.outcome is Outcome.PASSED
    assert finding.reason == "status=paid lists exactly the 50 invoices that are paid by their payment status"


class ByPayment(FilteredByPayment):
    """Filters by the payment status in the way that `lists` says."""

    def __init__(self, lists: Callable[[Invoice], bool]) -> None:
        super().__init__()
        self.lists = lists

    def matches(self, record: Record, status: str) -> bool:
        if status != "paid" or not isinstance(record, Invoice):
            return super().matches(record, status)
        return self.lists(record)


def test_what_is_not_paid_is_not_listed_as_paid():
    finding = judged("INV-2", ByPayment(lambda invoice: invoice.payment != "overdue"))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason == "status=paid also lists 45 that are not paid by their payment status"


def test_a_filter_that_misses_whatis_paid_by_payment_status_is_asked_about():
    finding = judged("INV-2", ByPayment(lambda invoice: invoice.payment == "paid" and invoice.id % 2 == 0))
    assert (finding.outcome, finding.reason.endswith("ask the owner which of the two is filtered")) == (
        Outcome.INCONCLUSIVE,
        True,
    )


def test_where_the_status_is_filtered_and_noneis_paid_the_other_filters_are_judged():
    class ByStatus(FilteredByPayment):
        def matches(self, record: Record, status: str) -> bool:
            return status == ("closed" if record.status == "paid" else record.status)

    finding = judged("INV-2", ByStatus())
    assert (finding.outcome, "no invoices of status 'paid'" in finding.reason) == (Outcome.INCONCLUSIVE, True)


def test_the_filter_of_the_documentation_must_not_be_refused():
    class Refusing(FilteredByPayment):
        def parse_status(self, text: str | None, resource: str) -> str | None:
            if text == "paid":
                raise Abort(self.error(400, "There is no such status."))
            return text

    assert judged("INV-2", Refusing()).reason == "status=paid is refused with 400"


@pytest.mark.parametrize(
    ("record", "paid"),
    [
        ({"payment_status": "PAID"}, True),
        ({"payment": {"status": {"code": "paid", "label": "Betalt"}}}, True),
        ({"is_paid": False}, False),
        ({"settlementStatus": "NOT_SETTLED"}, False),
        ({"payment_status": "partly paid"}, None),
        ({"payment_status": "unpaid", "is_paid": True}, None),
        ({"payment_status": None}, None),
        ({"status": "paid"}, None),
    ],
)
def test_whether_a_payment_status_says_paid(record: dict[str, Any], paid: bool | None):
    assert is_paid(NAMES["payment_status"], record) is paid


def test_a_date_that_is_lacking_where_no_status_is_shown_is_said_to_be_so():
    finding = judged("INV-4", invoices({}, unpaid={"status": None, "due_on": None}))
    assert finding.reason == "30 that show no status in words have no due date, and may be drafts"


ZEROES = [
    "0001-01-01",
    "0001-01-01T00:00:00Z",
    "00010101",
    "1/1/0001",
    "1970-01-01",
    "1970-01-01T01:00:00+01:00",
    "01.01.1970",
    {"Time": "0001-01-01T00:00:00Z", "Valid": False},
    {"date": "1970-01-01 00:00:00", "timezone": "UTC"},
    True,
    False,
]


@pytest.mark.parametrize("value", ZEROES)
def test_what_stands_for_no_day_is_no_due_date(value: Any):
    assert judged("INV-4", invoices({}, paid={"due_on": value})).outcome is Outcome.FAILED
    assert judged("INV-4", invoices({}, draft={"due_on": value})).outcome is Outcome.PASSED
    assert judged("INV-5", invoices({}, draft={"due_on": value})).outcome is Outcome.PASSED


def test_what_stands_instead_of_a_due_date_is_told():
    some = judged("INV-4", invoices({}, paid={"due_on": "0001-01-01"}))
    none = judged("INV-4", invoices({"due_on": True}))
    assert some.reason == "50 of 105 that are no drafts have no due date but '0001-01-01', which is none"
    assert none.reason.startswith("nothing in 105 invoices is a due date but True, which is none; ")


@pytest.mark.parametrize("value", ["0001-01-02", "1969-12-31", "1970-01-02", "1999-12-31", "2001-01-01"])
def test_any_other_day_is_one(value: str):
    assert judged("INV-4", invoices({"due_on": value})).outcome is Outcome.PASSED
    assert judged("INV-5", invoices({"due_on": value})).outcome is Outcome.PASSED


def test_a_due_date_beside_what_stands_for_none_counts():
    two = {"due_on": "1970-01-01", "due_date": "2026-04-15"}
    assert judged("INV-4", invoices(two)).reason == "the 105 invoices shown but drafts have a due date"


@pytest.mark.parametrize("payment", ["unpaid", "NOT_PAID", "overdue", "past_due", "awaiting_payment"])
def test_a_paid_invoice_that_is_plainly_unpaid_by_its_payment_status_is_a_failure(payment: str):
    finding = judged("INV-3", invoices({}, paid={"payment_state": payment}))
    assert finding.outcome is Outcome.FAILED
    assert finding.reason == "50 invoices of status 'paid' are not paid by the payment status"


def test_a_boolean_that_says_paid_is_as_plain_as_a_word():
    shown = {"payment_state": None, "paid": False}
    assert judged("INV-3", invoices({"paid": True}, paid=shown)).outcome is Outcome.FAILED


@pytest.mark.parametrize("payment", ["open", "not settled", "outstanding", "due", "pending", "none", False])
def test_money_that_may_be_under_way_is_asked_about(payment: Any):
    finding = judged("INV-3", invoices({}, paid={"payment_state": payment}))
    assert (finding.outcome, finding.transient) == (Outcome.INCONCLUSIVE, True)
    assert finding.reason == (
        "50 invoices of status 'paid' are not settled by the payment status; ask the owner which of the two is true"
    )


def test_an_invoice_whose_status_is_unpaid_and_whose_payment_statusis_paid_is_a_failure():
    finding = judged("INV-3", invoices({"payment_state": "paid"}, overdue={"status": "overdue"}))
    assert (finding.outcome, finding.reason) == (
        Outcome.FAILED,
        "25 invoices of status 'overdue' are paid by the payment status",
    )


def test_whatis_paid_and_not_listed_as_paid_is_asked_about():
    finding = judged("INV-2", invoices({}, unpaid={"payment_state": "paid"}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason == (
        "status=paid leaves out 30 invoices of another status that are paid by the payment status; ask the owner which "
        "of the two is filtered"
    )


@pytest.mark.parametrize("payment", ["refunded", "partially_paid", "charged back", "closed", "betalt", 1, True])
def test_a_payment_status_in_other_words_contradicts_nothing(payment: Any):
    assert judged("INV-3", invoices({}, paid={"payment_state": payment})).outcome is Outcome.PASSED


def test_an_invoice_thatis_paid_while_its_status_is_another_contradicts_nothing():
    assert judged("INV-3", invoices({"payment_state": "paid"})).outcome is Outcome.PASSED


def test_where_the_status_tells_the_payment_another_word_beside_it_changes_nothing():
    words = {state: {"status": state, "payment_state": "not settled"} for state in ("unpaid", "overdue", "paid")}
    assert judged("INV-3", invoices({}, **words)).outcome is Outcome.PASSED


@pytest.mark.parametrize("payment", ["outstanding", "due", "pending", "none"])
def test_where_the_status_tells_the_payment_too_what_is_owed_is_asked_about(payment: str):
    words = {state: {"status": state} for state in ("unpaid", "overdue")}
    shown = invoices({}, **words, paid={"status": "paid", "payment_state": payment})
    assert judged("INV-3", shown).outcome is Outcome.INCONCLUSIVE


def test_a_payment_status_that_only_lags_behind_is_read_again():
    class Lagging(Deployment):
        def invoice(self, invoice: Invoice) -> dict[str, Any]:
            return super().invoice(invoice) | ({"payment_state": "unpaid"} if len(self.log) == 1 else {})

    report = run(InProcess(Lagging()), CONTRACT, Scope(("INV-3",)), NAMES, preflight=lambda *_: None)
    [result] = report.results
    assert result.outcome is Outcome.PASSED


def test_a_payment_status_that_is_the_same_for_all_tells_nothing():
    finding = judged("INV-3", invoices({"payment_state": "n/a"}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert "show the payment status 'n/a', whether they are paid or not; ask the owner" in finding.reason


def test_a_draft_thatis_paid_is_asked_about():
    finding = judged("INV-3", invoices({}, draft={"payment_state": "paid"}))
    assert finding.outcome is Outcome.INCONCLUSIVE
    assert finding.reason.startswith("15 invoices of status 'draft' are paid by the payment status; ask the owner")
