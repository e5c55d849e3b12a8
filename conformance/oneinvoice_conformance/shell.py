"""Run a command of the operator's in a shell."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress

_TAIL = 4096  # bytes of output that are looked at
_LONGEST_LINE = 200  # characters


def run_in_shell(command: str, timeout: float, variables: Mapping[str, str] | None = None) -> str | None:
    """Run the command for at most `timeout` seconds, and return why it failed, with its last line; None if it didn't.

    It gets `variables` beside those of the environment. Processes that it left in the background go on after it has
    ended, but not after a time-out or Ctrl-C.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            ["sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=os.environ | dict(variables or {}),
        )
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            _end(process)
            return f"did not end within {timeout:g} s"
        except BaseException:
            _end(process)
            raise
        start = output.seek(max(0, output.seek(0, os.SEEK_END) - _TAIL))
        lines = output.read().decode("utf-8", "replace").strip().splitlines()
    if code == 0:
        return None
    # What is cut off goes from the end alone: the tail of a secret could not be recognised as one.
    last = "a very long line" if start and len(lines) == 1 else lines[-1][:_LONGEST_LINE] if lines else "no output"
    return f"ended with exit code {code}: {last}"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the shell and all processes that it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
