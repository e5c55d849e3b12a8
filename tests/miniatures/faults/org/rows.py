"""Leaks among records that show more than their own fields, such as their row and the query."""

from __future__ import annotations

from tests.miniatures.data import PRIMARY, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import ListQuery
from tests.miniatures.freedoms.records import IdsNamedByKind


@fault("ORG-1")
class NumberedMembersOfEverybody(IdsNamedByKind):
    """Members of both organisations are listed to the first; each shows its row and a link with the query."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        is_leak = query.resource == "members" and query.organisation == PRIMARY
        return records if is_leak else super().scope(records, query)
