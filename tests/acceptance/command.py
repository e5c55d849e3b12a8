"""The command line `oneinvoice-conform`, run in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

import jsonschema_rs
from oneinvoice_conformance.history.report_format import schema

from tests.miniatures import keys

SCRIPTS = Path(sysconfig.get_path("scripts"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
IMPORTABLE = {"PYTHONPATH": str(Path(__file__).parents[2])}
KEYS = {name: key.value for name, key in keys().items()}
KEY_OPTIONS = ("--key", KEYS["primary"], "--other-key", KEYS["other"], "--revoked-key", KEYS["revoked"])
READ_ONLY = ("--skip", "HOOK,RATE,NEWS")
SCHEMA = jsonschema_rs.validator_for(schema(), validate_formats=True)

Run = subprocess.CompletedProcess[str]


class Conform:
    """Runs the command line in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        return subprocess.run(
            [SCRIPTS / "oneinvoice-conform", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            env=ENVIRONMENT | (env or {}),
        )

    def report(self, name: str = "report.json") -> dict[str, Any]:
        """The report that was written, which is as the schema says and holds no key."""
        text = (self.folder / name).read_text()
        assert not [key for key in KEYS.values() if key[:12] in text]
        content = json.loads(text)
        SCHEMA.validate(content)
        return content

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


def assert_one_sentence(run: Run, code: int, *parts: str) -> None:
    """The run ended with that code, and one line on standard error that names the parts and no key."""
    assert run.returncode == code, run
    assert run.stdout == ""
    assert run.stderr.startswith("oneinvoice-conform: ")
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    assert not [part for part in parts if part not in run.stderr], run.stderr
    assert not [key for key in KEYS.values() if key[:12] in run.stderr]


def without_secrets(run: Run) -> Run:
    assert not [key for key in KEYS.values() if key[:12] in run.stdout + run.stderr]
    return run
