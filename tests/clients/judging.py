"""Run `oneinvoice-conform client` on a client, with its receiver and its store, and return what the report says."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.clients.base.programs import STATE
from tests.clients.catalogue import FREE

ROOT = Path(__file__).parents[2]
SECRET = "whsec_of_a_client_under_test"
ALARM = ("failed", "warned", "error")
_CONFORM = Path(sys.executable).with_name("oneinvoice-conform")
_LONGEST_START = 20.0  # seconds
_LONGEST_RUN = 900.0


@dataclass(frozen=True)
class Subject:
    """Client by the command that all its programs begin with, and the variables that choose its variant.

    `has` names what it has beside `sync` and the receiver, and `options` are for `oneinvoice-conform client`.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    has: frozenset[str] = frozenset({"receiver", "readback", "restart", "rotate"})
    options: tuple[str, ...] = ()

    def program(self, *arguments: str) -> str:
        """Return the shell command of one of its programs."""
        return shlex.join([*self.command, *arguments])


@dataclass(frozen=True)
class Verdict:
    """Report of a client, as JSON has it; `none` is the verdict on what is no client of the API.

    `code` is the command's exit code, `said` what it wrote.
    """

    code: int
    verdict: str
    outcomes: Mapping[str, str]
    reasons: Mapping[str, str]
    said: str = field(default="", repr=False)

    def alarms(self) -> dict[str, str]:
        """Return the reasons of what failed or was warned of, by requirement."""
        return {rule: self.reasons[rule] for rule, outcome in self.outcomes.items() if outcome in ALARM}

    def undecided(self) -> list[str]:
        """Return the requirements that could not be judged, but for those that nobody can judge."""
        return [rule for rule, outcome in self.outcomes.items() if outcome in ("inconclusive", "not_tested")]


def faulty(name: str) -> Subject:
    """Return the client with one fault or of a free variant, or `correct`."""
    seconds = FREE[name].takes if name in FREE else None
    options = ("--run-timeout", str(seconds)) if seconds else ()
    return Subject(name, (sys.executable, "-m", "tests.clients.faulty", name), options=options)


def liar(name: str) -> Subject:
    """Return the liar of that name."""
    return Subject(name, (sys.executable, "-m", "tests.clients.liars", name))


def judge(subject: Subject, only: str | None = None, *, options: Sequence[str] = ()) -> Verdict:
    """Judge a client from the start: with an empty store, and a receiver of its own that ends with the verdict."""
    with tempfile.TemporaryDirectory(prefix="client-", ignore_cleanup_errors=True) as folder:
        store, report = Path(folder) / "store", Path(folder) / "report.json"
        environment = environment_of(subject, store)
        with receiving(subject, store, environment) as hook:
            command: list[str | Path] = [
                _CONFORM,
                "client",
                *means(subject, hook),
                *subject.options,
                *options,
                "--json",
                report,
            ]
            if only:
                command += ["--only", only]
            ran = _run(command, environment)
        return verdict_of(ran, report)


def environment_of(subject: Subject, store: Path) -> dict[str, str]:
    """Return the variables that the programs of a client run with."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "CLIENT_"))}
    path = os.pathsep.join(filter(None, [str(ROOT), inherited.get("PYTHONPATH", "")]))
    return {**inherited, "PYTHONPATH": path, "CLIENT_STORE": str(store), **subject.environment}


def means(subject: Subject, hook: str | None) -> list[str]:
    """Return the options that name a client's programs."""
    given = ["--run", subject.program("sync")]
    if hook:
        given += ["--hook", hook, "--webhook-secret", SECRET]
    for name, arguments in {"readback": "dump", "restart": "restart"}.items():
        if name in subject.has:
            given += [f"--{name}", subject.program(arguments)]
    if hook and "rotate" in subject.has:
        given += ["--rotate", f"{subject.program('rotate')} {{new}} {{old}}"]
    return given


@contextmanager
def receiving(subject: Subject, store: Path, environment: Mapping[str, str]) -> Iterator[str | None]:
    """Start a client's receiver, and yield its URL; kill it at the end, whoever started it last."""
    if "receiver" not in subject.has:
        yield None
        return
    process = subprocess.Popen(
        [*subject.command, "receiver", "0"],
        cwd=ROOT,
        env={**environment, "ONEINVOICE_WEBHOOK_SECRET": SECRET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{_port(store, process)}/hook"
    finally:
        for pid in {process.pid, _state(store).get("pid", process.pid)}:  # another one since a restart
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def verdict_of(ran: subprocess.CompletedProcess[str], report: Path) -> Verdict:
    """Return what a report says; of what is no client there is none.

    Raises:
        AssertionError: the command failed itself; with what it said.
    """
    said = ran.stdout + ran.stderr
    if not report.exists():
        if ran.returncode not in (2, 4) or "The kit failed" in said:
            raise AssertionError(f"exit code {ran.returncode} and no report:\n{said}")
        return Verdict(ran.returncode, "none", {}, {}, said)
    content = json.loads(report.read_text("utf-8"))
    rows = {row["id"].removeprefix("CLIENT/"): row for row in content["requirements"]}
    return Verdict(
        ran.returncode,
        content["verdict"],
        {rule: row["outcome"] for rule, row in rows.items()},
        {rule: row.get("reason", "") for rule, row in rows.items()},
        said,
    )


def _run(command: Sequence[str | Path], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; where that takes too long, end it with all that it started."""
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, error = process.communicate(timeout=_LONGEST_RUN)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    return subprocess.CompletedProcess(list(map(str, command)), process.returncode, out, error)


def _port(store: Path, process: subprocess.Popen[bytes]) -> int:
    """Return where a receiver listens, once it does."""
    deadline = time.monotonic() + _LONGEST_START
    while time.monotonic() < deadline:
        if port := _state(store).get("port"):
            return port
        if process.poll() is not None:
            raise AssertionError(f"the receiver ended with {process.returncode}")
        time.sleep(0.02)
    raise AssertionError(f"the receiver did not listen within {_LONGEST_START:.0f} s")


def _state(store: Path) -> dict[str, int]:
    with suppress(FileNotFoundError, ValueError):
        state: dict[str, int] = json.loads((store / STATE).read_text("utf-8"))
        return state
    return {}
