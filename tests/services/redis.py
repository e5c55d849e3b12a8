"""A throw-away Redis server from Debian's package."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.services.ports import free_port

PACKAGE = "redis-server"
PASSWORD = "open-sesame"


class RedisMissing(Exception):
    """Redis is not installed."""


class Redis:
    """A server that keeps nothing when it stops, and asks for a password."""

    def __init__(self, folder: str, port: int) -> None:
        self.port = port
        self.url = f"redis://default:{PASSWORD}@127.0.0.1:{port}/0"
        self._command = [_program(), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""]
        self._command += ["--requirepass", PASSWORD]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while not self._answers():
            assert self._process.poll() is None, "Redis did not start"
            assert time.monotonic() < until, "Redis does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """Whatever it is doing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def hang(self) -> None:
        """Let it keep its connections, and answer nothing until `go_on`."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def tell(self, command: str) -> str:
        """The first line of its answer to a command of words without spaces."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"AUTH {PASSWORD}\r\n{command}\r\n".encode())
            answers = connection.makefile("r")
            assert answers.readline() == "+OK\n"
            return answers.readline().rstrip("\n")

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "it is stopped"
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            return self.tell("PING") == "+PONG"
        except (OSError, AssertionError):
            return False


@contextmanager
def redis() -> Iterator[Redis]:
    """A server on a free port, started, and removed at the end. Raises `RedisMissing`."""
    with tempfile.TemporaryDirectory(prefix="oneinvoice-redis-") as folder:
        server = Redis(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.kill()


def _program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        raise RedisMissing(f"Redis is not installed; run `apt-get install {PACKAGE}` first.")
    return found
