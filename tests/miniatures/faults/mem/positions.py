"""Pages of members that overlap, leave gaps or begin at the wrong place."""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from zlib import crc32

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _AnotherStart(Deployment):
    """Begins a page of members elsewhere than the client asked for."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit is None:
            return super().page(records, query)
        return super().page(records, replace(query, offset=self.start(query.offset, query.limit, records)))

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        raise NotImplementedError


@fault("MEM-5")
class PagesOverlapByOne(_AnotherStart):
    """Each page begins with the last member of the one before."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return offset - offset // limit if limit > 1 else offset


@fault("MEM-5")
class PagesLeaveGap(_AnotherStart):
    """Between two pages one member is skipped."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return offset + offset // limit if limit > 1 else offset


@fault("MEM-5")
class OffsetCountsPages(_AnotherStart):
    """An offset is a number of pages."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return offset * limit


@fault("MEM-5")
class OffsetNeedsLimit(Deployment):
    """An offset without a limit is ignored."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return query if "limit" in request.args else replace(query, offset=0)


@fault("MEM-5")
class OffsetIgnored(_AnotherStart):
    """Every page is the first one."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return 0


@fault("MEM-5")
class OffsetStopsAt200(_AnotherStart):
    """An offset is cut down to 200, as the limit is."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return min(offset, 200)


@fault("MEM-5")
class OffsetOver300BadRequest(Deployment):
    """An offset over 300 gets 400, though there are more members."""

    def parse_offset(self, text: str | None) -> int:
        offset = super().parse_offset(text)
        if offset > 300:
            raise Abort(self.error(400, "offset is 300 at most."))
        return offset


@fault("MEM-5")
class OffsetRoundedToPage(_AnotherStart):
    """A page begins at a multiple of its limit, at or before the offset."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return offset - offset % limit


@fault("MEM-5")
class OffsetWrapsRound(_AnotherStart):
    """Past the end the list begins again."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return offset % len(records) if records else offset


@fault("MEM-5")
class LastPageRepeatsPast(_AnotherStart):
    """Past the end the last page is given again."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return min(offset, max(len(records) - limit, 0)) if offset >= len(records) else offset


@fault("MEM-5")
class LastPageFilledFromBefore(_AnotherStart):
    """The last page begins early enough to be full."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return max(len(records) - limit, 0) if len(records) - limit < offset < len(records) else offset


@fault("MEM-5")
class LastPageDropsLast(Deployment):
    """The last member of all is missing from the last page, unless that is the only one."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        ends_here = query.limit is not None and bool(page) and page[-1] == records[-1]
        return page[:-1] if ends_here and query.offset and query.status is None else page


@fault("MEM-5")
class OrderAtRandom(Deployment):
    """Members come in another order at each request."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members":
            return super().order(records, query)
        return sorted(records, key=lambda record: _chance(record, len(self.log)))


@fault("MEM-5")
class TiesAtRandom(Deployment):
    """Members are ordered by time alone, so that those of one import change places at each request."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.resource != "members":
            return super().order(records, query)
        return sorted(records, key=lambda record: (record.created, _chance(record, len(self.log))))


@fault("MEM-5")
class LaterPagesReversed(Deployment):
    """The first page is in ascending order, the others are pages of the descending one."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        return ordered[::-1] if query.resource == "members" and query.offset else ordered


@fault("MEM-5")
class OrderDependsOnLimit(Deployment):
    """A large page is ordered by name, as another query plan makes it."""

    def order(self, records: list[Record], query: ListQuery) -> list[Record]:
        ordered = super().order(records, query)
        is_large = query.limit is not None and query.limit > 100
        return sorted(ordered, key=attrgetter("first_name", "last_name", "id")) if is_large else ordered


def _chance(record: Record, turn: int) -> int:
    return crc32(f"{turn} {record.id}".encode())


@fault("MEM-6")
class OffsetAloneCountsWholePages(Deployment):
    """An offset with nothing beside it is rounded down to where a page of 50 begins."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        is_alone = query.limit is not None and set(request.args) == {"offset"}
        return replace(query, offset=query.offset // 50 * 50) if is_alone else query


@fault("MEM-6")
class OffsetCountsFromOne(_AnotherStart):
    """The first member stands at offset 1."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return max(offset - 1, 0)


@fault("MEM-6")
class DefaultOffsetOfOne(Deployment):
    """Without an offset a list of members begins with the second one."""

    def parse_offset(self, text: str | None) -> int:
        return 1 if text is None else super().parse_offset(text)


@fault("MEM-6")
class ZeroSkipsFirst(Deployment):
    """An offset of 0 that is sent begins with the second member."""

    def parse_offset(self, text: str | None) -> int:
        return super().parse_offset(text) or (0 if text is None else 1)


@fault("MEM-6")
class ZeroIsLastPage(_AnotherStart):
    """An offset of 0 that is sent is taken as "from the end", as in an index of -0."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return replace(query, offset=-1) if request.args.get("offset") == "0" and query.limit is not None else query

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return max(len(records) - limit, 0) if offset < 0 else offset


@fault("MEM-6")
class OffsetOfOneIsZero(_AnotherStart):
    """Offsets 0 and 1 both begin with the first member; all others are right."""

    def start(self, offset: int, limit: int, records: list[Record]) -> int:
        return 0 if offset == 1 else offset


@fault("MEM-5", besides=("MEM-8",))
class CacheWithoutOffset(Deployment):
    """Lists of a key are kept by what was asked for, of which the offset is left out."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, ListQuery], Response] = {}

    def list_records(self, request: Request, resource: str) -> Response:
        query = self.parse(request, resource, self.authenticate(request, resource))
        asked = request.headers["Authorization"], replace(query, offset=0)
        if asked not in self.kept:
            self.kept[asked] = super().list_records(request, resource)
        return self.kept[asked]


@fault("MEM-6")
class LastPageWithoutLimitRepeats(Deployment):
    """The last page of members has its first one twice, and not the last, where no limit is given."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        self.is_without_limit = resource == "members" and "limit" not in request.args
        return super().parse(request, resource, organisation)

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        page = super().page(records, query)
        is_last = query.limit is not None and query.offset + query.limit >= len(records)
        return page[:1] + page[:-1] if self.is_without_limit and is_last and query.offset else page
