"""Examples of CONTRIBUTING.md work as they stand there, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.documents import ROOT, Block, Document
from tests.acceptance.shell_session import is_shown

CONTRIBUTING = Document(ROOT / "CONTRIBUTING.md")
COPIED = ("conformance", "docs", "fixtures", "impl", "openapi", "tests", "Makefile", "pyproject.toml")
PACKAGES = ("conformance", "fixtures", "impl", "openapi")
_EDIT = re.compile(r'(?P<how>new|append|in) (?P<path>\S+)(?: (?P<where>after|before|replace) "(?P<text>.+)")?')
_LONGEST = 120.0  # seconds that the commands of a block may take
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ONEINVOICE_", "PYTEST_"))}


def examples() -> dict[str, list[Block]]:
    """Return the blocks of each section that changes something, by its heading."""
    sections: dict[str, list[Block]] = {}
    lines = CONTRIBUTING.text.splitlines()
    for block in CONTRIBUTING.blocks:
        heading = next((line for line in reversed(lines[: block.line]) if line.startswith("## ")), "")
        sections.setdefault(heading.removeprefix("## "), []).append(block)
    return {name: blocks for name, blocks in sections.items() if any(map(_edit, blocks))}


def _edit(block: Block) -> re.Match[str] | None:
    return _EDIT.fullmatch(block.marker)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project, with a `.venv` whose packages are the copied ones and whose tools are those of this one."""
    folder = tmp_path_factory.mktemp("project")
    without = shutil.ignore_patterns("__pycache__", "images")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=without)
        else:
            shutil.copy(source, folder)
    environment = folder / ".venv"
    environment.mkdir()
    for each in ("bin", "lib", "pyvenv.cfg"):
        (environment / each).symlink_to(Path(sys.prefix) / each)
    for mark in (".installed", ".installed-dev"):  # newer than pyproject.toml, so that make installs nothing
        (environment / mark).touch()
    return folder


def test_it_is_short() -> None:
    assert len(CONTRIBUTING.text.splitlines()) < 450


def test_every_section_on_adding_something_has_an_example() -> None:
    assert {heading for heading in examples() if heading.startswith("Add ")} == {
        line.removeprefix("## ") for line in CONTRIBUTING.text.splitlines() if line.startswith("## Add ")
    }


@pytest.mark.parametrize("heading", examples())
def test_an_example_names_the_files_that_it_changes(heading: str) -> None:
    """The file stands in the text above its block too, where people read it."""
    for block in examples()[heading]:
        prose = CONTRIBUTING.text[: CONTRIBUTING.text.index(block.text)].rpartition("\n## ")[2]
        edit = _edit(block)
        if edit and edit["how"] == "new":
            path = Path(edit["path"])
            assert f"`{path.name}`" in prose
            assert f"`{path.parent}`" in prose
        elif edit:
            assert f"`{edit['path']}`" in prose


@pytest.mark.parametrize("heading", examples())
def test_an_example_works(heading: str, project: Path) -> None:
    printed = ""
    for block in examples()[heading]:
        if edit := _edit(block):
            _apply(edit, block.text, project)
        elif block.marker == "run":
            printed = _run(block.text, project)
        elif block.language == "text" and printed:
            assert is_shown(block.text, printed), f"{block.text}\nis not shown in\n{printed}"
            printed = ""


def test_what_the_examples_add_is_in_style(project: Path) -> None:
    """Runs last: the copy has all of them by then, if the tests before it ran."""
    _run(".venv/bin/ruff check . && .venv/bin/ruff format --check .", project)
    _run(".venv/bin/python -m pytest --quiet tests/unit/test_structure.py", project)


def _apply(edit: re.Match[str], text: str, project: Path) -> None:
    file = project / edit["path"]
    if edit["how"] == "new":
        assert not file.exists(), f"{edit['path']} is there already"
        assert file.parent.is_dir(), f"{file.parent} is not there"
        file.write_text(text, "utf-8")
        return
    content = file.read_text("utf-8")
    if edit["how"] == "append":
        file.write_text(f"{content}\n\n{text}", "utf-8")
        return
    lines = content.splitlines(keepends=True)
    place = next((number for number, line in enumerate(lines) if edit["text"] in line), None)
    assert place is not None, f"no line of {edit['path']} has {edit['text']!r}"
    start, end = {"after": (place + 1, place + 1), "before": (place, place), "replace": (place, place + 1)}[
        edit["where"]
    ]
    separated = f"{text}\n\n" if edit["where"] == "before" and file.suffix == ".py" else text
    file.write_text("".join([*lines[:start], separated, *lines[end:]]), "utf-8")


def _run(text: str, project: Path) -> str:
    environment = _CLEAN | {
        "PYTHONPATH": os.pathsep.join(str(project / name) for name in PACKAGES),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "COLUMNS": "118",
    }
    done = subprocess.run(
        ["sh", "-ec", text],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    assert done.returncode == 0, f"exit code {done.returncode} of\n{text}\n{done.stdout}"
    return done.stdout
