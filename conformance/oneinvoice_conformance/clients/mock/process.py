"""Mock as a program on a free port, for as long as a verdict takes."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oneinvoice_conformance.errors import Unreachable, UsageError

_PROGRAM = "oneinvoice-mock"
_START = 60.0  # seconds
_END = 10.0  # seconds
_URL = re.compile(r"export ONEINVOICE_URL=(\S+)")


@contextmanager
def running_mock() -> Iterator[str]:
    """Run a mock within the context, and yield its origin. Raises `UsageError` or `Unreachable` with what to do."""
    # What the environment says of a mock is for another one.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    process = subprocess.Popen(
        [_program(), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # Ctrl-C is the suite's, which stops it
        env=surroundings,
    )
    lines: queue.Queue[str | None] = queue.Queue()
    reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
    reader.start()
    try:
        yield _url(lines)
    finally:
        process.terminate()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()


def _program() -> str:
    beside = Path(sys.executable).with_name(_PROGRAM)
    found = str(beside) if beside.exists() else shutil.which(_PROGRAM)
    if not found:
        raise UsageError("There is no oneinvoice-mock on PATH to start; install the kit whole, or name a mock: --mock.")
    return found


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            lines.put(line)
    lines.put(None)


def _url(lines: queue.Queue[str | None]) -> str:
    """Return the origin that a mock prints when it listens."""
    last = ""
    try:
        while (line := lines.get(timeout=_START)) is not None:
            if match := _URL.search(line):
                return match[1]
            last = line.strip() or last
    except queue.Empty:
        raise Unreachable(
            f"oneinvoice-mock did not listen within {_START:.0f} s; name one that runs: --mock."
        ) from None
    raise Unreachable(f"oneinvoice-mock did not start: {last}")
