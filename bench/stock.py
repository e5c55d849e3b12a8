"""Compare the suite with stock `schemathesis run`, on the same document and the same HTTP defects; print JSON.

    python bench/stock.py [--defects 60] [--free 20]    a quarter of an hour
    python bench/stock.py --all                         every defect and every free variant

Both judge the same miniatures over HTTP: the correct one, some with one defect, evenly taken from those that reading
shows, and some free variants, which are correct too. All are served in the shape of the authored document
(authored.py), as far as the defect or the freedom leaves it: as the miniatures are, stock stops at the names of the
fields and sees no defect behind them. They have no rate limit, and nobody registers a webhook.

- Stock is `schemathesis run` with the authored document, the primary key, its default phases, checks and number of
  examples, and --seed 1. A defect is found if it exits with 1 and has a failure (of some kind, on some operation) that
  it doesn't have on the correct deployment. A false alarm is such a failure on a free variant: of something that the
  documentation leaves open and the document doesn't, which stock can't know. It has no use for the other keys.
- The suite is `oneinvoice-conform --skip HOOK,RATE --rate-limit 1000` with four keys; at 60 a minute it would wait
  now and then where a defect takes more requests. A defect is found if it exits with 1, and `named` if the rule of
  that defect failed. A false alarm is a free variant with exit code 1, and one with 3 is `undecided`.

Requests are those that came to the deployment. Seconds are those of the whole command, one at a time.
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
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import oneinvoice_openapi

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(1, str(ROOT))

from authored import in_authored_shape  # noqa: E402

from tests.miniatures import FAULTS, FREE, Deployment, Fault, keys, serve  # noqa: E402

SCRIPTS = Path(sys.executable).parent
DOCUMENT = Path(oneinvoice_openapi.__file__).with_name("v1") / "openapi.yaml"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
KEYS = {
    "ONEINVOICE_KEY": keys()["primary"].value,
    "ONEINVOICE_SIBLING_KEY": keys()["sibling"].value,
    "ONEINVOICE_OTHER_KEY": keys()["other"].value,
    "ONEINVOICE_REVOKED_KEY": keys()["revoked"].value,
}
AUTHORIZATION = f"Authorization: Bearer {KEYS['ONEINVOICE_KEY']}"
REPORT = "report.json"
TIMEOUT = 600  # seconds
# The document has a limit over 200 refused, and quotes page, where these have a defect that needs it otherwise.
NOT_IN_THIS_SHAPE = {"no-maximum-when-filtered", "order-depends-on-limit"}
T = TypeVar("T")


@dataclass(frozen=True)
class Run:
    """One run of a tool: its exit code (None if it was stopped), what failed, requests, and seconds.

    What failed are ids of requirements, or kinds of failures with their operations.
    """

    exit_code: int | None
    failed: frozenset[str]
    requests: int
    seconds: float


Commands = dict[str, list[str]]


def commands(examples: int | None) -> Commands:
    """The command of each tool, to which the deployment's URL is added; stock generates so many examples."""
    suite = ["oneinvoice-conform", "run", "--skip", "HOOK,RATE", "--rate-limit", "1000", "--json", REPORT]
    stock = ["schemathesis", "run", str(DOCUMENT), "--seed", "1", "--header", AUTHORIZATION]
    stock += ["--max-examples", str(examples)] if examples else []
    return {"suite": suite, "stock": [*stock, "--report", "json", "--report-json-path", REPORT, "--url"]}


