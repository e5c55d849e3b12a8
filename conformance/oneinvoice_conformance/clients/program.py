"""Programs of the client: started through the shell, watched, and ended with all that they started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.clients.observation import ProgramEnd, Readback
from oneinvoice_conformance.documented import ENDPOINTS

_TAIL = 4096  # bytes of output that are kept
_MOST_READ = 64 * 2**20  # bytes of a readback
_POLL = 0.01  # seconds


class Programs:
    """Programs that were started for one verdict, so that Ctrl-C can end them all."""

    def __init__(self) -> None:
        self._running: set[Program] = set()
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def start(self, command: str, environment: Mapping[str, str], redact: Callable[[str], str]) -> Program:
        """Start a command in the current folder, with variables beside those of the environment."""
        program = Program(command, environment, redact)
        with self._lock:
            self._running.add(program)
        if self.stopped.is_set():
            program.end()
        return program

    def forget(self, program: Program) -> None:
        """Forget a program that has ended, and end what it left behind."""
        program.end()
        self.leave(program)

    def leave(self, program: Program) -> None:
        """Forget a program that has ended, and have what it left behind go on."""
        with self._lock:
            self._running.discard(program)
        program.close()

    def stop(self) -> None:
        """End all of them, and whatever is started from now on."""
        self.stopped.set()
        with self._lock:
            running = list(self._running)
        for program in running:
            program.end()


class Program:
    """Program of the client, with its output in a file."""

    def __init__(self, command: str, environment: Mapping[str, str], redact: Callable[[str], str]) -> None:
        self._redact = redact
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            ["sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._errors,
            start_new_session=True,
            env=os.environ | dict(environment),
        )

    def wait(self, seconds: float, *, lasting: bool = False) -> ProgramEnd:
        """Wait for its end so long at most, kill it then, and return how it ended.

        What it has left behind is ended with it, unless that is `lasting`; after a time-out all is.
        """
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        took = time.monotonic() - self._began
        code = self._process.returncode
        if not lasting or code is None:
            self.end()
        return ProgramEnd(code, took, self._redact(self._last_words()))

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def output(self) -> bytes:
        """Return what it wrote to standard output."""
        self._output.seek(0)
        return self._output.read(_MOST_READ)

    def end(self) -> None:
        """Kill it, and all that it started and that is in its group still."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def close(self) -> None:
        """Close what it wrote, which can't be read any more."""
        self._output.close()
        self._errors.close()

    def _last_words(self) -> str:
        """Return the end of what it wrote, of errors if there are any."""
        for file in (self._errors, self._output):
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            text = file.read().decode("utf-8", "replace").strip()
            if text:
                return "\n".join(map(printable, text.splitlines()))
        return ""


def read_back(text: bytes) -> Readback:
    """Return the state in a readback's output: `{"members": {id: {…}}, …, "effects": {event_id: count}}`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return Readback(problem="it printed no JSON" if text.strip() else "it printed nothing")
    if not isinstance(content, dict):
        return Readback(problem="it printed JSON, but no object")
    lists = {name: content[name] for name in ENDPOINTS if content.get(name) is not None}
    effects = content.get("effects")
    for name, records in lists.items():
        if not isinstance(records, dict):
            return Readback(problem=f"its {name} are no object of records by their ids")
    if effects is not None and not _are_counts(effects):
        return Readback(problem="its effects are no object of numbers by the ids of events")
    error = printable(str(content.get("error") or ""))
    if not lists and effects is None and not error:
        return Readback(problem=f"its object has none of {', '.join(ENDPOINTS)} and effects")
    return Readback(
        {name: {str(id): record for id, record in each.items()} for name, each in lists.items()}, effects, error
    )


def _are_counts(effects: object) -> bool:
    return isinstance(effects, dict) and all(
        isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in effects.values()
    )
