"""Ctrl-C while a command is still being imported: one clean end, and no traceback. Real processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

SCRIPTS = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]


def started(name: str, *, ignoring: bool = False) -> subprocess.Popen[str]:
    """The command as its script starts it, once it has imported a part of its modules."""
    module, function = SCRIPTS[name].split(":")
    script = f"import sys; sys.argv = [{name!r}, '--version']; from {module} import {function} as run; run()"
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN)) if ignoring else None,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "click." in line:
            break
    return process


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_ends_at_once_without_a_traceback(name: str) -> None:
    process = started(name)
    process.send_signal(signal.SIGINT)
    printed, complaint = process.communicate(timeout=20)
    assert (process.returncode, printed) == (130, "")
    assert [line for line in complaint.splitlines() if not line.startswith("import time:")] == []


def test_what_ignores_it_goes_on() -> None:
    process = started("oneinvoice-mock", ignoring=True)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=20)
    assert (process.returncode, printed[:15]) == (0, "oneinvoice-mock")


@pytest.mark.parametrize("package", ["oneinvoice_impl", "oneinvoice_conformance.cli", "oneinvoice_openapi"])
def test_each_runs_as_a_module(package: str) -> None:
    result = subprocess.run([sys.executable, "-m", package, "--version"], capture_output=True, text=True, check=True)
    assert "version" in result.stdout
