"""Lists that are elsewhere than where they are asked for, which is for whoever gives the URL to mend."""

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
