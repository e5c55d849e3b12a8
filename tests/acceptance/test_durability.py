"""The server is killed at every step of a delivery: what was committed arrives, what was rolled back never does.

4 kills; 100 with ONEINVOICE_SOAK=1. Real processes, a real file, a real receiver.
"""

from __future__ import annotations

import http.client
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import cycle, islice
from pathlib import Path
from typing import Any, ClassVar

import pytest
from oneinvoice_impl.webhooks.signing import verify_signature

from tests.soak import SOAK

KILLS = 100 if SOAK else 12
SECRET = "whsec_durable"
LAUNCHER = Path(__file__).with_name("killable.py")
STEPS = ("before commit", "after commit", "after claim", "during POST", "after 2xx", "during a retry wait")


@dataclass
class Ledger:
    """What the receiver got: the bodies of each event, and how to answer."""

    bodies: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    deliveries: int = 0
    bad: list[str] = field(default_factory=list)
    status: int = 200
    hold: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver() -> Iterator[tuple[str, Ledger]]:
    """Its URL, and what it got."""
    ledger = Ledger()
    ledger.hold.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not verify_signature(body, self.headers["X-1Invoice-Signature"], SECRET):
                ledger.bad.append(body.decode())
            ledger.bodies[json.loads(body)["id"]].add(body)
            ledger.deliveries += 1
            ledger.arrived.set()
            ledger.hold.wait(20)
            with suppress(OSError):
                self.send_response(ledger.status)
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook", ledger
    finally:
        server.shutdown()
        server.server_close()


class Server:
    """A mock in a process of its own, which stops at a step that is named, and says so."""

    started: ClassVar[list[Server]] = []

    def __init__(self, database: Path, step: str | None = None) -> None:
        command = [sys.executable, str(LAUNCHER), step or "", "--port", "0", "--scale", "30"]
        self._process = subprocess.Popen(
            [*command, "--database", f"sqlite:///{database}"], stdout=subprocess.PIPE, text=True
        )
        self.started.append(self)
        self.port = int(self._line("export ONEINVOICE_URL=").rpartition(":")[2])

    def post(self, path: str, content: dict[str, Any] | None = None) -> Any:
        """The answer of a control, or None if the server died or holds."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", f"/_mock{path}", json.dumps(content or {}))
            answer = connection.getresponse()
            content = json.loads(answer.read())
            assert answer.status == 200, content
            return content
        finally:
            connection.close()

    def wait_until_it_holds(self) -> None:
        self._line("HOLDS")

    def kill(self) -> None:
        """SIGKILL: it can do nothing more. Nothing, if it has ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate()

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)

    def _line(self, start: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(start):
                return line.strip()
        raise AssertionError(f"it ended before it said {start!r}")


def trigger(server: Server, committed: set[str]) -> threading.Thread:
    """Make an event happen, from a thread: the server may be killed before it answers."""

    def run() -> None:
        with suppress(OSError, http.client.HTTPException):
            (happened,) = server.post("/trigger", {"event": "invoice.created"})["events"]
            committed.add(happened["id"])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def kill_at(step: str, database: Path, ledger: Ledger, committed: set[str]) -> None:
    """Start a server, bring it to a step, and kill it there."""
    server = Server(database, step)
    ledger.status = 500 if step == "during a retry wait" else 200
    ledger.arrived.clear()
    if step == "during POST":
        ledger.hold.clear()
    thread = trigger(server, committed)
    if step == "during POST":
        thread.join(20)  # else what arrives is what a killed server left, and this event may not be committed yet
        assert ledger.arrived.wait(20)
    else:
        server.wait_until_it_holds()
    server.kill()
    thread.join()
    ledger.status = 200
    ledger.hold.set()


def stored_events(database: Path) -> dict[str, bytes]:
    """What is committed, as SQLite itself sees it."""
    with sqlite3.connect(database) as connection:
        found = dict(connection.execute("SELECT id, body FROM webhook_events"))
    connection.close()
    return found


@pytest.fixture(autouse=True)
def _nothing_runs_on() -> Iterator[None]:
    yield
    while Server.started:
        Server.started.pop().kill()


@pytest.mark.parametrize("step", STEPS if SOAK else STEPS[1::3])
def test_killed_at(step: str, tmp_path: Path) -> None:
    kills = len(list(islice(cycle(STEPS), KILLS))[STEPS.index(step) :: len(STEPS)])
    database = tmp_path / "mock.db"
    committed: set[str] = set()
    with receiver() as (url, ledger):
        server = Server(database)
        server.post("/webhooks", {"url": url, "secret": SECRET})
        server.stop()
        for _ in range(kills):
            kill_at(step, database, ledger, committed)
        stored = stored_events(database)
        assert committed <= stored.keys()
        assert len(stored) == (0 if step == "before commit" else kills)
        server = Server(database)
        trigger(server, committed).join()
        stored = stored_events(database)
        deadline = time.monotonic() + 60
        while stored.keys() - ledger.bodies.keys() or pending(database):
            assert time.monotonic() < deadline, (stored.keys() - ledger.bodies.keys(), pending(database))
            time.sleep(0.05)
        server.stop()
    assert not ledger.bad
    assert {id: {body} for id, body in stored.items()} == ledger.bodies


def pending(database: Path) -> int:
    with sqlite3.connect(database) as connection:
        (count,) = connection.execute("SELECT count(*) FROM webhook_deliveries WHERE status = 'pending'").fetchone()
    connection.close()
    return int(count)
