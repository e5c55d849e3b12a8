"""A proxy of HTTP, which asks for a password if it has one, and keeps the first line of each request."""

from __future__ import annotations

import base64
import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.unit.conformance.fakes import head_of, http


class ForwardingProxy:
    """The log of a proxy. `refuses` is the status that it answers to everything, `interim` comes before a tunnel."""

    def __init__(self, login: str | None = None, refuses: str | None = None, interim: bytes = b"") -> None:
        self.login, self.refuses, self.interim = login, refuses, interim
        self.lines: list[str] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def handle(self, client: socket.socket) -> None:
        while head := head_of(client):
            first, *headers = head.decode().split("\r\n")
            method, target, _ = first.split(" ")
            self.lines.append(f"{method} {target}")
            if self.refuses:
                return client.sendall(http(status=self.refuses))
            expected = f"basic {base64.b64encode((self.login or '').encode()).decode()}"
            given = next((line[21:] for line in headers if line.lower().startswith("proxy-authorization: ")), "")
            if self.login and given.lower() != expected.lower():
                return client.sendall(http(b"", "407 Proxy Authentication Required", Proxy_Authenticate="Basic"))
            if method == "CONNECT":
                return self._tunnel(client, target)
            self._forward(client, target, [each for each in headers if not each.lower().startswith("proxy-")])
        return None

    def _tunnel(self, client: socket.socket, target: str) -> None:
        host, _, port = target.rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(self.interim + b"HTTP/1.1 200 Connection established\r\n\r\n")
            while True:
                for source in select.select([client, server], [], [])[0]:
                    if not (content := source.recv(65_536)):
                        return
                    (server if source is client else client).sendall(content)

    def _forward(self, client: socket.socket, target: str, headers: list[str]) -> None:
        url = urlsplit(target)
        path = url._replace(scheme="", netloc="").geturl()
        with socket.create_connection((url.hostname or "", url.port or 80)) as server:
            server.sendall("\r\n".join([f"GET {path} HTTP/1.1", *headers]).encode())
            client.sendall(server.recv(65_536))  # the answers of tests are short


@contextlib.contextmanager
def proxy(**options: str | bytes | None) -> Iterator[ForwardingProxy]:
    """A proxy that runs in threads until the end of the context."""
    it = ForwardingProxy(**options)  # type: ignore[arg-type]
    threads: list[threading.Thread] = []
    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        it.port = listener.getsockname()[1]

        def handle(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                it.handle(client)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    clients.append(listener.accept()[0])
                    threads.append(threading.Thread(target=handle, args=(clients[-1],)))
                    threads[-1].start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield it
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for client in clients:
                with contextlib.suppress(OSError):
                    client.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
