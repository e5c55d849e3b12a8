"""Answers of gateways: pages and statuses that the API behind them has no part in."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import API, RESOURCES, Deployment

_LISTS = (
    *(f"ORG-{number}" for number in (1, 2, 3)),
    *(f"{area}-{number}" for area in ("QUO", "INV") for number in (2, 3, 4, 5)),
    *(f"MEM-{number}" for number in range(2, 9)),
)
_QUOTES = (
    *(f"AUTH-{number}" for number in range(1, 7)),
    *(f"ORG-{number}" for number in (1, 2, 3)),
    *(f"QUO-{number}" for number in range(1, 6)),
)


class _Gateway(Deployment):
    """Lists meet a gateway in front with that status where it is in the way."""

    status = 503
    body = "<!doctype html><title>Service Unavailable</title>"
    kind = "text/html"

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(API).strip("/")
        return self.gateway() if path in RESOURCES and self.is_in_the_way(request, path) else super().answer(request)

    def is_in_the_way(self, request: Request, path: str) -> bool:
        return path == "quotes"

    def gateway(self) -> Response:
        return Response(self.body, self.status, content_type=self.kind)


@variant()
class EverySeventhUnavailable(_Gateway):
    """Each seventh answer is a gateway's page with 503."""

    def is_in_the_way(self, request: Request, path: str) -> bool:
        return len(self.log) % 7 == 0


@variant()
class EveryNinthForbidden(_Gateway):
    """Each ninth answer is a firewall's page with 403."""

    status = 403

    def is_in_the_way(self, request: Request, path: str) -> bool:
        return len(self.log) % 9 == 0


@variant()
class OneBackendOfTwoDown(_Gateway):
    """Each second answer is that of a gateway, in JSON, which sends requests by turns to a backend that is down."""

    status = 502
    body = '{"message":"Bad Gateway"}'
    kind = "application/json"

    def is_in_the_way(self, request: Request, path: str) -> bool:
        return len(self.log) % 2 == 0


@variant(undecided=(*_LISTS, "AUTH-6", "ERR-1", "ERR-2"), may_be_undecided=("AUTH-4", "AUTH-5"))
class DownAfterAWhile(_Gateway):
    """A gateway doesn't reach the deployment any more after 25 requests."""

    def is_in_the_way(self, request: Request, path: str) -> bool:
        return len(self.log) > 25


@variant(undecided=(*_LISTS, "ERR-1"), may_be_undecided=("AUTH-5", "ERR-2", "VER-3"))
class JsonUnavailableAfterAWhile(_Gateway):
    """A gateway tells by JSON alone that it doesn't reach the deployment any more, from the first filtered list on."""

    body = '{"message":"Service Unavailable"}'
    kind = "application/json"

    def __init__(self) -> None:
        super().__init__()
        self._down = False

    def is_in_the_way(self, request: Request, path: str) -> bool:
        self._down = self._down or "status" in request.args
        return self._down


@variant(undecided=(*_QUOTES, "ERR-1"), comparable=False)
class QuotesBehindABadGateway(_Gateway):
    """Quotes get 502 without a body from a gateway."""

    status = 502
    body = ""


@variant(undecided=(*_QUOTES, "ERR-1"), comparable=False)
class QuotesInMaintenance(_Gateway):
    """Quotes are in maintenance, which JSON with Retry-After tells."""

    body = '{"message":"Down for maintenance"}'
    kind = "application/json"

    def gateway(self) -> Response:
        return Response(self.body, 503, {"Retry-After": "3600"}, content_type=self.kind)


@variant(undecided=_QUOTES, comparable=False)
class QuotesBehindAFirewall(_Gateway):
    """Quotes get a firewall's page with 403."""

    status = 403


@variant(undecided=_QUOTES, comparable=False)
class QuotesBehindAnApiGateway(_Gateway):
    """Quotes are no path of an API gateway, which says so by JSON with 403."""

    def gateway(self) -> Response:
        mark = {"x-amzn-ErrorType": "MissingAuthenticationTokenException"}
        return Response('{"message":"Missing Authentication Token"}', 403, mark, content_type="application/json")


@variant(undecided=_QUOTES, comparable=False)
class QuotesBehindAChallenge(_Gateway):
    """Quotes get the page of a challenge of Anubis, with 200."""

    status = 200
    body = '<!doctype html><title>Making sure you are not a bot!</title><script id="anubis_version">"1"</script>'
