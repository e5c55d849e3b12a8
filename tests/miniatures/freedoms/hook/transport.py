"""How the same deliveries travel."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from http.client import HTTPConnection

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import Deployment
from tests.miniatures.hooks import TIMEOUT, Delivery


@variant(shown_by=Run.HOOKS)
class SentInChunks(Deployment):
    """Bodies are sent in chunks, without a length."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        headers = super().headers(event, body, secret) | {"Transfer-Encoding": "chunked"}
        del headers["Content-Length"]
        return headers

    def pieces(self, body: bytes) -> Iterable[bytes]:
        return [body[start : start + 64] for start in range(0, len(body), 64)]


@variant(shown_by=Run.HOOKS)
class SentHaltingly(Deployment):
    """Bodies come in three pieces, with 20 ms between them, one of which is in the middle of a letter."""

    def pieces(self, body: bytes) -> Iterator[bytes]:
        letter = body.find("ø".encode()) + 1
        for piece in filter(None, (body[:1], body[1:letter], body[letter:])):
            yield piece
            time.sleep(0.02)


class _OldConnection(HTTPConnection):
    _http_vsn = 10
    _http_vsn_str = "HTTP/1.0"


@variant(shown_by=Run.HOOKS)
class SentByOldProtocol(Deployment):
    """Deliveries are HTTP/1.0."""

    def connect(self) -> HTTPConnection:
        assert self.webhook
        return _OldConnection(self.webhook.host, timeout=TIMEOUT)


@variant(shown_by=Run.HOOKS)
class SentOverOneConnection(Deployment):
    """All deliveries come over one connection, which stays open between them."""

    def __init__(self) -> None:
        super().__init__()
        self._sending = threading.Lock()

    @cached_property
    def kept(self) -> HTTPConnection:
        return self.connect()

    def send(self, delivery: Delivery) -> None:
        with self._sending:
            try:
                self.exchange(self.kept, delivery)
            except ConnectionError:  # the receiver didn't keep it
                self.exchange(self.kept, delivery)

    def exchange(self, connection: HTTPConnection, delivery: Delivery) -> int:
        try:
            return super().exchange(connection, delivery)
        except Exception:
            connection.close()
            raise

    def wait_for_deliveries(self) -> None:
        super().wait_for_deliveries()
        if self.webhook:
            self.kept.close()


@variant(shown_by=Run.HOOKS)
class SentAndClosed(Deployment):
    """Each delivery asks for its connection to be closed."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {"Connection": "close"}


@variant(shown_by=Run.HOOKS)
class SentExpectingContinue(Deployment):
    """Each delivery expects 100 Continue, and doesn't wait long for it."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {"Expect": "100-continue"}

    def pieces(self, body: bytes) -> Iterator[bytes]:
        time.sleep(0.02)
        yield body


@variant(shown_by=Run.HOOKS)
class SentAfterKnocking(Deployment):
    """Before each delivery somebody connects and leaves without a word."""

    def send(self, delivery: Delivery) -> None:
        connection = self.connect()
        socket.create_connection((connection.host, connection.port), TIMEOUT).close()
        super().send(delivery)
