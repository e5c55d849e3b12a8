"""Invoices that are shown twice, otherwise under a filter than without one, or as what they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.miniatures.data import Invoice, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery


@fault("INV-1")
class InvoiceListedTwice(Deployment):
    """An invoice that was paid in two parts stands twice in the list, from a join."""

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        return [*records[:3], *records[2:]] if query.resource == "invoices" else records


class _ShownOtherwise(Deployment):
    """Shows invoices otherwise where there is a filter."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        if isinstance(record, Invoice) and query.status is not None:
            return shown | self.otherwise(record)
        return shown

    def otherwise(self, invoice: Invoice) -> dict[str, Any]:
        raise NotImplementedError


@fault("INV-2")
class FilteredDueDatesShifted(_ShownOtherwise):
    """Under a filter due dates are a day earlier, from another time zone."""

    def otherwise(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": (invoice.due - timedelta(days=1)).isoformat()}


@fault("INV-2")
class FilteredDueDatesDropped(_ShownOtherwise):
    """Under a filter invoices have no due date."""

    def otherwise(self, invoice: Invoice) -> dict[str, Any]:
        return {"due_on": None}


@fault("INV-2")
class FilteredPaymentStatusOutdated(_ShownOtherwise):
    """Under a filter every invoice that is not paid shows that it is unpaid, also those that are overdue."""

    def otherwise(self, invoice: Invoice) -> dict[str, Any]:
        return {"payment_state": "paid" if invoice.status == "paid" else "unpaid"}


@fault("INV-3")
class PaidInvoiceUnpaid(Deployment):
    """The payment status of a paid invoice still says unpaid."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        is_stale = invoice.status == "paid" and invoice.id % 10 == 0
        return super().invoice(invoice) | ({"payment_state": "unpaid"} if is_stale else {})
