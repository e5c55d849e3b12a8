"""Runs of the suite whose verdicts are put to the test.

They leave out RATE and VER, and those that need many deployments HOOK too, for the time that takes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run as run_suite
from oneinvoice_conformance.errors import KitError
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment as Target
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.webhooks.receiver import Receiver

from tests.miniatures import Deployment, keys, serve
from tests.soak import SOAK
from tests.unit.conformance.fakes import Skipping

ROOT = Path(__file__).parents[2]
CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")} | {
    # For the command that triggers events.
    "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
}
TIMES = 20 if SOAK else 3
KEYS = {name: key.value for name, key in keys().items()}
SECRET = "whsec_planted_0123456789"
CONTRACT = contract_of(None)
READ_ONLY = Scope.parse(CONTRACT.register, None, "HOOK,RATE,VER")
CONFORMS, VIOLATIONS, USAGE, INCOMPLETE, UNREACHABLE = range(5)
LONGEST = 30.0  # seconds that any of these runs may take


@dataclass(frozen=True)
class Run:
    """What a run left behind."""

    code: int
    out: str
    err: str
    file: str

    @property
    def report(self) -> Any:
        return json.loads(self.file) if self.file else None

    @property
    def outcomes(self) -> dict[str, str]:
        return {row["id"]: row["outcome"] for row in self.report["requirements"]}


OPTIONS = {"primary": "--key", "sibling": "--sibling-key", "other": "--other-key", "revoked": "--revoked-key"}


def run(folder: Path, url: str, *options: str, keys: dict[str, str] = KEYS, skip: str = "RATE,VER") -> Run:
    """Judge what is served there, as a user would, within `LONGEST`."""
    given = [part for name, key in keys.items() for part in (OPTIONS[name], key)]
    command = [CONFORM, url, *given, "--skip", skip, "--json", "report.json", "--wait-command", "true {seconds}"]
    written = folder / "report.json"
    written.unlink(missing_ok=True)
    done = subprocess.run(
        [*command, *options], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST, check=False
    )
    return Run(done.returncode, done.stdout, done.stderr, written.read_text() if written.exists() else "")


def judge(folder: Path, deployment: Deployment, *options: str, registered: bool = True, **more: Any) -> Run:
    """Serve the deployment, with a webhook that the run listens at unless told otherwise, and judge all of it."""
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    hook = f"http://127.0.0.1:{port}/hook"
    deployment.register(hook if registered else "http://127.0.0.1:9/hook", SECRET)
    with serve(deployment) as url:
        trigger = f"'{sys.executable}' -m tests.miniatures.trigger {url} {{event}}"
        webhooks = ["--webhook-secret", SECRET, "--listen", f"127.0.0.1:{port}", "--public-url", hook]
        return run(
            folder, url, *webhooks, "--trigger", trigger, "--webhook-timeout", "1", "--timeout", "1", *options, **more
        )


def judge_reading(folder: Path, deployment: Deployment, *options: str, **more: Any) -> Run:
    """The same without webhooks."""
    with serve(deployment) as url:
        return run(folder, url, "--timeout", "1", *options, skip="HOOK,RATE,VER", **more)


def judge_quickly(deployment: Deployment, timeout: float = 5.0) -> Report | None:
    """What the runner finds of a deployment without webhooks, with no time lost in waiting; None if nothing at all."""
    with serve(deployment) as url, Client(Target(url, KEYS), timeout=timeout, pacer=Pacer(clock=Skipping())) as client:
        try:
            return run_suite(client, CONTRACT, READ_ONLY, read_names(CONTRACT.register, None))
        except KitError:
            return None


def outcomes(report: Report) -> dict[str, Outcome]:
    return {result.requirement.id: result.outcome for result in report.results}


def assert_told_in_one_sentence(run: Run, code: int) -> None:
    """No verdict, and one line says why."""
    assert run.code == code, run
    assert run.out == ""
    assert not run.file
    assert run.err.startswith("oneinvoice-conform: ")
    assert run.err.endswith(".\n")
    assert run.err.count("\n") == 1


def assert_verdict(run: Run, code: int) -> None:
    """A verdict that isn't good, with a report of it."""
    assert run.code == code, run
    assert run.err == ""
    assert run.report["verdict"] == {VIOLATIONS: "violations", INCOMPLETE: "incomplete"}[code]
    assert "error" not in run.outcomes.values()
