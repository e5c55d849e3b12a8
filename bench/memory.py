"""Measure resident memory after the start and after many requests, beside the bare reference; print JSON.

python bench/memory.py [--requests 1000000]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from itertools import cycle, islice

from oneinvoice_fixtures.keys import key_text
from servers import resident_mib, server

ALLOWED_MIB = 100
CONNECTIONS = 8
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


def measure(name: str, requests: int) -> dict[str, float]:
    """Resident MiB of one server at the start, after a twentieth of the requests, and after all."""
    with server(name) as (port, pid, _):
        at_start = resident_mib(pid)
        asyncio.run(_load(port, requests // 20))
        warm = resident_mib(pid)
        started = time.perf_counter()
        asyncio.run(_load(port, requests - requests // 20))
        rate = (requests - requests // 20) / (time.perf_counter() - started)
        return {
            "at_start_mib": round(at_start, 1),
            "after_a_twentieth_mib": round(warm, 1),
            "at_end_mib": round(resident_mib(pid), 1),
            "growth_mib": round(resident_mib(pid) - warm, 1),
            "requests_per_second": round(rate),
        }


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000)
    requests = parser.parse_args().requests
    measured = {name: measure(name, requests) for name in ("bare", "mock")}
    print(json.dumps({"requests": requests, "allowed_mib": ALLOWED_MIB} | measured, indent=2))


if __name__ == "__main__":
    main()
