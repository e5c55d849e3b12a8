"""Measure how fast a mock with many records fills an empty database; print JSON.

    python bench/seeding.py [--rows 1000000] [--database postgresql://…]
    python bench/seeding.py --short

The rows are those of all records. Into an SQLite file, or the empty database named.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database

REQUIRED_ROWS_PER_SECOND = 20_000
# A member has so many quotes and invoices beside it.
RECORDS_PER_MEMBER = 1.4


def measure(url: str, rows: int) -> dict[str, float]:
    """Fill a database with about so many rows."""
    database, stored = Database(url), 0

    def note(done: int, total: int) -> None:
        nonlocal stored
        stored = done

    started, used = time.perf_counter(), time.process_time()
    seed_database(database, 1, round(rows / RECORDS_PER_MEMBER), note)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - used
    database.close()
    return {
        "rows": stored,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu_seconds, 2),
        "rows_per_second": round(stored / seconds),
        "rows_per_cpu_second": round(stored / cpu_seconds),
        "rows_per_second_required": REQUIRED_ROWS_PER_SECOND,
    }


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--database", help="the URL of an empty database; an SQLite file unless told")
    parser.add_argument("--short", action="store_true", help="few rows: to see that it runs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oneinvoice-bench-") as folder:
        url = arguments.database or f"sqlite:///{Path(folder) / 'bench.db'}"
        print(json.dumps(measure(url, 1_000 if arguments.short else arguments.rows), indent=2))


if __name__ == "__main__":
    main()
