import subprocess
import sys
from pathlib import Path

import pytest
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.reports.reporting import DEPLOYMENT, ROWS, answer, result
from tests.unit.conformance.reports.test_pytest_file import text_of

REASONS = (
    '"',
    '""',
    '"""',
    "\\",
    "a\\",
    "'''",
    '{"a": ""}',
    "\x00\x1b[1m",
    "\ud800",
    "é “x” " * 40,
    "x" * 2000,
    "\\N{x}",
    "'\"",
)


@pytest.mark.parametrize("deployment", [DEPLOYMENT, Deployment('http://it\'s/"x"/%7B', {})])
def test_ruff_leaves_it_as_it_is(deployment: Deployment, tmp_path: Path):
    for number, reason in enumerate(REASONS):
        results = [
            result(row.id, Outcome.FAILED, f"{reason} {row.id} {reason}", answer([])) for row in ROWS.requirements
        ]
        (tmp_path / f"test_{number}.py").write_text(text_of(*results, deployment=deployment, base=deployment.base))
    (tmp_path / "empty.py").write_text(text_of())
    for command in (("check",), ("format", "--diff")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", tmp_path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout
