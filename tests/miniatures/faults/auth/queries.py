"""Keys that are served, and refused where there is a query."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _QueryRefused(Deployment):
    """Refuses good keys where there is a query."""

    resource = "members"
    names: tuple[str, ...] = ("status",)

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if resource == self.resource and any(name in request.args for name in self.names):
            raise Abort(self.refuse("unknown", resource))
        return super().parse(request, resource, organisation)


@fault("AUTH-6")
class FilteredMembersUnauthorized(_QueryRefused):
    """Members under a filter get 401 with whatever key, which gets the plain list."""


@fault("AUTH-6")
class FilteredInvoicesUnauthorized(_QueryRefused):
    """Invoices under a filter get 401 with whatever key, which gets the plain list."""

    resource = "invoices"


class _PageRefused(Deployment):
    """Refuses good keys on some pages of members."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        query = super().parse(request, resource, organisation)
        if resource == "members" and self.refuses(query):
            raise Abort(self.refuse("unknown", resource))
        return query

    def refuses(self, query: ListQuery) -> bool:
        raise NotImplementedError


@fault("AUTH-6")
class LaterPagesUnauthorized(_PageRefused):
    """Members from a later position on get 401 with whatever key, which gets the first page."""

    def refuses(self, query: ListQuery) -> bool:
        return query.offset > 0


@fault("AUTH-6")
class LargePagesUnauthorized(_PageRefused):
    """Pages of more than 50 members get 401 with whatever key, which gets shorter ones."""

    def refuses(self, query: ListQuery) -> bool:
        return (query.limit or 0) > 50
