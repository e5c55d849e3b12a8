"""How the same answers travel."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@variant()
class OddHeaders(Deployment):
    """Every answer has headers that nobody documented, Retry-After among them."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers.extend(
            [
                ("Retry-After", "1"),
                ("RateLimit", '"default";r=0;t=60'),
                ("X-RateLimit-Remaining", "0"),
                ("Set-Cookie", "session=c2VjcmV0; Path=/; HttpOnly"),
                ("Set-Cookie", "lb=7"),
                ("Server", "nginx/1.27 (Ubuntu)"),
                ("ETag", f'W/"{len(self.log)}"'),
                ("Warning", '299 - "nothing in particular"'),
                ("Vary", "*"),
            ]
        )
        return response


@variant()
class Chunked(Deployment):
    """Answers are sent in chunks, without a length."""

    def finish(self, request: Request, response: Response) -> Response:
        body = response.get_data()
        # Werkzeug counts the length of a list by itself, of an iterator it doesn't.
        response.response = iter([body[start : start + 100] for start in range(0, len(body), 100)])
        response.headers.pop("Content-Length", None)
        return response


class _Gzipped(Deployment):
    def finish(self, request: Request, response: Response) -> Response:
        if self.may_zip(request) and response.status_code == 200:
            response.set_data(gzip.compress(response.get_data(), 1))
            response.headers["Content-Encoding"] = "gzip"
        return response

    def may_zip(self, request: Request) -> bool:
        raise NotImplementedError


@variant()
class GzippedWhenAsked(_Gzipped):
    """Answers are compressed for clients that ask for it."""

    def may_zip(self, request: Request) -> bool:
        return request.accept_encodings["gzip"] > 0


@variant()
class GzippedAlways(_Gzipped):
    """Answers are compressed, asked or not."""

    def may_zip(self, request: Request) -> bool:
        return True


@variant()
class ConnectionClosed(Deployment):
    """Each answer closes its connection, and says so."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["Connection"] = "close"
        return response


@variant()
class OldProtocol(Deployment):
    """Answers are HTTP/1.0."""

    protocol = "HTTP/1.0"


@variant()
class EarlyHints(Deployment):
    """Before each answer comes a 103 with a link."""

    def interim(self, path: str) -> Iterable[int]:
        return (103,)


@variant()
class EarlyHintsOfDiscovery(Deployment):
    """Before the answer of discovery, and of nothing else, comes a 103."""

    def interim(self, path: str) -> Iterable[int]:
        return (103,) if path.rstrip("/").endswith("/api/v1") else ()


@variant()
class ManyInterimAnswers(Deployment):
    """Before lists come a 100, two 102 and a 103."""

    def interim(self, path: str) -> Iterable[int]:
        return () if path.rstrip("/").endswith("/api/v1") else (100, 102, 102, 103)


@variant()
class PrettyPrinted(Deployment):
    """JSON is indented and sorted."""

    def dumps(self, body: Any) -> str:
        return "\n" + json.dumps(body, ensure_ascii=False, indent=4, sort_keys=True) + "\n\n"


@variant()
class AsciiOnly(Deployment):
    """Letters beyond ASCII are escaped."""

    def dumps(self, body: Any) -> str:
        return json.dumps(body)


@variant()
class WithCharset(Deployment):
    """The content type tells the charset."""

    content_type = "Application/JSON; Charset=UTF-8"


@variant()
class Slow(Deployment):
    """Each answer takes 30 ms."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(0.03)
        return super().__call__(environ, start_response)


@variant()
class UnderBasePath(Deployment):
    """The API stands under a base path, /staging."""

    prefix = "/staging"


@variant()
class NotModifiedOnRequest(Deployment):
    """Answers have an ETag, and a client that has it already gets 304."""

    def finish(self, request: Request, response: Response) -> Response:
        response.add_etag()
        return response.make_conditional(request) if response.status_code == 200 else response
