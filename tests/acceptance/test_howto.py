"""The tests of docs/integrators.md pass with the client that stands there, and with one that a generator makes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT, written
from tests.soak import SOAK

TIMES = 20 if SOAK else 2
SCRIPTS = Path(sys.executable).parent
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "PYTEST_"))}


def run(folder: Path, *command: str) -> None:
    environment = CLEAN | {"PATH": f"{SCRIPTS}:{CLEAN['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("client", ["of the guide", "generated"])
def test_the_tests_of_the_guide_pass_with_workers(client: str, tmp_path: Path) -> None:
    (tmp_path / "test_client.py").write_text(written("test_client.py"))
    if client == "generated":
        document = ROOT / "openapi/oneinvoice_openapi/v1/openapi.yaml"
        options = ("--meta", "none", "--output-path", "oneinvoice_client")
        run(tmp_path, "openapi-python-client", "generate", "--path", str(document), *options)
        (tmp_path / "client.py").write_text(Path(__file__).with_name("howto").joinpath("generated.py").read_text())
    else:
        (tmp_path / "client.py").write_text(written("client.py"))
    for _ in range(TIMES):
        # Without a plugin that takes seconds to load, and that nobody uses here.
        run(tmp_path, "pytest", "-n", "4", "-p", "no:schemathesis", "test_client.py")
