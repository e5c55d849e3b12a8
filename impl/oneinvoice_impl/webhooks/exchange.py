"""One request on a connection of its own, and what of the answer counts.

A receiver has answered once it has sent a status line: whatever is wrong with what follows, to send the same again
would only deliver it twice. So an error of the parser ends an answer, and leaves none only before that line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import httptools

from oneinvoice_impl.webhooks.url_policy import Target

MAX_ANSWER_BYTES = 64 * 1024
STORED_ANSWER_BYTES = 1024
_TLS_ALERT = b"\x15\x03"
_CLOSED = "The connection was closed before an answer came."
_NOT_HTTP = "What came back is not HTTP."
_SPEAKS_TLS = "The URL's port speaks TLS; begin the URL with https://."


class Reply(NamedTuple):
    """An answer: a status, or the reason in one sentence why there is none."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    answer: bytes = b""
    connected: bool = True
    """False if no connection to the receiver was made."""


class NoAnswer(OSError):
    """No answer came, though something was connected; the text is one sentence."""


def encode_request(method: str, target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return a request as it is sent, all at once."""
    lines = [
        f"{method} {target.path} HTTP/1.1",
        f"Host: {target.authority}",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
        # Thousands of endpoints, each seldom: open connections would only use up files.
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class Exchange(asyncio.Protocol):
    """The answer on one connection; up to MAX_ANSWER_BYTES of it are read, so that the receiver can end."""

    def __init__(self) -> None:
        """Create it in the running event loop."""
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once nothing more is waited for."""
        self.error: Exception = NoAnswer(_CLOSED)
        """The reason why there was no answer, where it ended without one."""
        self._parser = httptools.HttpResponseParser(self)
        self._read = 0
        self._has_status_line = False
        self._status: int | None = None
        self._retry_after: str | None = None
        self._body = b""

    @property
    def reply(self) -> Reply | None:
        """The answer as far as it has come; None until its headers have."""
        return None if self._status is None else Reply(self._status, None, self._retry_after, self._body)

    def data_received(self, data: bytes) -> None:
        """Read the answer on, until there is enough of it."""
        if self.ended.done():
            return
        speaks_tls = self._read == 0 and data.startswith(_TLS_ALERT)
        self._read += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._end_early(_SPEAKS_TLS if speaks_tls else _NOT_HTTP)
        if self._read >= MAX_ANSWER_BYTES:
            self._end_early(_NOT_HTTP)

    def connection_lost(self, error: Exception | None) -> None:
        """End with what has come."""
        if self._read == 0:
            self.error = error or ConnectionResetError()
        self._end()

    def on_message_begin(self) -> None:
        """Begin an answer, or the one that follows an interim one (1xx)."""
        if not self.ended.done():
            self._has_status_line, self._retry_after = False, None

    def on_status(self, reason: bytes) -> None:
        """Note that the status line is there, but for the end of its reason."""
        self._has_status_line = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep what says when to come again."""
        if name.lower() == b"retry-after":
            self._retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """Take the status, unless a final one follows."""
        self._status = self._final_status()

    def on_body(self, chunk: bytes) -> None:
        """Keep the beginning of a body."""
        if len(self._body) < STORED_ANSWER_BYTES:
            self._body = (self._body + chunk)[:STORED_ANSWER_BYTES]

    def on_message_complete(self) -> None:
        """End, unless the final answer follows."""
        if self._status is not None:
            self._end()

    def _final_status(self) -> int | None:
        status = self._parser.get_status_code()
        return status if status >= HTTPStatus.OK or status == HTTPStatus.SWITCHING_PROTOCOLS else None

    def _end_early(self, reason: str) -> None:
        if self._status is None and self._has_status_line:
            self._status = self._final_status()
        self.error = NoAnswer(reason)
        self._end()

    def _end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)
