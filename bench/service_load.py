"""Load a whole service for minutes, with webhooks flowing, and see that nothing fails and nothing grows; print JSON.

    python bench/service_load.py [--seconds 600] [--workers 4]

The service is set up as an operator does, by its own commands: workers that serve, PostgreSQL, Redis, and two that
deliver. The peak is what so many connections get answered that each send at once again. The load is half of it, sent by
a timetable: the time of a request is from when it was to be sent, so that it counts the wait for those before it.
Meanwhile quotes and invoices make their transitions, and each of their webhooks has to come.

Everything runs on one machine, this program too; throw-away databases don't wait for a disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.service.trial_records import TRIGGERED, happen
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.webhooks.service import WebhookService
from servers import resident_mib

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from tests.services.ports import free_port
from tests.services.postgres import postgres
from tests.services.redis import redis

CONNECTIONS = 16
KEYS = 4
EVENTS_A_SECOND = 5.0
PATHS = ("members?limit=50", "invoices", "quotes?status=sent", "members?status=active&offset=50")
ALLOWED_P99_MS = 15.0
PEAK_SECONDS = 10.0
SETTLING = 60.0
"""Seconds that the last deliveries get."""
_SERVICE = str(Path(sysconfig.get_path("scripts")) / "oneinvoice-service")
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


class Client(asyncio.Protocol):
    """A connection that sends one request after the other."""

    def __init__(self) -> None:
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Note the status once the whole answer is there."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._received = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it as an answer of none."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(0)

    async def ask(self, request: bytes) -> int:
        """Return the status of the answer, or 0."""
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


class Hook(asyncio.Protocol):
    """Receiver that answers at once, and keeps the ids of events that came."""

    events: set[str] = set()  # noqa: RUF012  # one for all connections

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if body.endswith(b"}") and b"content-length: %d\r\n" % len(body) in head.lower() + b"\r\n":
            self.events.add(json.loads(body)["id"])
            self._transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            self._transport.close()


class Target(NamedTuple):
    """A service that runs."""

    port: int
    requests: list[bytes]
    processes: dict[str, int]
    webhooks: WebhookService
    organisation: str


def _run(variables: dict[str, str], *words: str) -> str:
    done = subprocess.run([_SERVICE, *words], check=True, capture_output=True, text=True, env=_ENVIRONMENT | variables)
    return done.stdout.strip()


@contextmanager
def service(workers: int, hook: str) -> Iterator[Target]:
    """Start one, with data, keys without a limit that matters, and a webhook."""
    with ExitStack() as stack:
        variables = {
            "ONEINVOICE_DATABASE_URL": stack.enter_context(postgres()).new_database(),
            "ONEINVOICE_REDIS_URL": stack.enter_context(redis()).url,
            "ONEINVOICE_SECRET_KEY": "A" * 43 + "=",
            "ONEINVOICE_DELIVERIES": "workers",
            "ONEINVOICE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }
        _run(variables, "init")
        organisation = _run(variables, "organisation", "create", "Bench")
        _run(
            variables, "organisation", "fill", organisation, "--members", "1000", "--quotes", "200", "--invoices", "200"
        )
        keys = [_run(variables, "keys", "create", organisation, "--limit", "1000000") for _ in range(KEYS)]
        _run(variables, "webhooks", "add", organisation, hook)
        port = free_port()
        processes = {"serve": stack.enter_context(_running(variables, "serve", "--workers", str(workers), port=port))}
        processes |= {f"worker {n}": stack.enter_context(_running(variables, "worker")) for n in (1, 2)}
        settings = Settings.from_environment(variables)
        database = Database(settings.database_url)
        stack.callback(database.close)
        requests = [
            f"GET /api/v1/{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
            for path in PATHS
            for key in keys
        ]
        yield Target(port, requests, processes, WebhookService(database, settings), organisation)


@contextmanager
def _running(variables: dict[str, str], *words: str, port: int | None = None) -> Iterator[int]:
    """Yield the id of a process that says when it is ready."""
    command = [_SERVICE, *words, *(() if port is None else ("--port", str(port)))]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_ENVIRONMENT | variables
    ) as process:
        assert process.stdout
        assert process.stdout.readline(), words
        try:
            yield process.pid
        finally:
            process.terminate()
            process.wait(30)


async def _clients(port: int) -> list[Client]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Client, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]


async def _peak(target: Target) -> float:
    """Requests a second that are answered where each connection sends at once again."""
    until, served = time.monotonic() + PEAK_SECONDS, Counter[int]()

    async def send(client: Client, start: int) -> None:
        number = start
        while time.monotonic() < until:
            served[await client.ask(target.requests[number % len(target.requests)])] += 1
            number += 1

    await asyncio.gather(*(send(each, start) for start, each in enumerate(await _clients(target.port))))
    assert set(served) == {200}, served
    return served[200] / PEAK_SECONDS


async def _load(target: Target, rate: float, seconds: float) -> tuple[list[float], Counter[int]]:
    """The times of all requests in seconds, and how many were answered with which status."""
    times: list[float] = []
    statuses = Counter[int]()
    begin, total = time.monotonic(), int(rate * seconds)
    numbers = iter(range(total))

    async def send(client: Client) -> None:
        for number in numbers:
            planned = begin + number / rate
            if (wait := planned - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            statuses[await client.ask(target.requests[number % len(target.requests)])] += 1
            times.append(time.monotonic() - planned)

    await asyncio.gather(*(send(each) for each in await _clients(target.port)))
    return times, statuses


async def _events(target: Target, seconds: float) -> int:
    """Have events happen at a steady rate; return how often one was made to."""
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until:

        def work(connection: Connection, event: str = TRIGGERED[made % len(TRIGGERED)]) -> None:
            happen(DocumentRepository(connection, target.organisation), event, SYSTEM_CLOCK())

        await target.webhooks.transact(work)
        made += 1
        await asyncio.sleep(1 / EVENTS_A_SECOND)
    return made


def _sizes(target: Target) -> dict[str, tuple[float, int]]:
    """The memory in MiB and the open files of each process."""
    found = {}
    for name, parent in target.processes.items():
        for pid in (parent, *_children(parent)):
            files = len(os.listdir(f"/proc/{pid}/fd"))
            found[name if pid == parent else f"{name} {pid}"] = resident_mib(pid), files
    return found


def _children(pid: int) -> list[int]:
    lists = [(task / "children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    return [int(each) for text in lists for each in text.split()]


async def _measure(target: Target, seconds: float) -> dict[str, Any]:
    peak = await _peak(target)
    await _load(target, peak / 2, seconds / 10)  # pools and caches fill
    before = _sizes(target)
    (times, statuses), made = await asyncio.gather(_load(target, peak / 2, seconds), _events(target, seconds))
    after = _sizes(target)
    stored = await target.webhooks.read(_stored_events)
    until = time.monotonic() + SETTLING
    while not stored <= Hook.events and time.monotonic() < until:
        await asyncio.sleep(0.1)
    ordered = sorted(times)
    return {
        "peak_per_second": round(peak),
        "load_per_second": round(peak / 2),
        "seconds": seconds,
        "requests": len(times),
        "errors": sum(count for status, count in statuses.items() if status != 200),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 2),
        "p99_ms": round(ordered[len(ordered) * 99 // 100] * 1000, 2),
        "allowed_p99_ms": ALLOWED_P99_MS,
        "triggered": made,
        "events": len(stored),
        "events_lost": len(stored - Hook.events),
        "mib_and_files": {name: [*map(round, before[name]), *map(round, after[name])] for name in before},
    }


def _stored_events(connection: Connection) -> set[str]:
    return {str(id) for (id,) in connection.exec_driver_sql("SELECT DISTINCT event_id FROM webhook_deliveries")}


async def _main(workers: int, seconds: float) -> dict[str, Any]:
    server = await asyncio.get_running_loop().create_server(Hook, "127.0.0.1", 0)
    hook = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    with ExitStack() as stack:
        target = await asyncio.to_thread(stack.enter_context, service(workers, hook))
        return await _measure(target, seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    print(json.dumps(uvloop.run(_main(options.workers, options.seconds)), indent=2))


if __name__ == "__main__":
    main()
