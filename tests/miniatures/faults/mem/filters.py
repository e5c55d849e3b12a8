"""Status filters on members that give too much, too little or the wrong page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from werkzeug.wrappers import Request

from tests.miniatures.data import OTHER, PRIMARY, Member, Record
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Deployment, ListQuery
from tests.miniatures.freedoms.records import RecordsWithoutId
from tests.miniatures.strays import StrayForOthers


class _AnotherFilter(Deployment):
    """Filters members by a wrong condition."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members" or query.status is None:
            return super().filter(records, query)
        return [record for record in records if self.lists(record, query.status)]

    def lists(self, record: Record, status: str) -> bool:
        raise NotImplementedError


@fault("MEM-7")
class MemberFilterIgnored(_AnotherFilter):
    """A status filter on members changes nothing."""

    def lists(self, record: Record, status: str) -> bool:
        return True


@fault("MEM-7", besides=("QUO-2", "INV-2"))
class EveryFilterIgnored(Deployment):
    """A status filter changes nothing on any list."""

    def parse_status(self, text: str | None, resource: str) -> str | None:
        return None


@fault("MEM-7")
class PendingFilterIgnored(_AnotherFilter):
    """The filter status=pending on members changes nothing; the others work."""

    def lists(self, record: Record, status: str) -> bool:
        return status == "pending" or record.status == status


@fault("MEM-7")
class PendingWithInactive(_AnotherFilter):
    """The filter status=pending also lists inactive members, as "not active"."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status or (status == "pending" and record.status == "inactive")


@fault("MEM-7")
class ActiveWithinInactive(_AnotherFilter):
    """The status is searched for as part of a word, so that active finds inactive too."""

    def lists(self, record: Record, status: str) -> bool:
        return status in record.status


@fault("MEM-7")
class InactiveFilterEmpty(_AnotherFilter):
    """The filter status=inactive lists nobody."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status == status != "inactive"


@fault("MEM-7")
class FilterInverted(_AnotherFilter):
    """A status filter on members lists everybody of the other statuses."""

    def lists(self, record: Record, status: str) -> bool:
        return record.status != status


@fault("MEM-7")
class NonAsciiNamesNotListed(_AnotherFilter):
    """The filter status=active misses the members whose first name isn't ASCII."""

    def lists(self, record: Record, status: str) -> bool:
        assert isinstance(record, Member)
        return record.status == status and (status != "active" or record.first_name.isascii())


@fault("MEM-7")
class FilterMissesLast(Deployment):
    """Each status filter misses the last member of that status."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        return found[:-1] if query.resource == "members" and query.status is not None else found


@fault("MEM-7")
class FilterMissesLastWithoutId(FilterMissesLast):
    """Members have no id, and each status filter misses the last member of that status."""

    def member(self, member: Member) -> dict[str, Any]:
        return {name: value for name, value in super().member(member).items() if name != "id"}


@fault("MEM-7")
class ArchivedMembersNotListed(Deployment):
    """Three members have a status of their own, archived, that no filter lists."""

    def __init__(self) -> None:
        super().__init__()
        mine = [index for index, member in enumerate(self.world.members) if member.organisation == PRIMARY]
        for index in mine[20], mine[170], mine[333]:
            self.world.members[index] = replace(self.world.members[index], status="archived")

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        return [] if query.status == "archived" else super().filter(records, query)


@fault("MEM-7")
class ShownStatusOutdated(Deployment):
    """One pending member is shown as active, while the filters know better."""

    def member(self, member: Member) -> dict[str, Any]:
        shown = super().member(member)
        mine = [each for each in self.world.members if each.organisation == PRIMARY]
        pending = [each for each in mine if each.status == "pending"]
        return shown | {"status": "active"} if member == pending[7] else shown


@fault("MEM-8")
class OffsetUnderFilterNeedsLimit(Deployment):
    """An offset beside a filter is ignored without a limit."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return replace(query, offset=0) if set(request.args) == {"offset", "status"} else query


@fault("MEM-8")
class FilterDroppedOnLaterPages(Deployment):
    """A status filter on members counts on the first page only."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == "members" and query.offset else super().filter(records, query)


@fault("MEM-8")
class FilterDroppedWithLargeLimit(Deployment):
    """A status filter on members is dropped when the limit is 200."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.limit == 200 else super().filter(records, query)


