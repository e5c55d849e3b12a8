"""The command `oneinvoice-spec diff`: real processes, and a real repository of Git."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.acceptance.test_spec import AUTHORED, SPEC

LIMIT = "maximum: 200, default: 50"
NARROWER = "maximum: 100, default: 25"


def diff(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SPEC, "diff", *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def draft(folder: Path, old: str = LIMIT, new: str = NARROWER) -> Path:
    path = folder / "openapi.yaml"
    text = AUTHORED.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository that has the authored document in its first commit, tagged v1."""
    commands = ["init -q", "add -A", "-c user.name=a -c user.email=a@b.example commit -qm First", "tag v1"]
    draft(tmp_path, LIMIT, LIMIT)
    for command in commands:
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def test_what_breaks_is_told_and_the_exit_code_is_1(tmp_path: Path) -> None:
    begun = time.monotonic()
    run = diff(AUTHORED, draft(tmp_path), cwd=tmp_path)
    assert time.monotonic() - begun < 5
    assert (run.returncode, run.stderr) == (1, "")
    assert "BREAKING       GET /api/v1/members  query parameter limit  default 50 → 25\n" in run.stdout
    assert "  shown by  GET /api/v1/members?limit=200\n" in run.stdout
    assert run.stdout.endswith("openapi.yaml: breaking (2 breaking).\n")


def test_what_breaks_nothing_has_exit_code_0(tmp_path: Path) -> None:
    path = draft(tmp_path, "title: 1invoice.online REST API", "title: The REST API of 1invoice.online")
    run = diff(AUTHORED, path, cwd=tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("DOCUMENTATION  document  title of info changed")
    assert diff(AUTHORED, AUTHORED, cwd=tmp_path).stdout.endswith("(nothing that clients meet has changed).\n")


def test_a_revision_of_git_is_the_old_version_of_the_same_file(repository: Path) -> None:
    path = draft(repository)
    for old in ("HEAD", "v1"):
        run = diff(old, path.name, cwd=repository)
        assert (run.returncode, run.stderr) == (1, "")
        assert run.stdout.endswith(f"openapi.yaml of {old} → openapi.yaml: breaking (2 breaking).\n")


def test_from_another_folder_the_file_is_found_too(repository: Path) -> None:
    (repository / "inner").mkdir()
    draft(repository)
    assert diff("v1", "../openapi.yaml", cwd=repository / "inner").returncode == 1


def test_the_form_of_the_report_is_chosen(tmp_path: Path) -> None:
    path = draft(tmp_path)
    runs = {form: diff(AUTHORED, path, "--format", form, cwd=tmp_path) for form in ("json", "markdown", "github")}
    assert {run.returncode for run in runs.values()} == {1}
    assert json.loads(runs["json"].stdout)["counts"]["breaking"] == 2
    assert runs["markdown"].stdout.startswith("**")
    assert runs["github"].stdout.startswith("::error file=openapi.yaml,line=")


def test_exceptions_that_a_person_has_approved_break_nothing(tmp_path: Path) -> None:
    pointer = "/components/parameters/Limit/schema"
    entries = [
        {
            "rule": rule,
            "pointer": f"{pointer}/{keyword}",
            "reason": "a",
            "owner": "b",
            "expires": "2999-12-31",
        }
        for rule, keyword in (("request-default", "default"), ("request-range", "maximum"))
    ]
    (tmp_path / "exceptions.yaml").write_text(json.dumps({"exceptions": entries}))
    run = diff(AUTHORED, draft(tmp_path), "--exceptions", "exceptions.yaml", cwd=tmp_path)
    assert (run.returncode, run.stdout.count("APPROVED  ")) == (0, 2)


def test_output_does_not_depend_on_the_machine(tmp_path: Path) -> None:
    path = draft(tmp_path)
    outputs = {diff(AUTHORED, path, cwd=tmp_path, PYTHONHASHSEED=seed, TZ=zone).stdout
               for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))}  # fmt: skip
    assert len(outputs) == 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("gone", "openapi.yaml"), "gone is neither a file nor a release, and Git has no openapi.yaml of it"),
        (("openapi.yaml", "gone.yaml"), "gone.yaml can't be read"),
        (("openapi.yaml", "bad.yaml"), "bad.yaml, line 1 (#/openapi) is not an OpenAPI 3.1 document"),
        (("bad.yaml", "openapi.yaml"), "bad.yaml, line 1 (#/openapi) is not an OpenAPI 3.1 document"),
        (("openapi.yaml", "openapi.yaml", "--exceptions", "gone"), "gone can't be read"),
        (("openapi.yaml", "openapi.yaml", "--format", "xml"), "xml"),
        (("a", "b", "c"), "one version too many"),
    ],
)
def test_bad_input_is_told_in_one_sentence(repository: Path, arguments: tuple[str, ...], part: str) -> None:
    (repository / "bad.yaml").write_text("openapi: 3.0.0")
    run = diff(*arguments, cwd=repository)
    assert (run.returncode, run.stdout) == (2, "")
    assert part in run.stderr
    assert run.stderr.startswith("Error: ")
    assert run.stderr.count("\n") == 1


def test_without_git_a_revision_is_told_to_need_it(tmp_path: Path) -> None:
    run = diff("v1", draft(tmp_path), cwd=tmp_path, PATH=str(tmp_path))
    assert (run.returncode, run.stdout) == (2, "")
    assert "Git, which may know it, is not installed" in run.stderr
