"""The command line in a folder of its own, and deployments that many tests judge."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.command import ENVIRONMENT, SCRIPTS, Conform
from tests.miniatures import Deployment, serve


@pytest.fixture
def conform(tmp_path: Path) -> Conform:
    return Conform(tmp_path)


@pytest.fixture(scope="module")
def miniature() -> Iterator[str]:
    with serve(Deployment()) as url:
        yield url


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, str]]:
    """The variables that a running mock prints."""
    with subprocess.Popen(
        [SCRIPTS / "oneinvoice-mock", "serve", "--port", "0", "--rate-limit", "10000"],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        try:
            assert process.stdout
            printed: dict[str, str] = {}
            while len(printed) < 5:
                line = process.stdout.readline()
                assert line, "the mock ended before it printed its keys"
                printed |= dict(re.findall(r"^export (ONEINVOICE_\w+)=(\S+)", line))
            yield printed
        finally:
            process.kill()
