"""Measure what a page of invoices costs, beside a hand-written application that does the same work; print JSON.

    python bench/request_path.py [--requests 3000] [--rounds 5] [--rows 1000] [--only sqlite,postgresql]
    python bench/request_path.py --short

Both serve the same invoices to `GET /api/v1/invoices?limit=50` over eight connections, and take turns within each
round, so that whatever else the machine does falls on both. What is compared is the processor time of the server's
processes per answer; `of` is the floor's divided by ours, so that 1 is as fast as hand-written, `spread` its least and
most in a round, and `required` what it is to be at least. The server of PostgreSQL itself is in neither.
`--floors loop,thread` measures the floor's two forms.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from oneinvoice_fixtures.organisations import Organisation, organisations
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock import seed_rows
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database
from references import floor
from servers import command_server, floor_command, mock_command, tree_cpu_seconds

from tests.services.postgres import postgres

PATH = "/api/v1/invoices?limit=50"
CONNECTIONS = 8
SEED = 1
UNLIMITED = 1_000_000
REQUIRED = {"sqlite": 1.0, "memory": 1.0, "postgresql": 0.9}
"""Of the floor."""


def request_bytes(path: str, key: str) -> bytes:
    """A request of that path with a key."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n".encode()


class Load:
    """Requests over several connections, each sent when the one before it is answered."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        self.milliseconds: list[float] = []

    def run(self, requests: int) -> float:
        """Send them; the seconds that it took."""
        started = time.perf_counter()
        asyncio.run(self._all(requests))
        return time.perf_counter() - started

    async def _all(self, requests: int) -> None:
        await asyncio.gather(*(self._one(requests // CONNECTIONS) for _ in range(CONNECTIONS)))

    async def _one(self, requests: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        for _ in range(requests):
            sent = time.perf_counter()
            writer.write(self._request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            if b" 200 " not in head.partition(b"\r\n")[0]:
                raise RuntimeError(head.decode())
            await reader.readexactly(int(head.partition(b"content-length: ")[2].split(b"\r")[0]))
            self.milliseconds.append((time.perf_counter() - sent) * 1000)
            if b"connection: close" in head:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        writer.close()


def fill_ours(url: str, scale: int) -> None:
    """Store the default data in an empty database."""
    database = Database(url)
    seed_database(database, SEED, scale, lambda done, total: None, rate_limit=UNLIMITED)
    analyse(database)
    database.close()


def analyse(database: Database) -> None:
    """Have PostgreSQL vacuum, as it does by itself within a minute: until then it has no statistics."""
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")  # else that of requests
            connection.exec_driver_sql("VACUUM ANALYZE")


def fill_floor(database: str, owner: Organisation) -> None:
    """Store the same keys and invoices in the floor's tables, in an empty file or database."""
    keys = [(key.id, owner.id, digest(key.text), UNLIMITED, key.revoked_at and timestamp(key.revoked_at))
            for key in owner.keys]  # fmt: skip
    rows = [_floor_row(seed_rows.invoice(owner, each)) for each in owner.invoices()]
    if database.startswith("postgresql://"):
        import psycopg

        with psycopg.connect(database) as connection:
            cursor = connection.cursor()
            floor.fill(lambda text, values: cursor.executemany(text, values) if values else cursor.execute(text),
                       keys, rows, "%s")  # fmt: skip
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        return
    with sqlite3.connect(database) as connection:
        floor.fill(lambda text, values: connection.executemany(text, values) if values else connection.execute(text),
                   keys, rows, "?")  # fmt: skip


def _floor_row(row: dict[str, Any]) -> tuple[Any, ...]:
    names = ("id", "organisation_id", "number", "status", "customer_name", "customer_email", "total_cents", "currency")
    moments = [row[name] and timestamp(row[name]) for name in ("sent_at", "created_at")]
    paid_at = row["paid_at"] and timestamp(row["paid_at"])
    return (*(row[name] for name in names), row["due_date"].isoformat(), paid_at, row["quote_id"], *moments)


