"""Invoices that aren't a list, are filtered wrongly, or don't tell whether and when they must be paid."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from tests.miniatures.data import PRIMARY, Invoice, Record
from tests.miniatures.deployment import Ask, Deployment, Stop
from tests.miniatures.freedoms.readings import FilteredByPayment


class _AnotherList(Deployment):
    def envelope(self, items: list[Any], total: int, ask: Ask) -> Any:
        body = super().envelope(items, total, ask)
        return self.instead(items, body) if ask.resource == "invoices" else body

    def instead(self, items: list[Any], body: Any) -> Any:
        raise NotImplementedError


class InvoicesByNumber(_AnotherList):
    """Invoices are an object with their numbers as keys, not a list."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {"count": len(items), "invoices": {item["number"]: item for item in items}}


class InvoicesAsText(_AnotherList):
    """Invoices are JSON inside a JSON string, encoded twice."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return self.dumps(body)


class InvoicesSummedUp(_AnotherList):
    """Invoices are told by their number and sum alone."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {"count": len(items), "sum": sum(item["total"] for item in items)}


class InvoicesNoContent(_AnotherList):
    """Invoices get 204 and nothing else."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Stop(Response(status=204))


class _AnotherFilter(Deployment):
    """Filters invoices by a wrong condition."""

    def filter(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource != "invoices" or ask.status is None:
            return super().filter(records, ask)
        found: list[Record] = []
        for record in records:
            assert isinstance(record, Invoice)
            if self.lists(record, ask.status):
                found.append(record)
        return found

    def lists(self, invoice: Invoice, status: str) -> bool:
        raise NotImplementedError


class InvoiceFilterIgnored(_AnotherFilter):
    """A status filter on invoices changes nothing."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return True


class PaidWithinUnpaid(_AnotherFilter):
    """The filter status=paid also finds unpaid invoices, searching for part of a word."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status or (status == "paid" and status in invoice.payment)


class SentFilterMissesOverdue(_AnotherFilter):
    """The filter status=sent misses the overdue invoices."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status and invoice.payment != "overdue"


class SentFilterListsPaid(_AnotherFilter):
    """The filter status=sent lists paid invoices too, for those were sent as well."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status or (status == "sent" and invoice.status == "paid")


class InvoiceFilterInverted(_AnotherFilter):
    """A status filter on invoices lists those of the other statuses."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status != status


class DraftInvoicesNotFound(_AnotherFilter):
    """The filter status=draft lists no invoices, though there are drafts."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status != "draft"


class PaidFilterMissesFirst(Deployment):
    """The filter status=paid misses the first paid invoice."""

    def filter(self, records: list[Record], ask: Ask) -> list[Record]:
        found = super().filter(records, ask)
        return found[1:] if ask.resource == "invoices" and ask.status == "paid" else found


class PaidFilterStopsAt25(Deployment):
    """The filter status=paid gives 25 invoices at most, while the whole list is whole."""

    def filter(self, records: list[Record], ask: Ask) -> list[Record]:
        found = super().filter(records, ask)
        return found[:25] if ask.resource == "invoices" and ask.status == "paid" else found


class UnpaidFoundByPayment(FilteredByPayment):
    """The payment status is what is filtered, by part of a word, so that status=paid also lists unpaid invoices."""

    def matches(self, record: Record, status: str) -> bool:
        return status in record.payment if isinstance(record, Invoice) else super().matches(record, status)


class PaidFilterListsOverdue(_AnotherFilter):
    """Sent invoices may show the status overdue, and the filter status=paid lists those too."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return status in (invoice.status, self.shown(invoice)) or (status, self.shown(invoice)) == ("paid", "overdue")

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return super().invoice(invoice) | {"status": self.shown(invoice)}

    def shown(self, invoice: Invoice) -> str:
        return "overdue" if invoice.payment == "overdue" else invoice.status


class _Retouched(Deployment):
    """Shows invoices with changes."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice) | self.changes(invoice)
        return {name: value for name, value in shown.items() if value is not ...}

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        """What stands instead; an ellipsis takes the field away."""
        raise NotImplementedError


class InvoicesWithoutPaymentState(_Retouched):
    """Invoices have no payment status; status tells draft, sent and paid only."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": ...}


class PaymentStateAlwaysNull(_Retouched):
    """The payment status is null on every invoice."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": None}


class PaymentStateAlwaysEmpty(_Retouched):
    """The payment status is an empty string on every invoice."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": ""}


class InvoicesWithoutDueDate(_Retouched):
    """Invoices have no due date."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ...}


class SentInvoicesNotDue(_Retouched):
    """The due date of sent invoices is null."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": None} if invoice.status == "sent" else {}


class PaidInvoicesNotDue(_Retouched):
    """Paid invoices have no due date any more."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ...} if invoice.status == "paid" else {}


class OneInvoiceNotDue(_Retouched):
    """One overdue invoice has an empty due date."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ""} if invoice == _overdue(self, 11) else {}


class DueOnlySaidToBe(_Retouched):
    """The due date says that there is one, and not which."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": True}


class DueInYearOne(_Retouched):
    """Paid invoices are due on the first day of year 1, the empty time of some languages."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "0001-01-01T00:00:00Z"} if invoice.status == "paid" else {}


class DueIn1970(_Retouched):
    """Overdue invoices are due on the day from which computers count seconds."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "1970-01-01"} if invoice.payment == "overdue" else {}


class DueOnThirtiethOfFebruary(_Retouched):
    """Every due date is the 30th of February."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "2026-02-30"}


class OneDueOnLeapDay(_Retouched):
    """One invoice is due on 29 February of a year that has none."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "2025-02-29"} if invoice == _overdue(self, 4) else {}


class DueInThirteenthMonth(_Retouched):
    """Overdue invoices are due in month 13."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": f"{invoice.due:%Y}-13-{invoice.due:%d}"} if invoice.payment == "overdue" else {}


class DueOnZeroes(_Retouched):
    """Sent invoices are due on 0000-00-00, the empty date of some databases."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "0000-00-00"} if invoice.status == "sent" else {}


class DueSoon(_Retouched):
    """Due dates are the word "soon"."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "soon"}


def _overdue(deployment: Deployment, index: int) -> Invoice:
    mine = [invoice for invoice in deployment.world.invoices if invoice.organisation == PRIMARY]
    return [invoice for invoice in mine if invoice.payment == "overdue"][index]


FAULTS: dict[str, list[type[Deployment]]] = {
    "INV-1": [InvoicesByNumber, InvoicesAsText, InvoicesSummedUp, InvoicesNoContent],
    "INV-2": [
        InvoiceFilterIgnored,
        PaidWithinUnpaid,
        SentFilterMissesOverdue,
        SentFilterListsPaid,
        InvoiceFilterInverted,
        DraftInvoicesNotFound,
        PaidFilterMissesFirst,
        PaidFilterStopsAt25,
        UnpaidFoundByPayment,
        PaidFilterListsOverdue,
    ],
    "INV-3": [InvoicesWithoutPaymentState, PaymentStateAlwaysNull, PaymentStateAlwaysEmpty],
    "INV-4": [
        InvoicesWithoutDueDate,
        SentInvoicesNotDue,
        PaidInvoicesNotDue,
        OneInvoiceNotDue,
        DueOnlySaidToBe,
        DueInYearOne,
        DueIn1970,
    ],
    "INV-5": [DueOnThirtiethOfFebruary, OneDueOnLeapDay, DueInThirteenthMonth, DueOnZeroes, DueSoon],
}
