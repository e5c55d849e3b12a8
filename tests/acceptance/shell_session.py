"""Shell in which the commands of a document run one after the other, as its reader would type them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.acceptance.contract_copy import released_contract
from tests.acceptance.documents import Block

_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "PYTEST_"))}
_LONGEST = 300.0  # seconds that a block may take, or that what runs on may need until it is ready
_SOON = 10.0  # seconds until what runs on has printed what the document shows
# Whatever ends the script, what it exported is there for the next.
_FRAME = "set -e\n. {state}\ntrap 'export -p > {state}' EXIT\n{text}"
# Runs come closer together than the limit of their key allows; what was sent before counts no more then.
_RUN = re.compile(r'^(?=oneinvoice-conform (?:"\$ONEINVOICE_URL"|http))', re.MULTILINE)
_A_MINUTE_LATER = "oneinvoice-mock clock advance 61 >/dev/null 2>&1 || true\n"


def is_shown(text: str, printed: str) -> bool:
    """Tell whether the lines of the text were printed; … stands for anything, on a line or between lines."""
    lines = [".*".join(map(re.escape, line.rstrip().split("…"))) for line in text.rstrip().splitlines()]
    pattern = "\n".join(lines).replace("\n.*\n", r"\n(?:.*\n)*?")
    return re.search(pattern, "\n".join(line.rstrip() for line in printed.splitlines())) is not None


class Session:
    """Folder, variables and what runs in the background. `replaced` has what stands for names in the document."""

    def __init__(self, folder: Path, state: Path, replaced: Mapping[str, str], variables: Mapping[str, str]) -> None:
        self._folder, self._state, self._replaced = folder, state, replaced
        self._running: list[tuple[subprocess.Popen[bytes], Path]] = []
        self._started = 0
        self._printed = ""
        self._state.mkdir()
        (self._state / ".curlrc").write_text("silent\nshow-error\n")
        (self._state / "exports").write_text("")
        # Of the clone, as far as documents ask for it; they may change it, and commands are those of what it is then.
        contract = released_contract(folder)
        self._environment = _CLEAN | {
            "PATH": f"{Path(sys.executable).parent}:{_CLEAN['PATH']}",
            "COLUMNS": "118",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # those of the tests here are not the reader's, and slow to load
            "PYTEST_ADDOPTS": "-p oneinvoice",  # but the kit's own is
            "CURL_HOME": str(self._state),
            "PYTHONPATH": os.pathsep.join(filter(None, (str(contract), _CLEAN.get("PYTHONPATH")))),
            **variables,
        }

    def run(self, block: Block) -> None:
        """Do what the block says. Raises `AssertionError` where it can't be done, or gives something else."""
        if block.stops_before:
            self._stop_last()
        text = self._replace(block.text)
        if block.file:
            (self._folder / block.file).write_text(text, "utf-8")
        elif block.language == "text":
            self._expect(text)
        elif block.language == "sh" and block.until:
            self._start(text, self._replace(block.until))
        elif block.language == "sh" and not block.reason:
            done: Any = subprocess.run(self._command(text), **self._place, stdout=subprocess.PIPE, timeout=_LONGEST)
            self._printed = done.stdout.decode()
            assert done.returncode == block.exit_code, f"exit code {done.returncode} of\n{text}\n{self._printed}"
        if block.pasted:
            lines = re.findall(r"^export \w+=\S+$", self._printed, re.MULTILINE)
            assert lines, "it prints nothing to paste"
            with (self._state / "exports").open("a") as file:
                file.write("\n".join(lines) + "\n")
        if block.stops_after:
            self._stop_last()

    def end(self) -> None:
        while self._running:
            self._stop_last()

    def _replace(self, text: str) -> str:
        for name, value in self._replaced.items():
            text = re.sub(rf"(?<![\w.]){re.escape(name)}(?![\w])", value, text)
        return text

    def _command(self, text: str) -> list[str]:
        text = _RUN.sub(_A_MINUTE_LATER, text)
        return ["sh", "-c", _FRAME.format(state=self._state / "exports", text=text)]

    @property
    def _place(self) -> dict[str, Any]:
        return {"cwd": self._folder, "env": self._environment, "stderr": subprocess.STDOUT, "stdin": subprocess.DEVNULL}

    def _start(self, text: str, until: str) -> None:
        self._started += 1
        output = self._state / f"output-{self._started}"
        with output.open("wb") as file:
            process = subprocess.Popen(self._command(text), **self._place, stdout=file, start_new_session=True)
        self._running.append((process, output))
        deadline = time.monotonic() + _LONGEST
        while until not in output.read_text():
            assert process.poll() is None, f"it ended:\n{output.read_text()}"
            assert time.monotonic() < deadline, f"it is not ready:\n{output.read_text()}"
            time.sleep(0.02)
        self._printed = output.read_text()

    def _stop_last(self) -> None:
        """End what was started last, with all of its processes, and see that nobody has to kill it."""
        process, output = self._running.pop()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=_SOON)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"it doesn't stop:\n{output.read_text()}") from None

    def _expect(self, text: str) -> None:
        """Find the text in what the last block printed, or what runs on printed meanwhile; … stands for anything."""
        deadline = time.monotonic() + _SOON
        while True:
            printed = self._printed + "".join(output.read_text() for _, output in self._running)
            if is_shown(text, printed):
                return
            assert time.monotonic() < deadline, f"this is not printed:\n{text}\nbut this:\n{printed}"
            time.sleep(0.05)
