"""Headers of what is deprecated: `Deprecation` (RFC 9745), `Sunset` (RFC 8594) and `Link`, and 410 after its end.

They are of operations and versions alone. Both RFCs speak of the resource that a request was for: for a field of an
answer, a parameter or a status they have no word, and a client that obeys them would take the whole operation for
deprecated. The document marks those, and announcements tell of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from http import HTTPStatus
from urllib.parse import quote

from oneinvoice_openapi.lifecycle.entries import LAST_DAY, Entry, Kind, Lifecycle
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.problem import PROBLEM_JSON, Problem, problem_body
from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.clock import Clock


def with_deprecations(api: ASGIApp, lifecycle: Lifecycle, clock: Clock, prefix: str) -> ASGIApp:
    """Return the API with the headers of what is deprecated, or as it is where nothing is.

    `prefix` is the path that everything is served under.
    """
    deprecated = [each for each in lifecycle.entries if each.deprecated]
    ending = [_Ending(each, prefix) for each in deprecated if each.subject.kind in (Kind.OPERATION, Kind.VERSION)]
    return _Deprecations(api, ending, clock) if ending else api


class _Ending:
    """Operation or version that is deprecated, with what its answers say of that."""

    def __init__(self, entry: Entry, prefix: str) -> None:
        assert entry.deprecated is not None
        self.entry = entry
        self.told_from = entry.announced or entry.deprecated
        self.last = (entry.sunset or LAST_DAY, entry.deprecated)
        self.headers = [(b"deprecation", f"@{_midnight(entry.deprecated).timestamp():.0f}".encode())]
        if entry.sunset:
            self.headers.append((b"sunset", format_datetime(_midnight(entry.sunset), usegmt=True).encode()))
        if links := ", ".join(_links(entry, prefix)):
            self.headers.append((b"link", links.encode()))

    def has_ended(self, day: date) -> bool:
        return self.entry.sunset is not None and self.entry.sunset <= day

    def is_of(self, scope: Scope) -> bool:
        """Tell whether a request is for it. Where GET is, HEAD is too (RFC 9110, section 9.3.2)."""
        subject, path, asked = self.entry.subject, str(scope["path"]), str(scope["method"])
        if subject.kind is Kind.VERSION:
            return path == subject.path or path.startswith(f"{subject.path}/")
        method = subject.name.split(" ")[0]
        return path == subject.path and (asked == method or (asked, method) == ("HEAD", "GET"))

    def problem(self) -> Problem:
        """Return the refusal of what has ended."""
        subject, replacement = self.entry.subject, self.entry.replacement
        what = subject.name if subject.kind is Kind.OPERATION else f"The API under {subject.path}"
        instead = ""
        if replacement:
            instead = f"; use {replacement.path if replacement.kind is Kind.VERSION else replacement.name} instead"
        more = f"; see {self.entry.link}" if self.entry.link else ""
        return Problem(HTTPStatus.GONE, f"{what} ended on {self.entry.sunset}{instead}{more}.")


class _Deprecations:
    """ASGI middleware. A request for what is not deprecated goes by without a coroutine of its own."""

    def __init__(self, api: ASGIApp, endings: Iterable[_Ending], clock: Clock) -> None:
        self._api = api
        self._endings = sorted(endings, key=lambda each: each.last)
        self._clock = clock

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        found = [each for each in self._endings if each.is_of(scope)] if scope["type"] == "http" else []
        if not found:
            return self._api(scope, receive, send)
        return self._answer(found, scope, receive, send)

    async def _answer(self, found: list[_Ending], scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the one of them that ends first, of those that were announced."""
        day = self._clock().date()
        told = [each for each in found if each.told_from <= day or each.has_ended(day)]
        if not told:
            await self._api(scope, receive, send)
            return
        first = told[0]

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *first.headers]
            return send(message)

        if first.has_ended(day):
            body = problem_body(first.problem(), request_id(scope))
            refusal = Response(body, HTTPStatus.GONE, media_type=PROBLEM_JSON)
            await refusal(scope, receive, send_with_headers)
        else:
            await self._api(scope, receive, send_with_headers)


def _links(entry: Entry, prefix: str) -> Iterable[str]:
    if entry.link:
        yield f'<{entry.link}>; rel="deprecation"'
        if entry.sunset:
            yield f'<{entry.link}>; rel="sunset"'
    if entry.replacement and "{" not in entry.replacement.path:
        yield f'<{prefix}{quote(entry.replacement.path)}>; rel="successor-version"'


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
