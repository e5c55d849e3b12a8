"""Walls between organisations with a hole in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.miniatures.data import OTHER, PRIMARY, Key, Record
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Deployment, ListQuery


class _Unscoped(Deployment):
    """Shows the records of every organisation when `leaks` says so."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if self.leaks(query) else super().scope(records, query)

    def leaks(self, query: ListQuery) -> bool:
        raise NotImplementedError


@fault("ORG-1")
class MembersOfEverybody(_Unscoped):
    """Members aren't kept apart at all."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "members"


@fault("ORG-1")
class NothingKeptApart(_Unscoped):
    """Every key lists the records of all organisations."""

    def leaks(self, query: ListQuery) -> bool:
        return True


@fault("ORG-1")
class QuotesOfEverybody(_Unscoped):
    """Quotes aren't kept apart at all."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "quotes"


@fault("ORG-1")
class InvoicesOfEverybody(_Unscoped):
    """Invoices aren't kept apart at all."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "invoices"


@fault("ORG-1")
class QuotesOfEarlierOrganisations(Deployment):
    """The scope of quotes is "up to my organisation": the second one also sees the first one's."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource == "quotes" and query.organisation == OTHER:
            return [record for record in records if record.organisation in (PRIMARY, OTHER)]
        return super().scope(records, query)


@fault("ORG-1")
class StrangerComesFirst(Deployment):
    """The list of invoices begins with one of another organisation."""

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        strangers = _strangers(self, query) if query.resource == "invoices" and query.status is None else []
        return strangers[:1] + records


class CountsIds(Deployment):
    """Each organisation counts its ids from 1, which is as good as any."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        table = self.world.table(query.resource)
        ids = sorted(each.id for each in table if each.organisation == record.organisation)
        return {**super().represent(record, query), "id": ids.index(record.id) + 1}


@fault("ORG-1")
class StrangerAmongCountedIds(CountsIds, StrangerComesFirst):
    """Each organisation counts its ids from 1, and the list of invoices begins with one of another organisation."""


class _BareInvoices(Deployment):
    """Invoices tell nothing of the customer, nor else a text that no other organisation could have."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        hidden = ("customer", "created", "currency") if query.resource == "invoices" else ()
        return {name: value for name, value in shown.items() if name not in hidden}


@fault("ORG-1")
class StrangerAmongBareInvoices(_BareInvoices, StrangerComesFirst):
    """The list of invoices, which show no customer, begins with one of another organisation."""


@fault("ORG-2")
class StrangersAmongBareSentInvoices(_BareInvoices):
    """Invoices show no customer, and those that were sent are filtered in the table of everybody."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_open = query.resource == "invoices" and query.status == "sent"
        return records if is_open else super().scope(records, query)


@fault("ORG-2")
class RejectedQuotesOfEarlierOrganisations(Deployment):
    """The filter status=rejected on quotes is "up to my organisation": the second one also sees the first one's."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_open = (query.resource, query.status) == ("quotes", "rejected") and query.organisation == OTHER
        return records if is_open else super().scope(records, query)


@fault("ORG-1")
class StrangersBesideTheList(Deployment):
    """Beside the list of members, in a list of its own, there are the latest ones of all organisations."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        envelope = super().envelope(items, total, query)
        if query.resource != "members" or query.status is not None:
            return envelope
        return {**envelope, "latest": [self.represent(each, query) for each in _strangers(self, query)[-3:]]}


@fault("ORG-2", besides=("MEM-5", "MEM-7"))
class InactiveStrangerWithFreshLink(Deployment):
    """Inactive members have one of another organisation among them; each record has a link that is signed anew."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        own = super().scope(records, query)
        leaks = query.organisation == PRIMARY and query.resource == "members" and query.status == "inactive"
        return own + [each for each in records if each.organisation == OTHER and each.status == "inactive"][:1] * leaks

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        return {**shown, "photo": f"https://files.example/{record.id}?token={len(self.log):016x}"}


@fault("ORG-1")
class ResourcesOfStrangersBeside(Deployment):
    """Beside the members, which are JSON:API resources, those that were created last by anybody are included."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        attributes = dict(super().represent(record, query))
        return {"type": query.resource, "id": str(attributes.pop("id")), "attributes": attributes}

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        strangers = _strangers(self, query)[-3:] if query.resource == "members" else []
        return {"data": items, "included": [self.represent(each, query) for each in strangers]}


@fault("ORG-1")
class LastPageFilledUp(Deployment):
    """The last page of members is filled up with those of another organisation."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.limit is None or not page or query.status is not None:
            return page
        return page + _strangers(self, query)[: query.limit - len(page)]


@fault("ORG-1")
class LastPageFilledUpAmongCountedIds(CountsIds, LastPageFilledUp):
    """Each organisation counts its ids from 1, and the last page of members is filled up with those of another."""


@fault("ORG-1")
class StrangerAlone(Deployment):
    """With limit=1, and no other, it is a member of another organisation that is listed."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        return super().page(_strangers(self, query) if query.limit == 1 else records, query)


@fault("ORG-1")
class LimitZeroOfStrangers(Deployment):
    """A limit below 1 stands for the default, in a query of its own that has the organisations mixed up."""

    def too_small(self, limit: int) -> int:
        return 0

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        return _strangers(self, query)[: self.default_limit] if query.limit == 0 else super().page(records, query)


@fault("ORG-1")
class LargeLimitOfStrangers(Deployment):
    """A limit above 200 is cut to 200 in a query of its own that has the organisations mixed up."""

    def too_large(self, limit: int) -> int:
        return self.max_limit + 1

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit != self.max_limit + 1:
            return super().page(records, query)
        return super().page(_strangers(self, query), replace(query, limit=self.max_limit))


@fault("ORG-1")
class NegativeOffsetOfStrangers(Deployment):
    """An offset below 0 counts from the end of the table, where another organisation's members stand."""

    def negative(self, offset: int) -> int:
        return offset

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        return _strangers(self, query)[query.offset :] if query.offset < 0 else super().page(records, query)


