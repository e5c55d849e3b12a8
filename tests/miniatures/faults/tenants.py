"""Walls between organisations with a hole in them."""

from __future__ import annotations

from tests.miniatures.data import OTHER, PRIMARY, Record
from tests.miniatures.deployment import Ask, Deployment


class _Unscoped(Deployment):
    """Shows the records of every organisation when `leaks` says so."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        return records if self.leaks(ask) else super().scope(records, ask)

    def leaks(self, ask: Ask) -> bool:
        raise NotImplementedError


class MembersOfEverybody(_Unscoped):
    """Members aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members"


class QuotesOfEverybody(_Unscoped):
    """Quotes aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "quotes"


class InvoicesOfEverybody(_Unscoped):
    """Invoices aren't kept apart at all."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "invoices"


class QuotesOfEarlierOrganisations(Deployment):
    """The scope of quotes is "up to my organisation": the second one also sees the first one's."""

    def scope(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.resource == "quotes" and ask.organisation == OTHER:
            return [record for record in records if record.organisation in (PRIMARY, OTHER)]
        return super().scope(records, ask)


class StrangerComesFirst(Deployment):
    """The list of invoices begins with one of another organisation."""

    def select(self, ask: Ask) -> list[Record]:
        records = super().select(ask)
        strangers = _strangers(self, ask) if ask.resource == "invoices" and ask.status is None else []
        return strangers[:1] + records


class LastPageFilledUp(Deployment):
    """The last page of members is filled up with those of another organisation."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        page = super().page(records, ask)
        if ask.limit is None or not page or ask.status is not None:
            return page
        return page + _strangers(self, ask)[: ask.limit - len(page)]


class FilteredMembersOfEverybody(_Unscoped):
    """A status filter on members drops the organisation."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status is not None


class FilteredQuotesOfEverybody(_Unscoped):
    """A status filter on quotes drops the organisation."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "quotes" and ask.status is not None


class PaidInvoicesOfEverybody(_Unscoped):
    """The filter status=paid on invoices drops the organisation; the others don't."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "invoices" and ask.status == "paid"


class PendingMembersOfEverybody(_Unscoped):
    """The filter status=pending on members drops the organisation; the others don't."""

    def leaks(self, ask: Ask) -> bool:
        return ask.resource == "members" and ask.status == "pending"


class _EmptyPageFilledUp(Deployment):
    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        page = super().page(records, ask)
        if ask.limit is None or page or not self.leaks(ask):
            return page
        return _strangers(self, ask)[: ask.limit]

    def leaks(self, ask: Ask) -> bool:
        return True


class PastTheEndOfEverybody(_EmptyPageFilledUp):
    """Past the end of members, filtered or not, those of another organisation are listed."""


class PastTheEndOfAllOfEverybody(_EmptyPageFilledUp):
    """Past the end of unfiltered members those of another organisation are listed."""

    def leaks(self, ask: Ask) -> bool:
        return ask.status is None


class NextOrganisationPastTheEnd(Deployment):
    """Exactly past the end of members the next organisation's begin, as rows of one table."""

    def page(self, records: list[Record], ask: Ask) -> list[Record]:
        if ask.limit is None or ask.status is not None or ask.offset < len(records):
            return super().page(records, ask)
        return _strangers(self, ask)[ask.offset - len(records) :][: ask.limit]


def _strangers(deployment: Deployment, ask: Ask) -> list[Record]:
    records = deployment.world.table(ask.resource)
    return deployment.order([record for record in records if record.organisation != ask.organisation], ask)


FAULTS: dict[str, list[type[Deployment]]] = {
    "ORG-1": [
        MembersOfEverybody,
        QuotesOfEverybody,
        InvoicesOfEverybody,
        QuotesOfEarlierOrganisations,
        StrangerComesFirst,
        LastPageFilledUp,
    ],
    "ORG-2": [
        FilteredMembersOfEverybody,
        FilteredQuotesOfEverybody,
        PaidInvoicesOfEverybody,
        PendingMembersOfEverybody,
    ],
    "ORG-3": [PastTheEndOfEverybody, PastTheEndOfAllOfEverybody, NextOrganisationPastTheEnd],
}
