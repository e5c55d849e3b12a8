"""Measure webhooks from commit to delivery: one endpoint for each organisation, some of which hang; print JSON.

    python bench/webhooks.py [--endpoints 10000] [--rate 1000] [--seconds 30]
    python bench/webhooks.py --short

Events are committed live, one transaction each, to an SQLite file, in the process that also delivers them. Receivers
have an address each in 127.0.0.0/8, in another process, and one of a hundred takes the request and never answers.

The time of a delivery is from the end of its transaction's work, just before the commit, until the last byte of the
request has come; "from_order" is from when the event was to happen, so that it counts the wait for the commit too.

What an event costs depends on how many share a commit, which are more the busier the disk and the processor are, and on
what a commit costs just then: both are measured too, the latter with one row each once all is delivered.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import uvloop
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.domain.invoice import create_invoice
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.records import organisations
from oneinvoice_impl.store.tables.webhooks import endpoints
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.service import WebhookService
from sqlalchemy import Connection, event, insert, update

FIRST = IPv4Address("127.1.0.0")
ALLOWED_P99_SECONDS = 1.0
ALLOWED_CPU_MS = 0.7
"""Of an event: half of what it took when an HTTP client sent it."""
HANGS = 100
COMMITS = 200


# Of each event, by its id: when it was to happen, when its transaction's work was done, whether its receiver hangs.
# Tuples, since the collector of garbage goes through whatever else is kept.
Happened = dict[str, tuple[float, float, bool]]


def _hangs(position: int) -> bool:
    return position % HANGS == 0


class Receivers(asyncio.Protocol):
    """All receivers at once: notes when each event came, and answers unless its address hangs."""

    arrived: dict[str, float] = {}  # noqa: RUF012  # one for all connections

    def connection_made(self, transport: Any) -> None:
        """Find out which receiver is meant."""
        self._transport = transport
        address = IPv4Address(transport.get_extra_info("sockname")[0])
        self._hangs = _hangs(int(address) - int(FIRST))
        self._received = b""

    def data_received(self, data: bytes) -> None:
        """Answer once the body is there."""
        self._received += data
        _, _, body = self._received.partition(b"\r\n\r\n")
        if not body.endswith(b"}"):
            return
        self.arrived[body[8:32].decode()] = time.monotonic()
        if not self._hangs:
            self._transport.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            self._transport.close()


async def _receive() -> None:
    """Serve until stdin ends, then print what arrived when."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Receivers, "0.0.0.0", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    json.dump(Receivers.arrived, sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def _fill(connection: Connection, webhooks: WebhookService, count: int, port: int) -> None:
    metadata.create_all(connection)
    secret, now = webhooks.encryption.encrypt("bench"), SYSTEM_CLOCK()
    connection.execute(
        insert(organisations),
        [{"id": f"org_{i}", "name": "Bench", "kind": "company", "created_at": now} for i in range(count)],
    )
    rows = (
        {
            "id": f"whe_{i}",
            "organisation_id": f"org_{i}",
            "url": f"http://{FIRST + i}:{port}/hook",
            "secret": secret,
            "status": "active",
            "created_at": now,
        }
        for i in range(count)
    )
    connection.execute(insert(endpoints), list(rows))


def _happen(connection: Connection, organisation_id: str, number: int) -> str:
    now = SYSTEM_CLOCK()
    invoice, event = create_invoice(
        id=new_id("inv"),
        organisation_id=organisation_id,
        number=f"{now.year}-{number:06d}",
        customer=("Åkerlund Bygg AB", "post@nordlys.example"),
        total_cents=125_000,
        currency="SEK",
        due_date=now.date() + timedelta(days=14),
        at=now,
    )
    DocumentRepository(connection, organisation_id).add(invoice)
    return outbox.store(connection, event, invoice).id


async def _produce(webhooks: WebhookService, count: int, rate: float, seconds: float) -> Happened:
    """Commit events at a steady rate, whether or not those before are committed."""
    happened: Happened = {}

    def happen(connection: Connection, number: int) -> None:
        position = number * 7919 % count
        id = _happen(connection, f"org_{position}", number)
        happened[id] = started + number / rate, time.monotonic(), _hangs(position)

    started, number = time.monotonic(), 0
    async with asyncio.TaskGroup() as commits:
        while (elapsed := time.monotonic() - started) < seconds:
            while number < elapsed * rate:
                commits.create_task(webhooks.transact(partial(happen, number=number)))
                number += 1
            await asyncio.sleep(0.002)
    return happened


