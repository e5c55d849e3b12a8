"""Receivers of webhooks that behave and that don't, each a real server on loopback in a thread."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


@dataclass
class Receiver:
    """Answers each connection as `answer` does, and keeps what came."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def wait_for(self, count: int, timeout: float = 10) -> list[bytes]:
        """All requests, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, timeout), self.requests
            return list(self.requests)


Answer = Callable[[socket.socket], None]


def saying(content: bytes) -> Answer:
    """Answers these bytes."""
    return lambda connection: connection.sendall(content)


def status(line: str, *headers: str, body: bytes = b"") -> Answer:
    """Answers such as `200 OK`."""
    head = "\r\n".join([f"HTTP/1.1 {line}", *headers, f"Content-Length: {len(body)}", "", ""])
    return saying(head.encode() + body)


@contextmanager
def receiver(answer: Answer) -> Iterator[Receiver]:
    """A receiver that listens until the end of the block."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        found = Receiver(listener.getsockname()[1])

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threading.Thread(target=_handle, args=(found, connection, answer), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield found
        finally:
            listener.shutdown(socket.SHUT_RDWR)


def _handle(receiver: Receiver, connection: socket.socket, answer: Answer) -> None:
    with connection, suppress(OSError):
        with receiver.changed:
            receiver.connections += 1
        request = _read(connection)
        with receiver.changed:
            receiver.requests.append(request)
            receiver.changed.notify_all()
        answer(connection)


def _read(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        chunk = connection.recv(65536)
        if not chunk:
            return received
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body
