"""ARCHITECTURE.md has the layers that import-linter holds, files that are there, and the documentation's words."""

from __future__ import annotations

import os
import re
import tomllib

import pytest
from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.register import register

from tests.acceptance.documents import ROOT, Document

ARCHITECTURE = Document(ROOT / "ARCHITECTURE.md")
PACKAGES = ("conformance/oneinvoice_conformance", "impl/oneinvoice_impl", "openapi/oneinvoice_openapi")
_FILE = re.compile(r"(?<![\w./-])[a-z_][\w./-]*(?:/|\.py|\.yaml|\.txt)(?![\w-])")
_MADE_UP = {"rules/AREA.py"}
_LAYER = re.compile(r"^\| (\d+) \| (.+?) \|", re.MULTILINE)


def test_it_is_short() -> None:
    assert len(ARCHITECTURE.text.splitlines()) <= 250


@pytest.mark.parametrize(
    ("heading", "container"),
    [
        ("The rooms of the suite", "oneinvoice_conformance"),
        ("The rooms of the reference implementation", "oneinvoice_impl"),
    ],
)
def test_its_layers_are_those_that_are_held(heading: str, container: str) -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [held] = [each["layers"] for each in configuration["contracts"] if each.get("containers") == [container]]
    section = re.split(r"^##+ ", ARCHITECTURE.text.partition(f"## {heading}\n")[2], flags=re.MULTILINE)[0]
    told: dict[int, set[str]] = {}
    for number, rooms in _LAYER.findall(section):
        told.setdefault(int(number), set()).update(re.findall(r"`(\w+)(?:/|\.py)`", rooms))
    assert told == {number: set(layer.split(" | ")) for number, layer in enumerate(reversed(held), 1)}


def test_the_files_that_it_names_are_there() -> None:
    pictures = [block.text.replace("<br>", " ") for block in ARCHITECTURE.blocks]
    code = [text for text in ARCHITECTURE.code if not text.startswith((".venv/", "/"))]
    named = {name for text in (*code, *pictures) for name in _FILE.findall(text)} - _MADE_UP
    assert len(named) > 100
    below = {name for name in named if "/" in name[:-1]}
    assert {name for name in below if not any((ROOT / place / name).exists() for place in (".", *PACKAGES))} == set()
    # Where a row or a sentence has named the folder before.
    there = {path.name for place in (*PACKAGES, "tests") for path in (ROOT / place).rglob("*")} | set(os.listdir(ROOT))
    assert {name.rstrip("/") for name in named - below} - there == set()


def test_its_index_begins_with_words_of_the_documentation() -> None:
    """Each sentence that it leads from stands there, and every area of the register is led to."""
    documentation = " ".join(PACKAGE.joinpath("documentation.txt").read_text("utf-8").split())
    index = ARCHITECTURE.text.partition("| the documentation says |")[2].partition("\n\n")[0]
    rows = [row.split(" | ") for row in index.splitlines()[2:]]
    quoted = [words for row in rows for words in re.findall(r'"([^"]+)"', row[0])]
    assert [words for words in quoted if words not in documentation] == []
    areas = {re.match(r"[A-Z]+", row[1]) for row in rows}
    assert {area[0] for area in areas if area} == set(register().of("deployment").areas) - {"SPEC"}