async def _commit_cost(database: Database) -> float:
    """The processor time of a commit of one changed row, in milliseconds."""
    statement = update(organisations).where(organisations.c.id == "org_0")
    used = time.process_time()
    for number in range(COMMITS):
        await database.write(lambda connection, name=str(number): connection.execute(statement.values(name=name)))
    return (time.process_time() - used) / COMMITS * 1000


async def _run(folder: Path, count: int, rate: float, seconds: float, port: int) -> tuple[Happened, dict[str, float]]:
    settings = Settings(f"sqlite:///{folder / 'bench.db'}", webhooks_to_loopback=True)
    database = Database(settings.database_url)
    webhooks = WebhookService(database, settings)
    await database.write(lambda connection: _fill(connection, webhooks, count, port))
    await webhooks.start()
    # The first delivery loads what sends.
    await _produce(webhooks, count, 10, 1)
    await asyncio.sleep(2)
    gc.freeze()  # as the application does once it has started
    commits: list[float] = []
    event.listen(database.engine, "commit", lambda _: commits.append(time.monotonic()))
    used = time.process_time()
    happened = await _produce(webhooks, count, rate, seconds)
    committing = len(commits)
    await asyncio.sleep(3)
    used = time.process_time() - used
    await webhooks.stop()
    commit_cost = await _commit_cost(database)
    database.close()
    times = sorted(done for _, done, _ in happened.values())
    return happened, {
        "committed": len(happened),
        "committed_per_second": round(len(times) / (times[-1] - times[0]), 1),
        "cpu_ms_per_event": round(used / len(happened) * 1000, 3),
        "cpu_ms_per_event_allowed": ALLOWED_CPU_MS,
        "commits_per_second": round(committing / seconds, 1),
        "cpu_ms_per_commit": round(commit_cost, 3),
    }


def _report(happened: Happened, arrived: dict[str, float]) -> dict[str, float]:
    others = {id: (ordered, done) for id, (ordered, done, hangs) in happened.items() if not hangs}
    came = {id: at for id, at in arrived.items() if id in others}
    waits = sorted(at - others[id][1] for id, at in came.items())
    waits_from_order = sorted(at - others[id][0] for id, at in came.items())
    return {
        "others_not_delivered": len(others) - len(came),
        "p50_seconds": _quantile(waits, 50),
        "p99_seconds": _quantile(waits, 99),
        "p99_allowed_seconds": ALLOWED_P99_SECONDS,
        "longest_seconds": _quantile(waits, 100),
        "p99_seconds_from_order": _quantile(waits_from_order, 99),
    }


def _quantile(ordered: list[float], percent: int) -> float:
    return round(ordered[min(len(ordered) * percent // 100, len(ordered) - 1)], 4)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoints", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=1000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--short", action="store_true", help="a few seconds, few endpoints: to see that it runs")
    parser.add_argument("--receive", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.short:
        arguments.endpoints, arguments.rate, arguments.seconds = 200, 100, 2
    return arguments


def main() -> None:
    """Measure, or be the receivers of one who does."""
    arguments = _arguments()
    if arguments.receive:
        uvloop.run(_receive())
        return
    command = [sys.executable, __file__, "--receive"]
    with (
        tempfile.TemporaryDirectory(prefix="oneinvoice-bench-") as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as receivers,
    ):
        assert receivers.stdout is not None
        port = int(receivers.stdout.readline())
        run = _run(Path(folder), arguments.endpoints, arguments.rate, arguments.seconds, port)
        happened, figures = uvloop.run(run)
        arrived = json.loads(receivers.communicate()[0])
    asked = {name: getattr(arguments, name) for name in ("endpoints", "rate", "seconds")}
    print(json.dumps(asked | figures | _report(happened, arrived), indent=2))


if __name__ == "__main__":
    main()
