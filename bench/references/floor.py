"""The floor that the request path is measured against: one hand-written application, as fast as an honest one gets.

    python bench/references/floor.py PORT (FILE | postgresql://…) [thread | loop]

`GET /api/v1/invoices` alone, on Starlette, sqlite3 or psycopg, and orjson: the key by its digest unless it was revoked,
a sliding window, parameters checked, the organisation's page and how many there are, and the same headers. Its tables
hold times as the text that is answered, so that nothing is left to convert (`fill` makes them). It counts with
`count(*)`, and pages with `OFFSET`. The database is asked in the event loop (`loop`, and for SQLite by default), or in
one thread hand-over a request (`thread`, and for psycopg by default).
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from math import ceil
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

SCHEMA = (
    "CREATE TABLE api_keys (id TEXT PRIMARY KEY, organisation_id TEXT, digest TEXT UNIQUE, rate_limit INTEGER,"
    " revoked_at TEXT)",
    "CREATE TABLE invoices (id TEXT PRIMARY KEY, organisation_id TEXT, number TEXT, status TEXT, customer_name TEXT,"
    " customer_email TEXT, total_cents BIGINT, currency TEXT, due_date TEXT, paid_at TEXT, quote_id TEXT,"
    " sent_at TEXT, created_at TEXT)",
    "CREATE INDEX invoices_listed ON invoices (organisation_id, created_at, id)",
    "CREATE INDEX invoices_listed_by_status ON invoices (organisation_id, status, created_at, id)",
)
COLUMNS = (
    "id, number, status, customer_name, customer_email, total_cents, currency, due_date, paid_at, quote_id, sent_at,"
    " created_at"
)
STATUSES = ("draft", "sent", "paid")

Run = Callable[[str, Sequence[Any]], list[Any]]
"""Runs one query; its rows as tuples."""


def fill(run: Callable[[str, list[Sequence[Any]]], Any], keys: Iterable[Any], rows: Iterable[Any], mark: str) -> None:
    """Create the tables with these keys and invoices; `mark` stands for a value in the driver's SQL."""
    for statement in SCHEMA:
        run(statement, [])
    run(f"INSERT INTO api_keys VALUES ({', '.join([mark] * 5)})", [*keys])
    run(f"INSERT INTO invoices VALUES ({', '.join([mark] * 13)})", [*rows])


