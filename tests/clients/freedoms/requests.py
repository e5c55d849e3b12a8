"""Requests that look otherwise."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import SplitResult

from tests.clients.base.puller import Puller
from tests.clients.base.transport import REDIRECTS, Answer, Failure
from tests.clients.decorators import variant


@variant("closes its connection after each request")
class NoKeepAlive(Puller):
    def send(self, url: str, headers: dict[str, str]) -> Answer:
        answer = super().send(url, headers | {"Connection": "close"})
        self.close()
        return answer


@variant("speaks HTTP/1.0")
class OldHttp(Puller):
    def connect(self, parts: SplitResult) -> HTTPConnection:
        connection = super().connect(parts)
        connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined]
        return connection

    def send(self, url: str, headers: dict[str, str]) -> Answer:
        answer = super().send(url, headers)
        self.close()
        return answer


@variant("asks for no compression")
class Identity(Puller):
    encoding = "identity"


@variant("names itself with a user agent that is a browser's")
class BrowserAgent(Puller):
    user_agent = "Mozilla/5.0 (X11; Linux x86_64) (compatible; Integrasjon/2 æøå=%)".replace("æøå", "aoa")


@variant("sends no user agent")
class NoAgent(Puller):
    def headers(self, *, with_key: bool) -> dict[str, str]:
        return {name: value for name, value in super().headers(with_key=with_key).items() if name != "User-Agent"}


@variant("writes the scheme in lower case, as RFC 9110 §11.1 lets it")
class LowerCaseScheme(Puller):
    def credentials(self) -> dict[str, str]:
        return {"authorization": f"bearer {self.key}"}


@variant("asks with HEAD before each list")
class HeadFirst(Puller):
    def read(self, name: str) -> None:
        self.method = "HEAD"
        answer = self.exchange(self.target(name, 0, {}))
        self.method = "GET"
        if answer.status != 429 and answer.status < 500:
            self.check(answer)
        elif answer.status == 429:
            self.hold(self.wait_limited(answer, 1), name)
        super().read(name)


@variant("reads the discovery first, without its key")
class DiscoversWithoutKey(Puller):
    def sync(self) -> None:
        self.send(f"{self.url}/api/v1", self.headers(with_key=False))
        super().sync()


@variant("reads the discovery first, with its key")
class DiscoversWithKey(Puller):
    def sync(self) -> None:
        answer = self.exchange("/api/v1")
        if answer.status == 200:
            self.content(answer)
        super().sync()


@variant("follows no redirect")
class FollowsNoRedirect(Puller):
    def exchange(self, target: str) -> Answer:
        answer = self.send(self.url + target, self.headers(with_key=True))
        if answer.status in REDIRECTS:
            raise Failure("the API redirects")
        return answer


@variant("sends a parameter that the API doesn't know, and a header of its own")
class MoreThanNeeded(Puller):
    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        return super().target(name, offset, query | {"client": "erp"})

    def headers(self, *, with_key: bool) -> dict[str, str]:
        return super().headers(with_key=with_key) | {"X-Correlation-Id": "5f1c", "Cache-Control": "no-cache"}
