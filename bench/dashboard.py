"""Measure how long the server takes for each page of the dashboard in a large organisation; print JSON.

    python bench/dashboard.py [--rows 100000] [--rounds 20] [--database postgresql://…]
    python bench/dashboard.py --short

The organisation has so many members, quotes, invoices and deliveries of webhooks each, in an SQLite file, or in the
empty database named, and a mock serves it. PostgreSQL is first told to vacuum, as it does by itself within a minute:
until then it has no statistics, and deep pages take twice as long. Pages and the API's page of members take turns on
one connection, so that whatever else the machine does falls on all of them; `ratio` is how many times the API's a page
takes. A time is from the request's first byte to the answer's last, so that it is never below the server's own.
`first_page_ms` is that of the process's very first answer, two seconds after the start, when the dashboard is loaded;
the rest of the first round is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from itertools import islice
from pathlib import Path

from oneinvoice_fixtures.organisations import Organisation, organisations
from oneinvoice_impl.mock.seed_rows import invoice, quote, user
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.sessions import begin_session
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.seeding import insert_rows
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.web.lists import PER_PAGE
from oneinvoice_impl.web.session import digest, new_value
from oneinvoice_impl.webhooks.service import WebhookService
from servers import free_port
from sqlalchemy import Connection, insert, text

API = "/api/v1/members"
ALLOWED_MS = 100
ALLOWED_FIRST_MS = 50
UNTIL_LOADED_SECONDS = 2
SEED = 1
BATCH = 10_000
STATUSES = ("delivered", "delivered", "delivered", "failed", "cancelled")
SECRET_KEY = urlsafe_b64encode(os.urandom(32)).decode()
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


def _paths(organisation: Organisation, rows: int) -> list[str]:
    """Every page, and of lists the first part, the one in the middle, which is found last, and filtered ones."""
    middle = rows // 2 // PER_PAGE
    sent = next(each for each in organisation.quotes() if each.status == "sent")
    billed = next(organisation.invoices())
    key = organisation.keys[0].id
    return [
        "/",
        *(f"/{kind}{query}" for kind in ("members", "quotes", "invoices") for query in ("", f"?page={middle}")),
        "/members?status=active",
        "/quotes?status=accepted",
        "/invoices?status=overdue",
        f"/quotes/{sent.id}",
        f"/invoices/{billed.id}",
        f"/q/{sent.public_token}",
        "/members/new",
        "/members/import",
        "/settings/api",
        f"/settings/api/{key}",
        "/settings/webhooks",
        "/settings/webhooks/whe_bench",
        "/settings/webhooks/whe_bench?status=failed",
        "/settings/webhooks/whe_bench?event=quote.rejected",
        f"/settings/webhooks/deliveries/whd_{rows // 2}",
        "/settings/webhooks/inbox",
        "/roadmap",
        "/docs",
    ]


def _deliver(connection: Connection, webhooks: WebhookService, organisation: Organisation, rows: int) -> None:
    """Have an endpoint that was sent so many events."""
    now = datetime.now(UTC)
    secret = webhooks.encryption.encrypt("bench")
    endpoint = {"id": "whe_bench", "organisation_id": organisation.id, "created_at": now, "status": "active"}
    connection.execute(insert(endpoints), endpoint | {"url": "http://127.0.0.1:9/hook", "secret": secret})
    for first in range(0, rows, BATCH):
        numbers = range(first, min(first + BATCH, rows))
        at = {number: now - timedelta(minutes=rows - number) for number in numbers}
        event = {"organisation_id": organisation.id, "name": "invoice.paid", "body": b'{"event": "invoice.paid"}'}
        connection.execute(
            insert(events), [event | {"id": f"evt_{number}", "created_at": at[number]} for number in numbers]
        )
        connection.execute(insert(deliveries), [_delivery(number, at[number]) for number in numbers])
        attempt = {"number": 1, "duration_ms": 12, "status": 200, "answer": b"ok"}
        connection.execute(
            insert(attempts),
            [attempt | {"delivery_id": f"whd_{number}", "started_at": at[number]} for number in numbers],
        )


def _delivery(number: int, at: datetime) -> dict[str, object]:
    return {
        "id": f"whd_{number}",
        "event_id": f"evt_{number}",
        "endpoint_id": "whe_bench",
        "event": "invoice.paid",
        "status": STATUSES[number % len(STATUSES)],
        "due_at": at,
        "fence": 1,
        "attempts": 1,
        "created_at": at,
        "finished_at": at,
    }


def _fill(url: str, rows: int) -> tuple[Organisation, str]:
    """Store everything; the organisation as it is then, and the value of a cookie that somebody is logged in with."""
    seeded = organisations(SEED, rows)[0]
    organisation = replace(seeded, quote_count=rows, invoice_count=rows)
    database, value = Database(url), new_value()
    seed_database(database, SEED, rows, lambda done, total: None, rate_limit=1_000_000)
    webhooks = WebhookService(database, Settings(url, SECRET_KEY))
    more_quotes = islice(organisation.quotes(), seeded.quote_count, None)
    more_invoices = islice(organisation.invoices(), seeded.invoice_count, None)
    with database.exclusive() as connection:
        insert_rows(connection, "quotes", (quote(organisation, each) for each in more_quotes))
        insert_rows(connection, "invoices", (invoice(organisation, each) for each in more_invoices))
        _deliver(connection, webhooks, organisation, rows)
        begin_session(connection, digest(value), user(organisation)["id"], datetime.now(UTC))
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    database.close()
    return organisation, value


@contextmanager
def _served(url: str, scale: int) -> Iterator[int]:
    port = free_port()
    options = ["--port", str(port), "--database", url, "--seed", str(SEED), "--scale", str(scale)]
    command = [sys.executable, "-m", "oneinvoice_impl", "serve", *options]
    environment = CLEAN | {"ONEINVOICE_SECRET_KEY": SECRET_KEY}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            if not process.stdout.readline():
                raise RuntimeError("the mock ended before it served")
            yield port
        finally:
            process.kill()


def _took(connection: HTTPConnection, path: str, headers: dict[str, str]) -> float:
    """Milliseconds until the page was there."""
    started = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} was answered with {answer.status}")
    return (time.perf_counter() - started) * 1000


def _measure(port: int, paths: list[str], headers: dict[str, str], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each path in each round, of which the first compiles all queries."""
    time.sleep(UNTIL_LOADED_SECONDS)
    connection = HTTPConnection("127.0.0.1", port)
    times: dict[str, list[float]] = {path: [] for path in paths}
    for _ in range(rounds + 1):
        for path, taken in times.items():
            taken.append(_took(connection, path, headers))
    connection.close()
    return times


