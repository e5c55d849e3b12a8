"""The command line `oneinvoice-spec`: real processes."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

import oneinvoice_openapi
import pytest

SPEC = Path(sysconfig.get_path("scripts")) / "oneinvoice-spec"
AUTHORED = Path(oneinvoice_openapi.__file__).parent / "v1" / "openapi.yaml"


def spec(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SPEC, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_document_in_the_package_is_in_order() -> None:
    run = spec("check")
    assert (run.returncode, run.stderr) == (0, "")
    assert "valid OpenAPI 3.1" in run.stdout


def test_problems_are_told_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(
        AUTHORED.read_text("utf-8").replace("x-requirements: [DISC-1, DISC-2]", "x-requirements: [DISC-9]"), "utf-8"
    )
    run = spec("check", path)
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [
        "DISC-9: named by the document, but not in the register.",
        "DISC-1: in the register, but no x-requirements names it.",
        "DISC-2: in the register, but no x-requirements names it.",
    ]


@pytest.mark.parametrize("text", ["", "[]", "openapi: 3.0.3", "just text"])
def test_what_is_no_openapi_3_1_document(tmp_path: Path, text: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text)
    run = spec("check", path)
    assert (run.returncode, run.stdout) == (1, "")
    assert "not an OpenAPI 3.1 document" in run.stderr


@pytest.mark.parametrize(
    ("content", "part"), [(None, "can't be read"), (b"a: [", "is not YAML"), (b"\xff\xfe\xfd", "can't be read")]
)
def test_what_can_not_be_read(tmp_path: Path, content: bytes | None, part: str) -> None:
    path = tmp_path / "openapi.yaml"
    if content is not None:
        path.write_bytes(content)
    run = spec("check", path)
    assert (run.returncode, run.stdout) == (2, "")
    assert part in run.stderr
    assert "Traceback" not in run.stderr


def test_wrong_usage() -> None:
    assert spec("chek").returncode == 2
    assert spec("--version").returncode == 0
