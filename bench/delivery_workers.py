"""Measure what delivery workers deliver: one of them, then two, on PostgreSQL; print JSON.

    python bench/delivery_workers.py [--deliveries 12000] [--endpoints 1000] [--concurrency 50] [--answer 0.05]
    python bench/delivery_workers.py --short

Deliveries are stored beforehand, so that nothing is measured but their delivery: from the commit that tells the workers
of them, to the arrival of the last. Each worker has `--concurrency` in flight, and the receiver, which is one process,
answers each after `--answer` seconds. PostgreSQL is a throw-away server that doesn't wait for a disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import uvloop
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.store.database import LONG_SECONDS, Database
from oneinvoice_impl.store.migrations.upgrade import create_schema
from oneinvoice_impl.store.tables.records import organisations
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption, new_key
from oneinvoice_impl.webhooks.workers.job_queue import JobQueue
from servers import tree_cpu_seconds
from sqlalchemy import Connection, delete, func, insert, select

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from tests.services.postgres import Postgres, postgres

ALLOWED_RATIO = 1.6
WARM_UP = 200
BODY = json.dumps({"id": "evt", "event": "invoice.created", "data": {"text": "x" * 500}}).encode()


class Receiver(asyncio.Protocol):
    """The one receiver: counts requests, and answers each a while after it has come."""

    answer_after = 0.0
    count = 0

    def connection_made(self, transport: Any) -> None:
        """Keep the connection, to answer on it."""
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Count a request once its body is there, and answer later."""
        self._received += data
        if self._received.endswith(b"}}"):
            Receiver.count += 1
            asyncio.get_running_loop().call_later(self.answer_after, self._answer)

    def _answer(self) -> None:
        self._transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        self._transport.close()