def _report(times: dict[str, list[float]], first: float) -> dict[str, object]:
    medians = {path: statistics.median(taken) for path, taken in times.items()}
    context = medians.pop(API)
    slowest = max(medians, key=lambda path: medians[path])
    return {
        "slowest": {"path": slowest, "median_ms": round(medians[slowest], 1)},
        "over_100_ms": [path for path, median in medians.items() if median > ALLOWED_MS],
        "api_median_ms": round(context, 1),
        "first_page_ms": round(first, 1),
        "first_page_allowed_ms": ALLOWED_FIRST_MS,
        "pages": {
            path: {
                "median_ms": round(median, 1),
                "longest_ms": round(max(times[path]), 1),
                "ratio": round(median / context, 2),
            }
            for path, median in medians.items()
        },
    }


def main() -> None:
    """Fill a database, serve it, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--database", help="the URL of an empty database; an SQLite file unless told")
    parser.add_argument("--short", action="store_true", help="few rows, once: to see that it runs")
    arguments = parser.parse_args()
    rows, rounds = (1_000, 1) if arguments.short else (arguments.rows, arguments.rounds)
    with tempfile.TemporaryDirectory(prefix="oneinvoice-bench-") as folder:
        url = arguments.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        organisation, cookie = _fill(url, rows)
        key = organisation.keys[0].text
        with _served(url, rows) as port:
            headers = {
                "Cookie": f"session_{port}={cookie}",
                "Authorization": f"Bearer {key}",
                "Accept": "text/html",
            }
            times = _measure(port, [*_paths(organisation, rows), API], headers, rounds)
    first = next(iter(times.values()))[0]
    loaded = {path: taken[1:] for path, taken in times.items()}
    print(json.dumps({"rows": rows, "rounds": rounds} | _report(loaded, first), indent=2))


if __name__ == "__main__":
    main()