class Floor:
    """The handler, with the windows of the keys in memory."""

    def __init__(self, read: Callable[[Callable[[Run], Any]], Any], mark: str) -> None:
        """`read` runs a function of `Run` where queries are run; awaited, it gives what that returned."""
        self._read = read
        self._logs: dict[str, deque[float]] = {}
        where = f"organisation_id = {mark}"
        filtered = f"{where} AND status = {mark}"
        order = f"ORDER BY created_at, id LIMIT {mark} OFFSET {mark}"
        self._key = f"SELECT id, organisation_id, rate_limit FROM api_keys WHERE digest = {mark} AND revoked_at IS NULL"
        self._counts = [f"SELECT count(*) FROM invoices WHERE {each}" for each in (where, filtered)]
        self._pages = [f"SELECT {COLUMNS} FROM invoices WHERE {each} {order}" for each in (where, filtered)]

    async def invoices(self, request: Request) -> Response:
        """GET /api/v1/invoices."""
        header = request.headers.get("authorization", "")
        if header[:7].lower() != "bearer ":
            return _problem(401, "Send a key.", {"WWW-Authenticate": "Bearer"})
        query = request.query_params
        limit, offset, status = query.get("limit", "50"), query.get("offset", "0"), query.get("status")
        bad = (
            not (limit.isdigit() and 1 <= int(limit) <= 200)
            or not offset.isdigit()
            or status not in (None, *STATUSES)
            or len(query.multi_items()) != len(query)
        )
        page = (50, 0, None) if bad else (int(limit), int(offset), status)
        digest = hashlib.sha256(header[7:].encode()).hexdigest()
        found = await self._read(partial(self._find, digest=digest, page=page))
        if found is None:
            return _problem(401, "Send a valid key.", {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        served, allowed, remaining, wait, total, rows = found
        headers = {
            "X-Request-Id": f"req_{secrets.token_hex(8)}",
            "RateLimit": f'"minute";r={remaining};t={wait}',
            "RateLimit-Policy": f'"minute";q={allowed};w=60',
        }
        if not served:
            return _problem(429, "Too many requests.", headers | {"Retry-After": str(wait)})
        if bad:
            return _problem(400, "Correct the parameters.", headers)
        today = datetime.now(UTC).date().isoformat()
        content = {
            "data": [_invoice(row, today) for row in rows],
            "pagination": {"limit": page[0], "offset": page[1], "total": total},
        }
        return Response(orjson.dumps(content), media_type="application/json", headers=headers)

    def _find(self, run: Run, digest: str, page: tuple[int, int, str | None]) -> Any:
        keys = run(self._key, (digest,))
        if not keys:
            return None
        key_id, organisation_id, allowed = keys[0]
        served, remaining, wait = self._hit(key_id, allowed)
        if not served:
            return served, allowed, remaining, wait, 0, []
        limit, offset, status = page
        values = (organisation_id,) if status is None else (organisation_id, status)
        ((total,),) = run(self._counts[status is not None], values)
        rows = run(self._pages[status is not None], (*values, limit, offset))
        return served, allowed, remaining, wait, total, rows

    def _hit(self, key_id: str, allowed: int) -> tuple[bool, int, int]:
        now = time.monotonic()
        log = self._logs.setdefault(key_id, deque())
        while log and log[0] + 60 <= now:
            log.popleft()
        served = len(log) < allowed
        if served:
            log.append(now)
        return served, allowed - len(log), max(1, ceil(log[0] + 60 - now))


def _invoice(row: Any, today: str) -> dict[str, Any]:
    id, number, status, name, email, cents, currency, due_date, paid_at, quote_id, sent_at, created_at = row
    late = status == "sent" and due_date < today
    payment_status = "paid" if status == "paid" else "overdue" if late else "unpaid"
    return {
        "id": id,
        "number": number,
        "status": status,
        "payment_status": payment_status,
        "customer": {"name": name, "email": email},
        "total": f"{cents // 100}.{cents % 100:02}",
        "currency": currency,
        "due_date": due_date,
        "paid_at": paid_at,
        "quote_id": quote_id,
        "sent_at": sent_at,
        "created_at": created_at,
    }


def _problem(status: int, detail: str, headers: dict[str, str]) -> Response:
    body = orjson.dumps({"type": "about:blank", "status": status, "detail": detail})
    return Response(body, status, media_type="application/problem+json", headers=headers)


def _on_sqlite(file: str, in_thread: bool) -> Floor:
    connection = sqlite3.connect(file, check_same_thread=False, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    thread = ThreadPoolExecutor(1)

    def run(query: str, values: Sequence[Any]) -> list[Any]:
        return connection.execute(query, values).fetchall()

    async def read(work: Callable[[Run], Any]) -> Any:
        if in_thread:
            return await _loop().run_in_executor(thread, work, run)
        return work(run)

    return Floor(read, "?")


def _on_postgresql(url: str, in_thread: bool) -> Floor:
    import psycopg

    if in_thread:
        free = deque(psycopg.connect(url, autocommit=True, prepare_threshold=1) for _ in range(4))
        threads = ThreadPoolExecutor(len(free))

        def in_it(work: Callable[[Run], Any]) -> Any:
            connection = free.pop()
            try:
                return work(lambda query, values: connection.execute(query, values, prepare=True).fetchall())
            finally:
                free.append(connection)

        async def read(work: Callable[[Run], Any]) -> Any:
            return await _loop().run_in_executor(threads, in_it, work)

        return Floor(read, "%s")
    connection = psycopg.connect(url, autocommit=True, prepare_threshold=1)

    async def read_at_once(work: Callable[[Run], Any]) -> Any:
        return work(lambda query, values: connection.execute(query, values, prepare=True).fetchall())

    return Floor(read_at_once, "%s")


def _loop() -> Any:
    import asyncio

    return asyncio.get_running_loop()


def main(port: int, database: str, where: str | None = None) -> None:
    """Serve at that port."""
    if database.startswith("postgresql://"):
        floor = _on_postgresql(database, in_thread=where != "loop")
    else:
        floor = _on_sqlite(database, in_thread=where == "thread")

    async def discover(request: Request) -> Response:
        return Response(b'{"version":"v1","endpoints":[]}', media_type="application/json")

    app = Starlette(routes=[Route("/api/v1", discover), Route("/api/v1/invoices", floor.invoices)])
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", ws="none", lifespan="off", log_config=None,
                access_log=False, server_header=False, proxy_headers=False)  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
