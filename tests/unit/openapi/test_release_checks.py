"""What was released stays as it was, and what is worked on is no older."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_openapi.checks.releases import problems_of_releases
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.lifecycle.released import read_releases
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import RELEASED, numbers, releases

from tests.unit.openapi.labelled_pairs import source


@pytest.fixture
def released(tmp_path: Path) -> Path:
    """A folder of the first release alone."""
    folder = tmp_path / "released"
    shutil.copytree(str(RELEASED.joinpath("1.0.0")), folder / "1.0.0")
    sums = RELEASED.joinpath("SHA256SUMS").read_text("utf-8").splitlines(keepends=True)
    (folder / "SHA256SUMS").write_text("".join(line for line in sums if "  1.0.0/" in line))
    return folder


def versioned(version: Any) -> Source:
    content = document()
    content["info"]["version"] = version
    return source(content)


def add(released: Path, version: str) -> None:
    """Release once more what 1.0.0 is."""
    shutil.copytree(released / "1.0.0", released / version)
    with (released / "SHA256SUMS").open("a") as sums:
        for path in sorted((released / version).iterdir()):
            sums.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {version}/{path.name}\n")


def test_what_was_released_is_as_it_was() -> None:
    assert problems_of_releases(source(document())) == []


def test_a_touched_file_is_told_with_what_brings_it_back(released: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(released.parent)
    with (released / "1.0.0" / "openapi.yaml").open("a") as file:
        file.write("\n")
    assert problems_of_releases(source(document()), released) == [
        "released/1.0.0/openapi.yaml is not what was released (SHA256SUMS); "
        "restore it: git checkout -- released/1.0.0/openapi.yaml"
    ]


@pytest.mark.parametrize("name", ["openapi.yaml", "requirements.yaml", "lifecycle.yaml"])
def test_a_missing_file_is_told(released: Path, name: str) -> None:
    (released / "1.0.0" / name).unlink()
    [problem] = problems_of_releases(source(document()), released)
    assert problem.startswith(f"released/1.0.0/{name} was released, and is missing; restore it: git checkout -- ")


def test_a_missing_release_is_told(released: Path) -> None:
    shutil.rmtree(released / "1.0.0")
    assert len(problems_of_releases(source(document()), released)) == 3


def test_a_file_that_is_not_listed_is_told(released: Path) -> None:
    (released / "1.0.0" / "notes.txt").write_text("a")
    shutil.copytree(released / "1.0.0", released / "1.1.0")
    problems = problems_of_releases(versioned("1.1.0"), released)
    assert [problem.partition("; ")[0] for problem in problems] == [
        f"released/{name} was never released (SHA256SUMS)"
        for name in (
            "1.0.0/notes.txt",
            *(f"1.1.0/{kept}" for kept in ("lifecycle.yaml", "notes.txt", "openapi.yaml", "requirements.yaml")),
        )
    ]


def test_half_a_release_is_told(released: Path) -> None:
    add(released, "1.1.0")
    (released / "1.1.0" / "requirements.yaml").unlink()
    sums = (released / "SHA256SUMS").read_text().splitlines()
    (released / "SHA256SUMS").write_text("\n".join(sums[:-1]))
    [problem] = problems_of_releases(versioned("1.1.0"), released)
    assert problem.startswith("released/1.1.0/requirements.yaml was released, and is missing")


def test_hashes_of_what_no_path_can_be_are_told(released: Path) -> None:
    names = ["a" * 300, "a\0b", "1.0.0"]
    with (released / "SHA256SUMS").open("a") as sums:
        sums.writelines(f"{'0' * 64}  {name}\n" for name in names)
    told = problems_of_releases(source(document()), released)
    assert [each.partition(" was ")[0] for each in told] == [f"released/{name}" for name in names]


def test_a_release_whose_files_are_gone_or_no_yaml_is_told(released: Path) -> None:
    document = released / "1.0.0" / "openapi.yaml"
    for content, told in (
        (b"a: [", "release 1.0.0, line "),
        (b"[]", "release 1.0.0 is not"),
        (b"\xff", "is not UTF-8"),
    ):
        document.write_bytes(content)
        with pytest.raises(Unusable, match=told):
            read_releases(released)
    document.unlink()
    told = "openapi.yaml of release 1.0.0 can't be read .No such file or directory.; restore it, as"
    with pytest.raises(Unusable, match=told):
        read_releases(released)


@pytest.mark.parametrize("content", [None, b"\xff", b"no line of it\n"])
def test_hashes_that_can_not_be_read_are_told(released: Path, content: bytes | None) -> None:
    sums = released / "SHA256SUMS"
    sums.write_bytes(content) if content else sums.unlink()
    problem = problems_of_releases(source(document()), released)[0]
    assert problem.startswith("released/SHA256SUMS ")
    assert f"restore it: git checkout -- {sums}" in problem


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("1.9.0", "is 1.9.0, which is older than the last release; write 1.10.0, or a later one."),
        ("1.10.0", ""),
        ("2.0.0", ""),
        ("1.10", "is 1.10, which is no version; write one such as 1.1.0."),
        ("v1", "is v1, which is no version"),
    ],
)
def test_the_version_is_no_older_than_the_last_release(released: Path, version: str, told: str) -> None:
    add(released, "1.10.0")
    add(released, "1.2.0")
    assert list(releases(released)) == ["1.0.0", "1.2.0", "1.10.0"]
    problems = problems_of_releases(versioned(version), released)
    assert len(problems) == bool(told)
    assert not told or told in problems[0]
    assert not told or problems[0].startswith("#/info/version (line ")


@pytest.mark.parametrize("text", ["1.0", "1.0.0.0", "01.0.0", "1.0.0-rc.1", "1.0.0\n", "", "1.0.9999999999", None, 1])
def test_what_is_no_version(text: object) -> None:
    assert numbers(text) is None
