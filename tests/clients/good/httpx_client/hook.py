"""Receive webhooks with Werkzeug."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import socket
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.serving import ThreadedWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from tests.clients.good.httpx_client.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

_ACCEPTED = int(os.environ.get("CLIENT_ACCEPTED", "200"))
_REFUSED = int(os.environ.get("CLIENT_REFUSED", "401"))
_KINDS = {"invoice": "invoices", "quote": "quotes"}
_KNOWN = {
    *(f"invoice.{each}" for each in ("created", "sent", "paid")),
    *(f"quote.{each}" for each in ("created", "sent", "accepted", "rejected")),
}


class Hook:
    """WSGI application of one URL."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        response = Response(status=self.status(request) if request.method == "POST" else 405)
        return response(environ, start)

    def status(self, request: Request) -> int:
        body = request.get_data(cache=False)
        if not self.is_signed(body, request.headers.get("X-1Invoice-Signature") or ""):
            return _REFUSED
        event = json.loads(body)
        if event["event"] in _KNOWN:
            self.database.handle(event, _KINDS[event["event"].partition(".")[0]])
        return _ACCEPTED

    def is_signed(self, body: bytes, signature: str) -> bool:
        found = False
        for secret in self.database.setting("secrets") or ():
            expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            found |= hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))
        return found


class _Server(ThreadedWSGIServer):
    daemon_threads = True
    request_queue_size = 256


def listen(database: Database, port: int) -> _Server:
    """Return a server at a port of 127.0.0.1; 0 is any."""
    with socket.socket() as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        bound.listen(_Server.request_queue_size)
        server = make_server("127.0.0.1", port, Hook(database), threaded=True, fd=os.dup(bound.fileno()))
    assert isinstance(server, ThreadedWSGIServer)
    return server  # type: ignore[return-value]
