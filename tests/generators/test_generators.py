"""Each tool takes the contract without a warning, and what it makes works."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import oneinvoice_openapi
import pytest
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_openapi.contract import document

from tests.generators.conftest import PROGRAMS, SCRIPTS, run

DOCUMENT = Path(oneinvoice_openapi.__file__).parent / "v1" / "openapi.yaml"
HERE = Path(__file__).parent
ALL_EVENTS = " ".join(sorted(EVENTS)) + "\n"
TSC = ("tsc", "--strict", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node10")


def test_openapi_python_client(mock: dict[str, str], deliveries: Path, tmp_path: Path) -> None:
    options = ("--meta", "none", "--output-path", "oneinvoice_client", "--fail-on-warning")
    made = run(
        tmp_path, SCRIPTS / "openapi-python-client", "generate", "--path", DOCUMENT, *options,
        environment=os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert (made.returncode, made.stdout, made.stderr) == (0, "Generating oneinvoice_client\n", "")
    models = {path.stem.replace("_", "") for path in (tmp_path / "oneinvoice_client" / "models").glob("*.py")}
    objects = [
        name for name, schema in document()["components"]["schemas"].items() if {"properties", "allOf"} & set(schema)
    ]
    assert [name for name in objects if name != "Event" and name.lower() not in models] == []
    read = run(
        tmp_path, sys.executable, PROGRAMS / "read_mock.py", mock["ONEINVOICE_URL"], mock["ONEINVOICE_KEY"], deliveries,
        environment=os.environ | {"PYTHONPATH": str(tmp_path)},
    )  # fmt: skip
    assert (read.returncode, read.stdout) == (0, ALL_EVENTS), read.stderr


def test_openapi_typescript(tmp_path: Path) -> None:
    made = run(tmp_path, "openapi-typescript", DOCUMENT, "--output", "contract.ts")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "warn" not in (made.stdout + made.stderr).lower()
    program = (PROGRAMS / "events.ts").read_text("utf-8")
    (tmp_path / "events.ts").write_text(program, "utf-8")
    right = run(tmp_path, *TSC, "--noEmit", "events.ts")
    assert (right.returncode, right.stdout) == (0, "")
    # The same without a word that errors are expected: each line below one has one.
    wrong = program.replace("// @ts-expect-error", "// wrong:")
    (tmp_path / "events.ts").write_text(wrong, "utf-8")
    failed = run(tmp_path, *TSC, "--noEmit", "events.ts")
    marked = [number + 2 for number, line in enumerate(wrong.splitlines()) if "// wrong:" in line]
    assert [int(line) for line in re.findall(r"^events\.ts\((\d+),\d+\): error", failed.stdout, re.MULTILINE)] == marked


def test_hey_api(mock: dict[str, str], deliveries: Path, tmp_path: Path) -> None:
    made = run(tmp_path, "openapi-ts", "--input", DOCUMENT, "--output", "client", "--no-log-file")
    assert made.returncode == 0, made.stdout + made.stderr
    assert "warn" not in (made.stdout + made.stderr).lower()
    (tmp_path / "read_mock.ts").write_text((PROGRAMS / "read_mock.ts").read_text("utf-8"), "utf-8")
    compiled = run(tmp_path, *TSC, "--lib", "es2022,dom,dom.iterable", "--outDir", "made", "read_mock.ts")
    assert (compiled.returncode, compiled.stdout) == (0, "")
    read = run(tmp_path, "node", "made/read_mock.js", mock["ONEINVOICE_URL"], mock["ONEINVOICE_KEY"], deliveries)
    assert (read.returncode, read.stdout) == (0, ALL_EVENTS), read.stderr


def test_redocly_finds_nothing() -> None:
    linted = run(
        HERE, "redocly", "lint", DOCUMENT, "--config", "redocly.yaml", "--format", "json",
        environment=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
    )  # fmt: skip
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert re.search(r'"problems": \[\]', linted.stdout), linted.stdout


def test_redocly_finds_what_is_broken(tmp_path: Path) -> None:
    broken = tmp_path / "openapi.yaml"
    text = DOCUMENT.read_text("utf-8")
    broken.write_text(text.replace("operationId: list_quotes", "operationId: list_members"), "utf-8")
    assert run(HERE, "redocly", "lint", broken, "--config", "redocly.yaml").returncode == 1


@pytest.mark.parametrize("key", ["ONEINVOICE_KEY", "ONEINVOICE_OTHER_KEY"])
def test_schemathesis_is_answered_as_it_is_written(mock: dict[str, str], key: str, tmp_path: Path) -> None:
    options = ("--mode", "positive", "--max-examples", "20", "--seed", "1", "--phases", "examples,coverage,fuzzing")
    ran = run(
        tmp_path, SCRIPTS / "schemathesis", "run", DOCUMENT, "--url", mock["ONEINVOICE_URL"], *options,
        "--header", f"Authorization: Bearer {mock[key]}",
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"Operations:\s+4 selected / 4 total", ran.stdout), ran.stdout