async def _receive(answer_after: float) -> None:
    """Serve for ever; each line of stdin is answered with the count of requests."""
    loop = asyncio.get_running_loop()
    Receiver.answer_after = answer_after
    server = await loop.create_server(Receiver, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(Receiver.count, flush=True)
    os._exit(0)


def _create(connection: Connection, encryption: SecretEncryption, count: int, port: int) -> None:
    secret, now = encryption.encrypt("bench"), SYSTEM_CLOCK()
    connection.execute(insert(organisations), {"id": "org", "name": "Bench", "kind": "company", "created_at": now})
    common = {"organisation_id": "org", "secret": secret, "status": "active", "created_at": now}
    rows = [{"id": f"whe_{i}", "url": f"http://127.0.0.1:{port}/{i}"} | common for i in range(count)]
    connection.execute(insert(endpoints), rows)


def _store(connection: Connection, queue: JobQueue, count: int, spread: int) -> None:
    """Store deliveries that are due in the place of all others, and tell the workers."""
    for table in (attempts, deliveries, events):
        connection.execute(delete(table))
    now = SYSTEM_CLOCK()
    common = {"name": "invoice.created", "organisation_id": "org", "body": BODY, "created_at": now}
    connection.execute(insert(events), [{"id": f"evt_{i}"} | common for i in range(count)])
    common = {"event": "invoice.created", "status": "pending", "fence": 0, "attempts": 0}
    common |= {"due_at": now, "created_at": now}
    rows = [{"id": f"del_{i}", "event_id": f"evt_{i}", "endpoint_id": f"whe_{i % spread}"} for i in range(count)]
    connection.execute(insert(deliveries), [row | common for row in rows])
    queue.defer_if_due(connection)


class Measured:
    """The database, the receiver, and the workers that are measured."""

    def __init__(self, server: Postgres, receiver: subprocess.Popen[str], asked: argparse.Namespace) -> None:
        self._receiver = receiver
        self._asked = asked
        self._postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
        url = server.new_database()
        key = new_key().decode()
        self._environment = os.environ | {"ONEINVOICE_DATABASE_URL": url, "ONEINVOICE_SECRET_KEY": key}
        self._environment["ONEINVOICE_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
        self._database = Database(url)
        create_schema(self._database)
        assert receiver.stdout is not None
        port = int(receiver.stdout.readline())
        self._write(lambda connection: _create(connection, SecretEncryption(key), asked.endpoints, port))

    def run(self, workers: int) -> dict[str, Any]:
        """Have so many workers deliver all there is."""
        with ExitStack() as stack:
            processes = [
                stack.enter_context(_worker(self._environment, self._asked.concurrency)) for _ in range(workers)
            ]
            self._deliver(WARM_UP * workers)
            pids = {f"worker {n}": process.pid for n, process in enumerate(processes, 1)}
            pids |= {"postgresql": self._postmaster, "receiver": self._receiver.pid}
            before = {name: tree_cpu_seconds(pid) for name, pid in pids.items()}
            seconds = self._deliver(self._asked.deliveries)
            used = {name: tree_cpu_seconds(pid) - before[name] for name, pid in pids.items()}
        count = self._asked.deliveries
        return {
            "workers": workers,
            "deliveries_per_second": round(count / seconds, 1),
            "cpu_ms_per_delivery": {name: round(each / count * 1000, 3) for name, each in used.items()},
            "cores_used": round(sum(used.values()) / seconds, 2),
        }

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def _deliver(self, count: int) -> float:
        """Have so many delivered; return the seconds that it took."""
        queue = JobQueue(SYSTEM_CLOCK)
        before = self._came()
        self._write(lambda connection: _store(connection, queue, count, self._asked.endpoints))
        started = time.monotonic()
        while self._came() - before < count:
            time.sleep(0.01)
        seconds = time.monotonic() - started
        while self._write(_pending):
            time.sleep(0.05)
        assert self._came() - before == count, "some came twice"
        return seconds

    def _came(self) -> int:
        assert self._receiver.stdin is not None
        assert self._receiver.stdout is not None
        self._receiver.stdin.write("\n")
        self._receiver.stdin.flush()
        return int(self._receiver.stdout.readline())

    def _write(self, work: Any) -> Any:
        return asyncio.run(self._database.write(work, seconds=LONG_SECONDS))


def _pending(connection: Connection) -> int:
    return connection.execute(select(func.count()).where(deliveries.c.status == "pending")).scalar_one()


@contextmanager
def _worker(environment: dict[str, str], concurrency: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "oneinvoice_impl.service", "worker", f"--concurrency={concurrency}"]
    root = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=root)
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), "the worker did not start"
        yield process
    finally:
        process.terminate()
        process.wait()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deliveries", type=int, default=12_000)
    parser.add_argument("--endpoints", type=int, default=1_000)
    parser.add_argument("--concurrency", type=int, default=50)
    parser.add_argument("--answer", type=float, default=0.05)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="few deliveries, one round: to see that it runs")
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.short:
        arguments.deliveries, arguments.endpoints, arguments.rounds = 600, 100, 1
    return arguments


def main() -> None:
    """Measure, or be the receiver of one who does."""
    asked = _arguments()
    if asked.receive:
        uvloop.run(_receive(asked.answer))
        return
    command = [sys.executable, __file__, "--receive", f"--answer={asked.answer}"]
    with (
        postgres() as server,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as receiver,
    ):
        measured = Measured(server, receiver, asked)
        load = os.getloadavg()[0]
        runs = [measured.run(workers) for _ in range(asked.rounds) for workers in (1, 2)]
        measured.close()
        receiver.kill()
    best = {n: max(run["deliveries_per_second"] for run in runs if run["workers"] == n) for n in (1, 2)}
    ratio = {"ratio": round(best[2] / best[1], 2), "ratio_asked": ALLOWED_RATIO, "load_before": round(load, 2)}
    figures = {name: getattr(asked, name) for name in ("deliveries", "endpoints", "concurrency", "answer")}
    print(json.dumps(figures | {"runs": runs} | ratio, indent=2))


if __name__ == "__main__":
    main()
