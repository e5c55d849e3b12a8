"""Invoices that don't say whether and when they are to be paid."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import PRIMARY, Invoice
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment


class _Retouched(Deployment):
    """Shows invoices with changes."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice) | self.changes(invoice)
        return {name: value for name, value in shown.items() if value is not ...}

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        """Return the fields that stand instead; an ellipsis takes one away."""
        raise NotImplementedError


@fault("INV-3")
class InvoicesWithoutPaymentState(_Retouched):
    """Invoices have no payment status; status tells draft, sent and paid only."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": ...}


@fault("INV-3")
class PaymentStateAlwaysNull(_Retouched):
    """The payment status is null on every invoice."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": None}


@fault("INV-3")
class PaymentStateAlwaysEmpty(_Retouched):
    """The payment status is an empty string on every invoice."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": ""}


@fault("INV-4")
class InvoicesWithoutDueDate(_Retouched):
    """Invoices have no due date."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ...}


@fault("INV-4")
class SentInvoicesNotDue(_Retouched):
    """The due date of sent invoices is null."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": None} if invoice.status == "sent" else {}


@fault("INV-4")
class PaidInvoicesNotDue(_Retouched):
    """Paid invoices have no due date any more."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ...} if invoice.status == "paid" else {}


@fault("INV-4")
class OneInvoiceNotDue(_Retouched):
    """One overdue invoice has an empty due date."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": ""} if invoice == _overdue(self, 11) else {}


@fault("INV-4")
class DueOnlySaidToBe(_Retouched):
    """The due date says that there is one, and not which."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": True}


@fault("INV-4")
class DueInYearOne(_Retouched):
    """Paid invoices are due on the first day of year 1, the empty time of some languages."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "0001-01-01T00:00:00Z"} if invoice.status == "paid" else {}


@fault("INV-4")
class DueIn1970(_Retouched):
    """Overdue invoices are due on the day from which computers count seconds."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "1970-01-01"} if invoice.payment == "overdue" else {}


@fault("INV-5")
class DueOnThirtiethOfFebruary(_Retouched):
    """Every due date is the 30th of February."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "2026-02-30"}


@fault("INV-5")
class OneDueOnLeapDay(_Retouched):
    """One invoice is due on 29 February of a year that has none."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "2025-02-29"} if invoice == _overdue(self, 4) else {}


@fault("INV-5")
class DueInThirteenthMonth(_Retouched):
    """Overdue invoices are due in month 13."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": f"{invoice.due:%Y}-13-{invoice.due:%d}"} if invoice.payment == "overdue" else {}


@fault("INV-5")
class DueOnZeroes(_Retouched):
    """Sent invoices are due on 0000-00-00, the empty date of some databases."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "0000-00-00"} if invoice.status == "sent" else {}


@fault("INV-5")
class DueSoon(_Retouched):
    """Due dates are the word "soon"."""

    def changes(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": "soon"}


def _overdue(deployment: Deployment, index: int) -> Invoice:
    mine = [invoice for invoice in deployment.world.invoices if invoice.organisation == PRIMARY]
    return [invoice for invoice in mine if invoice.payment == "overdue"][index]
