"""Measure what `oneinvoice-conform proxy` adds to the time of a request; print JSON.

    python bench/proxy.py [--rounds 1000] [--har]
    python bench/proxy.py --short

A client asks a seeded mock for `GET /api/v1/members?limit=50` over one kept connection to the mock, and over one to the
proxy before it, in turns, so that whatever else the machine does falls on both. A time is from the request's first byte
to the answer's last. What is `added` is the difference between the two of each round; the proxy judges and shows each
exchange meanwhile, on the same cores. `paused` is the same where the client waits a moment between its requests, as
people's do, so that what was before is judged by then.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from oneinvoice_fixtures.organisations import organisations
from servers import command_server, mock_command

TARGET = "/api/v1/members?limit=50"
ALLOWED_MS = 5
SEED = 1
PAUSE_SECONDS = 0.02
WARM_UP = 20


@contextmanager
def proxy(port: int, *options: str) -> Iterator[int]:
    """Start the proxy before a server; yields its port."""
    code = "from oneinvoice_conformance.cli.main import main; main()"
    command = [sys.executable, "-c", code, "proxy", f"http://127.0.0.1:{port}", "--listen", "127.0.0.1:0", *options]
    with tempfile.TemporaryFile("w+") as out, subprocess.Popen(command, stdout=out) as process:
        try:
            while process.poll() is None:
                out.seek(0)
                if told := re.search(r"http://127\.0\.0\.1:(\d+) to ", out.read()):
                    break
                time.sleep(0.05)
            else:
                raise RuntimeError(f"the proxy exited with {process.returncode}")
            yield int(told[1])
        finally:
            process.terminate()
    if process.returncode:
        raise RuntimeError(f"the proxy exited with {process.returncode}")


def _milliseconds(connection: HTTPConnection, key: str) -> float:
    started = time.perf_counter()
    connection.request("GET", TARGET, headers={"Authorization": f"Bearer {key}"})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{TARGET} got {answer.status}")
    return (time.perf_counter() - started) * 1000


def _rounds(ports: tuple[int, int], key: str, rounds: int, pause: float) -> dict[str, Any]:
    """Measure the two ways in turns, that which is first in turns too."""
    connections = [HTTPConnection("127.0.0.1", port, timeout=60) for port in ports]
    times: list[list[float]] = [[], []]
    for number in range(rounds + WARM_UP):
        for way in (0, 1) if number % 2 else (1, 0):
            time.sleep(pause)
            taken = _milliseconds(connections[way], key)
            if number >= WARM_UP:
                times[way].append(taken)
    for connection in connections:
        connection.close()
    added = [through - direct for direct, through in zip(*times, strict=True)]
    return {
        "direct_ms": _percentiles(times[0]),
        "through_proxy_ms": _percentiles(times[1]),
        "added_ms": _percentiles(added),
    }


def _percentiles(values: list[float]) -> dict[str, float]:
    hundredths = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(hundredths[49], 2), "p99": round(hundredths[98], 2), "most": round(max(values), 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--short", action="store_true", help="measure a little of everything")
    options = parser.parse_args()
    rounds = 20 if options.short else options.rounds
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'mock.sqlite'}"
        key = organisations(SEED)[0].keys[0].text
        archive = str(Path(folder) / "proxy.har")
        with (
            command_server(mock_command(database, SEED, 1000, 1_000_000)) as (port, _),
            proxy(port, "--har", archive) as through,
        ):
            ports = port, through
            measured = {
                "target": TARGET,
                "rounds": rounds,
                "allowed_ms": ALLOWED_MS,
                "back_to_back": _rounds(ports, key, rounds, 0.0),
                "paused": _rounds(ports, key, max(20, rounds // 4), PAUSE_SECONDS),
            }
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
