"""Links and names in the documents are those of the project."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from docs.generator.commands import Command, commands, long_name, variable
from docs.generator.pages import PROGRAMS
from docs.generator.settings import variables
from tests.acceptance.documents import GUIDES, README, ROOT, Document, documents

SCRIPTS = Path(sys.executable).parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
COMMANDS: dict[str, Command] = {command.name: command for program in PROGRAMS for command in commands(program)}
# Of other programs, which the documents show in use.
OTHERS = (
    *("uvicorn", "curl", "python", "pip", "node", "bench/", ".venv/bin/ruff", ".venv/bin/python", "mkdir"),
    *("/opt/oneinvoice/bin/pip", "journalctl", "openssl", "pg_dump", "pg_restore", "systemctl"),
)
OF_OTHERS = {"--no-proxy-headers", "--databases", "--retry"}
OF_ALL = {"--help", "--version"}
# A mock that is started without a word serves, and a suite with a URL in its place runs.
BY_DEFAULT = {"oneinvoice-mock": "oneinvoice-mock serve", "oneinvoice-conform": "oneinvoice-conform run"}
ALL = pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)


def options(command: Command) -> set[str]:
    return {name for option in command.options for name in option.opts} | OF_ALL


EVERY_OPTION = set().union(*map(options, COMMANDS.values()))


def test_the_readme_is_short() -> None:
    assert len(README.text.splitlines()) <= 150


@ALL
def test_what_it_links_to_is_there(document: Document) -> None:
    missing = []
    for link in document.links:
        if "://" in link or link.startswith("mailto:"):
            continue
        path, _, anchor = link.partition("#")
        target = (document.path.parent / path).resolve() if path else document.path
        if not target.exists() or (anchor and anchor not in Document(target).anchors):
            missing.append(link)
    assert missing == []


@ALL
def test_it_is_written_in_whole_blocks(document: Document) -> None:
    assert document.text.count("```") == 2 * len(document.blocks)
    known = ("sh", "text", "toml", "python", "js", "mermaid", "yaml", "html", "")
    assert [block.line for block in document.blocks if block.language not in known] == []
    assert document.text.count("<!-- test:") == sum(bool(block.marker) for block in document.blocks)


def test_every_guide_is_linked_to_by_the_readme() -> None:
    linked = {(README.path.parent / link).resolve() for link in README.links if "://" not in link}
    assert {document.path for document in GUIDES[1:]} <= linked


def named(code: str) -> Command | None:
    """Return the command of ours that a line of a shell begins with, if it is one."""
    words = re.sub(r"^(?:[A-Z_]+=\S* +)+", "", code).split()
    for count in (3, 2, 1):
        if len(words) >= count and (name := " ".join(words[:count])) in COMMANDS:
            return COMMANDS[BY_DEFAULT.get(name, name)]
    return None


@ALL
def test_the_options_that_it_names_are_options(document: Document) -> None:
    wrong = []
    for code in document.code:
        command = named(code)
        if command is None and code.startswith(OTHERS):
            continue
        known = options(command) if command else EVERY_OPTION | OF_OTHERS
        # What stands in quotation marks is another command.
        alone = re.sub(r"'[^']*'|\"\$\([^)]*\)\"", "", code.partition("#")[0])
        wrong += [
            f"{option} in {code}" for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", alone) if option not in known
        ]
    assert wrong == []


@ALL
def test_the_commands_that_it_names_are_commands(document: Document) -> None:
    wrong = []
    for code in document.code:
        match = re.match(r"(oneinvoice-(?:conform|mock|service|spec))(?: ([a-z]+))?(?: ([a-z]+))?(?= |$)", code)
        if match and match[2]:
            group = f"{match[1]} {match[2]}"
            known = group in COMMANDS and (not match[3] or not _is_group(group) or f"{group} {match[3]}" in COMMANDS)
            wrong += [] if known else [code]
    assert wrong == []


def _is_group(name: str) -> bool:
    return any(other.startswith(f"{name} ") for other in COMMANDS)


@ALL
def test_the_variables_that_it_names_are_read(document: Document) -> None:
    known = set(variables()) | {"ONEINVOICE_SOAK"}
    for command in COMMANDS.values():
        known |= {variable(parameter, command.context) for parameter in command.definition.params}
    # What an example of CONTRIBUTING.md adds.
    known |= {name for block in document.blocks for name in re.findall(r'\(environment, "(\w+)"\)', block.text)}
    assert {name for name in re.findall(r"\bONEINVOICE_[A-Z_]*[A-Z]\b", document.text) if name not in known} == set()


@ALL
def test_the_files_that_it_names_are_there(document: Document) -> None:
    folders = "|".join(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith("."))
    named = {path for code in document.code for path in re.findall(rf"(?<![\w./-])(?:{folders})/[\w./@-]*\w", code)}
    written = re.compile("report/")  # by make demo
    assert {path for path in named if not (ROOT / path).exists() and not written.match(path)} == set()


@ALL
def test_what_it_has_make_do_is_in_the_makefile(document: Document) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {name for code in document.code for name in re.findall(r"^make ([a-z]+)", code)} <= targets


def test_every_option_of_a_run_is_told_to_somebody() -> None:
    text = "".join(document.text for document in GUIDES)
    run = COMMANDS["oneinvoice-conform run"]
    volatile_fields_reason = [long_name(option) for option in run.options if long_name(option) not in text]
    # Secrets are told by the variables that they belong into.
    secret = {name for name in volatile_fields_reason if f"ONEINVOICE_{name[2:].replace('-', '_').upper()}" in text}
    assert set(volatile_fields_reason) == secret


def test_what_can_be_named_in_another_language_is_told(tmp_path: Path) -> None:
    """The guide has a name for each thing that the suite knows, which tells them for one that it doesn't."""
    [block] = [block for document in GUIDES for block in document.blocks if block.file == "names.toml"]
    (tmp_path / "names.toml").write_text("nothing = ['x']")
    command = [SCRIPTS / "oneinvoice-conform", "http://127.0.0.1:9", "--map", "names.toml"]
    done = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 2
    known = re.findall(r"\w+", done.stderr.rpartition("; use ")[2])
    assert sorted(known) == sorted(tomllib.loads(block.text))
