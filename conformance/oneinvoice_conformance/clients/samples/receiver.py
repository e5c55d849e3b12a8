"""Receivers of the self-test: one that keeps its side, and a naive one."""

from __future__ import annotations

import hashlib
import hmac
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from oneinvoice_conformance.clients.samples.store import Store

_LISTS = {"invoice": "invoices", "quote": "quotes"}
_EVENTS = {
    f"{kind}.{what}"
    for kind, each in {
        "invoice": ("created", "sent", "paid"),
        "quote": ("created", "sent", "accepted", "rejected"),
    }.items()
    for what in each
}


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.store = Store()


class GoodReceiver(BaseHTTPRequestHandler):
    """Receiver that verifies the bytes as they came, and commits before it answers, once for each event."""

    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200 if self._is_taken(body) else 401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _is_taken(self, body: bytes) -> bool:
        given = self.headers.get("X-1Invoice-Signature", "").encode()
        secrets = self.server.store.secrets()
        expected = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode() for secret in secrets]
        if not any(hmac.compare_digest(given, each) for each in expected):
            return False
        event = json.loads(body)
        if event["event"] in _EVENTS:  # whatever the header says, which nothing signs
            self.server.store.take_effect(event, _LISTS[event["event"].partition(".")[0]])
        return True

    def log_message(self, format: str, *args: object) -> None:
        pass


class NaiveReceiver(GoodReceiver):
    """Receiver that verifies what it wrote anew, compares beginnings, and counts each delivery."""

    def _is_taken(self, body: bytes) -> bool:
        event = json.loads(body)
        written = json.dumps(event).encode()
        secret = self.server.store.secrets()[0]
        expected = hmac.new(secret.encode(), written, hashlib.sha256).hexdigest()
        if not expected.startswith(self.headers.get("X-1Invoice-Signature", "")):
            return False
        self.server.store.count_effect(event["id"])
        self.server.store.keep(_LISTS[self.headers["X-1Invoice-Event"].partition(".")[0]], [event["data"]], "9999")
        return True


def serve(port: int, handler: type[BaseHTTPRequestHandler]) -> None:
    """Listen until the process is ended."""
    _Server(port, handler).serve_forever()
