"""The stacks by name, each as the judge runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.clients.judging import ROOT, Subject

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
BUILD = ROOT / "build" / "stacks"  # where the packages of npm are, and the programs that need them


@dataclass(frozen=True)
class Stack:
    """Stack by its name, its program, and its retries in a few words."""

    name: str
    program: str
    settings: str

    @property
    def needs_packages(self) -> bool:
        return self.program.endswith(".mjs") and self.program != "fetch.mjs"

    @property
    def subject(self) -> Subject:
        if self.program.endswith(".py"):
            command: tuple[str, ...] = (sys.executable, str(PROGRAMS / self.program))
        else:
            command = ("node", str((BUILD if self.needs_packages else PROGRAMS) / self.program))
        return Subject(self.name, command, has=frozenset({"readback"}))


STACKS = (
    Stack("requests", "plain_requests.py", "none"),
    Stack(
        "requests with Retry", "requests_retry.py", "`Retry(total=3, backoff_factor=0.1, status_forcelist=[502, …])`"
    ),
    Stack("urllib3", "urllib3_retry.py", "its default, `Retry(3)`"),
    Stack("httpx", "plain_httpx.py", "none"),
    Stack("httpx with retries", "httpx_retries.py", "`HTTPTransport(retries=3)`"),
    Stack("tenacity", "tenacity_retry.py", "a bare `@retry` around httpx"),
    Stack("tenacity, exponential", "tenacity_exponential.py", "`stop_after_attempt(7)`, `wait_exponential(…)`"),
    Stack("fetch", "fetch.mjs", "none"),
    Stack("axios", "axios.mjs", "none"),
    Stack("axios-retry", "axios_retry.mjs", "`{ retries: 3 }`"),
    Stack("axios-retry, exponential", "axios_retry_exponential.mjs", "`retryDelay: exponentialDelay`"),
    Stack("got", "got.mjs", "its default, two for GET"),
)


def install() -> None:
    """Install the packages of npm where they aren't, and put the programs beside them."""
    subprocess.run([ROOT / "scripts" / "node-packages", HERE, BUILD], check=True)
    for program in PROGRAMS.glob("*.mjs"):
        shutil.copy(program, BUILD)
