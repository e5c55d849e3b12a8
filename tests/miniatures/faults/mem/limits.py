"""Pages of members that hold too few or too many."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Request

from tests.miniatures.data import Record
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Deployment, ListQuery


@fault("MEM-2")
class DefaultOf20(Deployment):
    """Without a limit a page holds 20 members."""

    default_limit = 20


@fault("MEM-3", besides=("MEM-2",))
class PagesOf20(Deployment):
    """A page holds 20 members at the most, with a limit and without."""

    default_limit = 20
    max_limit = 20


@fault("MEM-2")
class DefaultOf49(Deployment):
    """Without a limit a page holds 49 members."""

    default_limit = 49


@fault("MEM-2")
class DefaultOf51(Deployment):
    """Without a limit a page holds 51 members, one too many from asking whether there is a next page."""

    default_limit = 51


@fault("MEM-2")
class DefaultOf100(Deployment):
    """Without a limit a page holds 100 members."""

    default_limit = 100


@fault("MEM-2")
class DefaultOf200(Deployment):
    """Without a limit a page holds 200 members, the most there may be."""

    default_limit = 200


@fault("MEM-2")
class DefaultOfAll(Deployment):
    """Without a limit a page holds all members."""

    default_limit = 1_000_000


class _AnotherDefault(Deployment):
    """Another parameter changes how many members a page holds without a limit."""

    parameter, default = "", 0

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        given = request.args.get(self.parameter, "0") != "0" and "limit" not in request.args
        return replace(query, limit=self.default) if given and resource == "members" else query


@fault("MEM-2")
class DefaultOf100WithOffset(_AnotherDefault):
    """With an offset but no limit a page holds 100 members."""

    parameter, default = "offset", 100


@fault("MEM-2")
class DefaultOf20WithOffset(_AnotherDefault):
    """With an offset but no limit a page holds 20 members."""

    parameter, default = "offset", 20


@fault("MEM-2")
class FilteredDefaultOf20(_AnotherDefault):
    """Without a limit a page of filtered members holds 20."""

    parameter, default = "status", 20


@fault("MEM-2")
class FilteredDefaultOf100(_AnotherDefault):
    """Without a limit a page of filtered members holds 100."""

    parameter, default = "status", 100


class _AnotherLimit(Deployment):
    """Asks for another number of members than the client did."""

    def page(self, records: list[Record], query: ListQuery) -> list[Record]:
        if query.limit is None:
            return super().page(records, query)
        return records[query.offset :][: self.size(query.limit, query)]

    def size(self, limit: int, query: ListQuery) -> int:
        raise NotImplementedError


@fault("MEM-3")
class LimitIgnored(_AnotherLimit):
    """A page always holds 50 members, whatever the limit."""

    def size(self, limit: int, query: ListQuery) -> int:
        return 50


@fault("MEM-3")
class LimitCappedAt100(_AnotherLimit):
    """No page holds more than 100 members, though 200 are promised."""

    def size(self, limit: int, query: ListQuery) -> int:
        return min(limit, 100)


@fault("MEM-3")
class LimitCappedAt199(_AnotherLimit):
    """A limit of exactly 200 gives 199."""

    def size(self, limit: int, query: ListQuery) -> int:
        return min(limit, 199)


@fault("MEM-3")
class LimitOneMore(_AnotherLimit):
    """A page holds one more than a limit below 200."""

    def size(self, limit: int, query: ListQuery) -> int:
        return limit + 1 if limit not in (50, 200) else limit


@fault("MEM-3")
class LimitOneLess(_AnotherLimit):
    """A page holds one less than a limit of more than one."""

    def size(self, limit: int, query: ListQuery) -> int:
        return limit - 1 if limit not in (1, 50) else limit


@fault("MEM-3")
class LimitOfOneIgnored(_AnotherLimit):
    """A limit of 1 is taken for "yes, please", and gives the default."""

    def size(self, limit: int, query: ListQuery) -> int:
        return 50 if limit == 1 else limit


@fault("MEM-3")
class LimitRoundedToTens(_AnotherLimit):
    """A limit is rounded up to tens."""

    def size(self, limit: int, query: ListQuery) -> int:
        return -(-limit // 10) * 10


@fault("MEM-3")
class LimitOfTenAtLeast(_AnotherLimit):
    """A limit below 10 is taken for 10."""

    def size(self, limit: int, query: ListQuery) -> int:
        return max(10, limit)


@fault("MEM-3")
class LimitOfSomeSizes(_AnotherLimit):
    """A limit is raised to the next size of a page that the product's own lists have."""

    def size(self, limit: int, query: ListQuery) -> int:
        return next(size for size in (10, 25, 50, 100, self.max_limit) if size >= limit)


