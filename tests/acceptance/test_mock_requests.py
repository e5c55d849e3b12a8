"""The journal of a running mock, as its user reads it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from tests.acceptance.test_mock import ENVIRONMENT, MOCK, Mock, assert_one_sentence, run, running

CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


def environment(mock: Mock) -> dict[str, str]:
    return {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}


def shown(mock: Mock, *options: str) -> list[str]:
    result = run("requests", *options, environment=environment(mock))
    assert (result.returncode, result.stderr) == (0, "")
    assert not any(key in result.stdout for name, key in mock.variables.items() if name.endswith("KEY"))
    return result.stdout.splitlines()


def test_requests_are_shown_with_reasons_and_notes(mock: Mock) -> None:
    assert shown(mock) == []
    mock.ask("/api/v1/members?limit=2&page=2")
    mock.ask("/api/v1/quotes", "REVOKED_KEY")
    first, note, second, reason = shown(mock)
    time_of_day = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
    assert re.fullmatch(
        rf"{time_of_day}  200  GET /api/v1/members\?limit=2&page=2  \S.*  [\d.]+ ms  positions 0 to 1 of 450", first
    )
    assert note == "    ! page is not a parameter: it was ignored, and you got 2 of 450"
    assert re.search(r"  401  GET /api/v1/quotes  \S.*  [\d.]+ ms  This key is not valid, or it was revoked; ", second)
    assert re.fullmatch(r"    ! the key '.+' was revoked", reason)


def test_what_others_wrote_is_printable(mock: Mock) -> None:
    mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}/api/v1/%1b%5b31m%c2%9b?a=%1b", retries=False)
    (line,) = shown(mock)
    assert line.isprintable()


def test_who_waits_as_long_as_a_429_said_is_told_nothing(mock: Mock) -> None:
    headers = {"Authorization": f"Bearer {mock.variables['ONEINVOICE_KEY']}", "Prefer": "code=429; retry-after=1"}
    url = f"{mock.variables['ONEINVOICE_URL']}/api/v1/members"
    for pause in (0.0, 1.1):
        assert mock.http.request("GET", url, headers=headers, retries=False).status == 429
        time.sleep(pause)
        mock.ask("/api/v1/members")
        time.sleep(1.1 - pause)
    notes = [line for line in shown(mock) if "!" in line]
    assert len(notes) == 1
    assert re.fullmatch(r"    ! it was asked again 0\.\d s after a 429 that said 1 \(CLIENT/PACE-1\)", notes[0])
    retried = urllib3.Retry(total=1, status_forcelist=[429])
    mock.http.request("GET", url, headers=headers, retries=retried.new(raise_on_status=False))
    assert len([line for line in shown(mock) if "!" in line]) == 1, "a client that heeds Retry-After is told nothing"


def test_it_goes_on_with_those_to_come(mock: Mock) -> None:
    mock.ask("/api/v1/members?limit=1")
    command = [MOCK, "requests", "--follow"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT | environment(mock)
    ) as follower:
        assert follower.stdout
        assert "/api/v1/members?limit=1" in follower.stdout.readline()
        mock.ask("/api/v1/quotes?limit=1")
        started = time.monotonic()
        assert "/api/v1/quotes?limit=1" in follower.stdout.readline()
        assert time.monotonic() - started < 5
        follower.send_signal(2)
        rest, complaint = follower.communicate(timeout=20)
    assert (follower.returncode, rest, complaint.strip()) == (0, "", "")


def test_they_are_written_as_har_that_the_suite_reads(mock: Mock, tmp_path: Path) -> None:
    for target in ("/api/v1", "/api/v1/members?limit=200", "/api/v1/members?limit=200&offset=200"):
        mock.ask(target)
    file = tmp_path / "mock.har"
    assert shown(mock, "--har", str(file)) == []
    log = json.loads(file.read_text("utf-8"))["log"]
    assert [entry["request"]["url"].partition("/api/v1")[2] for entry in log["entries"]] == [
        "",
        "/members?limit=200",
        "/members?limit=200&offset=200",
    ]
    assert not any(key in file.read_text("utf-8") for name, key in mock.variables.items() if name.endswith("KEY"))
    replayed = subprocess.run([CONFORM, "replay", file], capture_output=True, text=True, check=False)
    assert replayed.returncode == 3, replayed
    assert "3 requests" in replayed.stdout + replayed.stderr


@pytest.mark.parametrize("name", ["missing/mock.har", "."])
def test_a_file_that_can_not_be_written(mock: Mock, tmp_path: Path, name: str) -> None:
    result = run("requests", "--har", str(tmp_path / name), environment=environment(mock))
    assert (result.returncode, result.stdout) == (2, "")
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr)


def test_a_pipe_is_not_replaced_by_a_file(mock: Mock, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    link = tmp_path / "link"
    link.symlink_to(pipe)
    for arguments in (("requests", "--har", str(pipe)), ("snapshot", str(pipe)), ("snapshot", str(link))):
        result = run(*arguments, environment=environment(mock))
        assert_one_sentence(result, 2, "is a device or a pipe", "or - for standard output")
    assert pipe.is_fifo()
    assert link.is_symlink()
    assert {file.name for file in tmp_path.iterdir()} == {"pipe", "link"}


def test_a_snapshot_passes_through_standard_streams(
    mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("snapshot", "-", environment=environment(mock))
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["format"] == "oneinvoice-mock-snapshot"
    assert run("trigger", "invoice.paid", "--set", "id=inv_mine", environment=environment(mock)).returncode == 0
    assert b"inv_mine" in mock.ask("/api/v1/invoices?limit=200").data
    restored = subprocess.run(
        [MOCK, "restore", "-"],
        input=result.stdout,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=ENVIRONMENT | environment(mock),
    )
    assert (restored.returncode, restored.stdout, restored.stderr) == (0, "", "")
    assert b"inv_mine" not in mock.ask("/api/v1/invoices?limit=200").data
    assert list(tmp_path.iterdir()) == []
