"""Programs of the client: sync, receiver [PORT], dump, restart, rotate NEW [OLD]."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.clients.good.generated.files import Files

FILES = Files(Path(os.environ["CLIENT_STORE"]))
ACCEPTED, REFUSED = int(os.environ.get("CLIENT_ACCEPTED", "200")), int(os.environ.get("CLIENT_REFUSED", "401"))
EVENTS = {
    "invoice.created", "invoice.sent", "invoice.paid", "quote.created", "quote.sent", "quote.accepted",
    "quote.rejected",
}  # fmt: skip


class Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = ACCEPTED
        if not is_genuine(body, self.headers.get("X-1Invoice-Signature", "")):
            status = REFUSED
        elif (event := json.loads(body))["event"] in EVENTS:
            FILES.take(event)
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 200
    daemon_threads = True


def is_genuine(body: bytes, signature: str) -> bool:
    given = signature.encode("latin-1", "replace")
    expected = [hmac.new(each.encode(), body, hashlib.sha256).hexdigest() for each in FILES.read("secrets") or ()]
    return any(hmac.compare_digest(each.encode(), given) for each in expected)


def sync() -> int:
    sys.path.insert(0, os.environ["CLIENT_MADE"])
    from tests.clients.good.generated import driver

    try:
        asyncio.run(driver.sync(FILES))
    except driver.Stopped as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


def receiver(port: str = "0") -> int:
    if secret := os.environ.get("ONEINVOICE_WEBHOOK_SECRET"):
        FILES.write("secrets", [secret])
    server = Server(("127.0.0.1", int(port)), Hook)
    FILES.write("receiver", {"pid": os.getpid(), "port": server.server_port})
    server.serve_forever()
    return 0


def restart() -> int:
    state = FILES.read("receiver")
    with suppress(ProcessLookupError):
        os.kill(state["pid"], signal.SIGKILL)
    environment = {name: value for name, value in os.environ.items() if name != "ONEINVOICE_WEBHOOK_SECRET"}
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.clients.good.generated", "receiver", str(state["port"])],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while FILES.read("receiver")["pid"] != started.pid:
        if started.poll() is not None:
            return 1
        time.sleep(0.02)
    return 0


def rotate(*secrets: str) -> int:
    FILES.write("secrets", [each for each in secrets if each])
    return 0


def dump() -> int:
    print(json.dumps(FILES.contents()))
    return 0


PROGRAMS = {"sync": sync, "receiver": receiver, "restart": restart, "rotate": rotate, "dump": dump}

if __name__ == "__main__":
    sys.exit(PROGRAMS[sys.argv[1]](*sys.argv[2:]))
