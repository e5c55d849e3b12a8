"""Receive deliveries on loopback, byte for byte."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    method: str
    target: str
    version: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Receiver(ThreadingHTTPServer):
    """Receiver that answers everything with 204; `requests` holds what came in, in the order of arrival."""

    daemon_threads = False
    # With the default of five, connections that come all at once would wait a second to try again.
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Received] = []
        self.errors: list[BaseException] = []
        self.url = f"http://127.0.0.1:{self.server_port}/in/hooks"

    def taken(self) -> list[Received]:
        """Return what came in since this was asked last."""
        taken, self.requests = self.requests, []
        return taken

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error and not isinstance(error, ConnectionError):
            self.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def take(self) -> None:
        headers = _stripped(self.headers)
        chunked = headers.get("transfer-encoding") == "chunked"
        body = self._chunks() if chunked else self.rfile.read(int(headers.get("content-length", 0)))
        port = self.client_address[1]
        self.server.requests.append(Received(self.command, self.path, self.request_version, headers, body, port))
        self.send_response(204)
        self.end_headers()

    do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = take  # noqa: N815 - http.server's names

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


def _stripped(headers: Message) -> dict[str, str]:
    """Return names in lower case, values without the blanks around them (RFC 9110, section 5.5)."""
    return {name.lower(): value.strip(" \t") for name, value in headers.items()}


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Receive until the block ends.

    Raises:
        ExceptionGroup: on leaving, if a request couldn't be read.
    """
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            receiver.shutdown()
            thread.join()
    if receiver.errors:
        raise BaseExceptionGroup("some requests couldn't be read", receiver.errors)
