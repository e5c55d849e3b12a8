"""Commands of the guides run as they stand there, one document after the other, and print what is shown."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.documents import GUIDES, PROOF, Block, Document
from tests.acceptance.running_mock import running_mock
from tests.acceptance.shell_session import Session
from tests.services.nginx import nginx
from tests.services.ports import free_port
from tests.services.postgres import postgres
from tests.services.redis import redis

STAGING = "https://staging.example"
DATABASE = "postgresql://oneinvoice:$PASSWORD@127.0.0.1/oneinvoice"
REDIS = "redis://127.0.0.1:6379/0"
_PORTS = ("8080", "8000", "8010", "8011", "8012", "9401", "9402", "9403", "9464", "9465")


@contextmanager
def session(document: Document, folder: Path) -> Iterator[Session]:
    # The documents name fixed ports and days, as people do; here others may be taken, or over.
    replaced = {port: str(free_port()) for port in _PORTS}
    replaced["2026-12-31"] = str((datetime.now(UTC) + timedelta(days=30)).date())
    replaced["--watch 10m"] = "--watch 2s"
    # What a run waits for is over at once.
    variables = {"ONEINVOICE_WAIT_COMMAND": "oneinvoice-mock clock advance {seconds}"}
    with ExitStack() as stack:
        if STAGING in document.text:
            exported = stack.enter_context(running_mock())
            variables["ONEINVOICE_URL"] = replaced[STAGING] = exported["ONEINVOICE_URL"]
            replaced |= {f"{name}=1iv_…": f"{name}={value}" for name, value in exported.items() if "KEY" in name}
        if DATABASE in document.text:
            server = stack.enter_context(postgres())
            replaced[DATABASE] = f"postgresql://oneinvoice:$PASSWORD@127.0.0.1:{server.port}/oneinvoice"
            psql = f"psql --quiet --host=127.0.0.1 --port={server.port} --username=tester --dbname=postgres"
            replaced["su postgres -c psql"] = psql
        if REDIS in document.text:
            replaced[REDIS] = stack.enter_context(redis()).url
        work = folder / "work"
        work.mkdir()
        if "nginx" in document.text:
            replaced |= stack.enter_context(nginx(work, replaced))
        begun = Session(work, folder / "state", replaced, variables)
        stack.callback(begun.end)
        yield begun


@pytest.mark.parametrize("document", [each for each in GUIDES if each is not PROOF], ids=lambda document: document.name)
def test_what_it_says_is_what_happens(document: Document, tmp_path: Path) -> None:
    assert_happens(document, tmp_path)


def assert_happens(document: Document, folder: Path) -> None:
    """Each block of the document does what is shown, in a folder of its own."""
    with session(document, folder) as shell:
        for block in document.blocks:
            problem = _problem(shell, block)
            assert not problem, f"{document.name}:{block.line}: {problem}"


def _problem(shell: Session, block: Block) -> str:
    try:
        shell.run(block)
    except (AssertionError, subprocess.TimeoutExpired) as problem:
        return str(problem)
    return ""
