"""Self-test: whether a good client and a naive one come out as known, on this machine and today."""

from __future__ import annotations

import os
import secrets
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.clients.runner import Settings, judge_client
from oneinvoice_conformance.clients.samples.store import FOLDER
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.errors import KitError
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict

NAIVE_FAILS = frozenset({"PACE-1", "PACE-2", "HOOK-2", "HOOK-3", "HOOK-4", "HOOK-6"})
"""Requirements that the naive client fails at least, as far as they are in scope."""
_SETTLE = 3.0  # seconds


def self_test(
    contract: Contract,
    scope: Scope,
    rows: Sequence[Requirement],
    settings: Settings,
    tell: Callable[[str, str | None], None],
) -> tuple[ClientReport, ClientReport]:
    """Judge both clients, and return their reports. Raises `KitError` where one does not come out as known."""
    reports = []
    for name in ("good", "naive"):
        with _sample(name) as client:
            report = judge_client(client, contract, scope, rows, settings, tell)
            reports.append(replace(report, client=f"the {name} sample of this kit"))
            if reports[-1].interrupted:
                break
    else:
        _check(*reports)
    return reports[0], reports[-1]


def _check(good: ClientReport, naive: ClientReport) -> None:
    open_rows = [result for result in good.results if result.outcome not in (Outcome.PASSED, Outcome.NOT_APPLICABLE)]
    if good.verdict is not Verdict.CONFORMS or open_rows:
        first = f": {open_rows[0].requirement.id} {open_rows[0].finding.reason}" if open_rows else ""
        raise KitError(
            f"The self-test's good client came out as {good.verdict}{first}; no verdict here can be trusted."
        )
    failed = {result.requirement.id.rpartition("/")[2] for result in naive.results if result.outcome is Outcome.FAILED}
    known = NAIVE_FAILS & {result.requirement.id.rpartition("/")[2] for result in naive.results}
    if missed := sorted(known - failed):
        raise KitError(
            f"The self-test's naive client was not caught by {', '.join(missed)}; no verdict here can be trusted."
        )


@contextmanager
def _sample(name: str) -> Iterator[Client]:
    """Start a sample's receiver for the context, and yield the client."""
    port, secret = _free_port(), f"whsec_{secrets.token_hex(16)}"
    with tempfile.TemporaryDirectory() as folder:
        variables = {FOLDER: folder, "ONEINVOICE_WEBHOOK_SECRET": secret}
        program = [sys.executable, "-m", "oneinvoice_conformance.clients.samples", name]
        command = f"{FOLDER}={shlex.quote(folder)} {shlex.join(program)}"
        environment = os.environ | variables
        subprocess.run([*program, "start", str(port)], env=environment, check=True)
        try:
            yield Client(
                run=f"{command} sync",
                hook=f"http://127.0.0.1:{port}/hook",
                webhook_secret=secret,
                readback=f"{command} dump",
                restart=f"{command} start {port}",
                rotate=f"{command} rotate {{new}} {{old}}",
                settle=_SETTLE,
            )
        finally:
            subprocess.run([*program, "stop"], env=environment, check=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
