"""Status filters on quotes that give too much or too little."""

from __future__ import annotations

from tests.miniatures.data import Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery
from tests.miniatures.strays import StrayForOthers


class _AnotherFilter(Deployment):
    """Filters quotes by a wrong condition."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "quotes" or query.status is None:
            return super().filter(records, query)
        return [record for record in records if self.lists(record, query.status)]

    def lists(self, record: Record, status: str) -> bool:
        raise NotImplementedError


@fault("QUO-2")
class QuoteFilterIgnored(_AnotherFilter):
    """A status filter on quotes changes nothing."""

    def lists(self, record: Record, status: str) -> bool:
        return True


@fault("QUO-2")
class AcceptedFilterListsAnswered(_AnotherFilter):
    """The filter status=accepted lists rejected quotes too, for those are answered as well."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status or (status == "accepted" and record.status == "rejected")


@fault("QUO-2")
class RejectedFilterListsAccepted(_AnotherFilter):
    """The filter status=rejected lists the accepted quotes."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == ("accepted" if status == "rejected" else status)


@fault("QUO-2")
class QuoteFilterInverted(_AnotherFilter):
    """A status filter on quotes lists those of the other statuses."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status != status


@fault("QUO-2")
class QuoteFilterByEnding(_AnotherFilter):
    """Only the last two letters of a status count, so that accepted and rejected are one."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status.endswith(status[-2:])


@fault("QUO-2")
class SentFilterListsDrafts(_AnotherFilter):
    """The filter status=sent lists drafts too."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status or (status == "sent" and record.status == "draft")


@fault("QUO-2")
class DraftFilterEmpty(_AnotherFilter):
    """The filter status=draft lists no quotes, though there are drafts."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status != "draft"


@fault("QUO-2")
class AcceptedFilterMissesLast(Deployment):
    """The filter status=accepted misses the last accepted quote."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        return found[:-1] if query.resource == "quotes" and query.status == "accepted" else found


@fault("QUO-2")
class SentFilterListsDraftsToOthers(StrayForOthers):
    """To the other organisation the filter status=sent on quotes lists a draft too."""

    asked, stray = ("quotes", "sent"), "draft"
