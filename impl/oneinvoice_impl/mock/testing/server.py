"""Mock that tests share: one that they start, or one that runs already."""

from __future__ import annotations

import fcntl
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

from oneinvoice_impl.mock.testing.controls import Controls, MockProblem
from oneinvoice_impl.mock.testing.sandbox import Sandbox

_LONGEST_START = 60.0
_PAUSE = 0.01
_LAST_VARIABLE = "ONEINVOICE_REVOKED_KEY"


@dataclass(frozen=True, slots=True)
class Mock:
    """Running mock. `variables` are those that it prints, with its keys.

    >>> with oneinvoice.sandbox(rate_limit=1000, scale=5000) as sandbox:
    ...     assert len(Client(sandbox.url, sandbox.key).members()) == 5000
    """

    url: str
    variables: Mapping[str, str] = field(repr=False)

    @property
    def key(self) -> str:
        """Its key, which is in no sandbox: what happens by it, all tests share."""
        return self._variable("ONEINVOICE_KEY")

    @property
    def sibling_key(self) -> str:
        """Another key of the same organisation."""
        return self._variable("ONEINVOICE_SIBLING_KEY")

    @property
    def other_key(self) -> str:
        """A key of another organisation."""
        return self._variable("ONEINVOICE_OTHER_KEY")

    @property
    def revoked_key(self) -> str:
        """A key that was revoked."""
        return self._variable("ONEINVOICE_REVOKED_KEY")

    @property
    def controls(self) -> Controls:
        """Whatever it can be told: see `/_mock/openapi.json` there."""
        return Controls(f"{self.url}/_mock")

    @contextmanager
    def sandbox(
        self, *, seed: int | None = None, scale: int | None = None, rate_limit: int | None = None
    ) -> Iterator[Sandbox]:
        """Give a sandbox for the block: with data of another seed, so many members, so many requests in a minute."""
        made = self.controls.post("/sandboxes", {"seed": seed, "scale": scale, "rate_limit": rate_limit})
        id, keys = made["id"], made["keys"]
        controls = Controls(f"{self.controls.url}/sandboxes/{id}")
        try:
            yield Sandbox(id, self.url, keys["primary"], keys["sibling"], keys["other"], keys["revoked"], controls)
        finally:
            self._remove(id)

    def _remove(self, id: str) -> None:
        try:
            self.controls.delete(f"/sandboxes/{id}")
        except MockProblem as problem:
            if problem.status != HTTPStatus.NOT_FOUND:  # the test itself removed it
                raise

    def _variable(self, name: str) -> str:
        try:
            return self.variables[name]
        except KeyError:
            raise MockProblem(f"The key of the mock at {self.url} isn't known; set {name}, or use a sandbox.") from None


def running_mock(url: str, variables: Mapping[str, str]) -> Mock:
    """Return the mock that runs at a URL. Raises `MockProblem`."""
    mock = Mock(url.rstrip("/"), variables)
    try:
        mock.controls.get("/sandboxes")
    except MockProblem as problem:
        if "/sandboxes/" in url:
            raise MockProblem(
                f"{url} is a sandbox, and each test takes its own; give the URL of its mock."
            ) from problem
        raise MockProblem(
            f"No mock with sandboxes answers at {url}; start one with oneinvoice-mock and give its URL, or unset "
            "ONEINVOICE_URL (oneinvoice_url in pytest's settings) and the tests start one."
        ) from problem
    return mock


@contextmanager
def shared_mock(folder: Path, options: Sequence[str]) -> Iterator[Mock]:
    """Start a mock for the block, or join the one that another process started with the folder.

    Each process of the block holds a lock, and the mock ends when nobody does: also if they all died. Raises
    `MockProblem` with what the mock said.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    process = None
    with (folder / "in-use").open("a") as in_use, (folder / "starting").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(in_use, fcntl.LOCK_SH)  # once a mock that is about to end has ended
        variables = _exported(folder)
        if _LAST_VARIABLE not in variables:
            process = _start(folder, options)
            variables = _wait(folder, process)
        fcntl.flock(starting, fcntl.LOCK_UN)
        yield Mock(variables["ONEINVOICE_URL"], variables)
    if process is not None:
        process.wait()  # until the others are done, too


def _start(folder: Path, options: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "oneinvoice_impl.mock.testing.serving", str(folder)]
    with (folder / "exports").open("wb") as exports, (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [*command, "--port", "0", *options],
            stdin=subprocess.DEVNULL,
            stdout=exports,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the tests, which still need it to end theirs
        )


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> Mapping[str, str]:
    """Return what a mock exports, once it does."""
    deadline = time.monotonic() + _LONGEST_START
    while _LAST_VARIABLE not in (variables := _exported(folder)):
        if process.poll() is not None:
            log = (folder / "log").read_text("utf-8", "replace").strip()
            said = log or f"It ended with exit code {process.returncode}; see its options (oneinvoice_args)."
            raise MockProblem(f"oneinvoice-mock did not start:\n{said}")
        if time.monotonic() >= deadline:
            process.kill()
            process.wait()
            raise MockProblem(f"oneinvoice-mock was not ready in {_LONGEST_START:.0f} s.")
        time.sleep(_PAUSE)
    return variables


def _exported(folder: Path) -> Mapping[str, str]:
    try:
        printed = (folder / "exports").read_text("utf-8")
    except FileNotFoundError:
        return {}
    return dict(re.findall(r"^export (\w+)=(\S+)\n", printed, re.MULTILINE))
