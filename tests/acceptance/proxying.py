"""The command `oneinvoice-conform proxy` as a process that is asked, and then told to stop."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.acceptance.command import ENVIRONMENT, KEYS, SCRIPTS

PRIMARY = {"Authorization": f"Bearer {KEYS['primary']}"}


@dataclass
class Proxy:
    """A proxy by its base URL. Its output is known once it has been ended."""

    process: subprocess.Popen[str]
    url: str
    out: str = ""
    err: str = ""

    def get(self, target: str, headers: Mapping[str, str] = PRIMARY, method: str = "GET") -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        connection.request(method, parts.path + target, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def end(self, number: int = signal.SIGINT) -> int:
        """Send the signal, and return the exit code."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        self.out, self.err = self.out + out, self.err + err
        return self.process.returncode

    @property
    def lines(self) -> list[str]:
        """Lines on exchanges, and what is said below them, without the time."""
        lines = self.out.splitlines()[1:]
        return [line[9:] for line in lines if re.match(r"\d\d:\d\d:\d\d | {11}", line)]


@contextmanager
def proxying(folder: Path, url: str, *options: str, env: Mapping[str, str] | None = None) -> Iterator[Proxy]:
    command = [SCRIPTS / "oneinvoice-conform", "proxy", url, "--listen", "127.0.0.1:0", *options]
    environment = ENVIRONMENT | dict(env or {})
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=folder, env=environment, text=True, **streams) as process:
        try:
            stream = process.stderr if "-" in options else process.stdout
            assert stream
            first = stream.readline()
            told = re.match(r"Forwarding (\S+) to (\S+) until you press Ctrl-C(, .*)?\.\n", first)
            assert told, first + process.communicate(timeout=10)[1]
            assert told[2] == url.removesuffix("/").removesuffix("/api/v1")
            yield Proxy(process, told[1], first)
        finally:
            if process.poll() is None:
                process.kill()
