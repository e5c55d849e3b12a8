"""Standard output that is closed, is full, or has a report in it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.acceptance.command import ENVIRONMENT, KEY_OPTIONS, SCHEMA, SCRIPTS, Conform, assert_one_sentence
from tests.miniatures import FAULTS, Deployment, serve

SCOPE = ("--only", "MEM,DISC")
NO_ROOM = "The output can't be written (No space left on device); see where it goes.\n"
# A command of each program that prints much, and what its exit code is where everything can be written.
COMMANDS = [
    ("oneinvoice-conform run --help", 0),
    ("oneinvoice-conform verify --capture capture.jsonl", 3),
    ("oneinvoice-conform diff old.json new.json", 1),
    ("oneinvoice-conform replay broken.har --only MEM,DISC", 1),
    ("oneinvoice-conform http://127.0.0.1:1 --plan --skip RATE", 0),
    ("oneinvoice-mock keys", 0),
    ("oneinvoice-mock serve --list-defects", 0),
    ("oneinvoice-spec check", 0),
]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands read."""
    folder = tmp_path_factory.mktemp("files")
    conform = Conform(folder)
    with serve(Deployment()) as url, serve(FAULTS["maximum-of-201"].deployment()) as broken:
        assert conform(url, *KEY_OPTIONS, *SCOPE, "--json", "old.json").returncode == 0
        assert conform(broken, *KEY_OPTIONS, *SCOPE, "--json", "new.json", "--har", "broken.har").returncode == 1
    (folder / "capture.jsonl").write_text('{"method": "GET", "target": "/", "headers": [], "body_base64": ""}\n')
    return folder


@contextmanager
def pipe_without_reader() -> Iterator[int]:
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@contextmanager
def full_disk() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


def ran(folder: Path, command: str, stdout: int | None, redirections: str = "") -> tuple[int, str]:
    """Return exit code and standard error of a command line, run by a shell that has these redirections."""
    run = subprocess.run(
        ["sh", "-c", f"{SCRIPTS}/{command} {redirections}"],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env=ENVIRONMENT | {"ONEINVOICE_WEBHOOK_SECRET": "whsec_of_a_test"},
    )
    return run.returncode, run.stderr


@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_a_reader_that_leaves_takes_no_verdict_with_it(command: str, code: int, files: Path) -> None:
    with pipe_without_reader() as pipe:
        left, errors = ran(files, command, pipe)
    assert left == code
    assert "Traceback" not in errors
    assert "Broken pipe" not in errors


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_a_program_without_any_output_does_what_it_does(command: str, code: int, closed: str, files: Path) -> None:
    ended, errors = ran(files, command, None, closed)
    assert ended == code
    assert "Traceback" not in errors


@pytest.mark.parametrize(("command", "code"), COMMANDS)
def test_output_that_is_lost_is_told_and_no_verdict(command: str, code: int, files: Path) -> None:
    with full_disk() as disk:
        ended, errors = ran(files, command, disk)
        silent, _ = ran(files, command, disk, "2>&1")
    assert ended == silent == 4
    assert errors.endswith(NO_ROOM)
    assert errors.count(NO_ROOM) == 1
    assert "Traceback" not in errors


def test_a_listener_that_nobody_reads_ends(tmp_path: Path) -> None:
    with pipe_without_reader() as pipe:
        assert ran(tmp_path, "oneinvoice-conform listen --listen 127.0.0.1:0", pipe) == (0, "")
    with full_disk() as disk:
        ended = ran(tmp_path, "oneinvoice-conform listen --listen 127.0.0.1:0", disk)
    assert ended == (4, f"oneinvoice-conform: {NO_ROOM}")


def test_a_proxy_that_nobody_reads_ends_and_writes_its_archive(tmp_path: Path) -> None:
    command = "oneinvoice-conform proxy http://127.0.0.1:1 --listen 127.0.0.1:0 --har p.har"
    with pipe_without_reader() as pipe:
        assert ran(tmp_path, command, pipe) == (0, "")
    assert json.loads((tmp_path / "p.har").read_text())["log"]["entries"] == []
    with full_disk() as disk:
        assert ran(tmp_path, command, disk) == (4, f"oneinvoice-conform: {NO_ROOM}")


def test_the_report_of_a_run_whose_reader_leaves_is_written(files: Path, tmp_path: Path, miniature: str) -> None:
    options = " ".join([*KEY_OPTIONS, *SCOPE, "--json", str(tmp_path / "report.json")])
    with pipe_without_reader() as pipe:
        code, errors = ran(files, f"oneinvoice-conform {miniature} {options}", pipe)
    assert (code, errors) == (0, "")
    assert json.loads((tmp_path / "report.json").read_text())["verdict"].startswith("conforms")


@pytest.mark.parametrize("name", ["json", "html", "junit", "markdown", "har"])
def test_a_report_goes_to_standard_output_alone(name: str, conform: Conform, miniature: str) -> None:
    run = conform(miniature, *KEY_OPTIONS, *SCOPE, f"--{name}", "-", "--badge", "badge.svg")
    assert run.returncode == 0
    assert "conforms" in run.stderr
    assert "report: badge.svg" in run.stderr
    assert "report: -" not in run.stderr
    assert conform.files() == ["badge.svg"]
    match name:
        case "json":
            SCHEMA.validate(json.loads(run.stdout))
        case "har":
            assert json.loads(run.stdout)["log"]["entries"]
        case "junit":
            assert ElementTree.fromstring(run.stdout).tag == "testsuites"  # our own
        case _:
            assert run.stdout.startswith({"html": "<!doctype html>", "markdown": "#"}[name])


def test_a_variable_may_name_standard_output(conform: Conform, miniature: str) -> None:
    run = conform(miniature, *KEY_OPTIONS, *SCOPE, env={"ONEINVOICE_JSON": "-", "PYTHONIOENCODING": "ascii"})
    SCHEMA.validate(json.loads(run.stdout))


@pytest.mark.parametrize(
    "command",
    [
        "verify --capture capture.jsonl --json -",
        "diff old.json new.json --json -",
        "replay broken.har --only MEM --json -",
    ],
)
def test_every_command_that_writes_json_can_print_it(command: str, files: Path) -> None:
    run = Conform(files)(*command.split(), env={"ONEINVOICE_WEBHOOK_SECRET": "whsec_of_a_test"})
    assert isinstance(json.loads(run.stdout), dict)
    assert len(run.stderr) > 100


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("http://127.0.0.1:1 --json - --junit -", "--json and --junit both go to standard output; name a file for"),
        ("replay broken.har --html - --har -", "--html and --har both go to standard output; name a file for"),
        ("diff old.json new.json --markdown - --json -", "--markdown and --json both go to standard output; name a"),
        ("http://127.0.0.1:1 --badge -", "- is no name for a badge"),
        ("http://127.0.0.1:1 --pytest-out -", "- is no name for a pytest file"),
        ("listen --capture -", "--capture appends to a file; name one"),
    ],
)
def test_what_can_not_go_there_is_refused(command: str, sentence: str, files: Path) -> None:
    assert_one_sentence(Conform(files)(*command.split()), 2, sentence)
