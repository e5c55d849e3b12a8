"""Measure sandboxes of a mock: how soon one is there, how soon it is reset, and what many of them cost; print JSON.

    python bench/sandboxes.py [--sandboxes 1000] [--rounds 9]
    python bench/sandboxes.py --short

Two mocks run side by side, one of them with so many sandboxes. Requests for a page of fifty invoices take turns between
them; `ratio` is the processor time of a request to the second, with the key of a sandbox or of the mock itself, over
that of a request to the first. `idle_percent` is the processor time that the second takes while nobody asks for
anything. Creations and resets are timed by the clock, at their client, which waits for them one by one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from http.client import HTTPConnection
from typing import Any

from oneinvoice_fixtures.keys import key_text
from servers import cpu_seconds, resident_mib, server

ALLOWED_CREATION_MS = 20
ALLOWED_RESET_MS = 50
ALLOWED_RATIO = 1.1
REQUESTS = 400
IDLE_SECONDS = 3.0


class Mock:
    """A mock that runs, over one connection."""

    def __init__(self, port: int, pid: int) -> None:
        self.pid = pid
        self._connection = HTTPConnection("127.0.0.1", port)

    def control(self, method: str, path: str) -> Any:
        """Return the answer of a control, with its seconds."""
        started = time.perf_counter()
        self._connection.request(method, f"/_mock{path}")
        answer = self._connection.getresponse()
        body = answer.read()
        assert answer.status < 300, body
        return json.loads(body), time.perf_counter() - started

    def milliseconds_of_a_page(self, key: str) -> float:
        """Return the processor time of the server for one page."""
        before = cpu_seconds(self.pid)
        for _ in range(REQUESTS):
            self._connection.request("GET", "/api/v1/invoices?limit=50", headers={"Authorization": f"Bearer {key}"})
            answer = self._connection.getresponse()
            answer.read()
            assert answer.status == 200
        return (cpu_seconds(self.pid) - before) * 1000 / REQUESTS


def measure(count: int, rounds: int) -> dict[str, Any]:
    with server("mock") as (port, pid, _), server("mock") as (other_port, other_pid, _):
        alone, crowded = Mock(port, pid), Mock(other_port, other_pid)
        before = resident_mib(crowded.pid)
        made = [crowded.control("POST", "/sandboxes") for _ in range(count)]
        taken = resident_mib(crowded.pid) - before
        resets = [crowded.control("POST", f"/sandboxes/{each['id']}/reset")[1] for each, _ in made[:50]]
        own, keys = key_text(1, "primary"), [each["keys"]["primary"] for each, _ in made]
        pages: dict[str, list[float]] = {"alone": [], "beside": [], "within": []}
        for turn in range(rounds):
            pages["alone"].append(alone.milliseconds_of_a_page(own))
            pages["beside"].append(crowded.milliseconds_of_a_page(own))
            pages["within"].append(crowded.milliseconds_of_a_page(keys[turn * 97 % len(keys)]))
        idle = cpu_seconds(crowded.pid)
        time.sleep(IDLE_SECONDS)
        idle = cpu_seconds(crowded.pid) - idle
    page = {name: statistics.median(each) for name, each in pages.items()}
    creation = statistics.median(seconds for _, seconds in made[1:]) * 1000
    reset = statistics.median(resets) * 1000
    return {
        "sandboxes": count,
        "creation_ms": {
            "median": round(creation, 1),
            "first": round(made[0][1] * 1000, 1),
            "allowed": ALLOWED_CREATION_MS,
        },
        "reset_ms": {"median": round(reset, 1), "allowed": ALLOWED_RESET_MS},
        "mib_each": round(taken / count, 2),
        "page_cpu_ms": {name: round(each, 3) for name, each in page.items()},
        "ratio": {
            "beside": round(page["beside"] / page["alone"], 2),
            "within": round(page["within"] / page["alone"], 2),
            "allowed": ALLOWED_RATIO,
        },
        "idle_percent": round(idle / IDLE_SECONDS * 100, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sandboxes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--short", action="store_true")
    options = parser.parse_args()
    if options.short:
        options.sandboxes, options.rounds = 20, 1
    json.dump(measure(options.sandboxes, options.rounds), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
