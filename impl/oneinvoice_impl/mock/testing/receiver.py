"""Receiver of webhooks: a real HTTP server in a thread."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Condition, Thread
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class ReceivedRequest:
    """Request as it came. `headers` are found by names in any letter case, and `body` is the bytes that were signed."""

    method: str
    path: str
    headers: Message
    body: bytes = field(repr=False)

    @property
    def event(self) -> str | None:
        """The event that its header names."""
        return self.headers["X-1Invoice-Event"]

    def json(self) -> Any:
        """Return what the body says."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Receiver at `url`. It answers after `delay` seconds.

    >>> webhook = oneinvoice_sandbox.webhook(oneinvoice_receiver.url)
    >>> oneinvoice_receiver.answers(503, 200)
    >>> oneinvoice_sandbox.trigger("invoice.paid")
    >>> request = oneinvoice_receiver.wait_for("invoice.paid")
    >>> expected = hmac.new(webhook.secret.encode(), request.body, hashlib.sha256).hexdigest()
    >>> assert hmac.compare_digest(expected, request.headers["X-1Invoice-Signature"])
    """

    url: str
    delay: float = 0.0
    _requests: list[ReceivedRequest] = field(default_factory=list, init=False)
    _waited_for: list[ReceivedRequest] = field(default_factory=list, init=False)
    _statuses: list[int] = field(default_factory=list, init=False)
    _changed: Condition = field(default_factory=Condition, init=False, repr=False)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests that came, oldest first."""
        with self._changed:
            return list(self._requests)

    def answers(self, *statuses: int) -> None:
        """Answer the next requests with these statuses, and what comes after them with 200.

        Raises `ValueError` for what is no status of an answer.
        """
        for status in statuses:
            if status not in range(200, 600):
                raise ValueError(f"A status is a number from 200 to 599, not {status!r}.")
        with self._changed:
            self._statuses[:] = statuses

    def wait_for(self, event: str, timeout: float = 5) -> ReceivedRequest:
        """Return the oldest request of an event that was not returned before, once it is there.

        Raises `TimeoutError`, which tells what came instead, after so many seconds.
        """

        def found() -> ReceivedRequest | None:
            return next((each for each in self._requests if each.event == event and each not in self._waited_for), None)

        with self._changed:
            request = self._changed.wait_for(found, timeout)
            if request is None:
                came = ", ".join(str(each.event) for each in self._requests) or "nothing"
                raise TimeoutError(f"No {event} came in {timeout} s; what came is {came}.")
            self._waited_for.append(request)
            return request

    def receive(self, request: ReceivedRequest) -> int:
        """Keep a request, and return the status that it is answered with."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
            status = self._statuses.pop(0) if self._statuses else HTTPStatus.OK
        time.sleep(self.delay)
        return status


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        status = self.server.receiver.receive(ReceivedRequest(self.command, self.path, self.headers, body))
        with suppress(OSError):  # its sender waits no more
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class _Server(ThreadingTCPServer):
    # An HTTPServer would ask for its own name first, which takes seconds where nobody answers.
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.receiver = Receiver(f"http://127.0.0.1:{self.server_address[1]}/hook")


@contextmanager
def receiver() -> Iterator[Receiver]:
    """Listen on a free port of 127.0.0.1 until the end of the block."""
    with _Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server.receiver
        finally:
            server.shutdown()
            thread.join()
