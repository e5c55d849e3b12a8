"""Walls between organisations with a hole in them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.miniatures.data import OTHER, PRIMARY, Key, Record
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Ask, Deployment


class _Unscoped(Deployment):
    """Shows the records of every organisation when `leaks` says so."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if self.leaks(ask) else super().scope(records, ask)

    def leaks(self, ask: Ask) -> bool:
        raise NotImplementedError


@fault("ORG-1")
class MembersOfEverybody(_Unscoped):
    """Members aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members"


@fault("ORG-1")
class QuotesOfEverybody(_Unscoped):
    """Quotes aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "quotes"


@fault("ORG-1")
class InvoicesOfEverybody(_Unscoped):
    """Invoices aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "invoices"


@fault("ORG-1")
class QuotesOfEarlierOrganisations(Deployment):
    """The scope of quotes is "up to my organisation": the second one also sees the first one's."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource == "quotes" and ask.organisation == OTHER:
            return [record for record in records if record.organisation in (PRIMARY, OTHER)]
        return super().scope(records, ask)


@fault("ORG-1")
class StrangerComesFirst(Deployment):
    """The list of invoices begins with one of another organisation."""

    def select(self, ask: Ask) -> list[Record]:
        records = super().select(ask)
        strangers = _strangers(self, ask) if ask.resource == "invoices" and ask.status is None else []
        return strangers[:1] + records


class CountsIds(Deployment):
    """Each organisation counts its ids from 1, which is as good as any."""

    def represent(self, record: Record, ask: Ask) -> Any:
        table = self.world.table(ask.resource)
        ids = sorted(each.id for each in table if each.organisation == record.organisation)
        return {**super().represent(record, ask), "id": ids.index(record.id) + 1}


@fault("ORG-1")
class StrangerAmongCountedIds(CountsIds, StrangerComesFirst):
    """Each organisation counts its ids from 1, and the list of invoices begins with one of another organisation."""


@fault("ORG-1")
class LastPageFilledUp(Deployment):
    """The last page of members is filled up with those of another organisation."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        page = super().page(records, ask)
        if ask.limit is None or not page or ask.status is not None:
            return page
        return page + _strangers(self, ask)[: ask.limit - len(page)]


@fault("ORG-1")
class LastPageFilledUpAmongCountedIds(CountsIds, LastPageFilledUp):
    """Each organisation counts its ids from 1, and the last page of members is filled up with those of another."""


@fault("ORG-1")
class StrangerAlone(Deployment):
    """With limit=1, and no other, it is a member of another organisation that is listed."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        return super().page(_strangers(self, ask) if ask.limit == 1 else records, ask)


@fault("ORG-1")
class LimitZeroOfStrangers(Deployment):
    """A limit below 1 stands for the default, in a query of its own that has the organisations mixed up."""

    def too_small(self, limit: int) -> int:
        return 0

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        return _strangers(self, ask)[: self.default_limit] if ask.limit == 0 else super().page(records, ask)


@fault("ORG-1")
class LargeLimitOfStrangers(Deployment):
    """A limit above 200 is cut to 200 in a query of its own that has the organisations mixed up."""

    def too_large(self, limit: int) -> int:
        return self.max_limit + 1

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.limit != self.max_limit + 1:
            return super().page(records, ask)
        return super().page(_strangers(self, ask), replace(ask, limit=self.max_limit))


@fault("ORG-1")
class NegativeOffsetOfStrangers(Deployment):
    """An offset below 0 counts from the end of the table, where another organisation's members stand."""

    def negative(self, offset: int) -> int:
        return offset

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        return _strangers(self, ask)[ask.offset :] if ask.offset < 0 else super().page(records, ask)


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

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if ask.resource == self.where and ask.limit == 200 else super().scope(records, ask)


@fault("ORG-1", shown_by=Run.WHOLE)
class LargePagesOfQuotesMixed(_LargePages):
    """With a limit of 200, quotes of all organisations are listed."""

    where = "quotes"


@fault("ORG-1", shown_by=Run.WHOLE)
class LargePagesOfInvoicesMixed(_LargePages):
    """With a limit of 200, invoices of all organisations are listed."""

    where = "invoices"


@fault("ORG-1", shown_by=Run.WHOLE)
class FirstOfStrangers(Deployment):
    """The first member alone, with a limit of 1 and no offset, is another organisation's."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource != "members" or ask.status is not None or (ask.limit, ask.offset) != (1, 0):
            return super().scope(records, ask)
        return [record for record in records if record.organisation != ask.organisation]


@fault("ORG-2")
class FilteredMembersOfEverybody(_Unscoped):
    """A status filter on members drops the organisation."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status is not None


@fault("ORG-2")
class FilteredQuotesOfEverybody(_Unscoped):
    """A status filter on quotes drops the organisation."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "quotes" and ask.status is not None


@fault("ORG-2")
class PaidInvoicesOfEverybody(_Unscoped):
    """The filter status=paid on invoices drops the organisation; the others don't."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "invoices" and ask.status == "paid"


@fault("ORG-2")
class PendingMembersOfEverybody(_Unscoped):
    """The filter status=pending on members drops the organisation; the others don't."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status == "pending"


@fault("ORG-2")
class RejectedQuotesOfEverybody(_Unscoped):
    """The filter status=rejected on quotes, which the documentation doesn't name, drops the organisation."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "quotes" and ask.status == "rejected"


@fault("ORG-2")
class UnknownStatusOfStrangers(Deployment):
    """A status that nobody knows as a filter of invoices lists those of another organisation."""

    def select(self, ask: Ask) -> list[Record]:
        known = (None, *(invoice.status for invoice in self.world.invoices))
        return super().select(ask) if ask.resource != "invoices" or ask.status in known else _strangers(self, ask)


@fault("ORG-2", shown_by=Run.WHOLE)
class EmptyStatusOfEverybody(Deployment):
    """An empty status is no filter, and drops the organisation too."""

    def select(self, ask: Ask) -> list[Record]:
        if ask.status == "":
            return self.order(self.world.table(ask.resource), ask)
        return super().select(ask)


class _EmptyPageFilledUp(Deployment):
    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        page = super().page(records, ask)
        if ask.limit is None or page or not self.leaks(ask):
            return page
        return _strangers(self, ask)[: ask.limit]

    def leaks(self, ask: Ask) -> bool:
        return True


@fault("ORG-3")
class PastTheEndOfEverybody(_EmptyPageFilledUp):
    """Past the end of members, filtered or not, those of another organisation are listed."""


@fault("ORG-3")
class PastTheEndOfAllOfEverybody(_EmptyPageFilledUp):
    """Past the end of unfiltered members those of another organisation are listed."""

    def leaks(self, ask: Ask) -> bool:
        return ask.status is None


@fault("ORG-3")
class NextOrganisationPastTheEnd(Deployment):
    """Exactly past the end of members the next organisation's begin, as rows of one table."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.limit is None or ask.status is not None or ask.offset < len(records):
            return super().page(records, ask)
        return _strangers(self, ask)[ask.offset - len(records) :][: ask.limit]


def _strangers(deployment: Deployment, ask: Ask) -> list[Record]:
    records = deployment.world.table(ask.resource)
    return deployment.order([record for record in records if record.organisation != ask.organisation], ask)
