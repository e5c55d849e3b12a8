"""The service as an operator runs it: real processes, on real servers."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import urllib3

SERVICE = str(Path(sysconfig.get_path("scripts")) / "oneinvoice-service")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
SECRET_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclass(frozen=True)
class Service:
    """A service that answers at `url`; `process` is the one that was started."""

    process: subprocess.Popen[str]
    url: str
    http: urllib3.PoolManager

    def ask(self, path: str, key: str) -> urllib3.BaseHTTPResponse:
        """Ask on a connection of its own, so that any worker may answer."""
        headers = {"Authorization": f"Bearer {key}", "Connection": "close"}
        return self.http.request("GET", self.url + path, headers=headers, retries=False, timeout=20)

    def children(self) -> list[int]:
        """The processes of the workers, by their ids."""
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


def run(*words: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [SERVICE, *words], capture_output=True, text=True, timeout=60, check=False, env=CLEAN | dict(variables)
    )


@contextmanager
def serving(*options: str, variables: Mapping[str, str]) -> Iterator[Service]:
    """Start it, wait until it says where it serves, and stop it at the end."""
    command = [SERVICE, "serve", "--port", "0", *options]
    http = urllib3.PoolManager()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=CLEAN | dict(variables)) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert " serves at " in line, line
            yield Service(process, line.split(" at ")[1].split()[0], http)
        finally:
            http.clear()
            process.terminate()
            process.wait(30)
