"""Defective deployments as operators have them, and pytest on the files that are written for them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import urllib3
from oneinvoice_conformance.http.credentials import VARIABLES
from oneinvoice_impl.mock.defects import DEFECTS
from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.server.components import DEFAULT, Components

from tests.conformance.defects_page import needs_webhook
from tests.conformance.judging import FUZZ, MINIATURE_KEYS, SECRET
from tests.conformance.mocks import MOCK_KEYS, MOCK_SECRET, serve_mock
from tests.miniatures import FAULTS, FUZZ_FAULTS, HOOK_FAULTS, RATE_FAULTS, WHOLE_FAULTS, Deployment, Fault, Run, serve
from tests.miniatures.limits import SlidingLog

_ROOT = Path(__file__).parents[2]
_POST = "curl --silent --fail --output /dev/null --request POST"
_FUZZED = ("--skip", "HOOK,RATE", "--rate-limit", "10000", "--fuzz", str(FUZZ.requests), "--fuzz-seed", str(FUZZ.seed))
_HOOKED = ("--webhook-timeout", "0.5")
_BUT_HOOKS = ("--skip", "HOOK")

Environment = dict[str, str]
Served = AbstractContextManager[Environment]


@dataclass(frozen=True)
class Case:
    """A defect, the requirement that it breaks, and how to serve it and its correct counterpart and judge them."""

    name: str
    rule: str
    broken: Callable[[], Served]
    correct: Callable[[], Served]
    options: tuple[str, ...]


def cases() -> list[Case]:
    """Return every defect of the mock and every fault of the miniature."""
    faults = WHOLE_FAULTS | FAULTS | FUZZ_FAULTS | RATE_FAULTS | HOOK_FAULTS
    return [*map(_case_of_mock, DEFECTS.values()), *map(_case_of_miniature, faults.values())]


def _case_of_mock(defect: Defect) -> Case:
    hooks = needs_webhook(defect.requirement)
    broken, correct = (partial(_mock, components, hooks=hooks) for components in (defect.components, DEFAULT))
    return Case(f"mock-{defect.name}", defect.requirement, broken, correct, _HOOKED if hooks else _BUT_HOOKS)


def _case_of_miniature(fault: Fault) -> Case:
    hooks, limited = fault.run is Run.HOOKS, fault.run is not Run.GENERATED
    # Those of the rate limit have one of their own, which is what is broken.
    broken = partial(_miniature, fault.deployment, limited=limited and fault.run is not Run.RATE, hooks=hooks)
    correct = partial(_miniature, Deployment, limited=limited, hooks=hooks)
    options = {Run.HOOKS: _HOOKED, Run.GENERATED: _FUZZED}.get(fault.run, _BUT_HOOKS)
    return Case(fault.name, fault.rule, broken, correct, options)


@contextmanager
def _mock(components: Components, *, hooks: bool) -> Iterator[Environment]:
    with serve_mock(components) as url:
        post = f"{_POST} --header 'Content-Type: application/json' {url}/_mock"
        wait = f"""{post}/clock --data '{{"advance": {{seconds}}}}'"""
        environment = _environment(url, MOCK_KEYS, wait)
        if hooks:
            environment |= _receiving(f"""{post}/trigger --data '{{"event": "{{event}}"}}'""", MOCK_SECRET)
            webhook = {"url": environment["ONEINVOICE_PUBLIC_URL"], "secret": MOCK_SECRET}
            assert urllib3.request("POST", f"{url}/_mock/webhooks", json=webhook).status == 200
        yield environment


@contextmanager
def _miniature(new: Callable[[], Deployment], *, limited: bool, hooks: bool) -> Iterator[Environment]:
    deployment = new()
    deployment.clock_is_open = True
    if limited:
        deployment.limiter = SlidingLog()
    with serve(deployment) as url:
        environment = _environment(url, MINIATURE_KEYS, f"{_POST} '{url}/_clock?advance={{seconds}}'")
        if hooks:
            environment |= _receiving(f"{_POST} {url}/_trigger/{{event}}", SECRET)
            deployment.register(environment["ONEINVOICE_PUBLIC_URL"], SECRET)
        yield environment


def _environment(url: str, keys: dict[str, str], wait: str) -> Environment:
    given = {VARIABLES[role]: key for role, key in keys.items()}
    return {"ONEINVOICE_URL": url, "ONEINVOICE_WAIT_COMMAND": wait} | given


def _receiving(trigger: str, secret: str) -> Environment:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    return {
        "ONEINVOICE_WEBHOOK_SECRET": secret,
        "ONEINVOICE_LISTEN": address,
        "ONEINVOICE_PUBLIC_URL": f"http://{address}/hook",
        "ONEINVOICE_TRIGGER": trigger,
    }


Outcomes = dict[str, tuple[str, str]]


class Pytest:
    """Real pytest in another process, which takes one file after the other."""

    def __init__(self) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "PYTEST_"))}
        command = [sys.executable, "-m", "tests.conformance.pytest_worker"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT, env=clean
        )

    def __call__(self, file: Path, environment: Environment) -> Outcomes:
        """Return the outcome of each test of the file by its name, and what was printed of it."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({"file": str(file), "env": environment}), file=self._process.stdin, flush=True)
        outcomes = json.loads(self._process.stdout.readline())
        return {name: (outcome, text) for name, (outcome, text) in outcomes.items()}

    def close(self) -> None:
        self._process.communicate()
