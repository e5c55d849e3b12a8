"""Stand between a client and a deployment, pass everything on, and note what it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

OF_THE_CONNECTION = ("connection", "content-length", "transfer-encoding")


class Call(NamedTuple):
    """One request and the status of its answer."""

    method: str
    target: str
    status: int


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, url: str) -> None:
        self.host = urlsplit(url).netloc
        self.calls: list[Call] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def pass_on(self) -> None:
        # A connection for each request: one that is kept may be closed on the other side by then.
        connection = HTTPConnection(self.server.host)
        try:
            sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            connection.request(self.command, self.path, sent or None, dict(self.headers.items()))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        self.server.calls.append(Call(self.command, self.path, answer.status))
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in OF_THE_CONNECTION:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # The server's names for methods.
    do_GET = do_HEAD = do_OPTIONS = do_POST = do_PUT = do_PATCH = do_DELETE = pass_on  # noqa: N815


@contextmanager
def recorded(url: str) -> Iterator[tuple[str, list[Call]]]:
    """Another URL for the deployment at this one, and the calls that came through it so far, oldest first."""
    with _Server(url) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{urlsplit(url).path}", server.calls
        server.shutdown()
        thread.join()