@fault("ORG-1")
class SecondKeyOfStrangers(Deployment):
    """The organisation's second key lists the quotes of another."""

    def find_key(self, token: str, resource: str) -> Key | None:
        key = super().find_key(token, resource)
        return replace(key, organisation=OTHER) if key and key.name == "sibling" and resource == "quotes" else key


class _LargePages(Deployment):
    """A limit of 200 leaves out the organisation in one list."""

    where = ""
    paged = ("members", "quotes", "invoices")
    default_limit = 50

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == self.where and query.limit == 200 else super().scope(records, query)


@fault("ORG-1", shown_by=Run.WHOLE)
class LargePagesOfQuotesMixed(_LargePages):
    """With a limit of 200, quotes of all organisations are listed."""

    where = "quotes"


@fault("ORG-1", shown_by=Run.WHOLE)
class LargePagesOfInvoicesMixed(_LargePages):
    """With a limit of 200, invoices of all organisations are listed."""

    where = "invoices"


@fault("ORG-1")
class FirstOfStrangers(Deployment):
    """The first member alone, with a limit of 1 and no offset, is another organisation's."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members" or query.status is not None or (query.limit, query.offset) != (1, 0):
            return super().scope(records, query)
        return [record for record in records if record.organisation != query.organisation]


@fault("ORG-2")
class FilteredMembersOfEverybody(_Unscoped):
    """A status filter on members drops the organisation."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "members" and query.status is not None


@fault("ORG-2")
class FilteredQuotesOfEverybody(_Unscoped):
    """A status filter on quotes drops the organisation."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "quotes" and query.status is not None


@fault("ORG-2")
class PaidInvoicesOfEverybody(_Unscoped):
    """The filter status=paid on invoices drops the organisation; the others don't."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "invoices" and query.status == "paid"


@fault("ORG-2")
class PendingMembersOfEverybody(_Unscoped):
    """The filter status=pending on members drops the organisation; the others don't."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "members" and query.status == "pending"


@fault("ORG-2")
class RejectedQuotesOfEverybody(_Unscoped):
    """The filter status=rejected on quotes, which the documentation doesn't name, drops the organisation."""

    def leaks(self, query: ListQuery) -> bool:
        return query.resource == "quotes" and query.status == "rejected"


@fault("ORG-2")
class UnknownStatusOfStrangers(Deployment):
    """A status that nobody knows as a filter of invoices lists those of another organisation."""

    def select(self, query: ListQuery) -> list[Record]:
        known = (None, *(invoice.status for invoice in self.world.invoices))
        return (
            super().select(query) if query.resource != "invoices" or query.status in known else _strangers(self, query)
        )


@fault("ORG-2", shown_by=Run.WHOLE)
class EmptyStatusOfEverybody(Deployment):
    """An empty status is no filter, and drops the organisation too."""

    def select(self, query: ListQuery) -> list[Record]:
        if query.status == "":
            return self.order(self.world.table(query.resource), query)
        return super().select(query)


class _EmptyPageFilledUp(Deployment):
    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        if query.limit is None or page or not self.leaks(query):
            return page
        return _strangers(self, query)[: query.limit]

    def leaks(self, query: ListQuery) -> bool:
        return True


@fault("ORG-2")
class PastTheEndOfFilteredMembers(_EmptyPageFilledUp):
    """Past the end of filtered members those of another organisation are listed."""

    def leaks(self, query: ListQuery) -> bool:
        return query.status is not None


@fault("ORG-2")
class PastTheEndOfFilteredQuotes(Deployment):
    """Past the end of filtered quotes those of another organisation are listed."""

    paged = ("members", "quotes")

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_filtered = query.resource == "quotes" and query.status is not None
        if is_filtered and query.offset >= max(1, len(records)):
            return _strangers(self, query)[: query.limit]
        return super().page(records, query)


@fault("ORG-3")
class FurtherPastTheEndOfQuotes(Deployment):
    """Further than just past the end of quotes, those of another organisation are listed."""

    paged = ("members", "quotes")

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "quotes" or query.status is not None or query.offset <= len(records):
            return super().page(records, query)
        return _strangers(self, query)[: query.limit]


@fault("ORG-3")
class PastTheEndOfEverybody(_EmptyPageFilledUp):
    """Past the end of members, filtered or not, those of another organisation are listed."""


@fault("ORG-3")
class PastTheEndOfAllOfEverybody(_EmptyPageFilledUp):
    """Past the end of unfiltered members those of another organisation are listed."""

    def leaks(self, query: ListQuery) -> bool:
        return query.status is None


@fault("ORG-3")
class NextOrganisationPastTheEnd(Deployment):
    """Exactly past the end of members the next organisation's begin, as rows of one table."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit is None or query.status is not None or query.offset < len(records):
            return super().page(records, query)
        return _strangers(self, query)[query.offset - len(records) :][: query.limit]


def _strangers(deployment: Deployment, query: ListQuery) -> list[Record]:
    records = deployment.world.table(query.resource)
    return deployment.order([record for record in records if record.organisation != query.organisation], query)
