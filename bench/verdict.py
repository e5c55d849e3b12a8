"""Measure a whole verdict, rate limit and webhooks included, where exactly 60 a minute are allowed; print JSON.

    python bench/verdict.py            on the wall clock, three to four minutes
    python bench/verdict.py --short    only where the clock can be moved, a few seconds

`oneinvoice-conform` runs as its users call it, with all four keys and without --fuzz: on a miniature with a sliding
window, on one with a fixed window that turns over in the burst (with the 60th request, so that twice as many pass),
and on the mock, whose clock --wait-command moves. `seconds` are those of the whole command; `cpu_seconds` are the
suite's and those of the commands that it starts, which other processes disturb less.

The suite reaches the deployment through a recorder, which sees every request. Unplanned is a 429 that the report
doesn't have among the exchanges of a RATE requirement; a write is any method but GET. What --trigger and
--wait-command do is the operator's and goes past the recorder.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recorder import Call, recorded
from servers import free_port

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(ROOT))

from tests.miniatures import RATE_FREE, Deployment, keys, serve  # noqa: E402
from tests.miniatures.limits import FixedWindow, Limiter  # noqa: E402

SCRIPTS = Path(sys.executable).parent
MOCK = str(SCRIPTS / "oneinvoice-mock")
SECRET = "whsec_of_the_bench"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


@dataclass(frozen=True)
class Target:
    """A running deployment: its URL, the suite's environment with its keys, and how to make it act."""

    url: str
    environment: dict[str, str]
    trigger: str
    options: tuple[str, ...] = ()


class TurningOver:
    """Fixed windows, of which one ends just as the 60th request comes: the latest at which the burst isn't over."""

    def __init__(self) -> None:
        self._window = FixedWindow()
        self._came = 0

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        """Whether the request is served."""
        self._came += key == "primary"
        if key == "primary" and self._came == 60:
            self._window = FixedWindow(phase=now)
        return self._window.admit(key, endpoint, now)


class TurnsOverInTheBurst(Deployment):
    """60 requests are served in each minute, and the first one ends in the burst."""

    def new_limiter(self) -> Limiter:
        """A limiter that turns over."""
        return TurningOver()


@contextmanager
def miniature(deployment: Deployment, hook: str) -> Iterator[Target]:
    """Serve a miniature that delivers to the hook."""
    deployment.register(hook, SECRET)
    environment = {"ONEINVOICE_KEY": keys()["primary"].value, "PYTHONPATH": str(ROOT)}
    environment |= {f"ONEINVOICE_{name.upper()}_KEY": keys()[name].value for name in ("sibling", "other", "revoked")}
    with serve(deployment) as url:
        yield Target(url, environment, f"'{sys.executable}' -m tests.miniatures.trigger {url} {{event}}")


@contextmanager
def mock(hook: str) -> Iterator[Target]:
    """Start the mock, which delivers to the hook."""
    command = [MOCK, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout
            printed: dict[str, str] = {}
            while len(printed) < 5:
                if not (line := process.stdout.readline()):
                    raise RuntimeError("The mock ended before it printed its keys.")
                printed |= dict(re.findall(r"^export (ONEINVOICE_\w+)=(\S+)", line))
            url = printed.pop("ONEINVOICE_URL")
            add = [MOCK, "webhooks", "add", hook, "--secret", SECRET, "--url", url]
            subprocess.run(add, check=True, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
            wait = f"'{MOCK}' clock advance {{seconds}} --url {url}"
            yield Target(url, printed, f"'{MOCK}' trigger {{event}} --url {url}", ("--wait-command", wait))
        finally:
            process.terminate()


def judge(start: Callable[[str], AbstractContextManager[Target]]) -> dict[str, Any]:
    """Judge the deployment that is started for a hook, and count."""
    port = free_port()
    hook = f"http://127.0.0.1:{port}/hook"
    with tempfile.TemporaryDirectory() as folder, start(hook) as target, recorded(target.url) as (url, calls):
        command = [str(SCRIPTS / "oneinvoice-conform"), "run", url, "--json", "report.json"]
        command += ["--listen", f"127.0.0.1:{port}", "--public-url", hook, "--trigger", target.trigger, *target.options]
        environment = ENVIRONMENT | target.environment | {"ONEINVOICE_WEBHOOK_SECRET": SECRET}
        began, used = time.perf_counter(), cpu_seconds_of_children()
        run = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False)
        seconds, used = time.perf_counter() - began, cpu_seconds_of_children() - used
        written = Path(folder) / "report.json"
        if run.returncode not in (0, 1, 3) or not written.exists():
            raise RuntimeError(f"The suite ended with exit code {run.returncode} and without a verdict.")
        report = json.loads(written.read_text("utf-8"))
    times = {"seconds": round(seconds, 1), "cpu_seconds": round(used, 1)}
    return {"exit_code": run.returncode} | times | count(report, calls)


def cpu_seconds_of_children() -> float:
    """The processor time of all processes that were started here and have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def count(report: dict[str, Any], calls: list[Call]) -> dict[str, Any]:
    """Return the figures of a run, from its report and the recorder.

    Raises:
        RuntimeError: they don't agree on the number of requests.
    """
    requests = report["requests"]
    if requests["total"] != len(calls):
        raise RuntimeError(f"The report tells of {requests['total']} requests, and {len(calls)} came.")
    rate = [row["exchanges"] for row in report["requirements"] if row["area"] == "RATE"]
    planned = {exchange["number"] for exchanges in rate for exchange in exchanges}
    refused = {number for number, call in enumerate(calls, 1) if call.status == 429}
    return {
        "verdict": report["verdict"],
        "not_passed": {row["id"]: row["outcome"] for row in report["requirements"] if row["outcome"] != "passed"},
        "requests": requests["total"],
        "requests_with_primary_key": requests["by_key"]["primary"],
        "answers_429": len(refused),
        "unplanned_429s": len(refused - planned),
        "writes": sum(call.method != "GET" for call in calls),
    }


def main() -> None:
    """Measure all three, or the last."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="only where the clock can be moved")
    short = parser.parse_args().short
    sliding = RATE_FREE["rate-by-sliding-log"]
    on_the_wall_clock: dict[str, Callable[[str], AbstractContextManager[Target]]] = {
        "sliding_window": lambda hook: miniature(sliding.deployment(), hook),
        "fixed_window_turning_over": lambda hook: miniature(TurnsOverInTheBurst(), hook),
    }
    measured = {}
    for name, start in (({} if short else on_the_wall_clock) | {"clock_moved": mock}).items():
        print(f"{name} …", file=sys.stderr)
        measured[name] = judge(start)
    print(json.dumps(measured, indent=2))


if __name__ == "__main__":
    main()
