"""Serve a deployment on loopback, with kept-alive connections, for as long as somebody is looking."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, cast

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.test import run_wsgi_app

from tests.miniatures.deployment import Deployment


class _Handler(WSGIRequestHandler):
    # The head and the body of an answer are two writes; Nagle's algorithm would hold the second for 40 ms.
    disable_nagle_algorithm = True
    server: _Server

    # Werkzeug's own closes every connection, and waits 10 ms after each answer to drain what a client still sends.
    def run_wsgi(self) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True
        streams = self.server.deployment.streams
        chunks, status, headers = run_wsgi_app(self.server.app, self.make_environ(), buffered=not streams)
        for interim in self.server.deployment.interim(self.path):
            self.wfile.write(
                f"HTTP/1.1 {interim} {HTTPStatus(interim).phrase}\r\nLink: </app.css>; rel=preload\r\n\r\n".encode()
            )
        code, _, reason = status.partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Date" not in headers:
            self.send_header("Date", self.date_time_string())
        chunked = self._wants_chunks(int(code)) and "Content-Length" not in headers
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        parts = _chunks(chunks) if chunked else chunks
        for part in parts if streams else [b"".join(parts)]:
            self.wfile.write(part)

    def _wants_chunks(self, code: int) -> bool:
        return self.protocol_version == "HTTP/1.1" and self.command != "HEAD" and code not in (204, 304)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Stay quiet: who serves a miniature reads its `log`, and gets its errors raised."""


def _chunks(parts: Any) -> Iterator[bytes]:
    for part in parts:
        if part:
            yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"


class _Server(ThreadedWSGIServer):
    # Closing waits for the handlers, so that no thread or socket outlives the deployment.
    daemon_threads = False
    block_on_close = True

    def __init__(self, port: int, deployment: Deployment) -> None:
        handler = type("_HandlerOfOne", (_Handler,), {"protocol_version": deployment.protocol})
        self.connections: set[socket.socket] = set()
        self.errors: list[BaseException] = []
        self.deployment = deployment
        super().__init__("127.0.0.1", port, deployment, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        self.errors.append(cast(BaseException, sys.exception()))

    def close(self) -> None:
        self.shutdown()
        for connection in list(self.connections):
            _hang_up(connection)
        self.server_close()


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was first


@contextmanager
def serve(deployment: Deployment, port: int = 0) -> Iterator[str]:
    """Serve the deployment in a thread and yield its base URL.

    Raises:
        ExceptionGroup: on leaving, if the deployment itself raised anything while it served.
    """
    server = _Server(port, deployment)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}{deployment.prefix}"
    finally:
        server.close()
        thread.join()
        deployment.wait_for_deliveries()
    if errors := server.errors + deployment.mistakes:
        raise BaseExceptionGroup("the miniature deployment raised errors while it served", errors)
