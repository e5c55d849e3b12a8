"""Quotes that aren't a list."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment, ListQuery


class _AnotherList(Deployment):
    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        body = super().envelope(items, total, query)
        return self.instead(items, body) if query.resource == "quotes" else body

    def instead(self, items: list[Any], body: Any) -> Any:
        raise NotImplementedError


@fault("QUO-1")
class QuotesByNumber(_AnotherList):
    """Quotes are an object with their numbers as keys, not a list."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return {item["number"]: item for item in items}


@fault("QUO-1")
class QuotesInUTF16(_AnotherList):
    """Quotes are JSON in UTF-16, without a byte order mark."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Abort(Response(self.dumps(body).encode("utf-16-le"), content_type=self.content_type))


@fault("QUO-1")
class QuotesAsText(_AnotherList):
    """Quotes are JSON inside a JSON string, encoded twice."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return self.dumps(body)


@fault("QUO-1")
class LatestQuoteOnly(_AnotherList):
    """Quotes are only the latest one, as a bare object."""

    def instead(self, items: list[Any], body: Any) -> Any:
        return items[-1] if items else {}


@fault("QUO-1")
class QuotesNoContent(_AnotherList):
    """Quotes get 204 and nothing else."""

    def instead(self, items: list[Any], body: Any) -> Any:
        raise Abort(Response(status=204))


@fault("QUO-1")
class QuotesRedirectToDiscovery(Deployment):
    """Quotes redirect to where the API lists its endpoints."""

    def list_records(self, request: Request, resource: str) -> Response:
        honest = super().list_records(request, resource)
        if resource != "quotes" or honest.status_code != 200:
            return honest
        return self.error(302, "See what there is.", Location="/api/v1")
