"""Members that are shown otherwise on one list than on another."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery


@fault("MEM-5")
class StatusOfFirstPageOutdated(Deployment):
    """The page without a limit, which is kept for a while, shows a member active who is not any more."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        is_kept = query.resource == "members" and query.limit == self.default_limit and query.status is None
        return shown | {"status": "active"} if is_kept and not query.offset and record.id % 9 == 0 else shown


@fault("MEM-5")
class MemberListedTwice(Deployment):
    """A member with two addresses stands twice in the list, from a join."""

    def scope(self, records: list[Record], query: ListQuery) -> list[Record]:
        mine = super().scope(records, query)
        return [*mine, mine[3]] if query.resource == "members" and query.status is None else mine