class Contestant:
    """A server that is measured: what its processes used, and how long its answers took, in each round."""

    def __init__(self, port: int, pid: int, request: bytes) -> None:
        self._pid = pid
        self._load = Load(port, request)
        self.microseconds: list[float] = []
        self.per_second: list[float] = []

    def warm_up(self, requests: int) -> None:
        """Send requests that don't count."""
        self._load.run(requests)
        self._load.milliseconds.clear()

    def measure(self, requests: int) -> None:
        """Take a turn."""
        before = tree_cpu_seconds(self._pid)
        seconds = self._load.run(requests)
        self.microseconds.append((tree_cpu_seconds(self._pid) - before) / requests * 1e6)
        self.per_second.append(requests / seconds)

    def report(self) -> dict[str, float]:
        """Return the medians."""
        times = sorted(self._load.milliseconds)
        return {
            "processor_microseconds": round(statistics.median(self.microseconds), 1),
            "answers_per_second": round(statistics.median(self.per_second)),
            "median_ms": round(statistics.median(times), 2),
            "p99_ms": round(times[len(times) * 99 // 100], 2),
        }


@contextmanager
def contestants(name: str, scale: int, extra: list[str]) -> Iterator[dict[str, Contestant]]:
    """Start both on the same data."""
    owner = organisations(SEED, scale)[0]
    key = owner.keys[0].text
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oneinvoice-bench-")))
        if name == "postgresql":
            server = stack.enter_context(postgres())
            ours, floors = server.new_database(), server.new_database().replace("+psycopg", "")
        elif name == "memory":
            ours, floors = "sqlite://", str(folder / "floor.db")
        else:
            ours, floors = f"sqlite:///{folder / 'ours.db'}", str(folder / "floor.db")
        if name != "memory":
            fill_ours(ours, scale)
        fill_floor(floors, owner)
        commands = {"ours": mock_command(ours, SEED, scale, UNLIMITED)}
        for where in extra:
            commands[f"floor {where}".strip()] = floor_command(floors, where)
        started = {}
        for each, command in commands.items():
            port, pid = stack.enter_context(command_server(command))
            started[each] = Contestant(port, pid, request_bytes(PATH, key))
        yield started


def race(all_of_them: Mapping[str, Contestant], requests: int, rounds: int) -> dict[str, Any]:
    """Have all take turns; what `ours` and each other used, and how many times ours each other used in a round."""
    for each in all_of_them.values():
        each.warm_up(requests // 3)
    for _ in range(rounds):
        for each in all_of_them.values():
            each.measure(requests)
    ours = all_of_them["ours"].microseconds
    ratios = {
        name: [theirs / mine for theirs, mine in zip(each.microseconds, ours, strict=True)]
        for name, each in all_of_them.items()
        if name != "ours"
    }
    return {
        "of": {name: round(statistics.median(each), 3) for name, each in ratios.items()},
        "spread": {name: [round(min(each), 2), round(max(each), 2)] for name, each in ratios.items()},
        **{name: each.report() for name, each in all_of_them.items()},
    }


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=int, default=2_000)
    parser.add_argument("--only", default="sqlite,memory,postgresql")
    parser.add_argument("--floors", default="loop,thread")
    parser.add_argument("--short", action="store_true", help="few requests: to see that it runs")
    arguments = parser.parse_args()
    requests, rounds = (80, 1) if arguments.short else (arguments.requests, arguments.rounds)
    measured: dict[str, Any] = {}
    for name in arguments.only.split(","):
        with contestants(name, arguments.scale, arguments.floors.split(",")) as all_of_them:
            measured[name] = {"required": REQUIRED[name]} | race(all_of_them, requests, rounds)
    print(json.dumps({"path": PATH, "requests": requests, "rounds": rounds} | measured, indent=2))


if __name__ == "__main__":
    main()
