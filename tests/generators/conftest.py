"""A running mock, the bodies of its eight events, and the programs of npm."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.mock.testing.receiver import receiver
from oneinvoice_impl.mock.testing.server import running_mock as known_mock

from tests.acceptance.running_mock import running_mock

NODE = Path(sys.prefix) / "node"  # where `scripts/node-packages` puts them
SCRIPTS = Path(sys.executable).parent
PROGRAMS = Path(__file__).parent / "programs"
SIZE = ("--rate-limit", "100000", "--scale", "260")


@pytest.fixture(autouse=True, scope="session")
def _installed() -> None:
    if not (NODE / "installed").exists():
        pytest.fail("The generators are not installed here; run `tox run -e generators`.", pytrace=False)


@pytest.fixture(scope="session")
def mock() -> Iterator[dict[str, str]]:
    """The variables that a running mock prints."""
    with running_mock(*SIZE) as variables:
        yield variables


@pytest.fixture(scope="session")
def deliveries(mock: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the bodies of all events, as the mock sent them."""
    with known_mock(mock["ONEINVOICE_URL"], mock).sandbox() as sandbox, receiver() as target:
        sandbox.webhook(target.url)
        for event in EVENTS:
            sandbox.trigger(event)
        bodies = [target.wait_for(event).json() for event in EVENTS]
    path = tmp_path_factory.mktemp("deliveries") / "deliveries.json"
    path.write_text(json.dumps(bodies), "utf-8")
    return path


def run(
    folder: Path, *command: str | Path, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, whatever that is; those of npm are found by name."""
    program, *arguments = command
    of_npm = NODE / "node_modules" / ".bin" / str(program)
    found = of_npm if of_npm.exists() else program
    return subprocess.run(
        [found, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
