"""Measure pages of members at every depth, in an organisation of a million beside one of a thousand; print JSON.

    python bench/paging.py [--rows 1000000] [--rounds 40] [--only sqlite,postgresql]
    python bench/paging.py --short

Two mocks take turns on one connection each. The large one's records are copies of the small one's, with ids of their
own, which the database makes itself. `ratio` is how many times the small one's first page, filtered alike, one takes,
by the median of the times and by that of the processor time, of PostgreSQL's processes too, and `ratio_allowed` what it
may be; any page may take `allowed_ms`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.tables.records import members
from request_path import SEED, UNLIMITED, analyse, fill_ours
from servers import command_server, mock_command, tree_run_seconds

from tests.services.postgres import postgres

SMALL = 1_000
ALLOWED_MS = 100
ALLOWED_RATIOS = {"first": 1.2, "last": 2.0}
"""Of the large one, plain and filtered."""
ACTIVE = " active"
"""Follows the name of a page that is filtered."""
WARM_UP = 2
KEY = organisations(SEED, SMALL)[0].keys[0].text


def multiply(url: str, times: int) -> None:
    """Have so many times the members, of every organisation."""
    database = Database(url)
    columns = [column.name for column in members.c]
    copied = {"id": "id || '_' || n", "json": "replace(json, id, id || '_' || n)"}
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {times - 1})"
    values = ", ".join(copied.get(name, name) for name in columns)
    with database.exclusive() as connection:
        if times > 1:
            # The numbers outermost: copies of one record are not to lie beside each other.
            connection.exec_driver_sql(
                f"INSERT INTO members ({', '.join(columns)}) {numbers} SELECT {values} FROM numbers CROSS JOIN members"
            )
            connection.exec_driver_sql(
                f"UPDATE record_counts SET records = records * {times} WHERE resource = 'members'"
            )
    analyse(database)
    database.close()


@contextmanager
def served(url: str) -> Iterator[tuple[HTTPConnection, int]]:
    """Serve a database that is filled already; yields a connection, and the process id."""
    with command_server(mock_command(url, SEED, SMALL, UNLIMITED)) as (port, pid):
        connection = HTTPConnection("127.0.0.1", port)
        yield connection, pid
        connection.close()


def ask(connection: HTTPConnection, query: str) -> tuple[float, dict[str, Any]]:
    """Milliseconds until the page was there, and the page."""
    started = time.perf_counter()
    connection.request("GET", f"/api/v1/members?{query}", headers={"Authorization": f"Bearer {KEY}"})
    answer = connection.getresponse()
    body = answer.read()
    taken = (time.perf_counter() - started) * 1000
    if answer.status != 200:
        raise RuntimeError(f"{query} was answered with {answer.status}")
    return taken, json.loads(body)


def places(connection: HTTPConnection) -> dict[str, str]:
    """The queries to measure, by name."""
    queries = {}
    for name, more in (("", ""), (ACTIVE, "&status=active")):
        total = ask(connection, f"limit=1{more}")[1]["pagination"]["total"]
        offsets = {"first": 0, "quarter": total // 4, "middle": total // 2, "three quarters": total * 3 // 4}
        offsets["last"] = total - 50
        queries |= {f"{place}{name}": f"limit=50&offset={offset}{more}" for place, offset in offsets.items()}
    return queries


class Place:
    """One page of one server, and what its answers took: milliseconds, by the clock and of processors."""

    def __init__(self, connection: HTTPConnection, pids: list[int], query: str) -> None:
        self._connection = connection
        self._pids = pids
        self._query = query
        self.took: list[float] = []
        self.used: list[float] = []

    def measure(self) -> None:
        """Ask for it once."""
        before = sum(map(tree_run_seconds, self._pids))
        milliseconds, page = ask(self._connection, self._query)
        self.took.append(milliseconds)
        self.used.append((sum(map(tree_run_seconds, self._pids)) - before) * 1000)
        assert len(page["data"]) == 50, self._query

    def medians(self) -> tuple[float, float]:
        """Return those of both."""
        return statistics.median(self.took[WARM_UP:]), statistics.median(self.used[WARM_UP:])


def measure(small: str, large: str, rows: int, rounds: int, database: int | None = None) -> dict[str, Any]:
    """Measure all places of both; `database` is the process id of a database of processes of its own."""
    fill_ours(small, SMALL)
    fill_ours(large, SMALL)
    multiply(large, rows // SMALL)
    shared = [] if database is None else [database]
    with served(small) as (few, few_pid), served(large) as (many, many_pid):
        of_few = {name: Place(few, [few_pid, *shared], query) for name, query in places(few).items()}
        of_many = {name: Place(many, [many_pid, *shared], query) for name, query in places(many).items()}
        ends = [name for name in of_many if name.removesuffix(ACTIVE) in ALLOWED_RATIOS]
        deep = [name for name in of_many if name not in ends]
        # Apart, since a processor's caches have nothing left of these after those; and oftener, since they are quick.
        for names, turns in ((ends, 10 * rounds), (deep, rounds)):
            for _ in range(turns + WARM_UP):
                for name in names:
                    of_many[name].measure()
                    of_few[name].measure()
    measured = {str(rows): _report(of_many, of_few), str(SMALL): _report(of_few, of_few)}
    for name in ends:
        measured[str(rows)][name]["ratio_allowed"] = ALLOWED_RATIOS[name.removesuffix(ACTIVE)]
    return measured


def _report(measured: Mapping[str, Place], of_few: Mapping[str, Place]) -> dict[str, dict[str, float]]:
    report = {}
    for name, place in measured.items():
        took, used = place.medians()
        first_took, first_used = of_few[f"first{ACTIVE}" if name.endswith(ACTIVE) else "first"].medians()
        report[name] = {
            "median_ms": round(took, 2),
            "longest_ms": round(max(place.took[WARM_UP:]), 1),
            "ratio": round(took / first_took, 2),
            "processor_ms": round(used, 2),
            "processor_ratio": round(used / first_used, 2),
        }
    return report


def main() -> None:
    """Measure both kinds of database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="sqlite,postgresql")
    parser.add_argument("--short", action="store_true", help="few rows, once: to see that it runs")
    arguments = parser.parse_args()
    rows, rounds = (3_000, 1) if arguments.short else (arguments.rows, arguments.rounds)
    measured = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="oneinvoice-bench-")))
        if "sqlite" in arguments.only:
            urls = [f"sqlite:///{folder / name}" for name in ("small.db", "large.db")]
            measured["sqlite"] = measure(*urls, rows, rounds)
        if "postgresql" in arguments.only:
            server = stack.enter_context(postgres())
            urls = [server.new_database() for _ in range(2)]
            pid = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
            measured["postgresql"] = measure(*urls, rows, rounds, pid)
    print(json.dumps({"rows": rows, "rounds": rounds, "allowed_ms": ALLOWED_MS} | measured, indent=2))


if __name__ == "__main__":
    main()
