"""Pages of another largest size than 200, refused or cut down, on every list of members or on some."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Request

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _Refusing(Deployment):
    """Refuses a limit over its own maximum."""

    max_limit = 100
    status = 400

    def too_large(self, limit: int) -> int:
        raise Abort(self.error(self.status, f"limit is {self.max_limit} at most."))


@fault("MEM-3")
class LimitOver100BadRequest(_Refusing):
    """A limit over 100 gets 400."""


@fault("MEM-3")
class LimitOver100TooLarge(_Refusing):
    """A limit over 100 gets 413."""

    status = 413


@fault("MEM-3")
class LimitOver150Unprocessable(_Refusing):
    """A limit over 150 gets 422."""

    max_limit, status = 150, 422


@fault("MEM-3")
class LimitOver50Unprocessable(_Refusing):
    """A limit over 50 gets 422."""

    max_limit, status = 50, 422


@fault("MEM-3")
class LimitOver20BadRequest(_Refusing):
    """A limit over 20 gets 400, and without one a page holds 50."""

    max_limit = 20


@fault("MEM-3")
class LimitOver2BadRequest(_Refusing):
    """A limit over 2 gets 400, so that only the page without one is of any use."""

    max_limit = 2


@fault("MEM-3")
class LimitOfUsualSizesOnly(_Refusing):
    """A limit other than 10, 25, 50 and 100 gets 400."""

    def parse_limit(self, text: str | None) -> int:
        limit = super().parse_limit(text)
        return limit if limit in (10, 25, 50, 100) else self.too_large(limit)


class _Cutting(Deployment):
    """Cuts a limit down to its own maximum, and so the default."""

    def parse_limit(self, text: str | None) -> int:
        return min(super().parse_limit(text), self.max_limit)


@fault("MEM-3")
class LimitCutTo150(_Cutting):
    """A limit over 150 gives 150."""

    max_limit = 150


@fault("MEM-3", besides=("MEM-2",))
class PagesCutTo25(_Cutting):
    """A page holds 25 members at most, with a limit or without."""

    max_limit = 25


@fault("MEM-3", besides=("MEM-2",))
class PagesCutTo20(_Cutting):
    """A page holds 20 members at most, with a limit or without."""

    max_limit = 20


@fault("MEM-3", besides=("MEM-2",))
class PagesCutTo10(_Cutting):
    """A page holds 10 members at most, so that all of them take many requests to read."""

    max_limit = 10


@fault("MEM-3", besides=("MEM-2",))
class PagesCutToOne(_Cutting):
    """A page holds one member."""

    max_limit = 1


@fault("MEM-3")
class LimitOfUsualSizesOrDefault(Deployment):
    """A limit other than 10, 25, 50 and 100 is ignored."""

    def parse_limit(self, text: str | None) -> int:
        limit = super().parse_limit(text)
        return limit if limit in (10, 25, 50, 100) else self.default_limit


@fault("MEM-3")
class LimitNeedsOffset(Deployment):
    """A limit without an offset is ignored."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return query if query.limit is None or "offset" in request.args else replace(query, limit=self.default_limit)


@fault("MEM-3")
class LargeLimitNeedsOffset(Deployment):
    """A limit over 50 is cut to that where no offset stands beside it."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if query.limit is None or "offset" in request.args:
            return query
        return replace(query, limit=min(query.limit, self.default_limit))


@fault("MEM-3")
class LargeLimitAloneBadRequest(Deployment):
    """A limit over 50 gets 400 where nothing stands beside it."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if set(request.args) == {"limit"} and query.limit is not None and query.limit > self.default_limit:
            raise Abort(self.error(400, "Say at what offset."))
        return query


@fault("MEM-3")
class LimitUnderFilterNeedsOffset(Deployment):
    """A limit beside a filter is ignored without an offset."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        is_ignored = query.limit is not None and set(request.args) == {"limit", "status"}
        return replace(query, limit=self.default_limit) if is_ignored else query


@fault("MEM-3")
class LimitCutTo50BehindTheFirst200(Deployment):
    """A page that begins behind the first 200 members holds 50 at most."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        return query if query.limit is None or query.offset < 200 else replace(query, limit=min(query.limit, 50))


class _CutUnderFilter(Deployment):
    """Cuts a limit down only where there is a filter."""

    filtered_maximum = 100

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if query.limit is None or query.status is None:
            return query
        return replace(query, limit=min(query.limit, self.filtered_maximum))


@fault("MEM-3")
class LimitCutTo100UnderFilter(_CutUnderFilter):
    """A page of filtered members holds 100 at most."""


@fault("MEM-3")
class LimitCutTo50UnderFilter(_CutUnderFilter):
    """A page of filtered members holds 50 at most."""

    filtered_maximum = 50


@fault("MEM-3")
class LimitOver100BadRequestUnderFilter(_CutUnderFilter):
    """A limit over 100 gets 400 where there is a filter."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = Deployment.parse(self, request, resource, organisation)
        if query.limit is not None and query.status is not None and query.limit > self.filtered_maximum:
            raise Abort(self.error(400, f"limit is {self.filtered_maximum} at most."))
        return query


@fault("MEM-3")
class ExampleRefused(Deployment):
    """The documentation's own request is refused, since limit, offset and status are not taken together."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if {"limit", "offset", "status"} <= set(request.args) and request.args["limit"] == "50":
            raise Abort(self.error(400, "Not all three at once."))
        return super().parse(request, resource, organisation)
