"""The command `oneinvoice-spec simulate`: real processes, and mocks that follow a lifecycle, or another."""

from __future__ import annotations

import json
import os
import pty
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.acceptance.running_mock import running_mock
from tests.acceptance.test_spec import AUTHORED, SPEC
from tests.acceptance.test_spec_announce import assert_one_sentence
from tests.integration.impl.receivers import receiver, status

HTTP = urllib3.PoolManager(retries=False, timeout=20)
PAGE = "https://1invoice.online/roadmap"
SEVEN_MONTHS = f"""lifecycle:
  - version: v1
    announced: 2027-06-01
    deprecated: 2027-07-01
    sunset: 2028-01-01
    replacement: v2
    link: {PAGE}
  - version: v2
    announced: 2027-06-01
    effective: 2027-07-01
"""
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


def simulate(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [SPEC, "simulate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, env=ENVIRONMENT)


def control(mock: dict[str, str], path: str) -> Any:
    return HTTP.request("GET", f"{mock['ONEINVOICE_URL']}/_mock{path}").json()


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("simulate") / "days.yaml"
    path.write_text(SEVEN_MONTHS)
    return path


@pytest.fixture(scope="module")
def mock(days: Path) -> Iterator[dict[str, str]]:
    """A mock that follows the lifecycle."""
    with running_mock("--scale", "5", "--lifecycle", str(days)) as variables:
        yield variables


def test_seven_months_are_right_on_every_day(mock: dict[str, str], days: Path) -> None:
    began = time.monotonic()
    run = simulate("--to", mock["ONEINVOICE_URL"], "--lifecycle", days)
    assert time.monotonic() - began < 60, "3 s on a machine that has nothing else to do"
    assert (run.returncode, run.stderr) == (0, "")
    lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
    headers = "Deprecation: 2027-07-01 Sunset: 2028-01-01 Link: …/api/v2"
    assert [line for line in lines if " v1 " in line][:4] == [
        "2027-05-31 1 day ✓ ✓ v1 planned 200",
        f"2027-06-01 … 2027-06-30 30 days ✓ ✓ v1 announced 200 {headers}",
        f"2027-07-01 … 2027-12-31 184 days ✓ ✓ v1 deprecated 200 {headers}",
        f"2028-01-01 … 2028-01-04 4 days ✓ ✓ v1 sunset 410 {headers}",
    ]
    assert lines[-1].startswith("219 days from 2027-05-31 to 2028-01-04: the promises of the documentation are kept")


def test_data_clock_and_sandboxes_of_the_mock_stay_as_they_are(mock: dict[str, str], days: Path) -> None:
    before = control(mock, "/requests")
    made = HTTP.request("POST", f"{mock['ONEINVOICE_URL']}/_mock/sandboxes", json={}).json()
    base = f"{mock['ONEINVOICE_URL']}/sandboxes/{made['id']}"
    for url in (mock["ONEINVOICE_URL"], base):
        run = simulate("--to", url, "--lifecycle", days, "--from", "2027-12-30", "--until", "2028-01-02")
        assert run.returncode == 0, run
    for clock in (control(mock, "/clock"), HTTP.request("GET", f"{base}/_mock/clock").json()):
        assert not clock["frozen"]
        assert abs(clock["ahead_seconds"]) < 1
    assert [each["id"] for each in control(mock, "/sandboxes")["data"]] == [made["id"]]
    HTTP.request("DELETE", f"{mock['ONEINVOICE_URL']}/_mock/sandboxes/{made['id']}")
    assert control(mock, "/requests") == before
    assert "1iv_" not in run.stdout + run.stderr


def test_each_day_is_there_for_programs(mock: dict[str, str], days: Path) -> None:
    run = simulate("--to", mock["ONEINVOICE_URL"], "--lifecycle", days, "--until", "2027-06-01", "--json")
    content = json.loads(run.stdout)
    assert (run.returncode, content["verdict"]) == (0, "right")
    first, second = content["days"]
    assert [each["state"] for each in second["states"]] == ["announced", "announced"]
    by_operation = {each["operation"]: each for each in second["served"]}
    assert list(by_operation) == [
        "GET /api/v1", "GET /api/v1/members", "GET /api/v1/quotes", "GET /api/v1/invoices", "GET /api/v2",
    ]  # fmt: skip
    assert by_operation["GET /api/v1/members"]["deprecation"] == "@1814400000"
    assert by_operation["GET /api/v1/members"]["status"] == 200, "it has a key of its own"
    assert {each["deprecation"] for each in first["served"]} == {None}


def test_a_sunset_after_three_months_breaks_a_promise(tmp_path: Path) -> None:
    path = tmp_path / "soon.yaml"
    path.write_text(SEVEN_MONTHS.replace("2028-01-01", "2027-10-01"))
    with running_mock("--scale", "5", "--lifecycle", str(path)) as mock:
        run = simulate("--to", mock["ONEINVOICE_URL"], "--lifecycle", path)
    assert (run.returncode, run.stderr) == (1, "")
    assert (
        f"2027-05-31 … 2027-10-04: {path}, line 2: version v1 ends on 2027-10-01, less than 6 calendar months after "
        "2027-07-01, when version v2 begins, which is to replace it; end it on 2028-01-01 at the earliest. VER-3"
    ) in run.stdout
    assert run.stdout.endswith("127 days from 2027-05-31 to 2027-10-04: a promise is broken on 127 of them.\n")


def test_a_mock_that_follows_another_lifecycle_is_told_of(mock: dict[str, str], days: Path, tmp_path: Path) -> None:
    path = tmp_path / "later.yaml"
    path.write_text(SEVEN_MONTHS.replace("2028-01-01", "2028-01-03").replace("2027-06-01", "2027-05-31"))
    run = simulate("--to", mock["ONEINVOICE_URL"], "--lifecycle", path)
    assert (run.returncode, run.stderr) == (1, "")
    who = "GET /api/v1, GET /api/v1/members and 2 more"
    assert f"2027-05-31: {who}: says nothing of its deprecation on 2027-07-01 and its end on 2028-01-03." in run.stdout
    assert f"2027-06-01 … 2028-01-06: {who}: has Sunset: 2028-01-01, which is to be 2028-01-03." in run.stdout
    assert f"2028-01-01 … 2028-01-02: {who}: answers 410, and it is to be served until 2028-01-03." in run.stdout
    assert "oneinvoice-mock --lifecycle FILE" in run.stdout
    run = simulate("--to", mock["ONEINVOICE_URL"], "--from", "2027-05-31", "--until", "2027-06-01")
    assert run.returncode == 1
    assert "2027-06-01: GET /api/v1, GET /api/v1/members and 2 more: has Deprecation: @1814400000, which" in run.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_sandbox_is_left_by_what_is_interrupted(mock: dict[str, str], number: signal.Signals) -> None:
    command = [SPEC, "simulate", "--to", mock["ONEINVOICE_URL"], "--from", "2027-01-01", "--until", "2036-01-01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as run:
        limit = time.monotonic() + 30
        while not control(mock, "/sandboxes")["data"]:
            assert time.monotonic() < limit
        run.send_signal(number)
        printed, complaint = run.communicate(timeout=30)
    assert (run.returncode, printed, complaint) == (128 + number, "", "")
    assert control(mock, "/sandboxes")["data"] == []


def test_it_tells_on_a_terminal_how_far_it_is(mock: dict[str, str]) -> None:
    command = [SPEC, "simulate", "--to", mock["ONEINVOICE_URL"], "--from", "2029-01-01", "--until", "2029-12-31"]
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=ENVIRONMENT) as run:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 4096):
                shown += part
        except OSError:  # Linux tells the end so
            pass
        run.wait(60)
    os.close(ours)
    assert shown.startswith(b"\rWalking: day "), shown
    assert shown.endswith(b"\rWalking: day 365 of 365\r\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--to"),
        (["--to", "mock"], "--to must be the URL of a mock"),
        (["--to", "http://kari:secret@127.0.0.1/"], "--to must be the URL of a mock"),
        (["--to", "http://127.0.0.1:1"], "The lifecycle has no days"),
        (["--to", "http://127.0.0.1:1", "--from", "soon"], "--from can't be 'soon'; give a day such as 2027-03-31."),
        (["--to", "http://127.0.0.1:1", "--until", "2027-02-30"], "--until can't be '2027-02-30'"),
        (["--to", "http://127.0.0.1:1", "--from", "2027-03-01", "--until", "2027-02-01"], "before it begins on 2027-"),
        (["--to", "http://127.0.0.1:1", "--from", "2000-01-01", "--until", "2999-12-31"], "walk 3700 at most"),
        (["--to", "http://127.0.0.1:1", "--lifecycle", "none.yaml"], "none.yaml can't be read"),
        (["--to", "http://127.0.0.1:1", "--lifecycle", str(AUTHORED)], "is not a lifecycle"),
        (["--to", "http://127.0.0.1:1", "none.yaml"], "none.yaml can't be read"),
    ],
)
def test_bad_usage_is_one_sentence(arguments: list[str], told: str) -> None:
    if "none.yaml" in arguments[2:3]:
        arguments = [*arguments, "--from", "2027-01-01", "--until", "2027-01-02"]
    run = simulate(*arguments)
    assert_one_sentence(run, 2, told)
    assert "secret" not in run.stderr


def test_where_no_mock_answers(days: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    run = simulate("--to", f"http://127.0.0.1:{port}", "--lifecycle", days)
    assert_one_sentence(run, 2, "(nothing takes connections there); start one with oneinvoice-mock")
    for answer in (status("200 OK", body=b"<html>"), status("201 Created", body=b'{"id": "sbx_1"}')):
        with receiver(answer) as other:
            run = simulate("--to", f"http://127.0.0.1:{other.port}", "--lifecycle", days)
        assert_one_sentence(run, 2, "(what answers is no mock)")
