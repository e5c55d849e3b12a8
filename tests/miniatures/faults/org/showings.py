"""Leaks among records that show their row and the query, or another status than they are filtered by."""

from __future__ import annotations

from tests.miniatures.data import PRIMARY, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import ListQuery
from tests.miniatures.freedoms.readings import FilteredByEither
from tests.miniatures.freedoms.records import IdsNamedByKind


@fault("ORG-1")
class NumberedMembersOfEverybody(IdsNamedByKind):
    """Members of both organisations are listed to the first; each shows its row and a link with the query."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_leak = query.resource == "members" and query.organisation == PRIMARY
        return records if is_leak else super().scope(records, query)


@fault("ORG-2")
class DraftInvoicesOfOthers(FilteredByEither):
    """The filter status=draft on invoices lists the other organisation's alone; it looks at the payment status, too."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_leak = (query.resource, query.organisation, query.status) == ("invoices", PRIMARY, "draft")
        return (
            [record for record in records if record.organisation != PRIMARY]
            if is_leak
            else super().scope(records, query)
        )
