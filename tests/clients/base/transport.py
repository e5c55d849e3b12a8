"""Exchanges of HTTP over connections that are kept, with redirects and packed bodies."""

from __future__ import annotations

import gzip
import ssl
import threading
import zlib
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urljoin, urlsplit

REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


class Failure(Exception):
    """The client can't go on; the text says why, and holds no key."""


class Refused(Failure):
    """The API said that this request is wrong: it is not asked again."""


class Unauthorised(Refused):
    """The API no longer takes the key."""


class Limited(Exception):
    """The API said 429: later."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("429")
        self.answer = answer


class Broken(Exception):
    """No answer, or one that is no page: the same request may do better later."""

    def __init__(self, problem: str, answer: Answer | None = None) -> None:
        super().__init__(problem)
        self.answer = answer


@dataclass(frozen=True)
class Answer:
    """Answer with its body unpacked; names of headers are in lower case, in `lines` as they came."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str = field(default="", repr=False)
    lines: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


class Transport:
    """Sends requests with a key to one origin, and follows redirects, but never with the key to another one."""

    timeout = 10.0  # seconds
    user_agent = "integration/1.0"
    encoding = "gzip"
    method = "GET"

    def __init__(self, url: str, key: str) -> None:
        self.url = url.rstrip("/")
        self.key = key
        self._kept = threading.local()

    def context(self) -> ssl.SSLContext:
        """Return what certificates are verified by."""
        return ssl.create_default_context()

    def headers(self, *, with_key: bool) -> dict[str, str]:
        """Return the headers of a request."""
        headers = {"Accept": "application/json", "Accept-Encoding": self.encoding, "User-Agent": self.user_agent}
        return headers | self.credentials() if with_key else headers

    def credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def may_know(self, url: str) -> bool:
        """Tell whether the key may go there."""
        return origin(url) == origin(self.url)

    def exchange(self, target: str) -> Answer:
        """Send a request for a path with its query, and return the answer that it leads to.

        Raises:
            Broken: there was no whole answer.
            Failure: it leads nowhere.
        """
        url = self.url + target
        for _ in range(_MOST_REDIRECTS):
            answer = self.send(url, self.headers(with_key=self.may_know(url)))
            if answer.status not in REDIRECTS or "location" not in answer.headers:
                return answer
            url = self.redirected(url, answer)
        raise Failure("the API redirects on and on")

    def redirected(self, url: str, answer: Answer) -> str:
        return urljoin(url, answer.headers["location"])

    def send(self, url: str, headers: dict[str, str]) -> Answer:
        """Send one request and read its answer whole."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            connection = self.connection(parts)
            connection.request(self.method, path, headers=headers)
            return self.received(connection, url)
        except ssl.SSLCertVerificationError as error:
            self.close()
            raise Failure(f"the certificate of {parts.netloc} is not trusted: {error.verify_message}") from None
        except (OSError, HTTPException) as error:
            self.close()
            raise Broken(f"no whole answer: {type(error).__name__}") from error

    def received(self, connection: HTTPConnection, url: str) -> Answer:
        response = connection.getresponse()
        lines = tuple(response.getheaders())
        headers = {name.lower(): value for name, value in lines}
        return Answer(response.status, headers, self.unpacked(response.read(), headers), url, lines)

    def unpacked(self, body: bytes, headers: dict[str, str]) -> bytes:
        if headers.get("content-encoding", "identity").lower() in ("gzip", "x-gzip"):
            try:
                return gzip.decompress(body)
            except (OSError, EOFError, zlib.error) as error:
                raise Broken("a packed body is cut") from error
        return body

    def connection(self, parts: SplitResult) -> HTTPConnection:
        """Return this thread's connection, a new one where the last led elsewhere or was closed."""
        kept: tuple[str, HTTPConnection] | None = getattr(self._kept, "connection", None)
        wanted = f"{parts.scheme}://{parts.netloc}"
        if kept is None or kept[0] != wanted:
            self.close()
            kept = (wanted, self.connect(parts))
            self._kept.connection = kept
        return kept[1]

    def connect(self, parts: SplitResult) -> HTTPConnection:
        if parts.scheme == "https":
            return HTTPSConnection(parts.netloc, timeout=self.timeout, context=self.context())
        return HTTPConnection(parts.netloc, timeout=self.timeout)

    def close(self) -> None:
        """Close this thread's connection."""
        kept = getattr(self._kept, "connection", None)
        if kept is not None:
            kept[1].close()
        self._kept.connection = None
