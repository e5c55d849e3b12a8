"""Commands that restart a receiver: they can be stopped, and what they start goes on."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from oneinvoice_conformance.clients.program import Programs
from oneinvoice_conformance.clients.stage import NotPlayed, Stage, Stopped
from oneinvoice_conformance.clients.subject import Client

SECRET = "whsec_that_the_receiver_had"


def stage(said: list[str] | None = None, **commands: Any) -> Stage:
    """A stage on which nothing but commands are run."""
    client = Client(webhook_secret=SECRET, **commands)
    parts = cast(Any, SimpleNamespace(origin="http://127.0.0.1:1", key="1iv_key"))
    say: Callable[[str], None] = (said if said is not None else []).append
    return Stage(
        client, parts, parts, parts, parts, Programs(), redact=lambda text: text.replace(SECRET, "$S"), say=say
    )


def runs(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True
    return False


def test_what_a_restart_starts_goes_on(tmp_path: Path):
    pid = tmp_path / "pid"
    stage(restart=f"sleep 60 & echo $! > {shlex.quote(str(pid))}").restart()
    started = int(pid.read_text())
    assert runs(started)
    os.kill(started, signal.SIGKILL)


def test_a_command_that_hangs_is_ended_when_the_verdict_is_stopped():
    stuck = stage(restart="sleep 60")
    threading.Timer(0.3, stuck.programs.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        stuck.restart()
    assert time.monotonic() - began < 30


def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path):
    pid = tmp_path / "pid"
    slow = stage(restart=f"sleep 60 & echo $! > {shlex.quote(str(pid))}; wait", run_timeout=0.5)
    with pytest.raises(NotPlayed, match=r"^--restart did not work \(killed after"):
        slow.restart()
    deadline = time.monotonic() + 10
    while runs(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not runs(int(pid.read_text()))


def test_a_command_that_fails_is_told_without_the_secret():
    failing = stage(rotate="echo no {old} here >&2; exit 3; {new}")
    with pytest.raises(NotPlayed) as raised:
        failing.rotate("whsec_new", SECRET)
    assert str(raised.value) == "--rotate did not work (exit code 3: no $S here)"


def test_the_secret_is_given_back_after_a_stop(tmp_path: Path):
    given = tmp_path / "given"
    write = f"{sys.executable} -c 'import sys; open(sys.argv[1], \"w\").write(repr(sys.argv[2:]))'"
    stopped = stage(rotate=f"{write} {shlex.quote(str(given))} {{new}} {{old}}")
    stopped.programs.stop()
    with pytest.raises(Stopped):
        stopped.rotate("whsec_new", SECRET)
    stopped.give_back()
    assert given.read_text() == repr([SECRET, ""])
