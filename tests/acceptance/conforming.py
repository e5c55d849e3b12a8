"""The whole suite but the limit on a running mock, webhooks and the authored contract included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.acceptance.test_mock import ENVIRONMENT, Mock, run

_SCRIPTS = Path(sys.executable).parent
_SECRET = "whsec_planted_0123456789"


def assert_conforms(mock: Mock, port: int, folder: Path) -> None:
    """Have the suite listen at that port, and say in that folder that the mock conforms."""
    url = mock.variables["ONEINVOICE_URL"]
    hook = f"http://127.0.0.1:{port}/hook"
    added = run("webhooks", "add", hook, "--secret", _SECRET, environment={"ONEINVOICE_URL": url})
    assert added.returncode == 0, added
    done = subprocess.run(
        [_SCRIPTS / "oneinvoice-conform", url, "--strict", "--skip", "RATE", "--rate-limit", "10000",
         "--listen", f"127.0.0.1:{port}", "--trigger", f"{_SCRIPTS / 'oneinvoice-mock'} trigger {{event}}"],
        cwd=folder, capture_output=True, text=True, timeout=120,
        env=ENVIRONMENT | mock.variables | {"ONEINVOICE_WEBHOOK_SECRET": _SECRET},
    )  # fmt: skip
    assert (done.returncode, "\nconforms  " in done.stdout) == (0, True), done.stdout + done.stderr
