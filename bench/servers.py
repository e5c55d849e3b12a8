"""Start the servers that are measured."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parents[1]))

from tests.services.ports import free_port

# Python keeps what it has compiled, unless it is told not to: nobody's second start compiles anything.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
_REFERENCES = Path(__file__).with_name("references")
COMMANDS = {
    "bare": [sys.executable, str(_REFERENCES / "bare.py")],
    # With a limit that no measurement reaches.
    "mock": [sys.executable, "-m", "oneinvoice_impl", "serve", "--rate-limit", "1000000", "--port"],
}


@contextmanager
def server(name: str) -> Iterator[tuple[int, int, float]]:
    """Start one of COMMANDS; yields its port, its process id, and the seconds until its first 200."""
    port = free_port()
    started = time.perf_counter()
    process = subprocess.Popen([*COMMANDS[name], str(port)], stdout=subprocess.DEVNULL, env=_ENVIRONMENT)
    try:
        _wait_for_200(port, process)
        yield port, process.pid, time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()


def resident_mib(pid: int) -> float:
    """The resident memory of a process, in MiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """The processor time that a process has used, which other processes disturb less than the clock's."""
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def mock_command(database: str, seed: int, scale: int, rate_limit: int) -> list[str]:
    """The command of a mock on a database; the port comes last."""
    options = {"database": database, "seed": seed, "scale": scale, "rate-limit": rate_limit}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "oneinvoice_impl", "serve", *arguments, "--port"]


def floor_command(database: str, where: str = "") -> list[str]:
    """The command of the hand-written application."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import floor; floor.main(int(sys.argv[4]), *sys.argv[2:4])"
    return [sys.executable, "-c", code, str(_REFERENCES), database, where]


@contextmanager
def command_server(command: list[str]) -> Iterator[tuple[int, int]]:
    """Start a server by a command that its port is added to; yields the port and the process id."""
    port = free_port()
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL)
    try:
        _wait_for_200(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def tree_cpu_seconds(pid: int) -> float:
    """The processor time of a process, of its threads that have ended too, and of all processes that it started."""
    children, _ = _tasks(pid)
    return cpu_seconds(pid) + sum(map(tree_cpu_seconds, children))


def tree_run_seconds(pid: int) -> float:
    """The same of the threads that are left, to the microsecond: `cpu_seconds` counts in hundredths of a second."""
    children, nanoseconds = _tasks(pid)
    return nanoseconds / 1e9 + sum(map(tree_run_seconds, children))


def _tasks(pid: int) -> tuple[list[int], int]:
    children, nanoseconds = [], 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            children += map(int, (task / "children").read_text().split())
            nanoseconds += int((task / "schedstat").read_text().split()[0])
    return children, nanoseconds


def _wait_for_200(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        try:
            connection.request("GET", "/api/v1")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.002)
        finally:
            connection.close()
    raise RuntimeError(f"{process.args} exited with {process.returncode}")
