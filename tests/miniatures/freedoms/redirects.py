"""Lists that are elsewhere than where they are asked for, or behind a login, which is for whoever runs it to mend."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import RESOURCES, Deployment

_QUOTES = tuple(f"QUO-{number}" for number in range(1, 6))
_KEYS = (*(f"AUTH-{number}" for number in range(1, 7)), "ORG-1", "ORG-2", "ORG-3")
_OTHERS = (*(f"MEM-{number}" for number in range(1, 9)), *(f"INV-{number}" for number in range(1, 6)), "VER-1")


class _Redirecting(Deployment):
    """Redirects some endpoints."""

    where: tuple[str, ...] = RESOURCES

    def route(self, request: Request) -> Response:
        if request.path.rpartition("/")[2] in self.where:
            return self.error(301, "It has moved.", Location=self.location(request))
        return super().route(request)

    def location(self, request: Request) -> str:
        raise NotImplementedError


@variant(undecided=(*_KEYS, *_QUOTES, *_OTHERS), comparable=False)
class SlashAtInternalHost(_Redirecting):
    """A slash is added to the path, at the host and port that only the proxy in front knows."""

    def location(self, request: Request) -> str:
        return f"http://backend:8000{request.path}/?{request.query_string.decode()}".rstrip("?")


@variant(undecided=(*_KEYS, *_QUOTES), comparable=False)
class QuotesAtAnotherHost(_Redirecting):
    """Quotes have moved to another host."""

    where = ("quotes",)

    def location(self, request: Request) -> str:
        return f"https://www.deployment.example{request.full_path}".rstrip("?")


class _AtALogin(Deployment):
    """Something in front has people log in before they get to some lists, whatever key they have."""

    def list_records(self, request: Request, resource: str) -> Response:
        return self.login(request) if self.is_closed(request, resource) else super().list_records(request, resource)

    def is_closed(self, request: Request, resource: str) -> bool:
        return resource == "quotes"

    def login(self, request: Request) -> Response:
        return self.error(302, "Log in.", Location=f"/login?next={request.path}")


@variant(undecided=(*_KEYS, *_QUOTES, "ERR-1", "VER-1"), comparable=False)
class QuotesBehindALogin(_AtALogin):
    """Quotes redirect to a page to log in at."""


@variant(undecided=("ORG-2", "QUO-2", "ERR-1", "ERR-2"))
class FilteredQuotesBehindALogin(_AtALogin):
    """Quotes redirect to a page to log in at where there is a filter."""

    def is_closed(self, request: Request, resource: str) -> bool:
        return resource == "quotes" and "status" in request.args

    def login(self, request: Request) -> Response:
        return self.error(307, "Log in.", Location="/users/sign_in")


@variant(undecided=(*_KEYS, *_QUOTES, "ERR-1", "VER-1"), comparable=False)
class QuotesBehindAForm(_AtALogin):
    """Quotes are answered with the page to log in at itself."""

    def login(self, request: Request) -> Response:
        return Response('<form method="post"><input type="password"></form>', content_type="text/html")


@variant(undecided=(*_KEYS, *_QUOTES, "ERR-1", "VER-1"), comparable=False)
class QuotesBehindAPassword(_AtALogin):
    """Quotes are refused by a gateway with a password of its own."""

    def login(self, request: Request) -> Response:
        headers = {"WWW-Authenticate": 'Basic realm="staging"'}
        return Response("<h1>401 Authorization Required</h1>", 401, headers, content_type="text/html")
