"""Base of faults of several areas: a filter that is wrong for one organisation alone."""

from __future__ import annotations

from tests.miniatures.data import OTHER, Record
from tests.miniatures.deployment import Deployment, ListQuery


class StrayForOthers(Deployment):
    """To the other organisation lists one record of status `stray` where a resource and a status are `asked` for."""

    asked = ("", "")
    stray = ""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        if query.organisation != OTHER or (query.resource, query.status) != self.asked:
            return found
        return [*found, *[record for record in records if record.status == self.stray][:1]]
