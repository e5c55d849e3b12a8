"""Measure what `oneinvoice-conform proxy` adds to the time of a request; print JSON.

    python bench/proxy.py [--rounds 1000] [--har]
    python bench/proxy.py --short

A client asks a seeded mock for `GET /api/v1/members?limit=50` over a kept connection to the mock, over another one to
it, and over one to the proxy before it, in turns, so that whatever else the machine does falls on all. A time is from
the request's first byte to the answer's last. What is `added` is the difference between the proxy's and the first of
each round, and `noise` that between the two to the mock. The proxy judges, shows and archives each exchange meanwhile,
on the same cores. `paused` is the same where the client waits a moment between its requests, so that what was before is
judged by then.
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


def _rounds(mock: int, through: int, key: str, rounds: int, pause: float) -> dict[str, Any]:
    """Measure the ways in turns, that which is first in turns too."""
    connections = [HTTPConnection("127.0.0.1", port, timeout=60) for port in (mock, mock, through)]
    times: list[list[float]] = [[], [], []]
    for number in range(rounds + WARM_UP):
        for way in ((number + each) % 3 for each in range(3)):
            time.sleep(pause)
            taken = _milliseconds(connections[way], key)
            if number >= WARM_UP:
                times[way].append(taken)
    for connection in connections:
        connection.close()
    direct, again, proxied = times
    return {
        "direct_ms": _percentiles(direct),
        "through_proxy_ms": _percentiles(proxied),
        "added_ms": _percentiles([two - one for one, two in zip(direct, proxied, strict=True)]),
        "noise_ms": _percentiles([two - one for one, two in zip(direct, again, strict=True)]),
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
            measured = {
                "target": TARGET,
                "rounds": rounds,
                "allowed_ms": ALLOWED_MS,
                "back_to_back": _rounds(port, through, key, rounds, 0.0),
                "paused": _rounds(port, through, key, max(20, rounds // 4), PAUSE_SECONDS),
            }
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