@fault("MEM-3")
class LimitOnlyShrinks(_AnotherLimit):
    """A limit over the default of 50 gives 50."""

    def size(self, limit: int, query: ListQuery) -> int:
        return min(limit, 50)


@fault("MEM-3")
class LimitIgnoredOnLaterPages(_AnotherLimit):
    """A limit counts on the first page only; later ones hold 50."""

    def size(self, limit: int, query: ListQuery) -> int:
        return 50 if query.offset else limit


class _AnotherMaximum(Deployment):
    """Lets a limit through that should be cut down to 200."""

    def parse_limit(self, text: str | None) -> int:
        return self.largest(text) if text is not None and self.number(text) > 200 else super().parse_limit(text)

    def largest(self, text: str) -> int:
        raise NotImplementedError


@fault("MEM-4")
class NoMaximum(_AnotherMaximum):
    """A limit of any size is honoured."""

    def largest(self, text: str) -> int:
        return int(text)


@fault("MEM-4")
class MaximumOf201(_AnotherMaximum):
    """A limit over 200 gives 201 members."""

    def largest(self, text: str) -> int:
        return 201


@fault("MEM-4")
class MaximumOf500(_AnotherMaximum):
    """The largest page holds 500 members."""

    def largest(self, text: str) -> int:
        return min(int(text), 500)


@fault("MEM-4")
class MaximumComparedAsText(_AnotherMaximum):
    """The maximum is compared as text, so that 1000 comes before 200 and is honoured."""

    def largest(self, text: str) -> int:
        return int(min(text, "200"))


@fault("MEM-4")
class NoMaximumWhenFiltered(Deployment):
    """A limit of any size is honoured for members of one status."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if query.limit == self.max_limit and query.status is not None:
            return replace(query, limit=int(request.args["limit"]))
        return query


@fault("MEM-4")
class NoMaximumWithOffset(Deployment):
    """A limit of any size is honoured behind the first member."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return (
            replace(query, limit=int(request.args["limit"]))
            if query.offset and query.limit == self.max_limit
            else query
        )


@fault("MEM-4")
class LimitOfZeroGivesAll(Deployment):
    """A limit of 0 means "no limit", and gives all members."""

    def too_small(self, limit: int) -> int:
        return 1_000_000 if limit == 0 else super().too_small(limit)


@fault("MEM-4")
class NegativeLimitGivesAll(Deployment):
    """A negative limit means "no limit", as in SQLite, and gives all members."""

    def too_small(self, limit: int) -> int:
        return 1_000_000 if limit < 0 else super().too_small(limit)


@fault("MEM-4")
class TextLimitGivesAll(Deployment):
    """A limit that is no number means "no limit", and gives all members."""

    def parse_limit(self, text: str | None) -> int:
        is_number = text is None or text.removeprefix("-").isdigit()
        return super().parse_limit(text) if is_number else 1_000_000


class _LimitOfWords(Deployment):
    """One word for a limit means "no limit"."""

    word = ""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if resource == "members" and request.args.get("limit") == self.word:
            return ListQuery(resource, organisation, 1_000_000)
        return super().parse(request, resource, organisation)


@fault("MEM-4", shown_by=Run.WHOLE)
class EmptyLimitGivesAll(_LimitOfWords):
    """A limit of members without a value means "no limit"."""


@fault("MEM-4", shown_by=Run.WHOLE)
class LimitOfAllGivesAll(_LimitOfWords):
    """A limit of "all" gives all members."""

    word = "all"


class _DefaultOfFilter(Deployment):
    """Has pages of another size where members are filtered and no limit is given."""

    status, size = "pending", 25

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if resource != "members" or query.status != self.status or "limit" in request.args:
            return query
        return replace(query, limit=self.size)


@fault("MEM-2")
class PendingWithoutLimitBy25(_DefaultOfFilter):
    """Without a limit a page holds 25 members where they are filtered by pending."""


@fault("MEM-2")
class InactiveWithoutLimitBy51(_DefaultOfFilter):
    """Without a limit a page holds 51 members where they are filtered by inactive."""

    status, size = "inactive", 51


class _AtLeastTen(Deployment):
    """Has pages of at least ten members where they are filtered by one status."""

    status = "active"

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        is_small = query.limit is not None and query.limit < 10
        return replace(query, limit=10) if is_small and query.status == self.status else query


@fault("MEM-8")
class ActiveByTenAtLeast(_AtLeastTen):
    """A limit below 10 gives 10 members where they are filtered by active."""


@fault("MEM-8")
class PendingByTenAtLeast(_AtLeastTen):
    """A limit below 10 gives 10 members where they are filtered by pending."""

    status = "pending"
