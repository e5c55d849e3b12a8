"""Measure resident memory after the start and after many requests, beside the bare reference; print JSON.

    python bench/memory.py [--requests 1000000] [--records 1000000]

Also that of a mock that has just stored so many records in an SQLite file.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from itertools import cycle, islice
from typing import Any

from oneinvoice_fixtures.keys import key_text
from seeding import RECORDS_PER_MEMBER
from servers import command_server, mock_command, resident_mib, server

ALLOWED_MIB = 100
CONNECTIONS = 8
UNTIL_LOADED_SECONDS = 2
PATHS = (
    "/api/v1",
    "/api/v1/members?limit=200&offset=200",
    "/api/v1/quotes?status=accepted",
    "/api/v1/invoices",
    "/api/v1/members?limit=0",
    "/api/v1/nothing",
)


def _request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key_text(1, 'primary')}\r\n\r\n".encode()


async def _client(port: int, count: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in islice(cycle(PATHS), count):
        writer.write(_request(path))
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r")[0]))
    writer.close()


async def _load(port: int, count: int) -> None:
    await asyncio.gather(*(_client(port, count // CONNECTIONS) for _ in range(CONNECTIONS)))


def measure(name: str, requests: int) -> dict[str, Any]:
    """Resident MiB of one server at the start, after each fifth of the requests, and from the first of them on.

    The window of the key keeps the times of a minute's requests, 32 bytes each: with the rate, it grows and shrinks.
    """
    with server(name) as (port, pid, _):
        at_start = resident_mib(pid)
        after, rates = [], []
        for _ in range(5):
            started = time.perf_counter()
            asyncio.run(_load(port, requests // 5))
            rates.append(requests / 5 / (time.perf_counter() - started))
            after.append(resident_mib(pid))
        return {
            "at_start_mib": round(at_start, 1),
            "after_each_fifth_mib": [round(each, 1) for each in after],
            "growth_mib": round(after[-1] - after[0], 1),
            "requests_per_second": [round(each) for each in rates],
        }


def measure_seeded(records: int) -> dict[str, float]:
    """Resident MiB of a mock at its first answer after it stored about so many records, and with its dashboard."""
    with tempfile.TemporaryDirectory(prefix="oneinvoice-bench-") as folder:
        command = mock_command(f"sqlite:///{folder}/bench.db", 1, round(records / RECORDS_PER_MEMBER), 60)
        with command_server(command) as (_, pid):
            at_start = resident_mib(pid)
            time.sleep(UNTIL_LOADED_SECONDS)
            return {"at_start_mib": round(at_start, 1), "with_dashboard_mib": round(resident_mib(pid), 1)}


def main() -> None:
    """Measure all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=1_000_000)
    arguments = parser.parse_args()
    measured = {name: measure(name, arguments.requests) for name in ("bare", "mock")}
    measured["seeded mock"] = measure_seeded(arguments.records)
    print(json.dumps({**vars(arguments), "allowed_mib": ALLOWED_MIB} | measured, indent=2))


if __name__ == "__main__":
    main()
