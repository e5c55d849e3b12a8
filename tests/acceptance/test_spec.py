"""The command line `oneinvoice-spec`: real processes."""

from __future__ import annotations

import resource
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
    assert [line.split(" ")[0] for line in run.stderr.splitlines()] == ["DISC-9:", "DISC-1", "DISC-2"]


@pytest.mark.parametrize(
    ("line", "instead", "told"),
    [
        ("default: 50}", "default: 25}", "MEM-2 (“limit — items per page (default 50, max 200)”): "
         "#/components/parameters/Limit/schema/default (line {}) is 25, and must be 50"),
        ("            payment_status: paid", "            payment_status: open",
         "#/components/examples/InvoicePage/value/data/0/payment_status (line {}) is no example of"),
        ("        first_name: {type: string, description: Given names}", "        first_name: {type: string}",
         "#/components/schemas/Member/properties/first_name (line {}) has no description; write one"),
    ],
)  # fmt: skip
def test_a_problem_has_the_line_of_the_file(tmp_path: Path, line: str, instead: str, told: str) -> None:
    text = AUTHORED.read_text("utf-8")
    assert line in text
    path = tmp_path / "openapi.yaml"
    path.write_text(text.replace(line, instead, 1), "utf-8")
    number = text.partition(line)[0].count("\n") + 1
    run = spec("check", path)
    assert run.returncode == 1
    assert any(problem.startswith(told.format(number)) for problem in run.stderr.splitlines()), run.stderr


def test_it_is_quick() -> None:
    def used() -> float:
        """The processor's seconds: what else runs beside the tests may not fail this one."""
        of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return of_children.ru_utime + of_children.ru_stime

    before = used()
    assert spec("check").returncode == 0
    assert used() - before < 1.5


@pytest.mark.parametrize("text", ["", "[]", "openapi: 3.0.3", "just text", "swagger: '2.0'"])
def test_what_is_no_openapi_3_1_document(tmp_path: Path, text: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text)
    run = spec("check", path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "not an OpenAPI 3.1 document" in run.stderr
    assert run.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "part"), [(None, "can't be read"), (b"a: [", "is not YAML"), (b"\xff\xfe\xfd", "is not UTF-8")]
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
