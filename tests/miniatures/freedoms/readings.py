"""Readings of the documentation that it does not rule out, and data that leaves something open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import OTHER, PRIMARY, Invoice, Member, Record, new_invoice, new_member
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment, ListQuery
from tests.miniatures.freedoms.records import IdsRepeatAcrossOrganisations, RecordsWithoutId


@variant()
class FilteredByPayment(Deployment):
    """Invoices have a status, draft, sent or closed; what is filtered is the payment status."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        shown = super().invoice(invoice)
        return shown | {"status": "closed"} if invoice.status == "paid" else shown

    def matches(self, record: Record, status: str) -> bool:
        return record.payment == status if isinstance(record, Invoice) else super().matches(record, status)


@variant()
class FilteredByEither(Deployment):
    """A paid invoice still shows the status sent; the filter looks at the payment status too."""

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return super().invoice(invoice) | {"status": self.shown(invoice)}

    def matches(self, record: Record, status: str) -> bool:
        if not isinstance(record, Invoice):
            return super().matches(record, status)
        return status in (self.shown(record), record.payment)

    def shown(self, invoice: Invoice) -> str:
        return "sent" if invoice.status == "paid" else invoice.status


@variant()
class InvoicesWithoutStatus(FilteredByPayment):
    """Invoices have a payment status and no other; it is what is filtered. None is a draft."""

    def __init__(self) -> None:
        super().__init__()
        self.world.invoices = [invoice for invoice in self.world.invoices if invoice.status != "draft"]

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return {name: value for name, value in super().invoice(invoice).items() if name != "status"}


@variant(undecided=("QUO-2", "INV-2"))
class DerivedStatuses(Deployment):
    """Sent documents show that they are overdue or expired; status=sent lists those too."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        return {**super().represent(record, query), "status": self.shown(record)}

    def matches(self, record: Record, status: str) -> bool:
        return status in (record.status, self.shown(record))

    def shown(self, record: Record) -> str:
        if isinstance(record, Invoice):
            return "overdue" if record.payment == "overdue" else record.status
        return "expired" if record.status == "sent" and record.id % 2 else record.status


@variant(undecided=("MEM-5", "MEM-7", "QUO-2", "INV-2"))
class RowsNumberedWithoutId(RecordsWithoutId):
    """Records have no id but the number of their row in the list that was asked for."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        rows = [{"row": query.offset + index, **item} for index, item in enumerate(items, 1)]
        return super().envelope(rows, total, query)


@variant(undecided=("MEM-7", "QUO-2", "INV-2"))
class IdsOfRows(Deployment):
    """The id of a record is the number of its row in the list that was asked for."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        rows = [{**item, "id": query.offset + index} for index, item in enumerate(items, 1)]
        return super().envelope(rows, total, query)


@variant(
    undecided=("ORG-1", "ORG-3", "MEM-3", "MEM-4", "MEM-5", "MEM-6", "MEM-7", "MEM-8", "QUO-2", "INV-2"),
)
class IdsOfRowsOnPage(Deployment):
    """The id of a record is the number of its row on the page, so that each page has the same ids."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        rows = [{**item, "id": index} for index, item in enumerate(items, 1)]
        return super().envelope(rows, total, query)


@variant(undecided=("ORG-1", "ORG-3", "MEM-5", "MEM-7", "MEM-8"))
class NamesAlone(Deployment):
    """Members are told by name and status alone, and some have the same."""

    def member(self, member: Member) -> dict[str, Any]:
        return {"name": member.name, "status": member.status}


@variant(undecided=("ORG-1", "MEM-5", "MEM-7"))
class FilledAlike(IdsRepeatAcrossOrganisations):
    """Each organisation counts its ids from 1, and began with the same few members and invoices to try things out."""

    def __init__(self) -> None:
        super().__init__()
        for organisation in (PRIMARY, OTHER):
            members = [each for each in self.world.members if each.organisation == organisation][:5]
            for number, member in enumerate(members):
                tried = replace(new_member(number, PRIMARY, "active"), id=member.id, organisation=organisation)
                self.world.members[self.world.members.index(member)] = tried
            invoices = [each for each in self.world.invoices if each.organisation == organisation][:3]
            for number, invoice in enumerate(invoices, 890):
                tried_too = replace(new_invoice(number, PRIMARY, "paid"), id=invoice.id, organisation=organisation)
                self.world.invoices[self.world.invoices.index(invoice)] = tried_too


class _NarrowedKey(Deployment):
    """One key of the organisation reads less than the other."""

    key, resource, shown = "sibling", "members", 30
    asking = ""

    def list_records(self, request: Request, resource: str) -> Response:
        self.asking = self.name_of_key(request)
        return super().list_records(request, resource)

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = self.order(super().scope(records, query), query)
        return found[: self.shown] if (self.asking, query.resource) == (self.key, self.resource) else found


@variant(undecided=("AUTH-6",))
class SecondKeyNarrowed(_NarrowedKey):
    """The second key of the organisation lists 30 of its members."""


@variant(undecided=("AUTH-6",))
class SecondKeyNarrowedAtTheEnd(_NarrowedKey):
    """The second key of the organisation lists all members but the last."""

    shown = 449


@variant(undecided=("AUTH-6",))
class FirstKeyNarrowed(_NarrowedKey):
    """The first key of the organisation lists 20 of its invoices, the second one all."""

    key, resource, shown = "primary", "invoices", 20


class _CutShort(Deployment):
    """A plain list that doesn't page ends after so many records; a filter finds those behind."""

    resource, shown = "invoices", 20

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        return page[: self.shown] if (query.resource, query.status) == (self.resource, None) else page


@variant(undecided=("INV-2",))
class InvoicesCutShort(_CutShort):
    """Invoices without a filter are the first 20, whatever the offset."""


@variant(undecided=("QUO-2",))
class QuotesCutShort(_CutShort):
    """Quotes without a filter are the first 10, and a limit or an offset is refused."""

    resource, shown = "quotes", 10

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes" and {"limit", "offset"} & request.args.keys():
            return self.error(400, "Quotes don't page.")
        return super().list_records(request, resource)
