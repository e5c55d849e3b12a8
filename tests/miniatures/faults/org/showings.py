"""Leaks among records that show their row and the query, or another status than they are filtered by."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import PRIMARY, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import ListQuery
from tests.miniatures.freedoms.readings import FilteredByEither
from tests.miniatures.freedoms.records import IdsNamedByKind, IdsRepeatAcrossOrganisations


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


@fault("ORG-1", besides=("ORG-3",))
class FeaturedStrangerAmongNumbered(IdsNamedByKind):
    """Beside the members stands one of the other organisation; each listed one shows its row and the query, too."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        enveloped = super().envelope(items, total, query)
        if query.resource != "members" or query.status is not None:
            return enveloped
        strangers = [each for each in self.world.members if each.organisation != query.organisation]
        return enveloped | {"featured": self.represent(strangers[0], query)}


@fault("ORG-1")
class StrangersCountedAlong(IdsRepeatAcrossOrganisations):
    """Without a filter members of both organisations are listed to the first; ids are counted from 1 in each list."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_leak = (query.resource, query.organisation, query.status) == ("members", PRIMARY, None)
        return records if is_leak else super().scope(records, query)
