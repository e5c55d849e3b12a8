"""Judge a deployment by the command line `oneinvoice-conform`, as its users do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.miniatures import keys

CONFORM = Path(sys.executable).with_name("oneinvoice-conform")
LONGEST = 900.0  # seconds that a run may take
_NAMES = {"primary": "KEY", "sibling": "SIBLING_KEY", "other": "OTHER_KEY", "revoked": "REVOKED_KEY"}
KEYS = {f"ONEINVOICE_{_NAMES[name]}": key.value for name, key in keys().items()}


@dataclass(frozen=True)
class Run:
    """What a run said, and wrote."""

    code: int
    said: str
    report: dict[str, Any]

    def reasons(self, *outcomes: str) -> dict[str, str]:
        """Return the reasons of the requirements that had one of the outcomes, by id."""
        rows = self.report.get("requirements", [])
        return {row["id"]: row["reason"] for row in rows if row["outcome"] in outcomes}


def judge(url: str, folder: Path, *options: str) -> Run:
    """Judge what is served there."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    done = subprocess.run(
        [CONFORM, url, "--json", "report.json", *options],
        cwd=folder,
        env={**variables, **KEYS},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    written = folder / "report.json"
    return Run(done.returncode, done.stdout + done.stderr, json.loads(written.read_text()) if written.exists() else {})