class _AnotherFilteredPage(Deployment):
    """Cuts pages of filtered members in its own way."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit is None or query.status is None:
            return super().page(records, query)
        return super().page(records, self.with_filter(query))

    def with_filter(self, query: ListQuery) -> ListQuery:
        raise NotImplementedError


@fault("MEM-8")
class OffsetIgnoredWhenFiltered(_AnotherFilteredPage):
    """The offset is ignored when there is a status filter."""

    def with_filter(self, query: ListQuery) -> ListQuery:
        return replace(query, offset=0)


@fault("MEM-8")
class LimitIgnoredWhenFiltered(_AnotherFilteredPage):
    """The limit is ignored when there is a status filter; 50 are given."""

    def with_filter(self, query: ListQuery) -> ListQuery:
        return replace(query, limit=50)


@fault("MEM-8")
class OffsetFromOneWhenFiltered(_AnotherFilteredPage):
    """Positions are counted from 1 when there is a status filter."""

    def with_filter(self, query: ListQuery) -> ListQuery:
        return replace(query, offset=max(query.offset - 1, 0))


@fault("MEM-8")
class PendingPagesOverlap(_AnotherFilteredPage):
    """Pages of pending members overlap by one; those of others don't."""

    def with_filter(self, query: ListQuery) -> ListQuery:
        return replace(query, offset=query.offset - 1) if query.status == "pending" and query.offset > 1 else query


@fault("MEM-8")
class PendingPagesOverlapByNumber(PendingPagesOverlap):
    """The id of a member is called memberNo, and pages of pending members overlap by one."""

    def member(self, member: Member) -> dict[str, Any]:
        shown = super().member(member)
        return {"memberNo": shown.pop("id"), **shown}


class _FiltersLate(Deployment):
    """Filters members after their page was begun."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        return records if query.resource == "members" else super().filter(records, query)


@fault("MEM-8")
class FilterAfterPaging(_FiltersLate):
    """A page is cut first and filtered then, so that it holds too few."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        return super(_FiltersLate, self).filter(page, query) if query.limit is not None else page


@fault("MEM-8")
class OffsetBeforeFilter(_FiltersLate):
    """The offset counts members of every status, the limit those of the one asked for."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit is None:
            return records
        return super(_FiltersLate, self).filter(records[query.offset :], query)[: query.limit]


@fault("MEM-8")
class OrderChangesWhenFilteredPage(Deployment):
    """Later pages of a filtered list are in the opposite order of the first."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        return ordered[::-1] if query.resource == "members" and query.offset and query.status is not None else ordered


@fault("MEM-8", shown_by=Run.WHOLE)
class BeginsAnewPastFilteredEnd(Deployment):
    """Past the end of a filtered list stands its beginning."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        turned = replace(query, offset=0) if query.status is not None and query.offset >= len(records) else query
        return super().page(records, turned)


@fault("MEM-8", shown_by=Run.WHOLE)
class UnfilteredPastFilteredEnd(Deployment):
    """Past the end of a filtered list the filter is forgotten."""

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        return super().select(replace(query, status=None)) if query.limit and query.offset >= len(records) else records


@fault("MEM-7")
class PendingWithActiveForOthers(StrayForOthers):
    """To the other organisation the filter status=pending lists an active member too."""

    asked, stray = ("members", "pending"), "active"


class _LinksWithoutId(RecordsWithoutId):
    """Shows a link that is signed anew in each answer, and no id."""

    def retouched(self, shown: dict[str, Any], record: Record, query: ListQuery) -> dict[str, Any]:
        link = f"https://files.example/{record.id}?token={len(self.log):016x}"
        return super().retouched(shown, record, query) | {"file_url": link}


@fault("MEM-7")
class PendingForgottenWithoutId(_LinksWithoutId):
    """The filter status=pending leaves out every second member; records have a link signed anew, and no id."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        is_due = (query.resource, query.organisation, query.status) == ("members", PRIMARY, "pending")
        return found[::2] if is_due else found


@fault("MEM-5")
class ForgottenWithoutId(_LinksWithoutId):
    """Without a filter every second pending member is left out; records have a link signed anew, and no id."""

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        if query.resource != "members" or query.organisation != PRIMARY or query.status is not None:
            return records
        return [record for record in records if record.status != "pending" or record.id % 2]


@fault("MEM-7")
class ActiveForgottenForOthers(RecordsWithoutId):
    """To the other organisation the filter status=active leaves out a member, and records have no id."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        is_due = (query.resource, query.organisation, query.status) == ("members", OTHER, "active")
        return found[1:] if is_due else found
