"""Measure the cold start, from outside to the first 200, beside the bare reference; print JSON.

    python bench/start.py [ROUNDS]

The two take turns, so that whatever else the machine does falls on both; the medians are compared.
"""

from __future__ import annotations

import json
import statistics
import sys

from servers import COMMANDS, cpu_seconds, resident_mib, server

MEASURES = ("seconds", "cpu_seconds", "resident_mib")
ALLOWED_RATIO = 1.25
"""Of the seconds. Those of the processor tell it where other processes take turns with these."""


def main(rounds: int) -> None:
    """Start each server `rounds` times."""
    samples: dict[str, dict[str, list[float]]] = {name: {measure: [] for measure in MEASURES} for name in COMMANDS}
    for _ in range(rounds):
        for name, taken in samples.items():
            with server(name) as (_, pid, elapsed):
                taken["seconds"].append(elapsed)
                taken["cpu_seconds"].append(cpu_seconds(pid))
                taken["resident_mib"].append(resident_mib(pid))
    median = {
        name: {measure: round(statistics.median(values), 3) for measure, values in taken.items()}
        for name, taken in samples.items()
    }
    ratio = {measure: round(median["mock"][measure] / median["bare"][measure], 2) for measure in MEASURES}
    print(
        json.dumps(
            {"rounds": rounds, "ratio": ratio, "ratio_allowed": ALLOWED_RATIO, "median": median, "samples": samples},
            indent=2,
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