def run(tool: str, command: list[str], deployment: Deployment) -> Run:
    """Let a tool judge a deployment.

    Raises:
        RuntimeError: it doesn't come to a verdict.
    """
    program, *arguments = command
    environment = ENVIRONMENT | (KEYS if tool == "suite" else {})
    with tempfile.TemporaryDirectory() as folder, serve(deployment) as url:
        began = time.perf_counter()
        try:
            done = subprocess.run(
                [SCRIPTS / program, *arguments, url],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Run(None, frozenset(), len(deployment.log), time.perf_counter() - began)
        seconds = time.perf_counter() - began
        written = Path(folder) / REPORT
        if done.returncode not in (0, 1, 3) or not written.exists():
            raise RuntimeError(f"{program} ended with exit code {done.returncode} and without a verdict.")
        report = json.loads(written.read_text("utf-8"))
    failed = _requirements(report) if tool == "suite" else _failures(report)
    return Run(done.returncode, frozenset(failed), len(deployment.log), seconds)


def _requirements(report: dict[str, Any]) -> Iterable[str]:
    return (row["id"] for row in report["requirements"] if row["outcome"] == "failed")


def _failures(report: dict[str, Any]) -> Iterable[str]:
    return (f"{kind['title']}: {operation}" for kind in report["failures"] for operation in kind["operations"])


def evenly(all: Mapping[str, T], count: int) -> list[T]:
    """So many of them at even distances, all of them if there aren't more."""
    values = list(all.values())
    count = min(count, len(values))
    return [values[index * len(values) // count] for index in range(count)]


def both(tools: Commands, name: str, deployment: Callable[[], Deployment]) -> dict[str, Run]:
    """Return the run of each tool, made one after the other, so that whatever else the machine does falls on both."""
    made = {tool: run(tool, command, deployment()) for tool, command in tools.items()}
    print(f"{name}: " + ", ".join(f"{tool} {each.exit_code}" for tool, each in made.items()), file=sys.stderr)
    return made


def all_of(tool: str, made: dict[str, dict[str, Run]]) -> dict[str, Run]:
    """The runs of one tool, by the name of what it judged."""
    return {name: by_tool[tool] for name, by_tool in made.items()}


def alarms(made: dict[str, Run], correct: Run) -> list[str]:
    """The names of those where something failed that doesn't on the correct deployment."""
    return [name for name, each in made.items() if each.exit_code == 1 and each.failed - correct.failed]


def cost(made: Iterable[Run]) -> dict[str, Any]:
    """Requests and seconds of these runs, and how many were stopped for taking too long."""
    requests, seconds, codes = zip(*((each.requests, each.seconds, each.exit_code) for each in made), strict=True)
    return {
        "requests": {"median": statistics.median(requests), "total": sum(requests)},
        "seconds": {"median": round(statistics.median(seconds), 1), "total": round(sum(seconds), 1)},
        "stopped": codes.count(None),
    }


def on_correct(made: Run) -> dict[str, Any]:
    """Return the judgement of a tool on a correct deployment."""
    return {"failures": sorted(made.failed), "requests": made.requests, "seconds": round(made.seconds, 1)}


def on_defects(made: dict[str, Run], correct: Run) -> dict[str, Any]:
    """Return the number of defects that a tool finds."""
    found = alarms(made, correct)
    return {
        "of": len(made),
        "found": len(found),
        "found_by_area": Counter(_area(FAULTS[name]) for name in found),
        "missed": [name for name in made if name not in found],
    } | cost(made.values())


def on_free(made: dict[str, Run], correct: Run) -> dict[str, Any]:
    """Return how many correct variants a tool takes for faulty, and which."""
    alarmed = alarms(made, correct)
    undecided = sum(each.exit_code == 3 for each in made.values())
    return {"of": len(made), "false_alarms": len(alarmed), "undecided": undecided, "alarmed_by": alarmed} | cost(
        made.values()
    )


def _area(fault: Fault) -> str:
    return fault.rule.partition("-")[0]


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number from 1 on")
    return int(text)


def main() -> None:
    """Measure both tools on the same sample."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--defects", type=_number, default=60, metavar="N")
    parser.add_argument("--free", type=_number, default=20, metavar="N")
    parser.add_argument("--all", action="store_true", help="every defect and every free variant")
    parser.add_argument(
        "--examples", type=_number, metavar="N", help="stock's --max-examples, to see quickly that it runs"
    )
    arguments = parser.parse_args()
    faults = {name: fault for name, fault in FAULTS.items() if name not in NOT_IN_THIS_SHAPE}
    variants = {name: variant for name, variant in FREE.items() if name != "plain"}
    defects = evenly(faults, len(faults) if arguments.all else arguments.defects)
    free = evenly(variants, len(variants) if arguments.all else arguments.free)
    tools, plain = commands(arguments.examples), FREE["plain"].deployment
    correct = both(tools, "correct", partial(in_authored_shape, plain))
    own_shape = both(tools, "correct, in a shape of its own", plain)
    of_defects = {each.name: both(tools, each.name, partial(in_authored_shape, each.deployment)) for each in defects}
    of_free = {each.name: both(tools, each.name, partial(in_authored_shape, each.deployment)) for each in free}
    measured = {
        tool: {
            "correct": on_correct(correct[tool]),
            "correct_in_a_shape_of_its_own": on_correct(own_shape[tool]),
            "defects": on_defects(all_of(tool, of_defects), correct[tool]),
            "free": on_free(all_of(tool, of_free), correct[tool]),
        }
        for tool in tools
    }
    named = [FAULTS[name].rule in made["suite"].failed for name, made in of_defects.items()]
    measured["suite"]["defects"]["named"] = sum(named)
    sample = {"defects": list(of_defects), "free": list(of_free), "defects_by_area": Counter(map(_area, defects))}
    print(json.dumps({"schemathesis": version("schemathesis"), "sample": sample} | measured, indent=2))


if __name__ == "__main__":
    main()
