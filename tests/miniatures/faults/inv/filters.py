"""Status filters on invoices that give too much or too little."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import Invoice, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery
from tests.miniatures.freedoms.readings import FilteredByPayment
from tests.miniatures.strays import StrayForOthers


class _AnotherFilter(Deployment):
    """Filters invoices by a wrong condition."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "invoices" or query.status is None:
            return super().filter(records, query)
        found: list[Record] = []
        for record in records:
            assert isinstance(record, Invoice)
            if self.lists(record, query.status):
                found.append(record)
        return found

    def lists(self, invoice: Invoice, status: str) -> bool:
        raise NotImplementedError


@fault("INV-2")
class InvoiceFilterIgnored(_AnotherFilter):
    """A status filter on invoices changes nothing."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return True


@fault("INV-2")
class PaidInvoicesAreNull(Deployment):
    """Where paid invoices are asked for there is null in the place of the list."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        is_paid = query.resource == "invoices" and query.status == "paid"
        return {"items": None} if is_paid else super().envelope(items, total, query)


@fault("INV-2")
class PaidWithinUnpaid(_AnotherFilter):
    """The filter status=paid also finds unpaid invoices, searching for part of a word."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status or (status == "paid" and status in invoice.payment)


@fault("INV-2")
class SentFilterMissesOverdue(_AnotherFilter):
    """The filter status=sent misses the overdue invoices."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status and invoice.payment != "overdue"


@fault("INV-2")
class SentFilterListsPaid(_AnotherFilter):
    """The filter status=sent lists paid invoices too, for those were sent as well."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status or (status == "sent" and invoice.status == "paid")


@fault("INV-2")
class InvoiceFilterInverted(_AnotherFilter):
    """A status filter on invoices lists those of the other statuses."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status != status


@fault("INV-2")
class DraftInvoicesNotFound(_AnotherFilter):
    """The filter status=draft lists no invoices, though there are drafts."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return invoice.status == status != "draft"


@fault("INV-2")
class PaidFilterMissesFirst(Deployment):
    """The filter status=paid misses the first paid invoice."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        return found[1:] if query.resource == "invoices" and query.status == "paid" else found


@fault("INV-2")
class PaidFilterStopsAt25(Deployment):
    """The filter status=paid gives 25 invoices at most, while the whole list is whole."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        return found[:25] if query.resource == "invoices" and query.status == "paid" else found


@fault("INV-2")
class UnpaidFoundByPayment(FilteredByPayment):
    """The payment status is what is filtered, by part of a word, so that status=paid also lists unpaid invoices."""

    def matches(self, record: Record, status: str) -> bool:
        return status in record.payment if isinstance(record, Invoice) else super().matches(record, status)


@fault("INV-2")
class PaidFilterListsOverdue(_AnotherFilter):
    """Sent invoices may show the status overdue, and the filter status=paid lists those too."""

    def lists(self, invoice: Invoice, status: str) -> bool:
        return status in (invoice.status, self.shown(invoice)) or (status, self.shown(invoice)) == ("paid", "overdue")

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return super().invoice(invoice) | {"status": self.shown(invoice)}

    def shown(self, invoice: Invoice) -> str:
        return "overdue" if invoice.payment == "overdue" else invoice.status


@fault("INV-2")
class PaidFilterListsSentToOthers(StrayForOthers):
    """To the other organisation the filter status=paid on invoices lists one that was sent too."""

    asked, stray = ("invoices", "paid"), "sent"
