"""HTTP receiver of webhook deliveries, which keeps each request as it came."""

from __future__ import annotations

import io
import math
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from werkzeug.exceptions import ClientDisconnected, HTTPException, RequestEntityTooLarge
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wsgi import get_input_stream

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.strays import begins_a_request, stray, unfinished

BODY_LIMIT = 16 * 2**20  # bytes
_LINE = 65_536  # bytes that the head of a chunk may have
_SILENCE = 15.0  # seconds that a sender may say nothing
_LONGEST = 60.0  # seconds that a request may take to come, however it trickles
_MOST_STRAYS = 100  # that are kept


@dataclass(frozen=True, slots=True)
class Reply:
    """Reply to a delivery: a status after a delay in seconds, or the end of the connection instead."""

    status: int = 200
    delay: float = 0.0
    close: bool = False


class Receiver:
    """Server on `host` and `port` (0 takes a free one) that keeps every request in `deliveries`.

    `reply` decides how a delivery is answered, 200 without it. What comes and is no request, such as a TLS handshake,
    is in `strays`, a sentence each; `tell` gets these, and one on each request that can't be read whole. Raises
    `UsageError` if the address can't be had. Errors of the server's threads are raised by `check`, `wait` and on
    leaving.

    >>> import urllib3
    >>> from oneinvoice_conformance.webhooks.receiver import Receiver
    >>> with Receiver("127.0.0.1", 0) as receiver:
    ...     headers = {"X-1Invoice-Event": "quote.sent"}
    ...     reply = urllib3.request("POST", f"{receiver.url}/hook", body=b"{}", headers=headers)
    ...     receiver.wait(lambda: bool(receiver.deliveries), seconds=5)
    True
    >>> receiver.deliveries[0].event, receiver.deliveries[0].body, reply.status
    ('quote.sent', b'{}', 200)
    """

    def __init__(
        self,
        host: str,
        port: int,
        reply: Callable[[Delivery], Reply] = lambda delivery: Reply(),
        tell: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.deliveries: list[Delivery] = []
        self.strays: list[str] = []
        self._reply, self._tell = reply, tell
        self._refused_once: str | None = None
        self._arrived = threading.Condition()
        self._server = _Server(listening_socket(host, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def port(self) -> int:
        return self._server.port

    @property
    def url(self) -> str:
        """URL at which it listens."""
        host = f"[{self._server.host}]" if ":" in self._server.host else self._server.host
        return f"http://{host}:{self.port}"

    def __enter__(self) -> Receiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if error is None:
            self.check()

    def check(self) -> None:
        """Raise the errors of the server's threads, if there were any, as a `BaseExceptionGroup`."""
        if self._server.errors:
            raise BaseExceptionGroup("the receiver failed", self._server.errors)

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Wait until `done()` holds after an arrival, so many seconds at most, and return whether it does."""
        with self._arrived:
            finished = self._arrived.wait_for(lambda: done() or bool(self._server.errors), seconds)
        self.check()
        return finished

    def refuse_once(self, event: str) -> None:
        """Answer the next delivery of this event with 503, so that its sender may repeat it."""
        self._refused_once = event

    def note(self, sentence: str) -> None:
        """Keep and tell what came and is no request."""
        if len(self.strays) < _MOST_STRAYS:
            self.strays.append(sentence)
        self._tell(sentence)

    def receive(self, environ: dict[str, Any]) -> Reply:
        """Keep the request, and return the reply to it."""
        body, problem = b"", None
        try:
            body = _body(environ)
        except HTTPException as error:
            problem = _TOO_LONG if error.code == 413 else _CUT
        except OSError:
            problem = _CUT
        except ValueError:
            problem = "its chunks could not be put together"
        headers, target = environ["oneinvoice.headers"], environ["REQUEST_URI"]
        with self._arrived:
            number = len(self.deliveries) + 1
            delivery = Delivery(number, time.time(), environ["REQUEST_METHOD"], target, headers, body, problem)
            self.deliveries.append(delivery)
            refused = delivery.event is not None and delivery.event == self._refused_once
            if refused:
                self._refused_once = None
            self._arrived.notify_all()
        if problem is not None:
            self._tell(f"{delivery.method} {target} came, but {problem}")
            return Reply(413 if problem is _TOO_LONG else 400)
        return Reply(503) if refused else self._reply(delivery)


_CUT = "its body was cut short"
_TOO_LONG = f"its body is longer than {BODY_LIMIT // 2**20} MiB"


def _body(environ: dict[str, Any]) -> bytes:
    """Return the raw body. Raises `HTTPException` if it is too long or cut short, `ValueError` for bad chunks."""
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return b"".join(_chunks(environ["oneinvoice.stream"]))
    return get_input_stream(environ, max_content_length=BODY_LIMIT).read()


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the chunks of a body (RFC 9112, section 7.1), without the extensions and trailers that Werkzeug refuses."""
    total = 0
    while size := int(stream.readline(_LINE).partition(b";")[0].strip(), 16):
        total += size
        if size < 0 or total > BODY_LIMIT:
            raise RequestEntityTooLarge
        chunk = stream.read(size)
        if len(chunk) < size:
            raise ClientDisconnected
        yield chunk
        stream.readline(_LINE)
    while stream.readline(_LINE).strip():
        pass


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a listening socket. Raises `UsageError`, where Werkzeug would end the process."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=128
        )
    except (OSError, OverflowError) as error:
        # Python adds what it was doing to some of the system's words.
        reason = str(getattr(error, "strerror", None) or error).partition(" (while ")[0]
        raise UsageError(
            f"Nothing can listen at {host}:{port} ({reason}); name a free port of this machine."
        ) from error


class _Closed(ConnectionError):
    """Raised to end a connection without an answer."""


class _Input(io.RawIOBase):
    """Input of a connection, which has to have come by the `deadline`, in seconds of the monotonic clock."""

    def __init__(self, connection: socket.socket) -> None:
        self.deadline = math.inf
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(_SILENCE, left))
        return self._connection.recv_into(buffer)


class _Handler(WSGIRequestHandler):
    server: _Server
    raw_requestline: bytes
    timeout = _SILENCE

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._input = _Input(self.connection)
        self.rfile = self._reader = io.BufferedReader(self._input)

    def handle_one_request(self) -> None:
        # A connection on which nothing comes, as a probe of the port opens it, is not worth a word.
        start = self._reader.peek(1)
        self._input.deadline = time.monotonic() + _LONGEST
        if start and not begins_a_request(start):  # whose end might never come, nor the end of a line
            self.server.receiver.note(stray(start))
            self.close_connection = True
            return
        super().handle_one_request()

    def parse_request(self) -> bool:
        for _ in range(2):  # empty lines in front are left out (RFC 9112, section 2.2)
            if self.raw_requestline in (b"\r\n", b"\n"):
                self.raw_requestline = self.rfile.readline(_LINE + 1)
        return super().parse_request()

    def log_error(self, format: str, *args: Any) -> None:
        """Tell of what ended without a request: it came too slowly, or was refused."""
        slow = isinstance(args[0], TimeoutError)
        self.server.receiver.note(unfinished(_LONGEST) if slow else stray(self.raw_requestline))

    def make_environ(self) -> Any:
        # WSGI folds headers of one name, and loses their letter case. Blanks round a value are none of it (RFC 9110).
        headers = tuple((name, value.strip(" \t")) for name, value in self.headers.items())
        return super().make_environ() | {"oneinvoice.headers": headers, "oneinvoice.stream": self.rfile}

    def run_wsgi(self) -> None:
        try:
            urlsplit(self.path)
        except ValueError:  # a scanner's; no delivery has such a target
            self.send_error(400)
            return
        super().run_wsgi()

    def log(self, type: str, message: str, *args: Any) -> None:
        """Print nothing."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Print nothing; Werkzeug's own would parse the target first."""


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    multithread = True

    def __init__(self, listener: socket.socket, receiver: Receiver) -> None:
        self.errors: list[BaseException] = []
        self.receiver = receiver

        def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            reply = receiver.receive(environ)
            if reply.delay:
                time.sleep(reply.delay)
            if reply.close:
                raise _Closed
            start_response(f"{reply.status} ", [("Content-Length", "0")])
            return [b""]

        host, port = listener.getsockname()[:2]
        with listener:
            super().__init__(host, port, app, _Handler, passthrough_errors=True, fd=listener.fileno())

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # A sender that goes away or says nothing is its own fault.
        if error is not None and not isinstance(error, (ConnectionError, TimeoutError)):
            self.errors.append(error)
