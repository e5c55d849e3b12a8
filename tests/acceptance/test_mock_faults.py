"""Faults of a running mock, as clients and their libraries meet them."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import urllib3

from tests.acceptance.test_mock import Mock, run, running


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--rate-limit", "1000") as mock:
        yield mock


@pytest.fixture(autouse=True)
def planned(mock: Mock) -> Iterator[None]:
    """What a test plans is there for it alone; and no fault leaves a word in the log."""
    yield
    assert command(mock, "clear").returncode == 0
    assert mock.ask("/api/v1/members").status == 200


def command(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("faults", *arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


def prefer(mock: Mock, value: str, target: str = "/api/v1/members?limit=3", **options: Any) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {mock.variables['ONEINVOICE_KEY']}", "Prefer": value}
    options = {"retries": False, "timeout": 10} | options
    return mock.http.request("GET", mock.variables["ONEINVOICE_URL"] + target, headers=headers, **options)


def journal(mock: Mock) -> list[dict[str, Any]]:
    answer = mock.http.request("GET", mock.variables["ONEINVOICE_URL"] + "/_mock/requests")
    return list(answer.json()["data"])


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        ("code=503", {}),
        ("code=500", {}),
        ("code=401", {"WWW-Authenticate": "Bearer"}),
        ("code=429; retry-after=30", {"Retry-After": "30"}),
        ('code=429; retry-after="Sun, 06 Nov 1994 08:49:37 GMT"', {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}),
    ],
)
def test_an_error_is_a_problem_that_names_its_fault(mock: Mock, value: str, headers: dict[str, str]) -> None:
    answer = prefer(mock, value)
    assert answer.status == int(value[5:8])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.headers["X-Mock-Fault"], answer.headers["Preference-Applied"]) == (value, value)
    assert {name: answer.headers.get(name) for name in ("Retry-After", "WWW-Authenticate")} == {
        "Retry-After": None,
        "WWW-Authenticate": None,
    } | headers
    problem = answer.json()
    assert (problem["status"], problem["request_id"]) == (answer.status, answer.headers["X-Request-Id"])


def test_a_retry_after_that_is_a_date_counts_from_the_answer_by_the_mocks_clock(mock: Mock) -> None:
    assert command(mock, "add", "--status", "429", "--retry-after", "date+30").returncode == 0
    clock = f"{mock.variables['ONEINVOICE_URL']}/_mock/clock"
    for ahead in (0, 3600):
        now = datetime.fromisoformat(mock.http.request("POST", clock, json={"advance": ahead}).json()["now"])
        told = parsedate_to_datetime(mock.ask("/api/v1/members").headers["Retry-After"])
        assert timedelta(seconds=28) < told - now < timedelta(seconds=32)
    mock.http.request("POST", f"{clock}/reset")


def test_an_answer_is_late_or_slow(mock: Mock) -> None:
    plain = mock.ask("/api/v1/members?limit=3").json()
    for value, first in (("delay=0.6", 0.6), ("fault=slow; delay=0.6", 0.0)):
        started = time.monotonic()
        answer = prefer(mock, value, preload_content=False)
        assert (time.monotonic() - started > 0.5) == (first > 0)
        body = answer.read()
        assert time.monotonic() - started > 0.5
        assert json.loads(body) == plain
        assert (answer.status, answer.headers["X-Mock-Fault"]) == (200, value)


def test_what_comes_is_no_json(mock: Mock) -> None:
    answer = prefer(mock, "fault=garbage")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="decode"):
        answer.json()


def test_a_connection_is_lost_before_the_answer_or_in_it(mock: Mock) -> None:
    with pytest.raises(urllib3.exceptions.ProtocolError, match="reset by peer"):
        prefer(mock, "fault=reset")
    with pytest.raises(urllib3.exceptions.ProtocolError) as cut:
        prefer(mock, "fault=truncate")
    assert isinstance(cut.value.args[1], http.client.IncompleteRead | urllib3.exceptions.IncompleteRead)
    answer = prefer(mock, "fault=truncate", preload_content=False)
    assert 0 < len(answer.read(10)) <= 10
    answer.drain_conn()


def test_who_hangs_is_let_go_and_others_are_served(mock: Mock) -> None:
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        prefer(mock, "fault=hang", timeout=0.5)
    assert mock.ask("/api/v1/members").status == 200


@pytest.mark.parametrize("value", ["fault=reset", "fault=hang"])
@pytest.mark.parametrize("is_planned", [False, True])
def test_the_journal_names_a_fault_that_is_no_answer(mock: Mock, value: str, is_planned: bool) -> None:
    name = value
    if is_planned:
        name = command(mock, "add", "--fault", value.removeprefix("fault=")).stdout.split()[0] + f"; {value}"
    with pytest.raises((urllib3.exceptions.ProtocolError, urllib3.exceptions.ReadTimeoutError)):
        prefer(mock, "return=minimal" if is_planned else value, timeout=0.3)
    deadline = time.monotonic() + 10
    while (entry := journal(mock)[-1])["fault"] != name and time.monotonic() < deadline:
        time.sleep(0.05)
    assert {key: entry[key] for key in ("fault", "status", "bytes", "why")} == {
        "fault": name,
        "status": 0,
        "bytes": 0,
        "why": f"the fault {name}",
    }


@pytest.mark.parametrize("value", ["code=700", "fault=explode", "delay=1000", "code=503, fault=reset"])
def test_what_can_not_be_honoured(mock: Mock, value: str) -> None:
    answer = prefer(mock, value)
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert "X-Mock-Fault" not in answer.headers


def test_what_is_for_others_is_left_alone(mock: Mock) -> None:
    assert prefer(mock, "return=minimal, wait=5").status == 200
    for target in ("/_mock/webhooks", "/openapi.json", "/login"):
        assert prefer(mock, "code=503", target).status == 200
    assert prefer(mock, "code=503", "/api/v1/nothing").status == 503


def test_a_fault_is_planned_for_an_operation_and_a_number_of_times(mock: Mock) -> None:
    added = command(mock, "add", "--operation", "list_members", "--status", "503", "--times", "2", "--retry-after", "0")
    assert added.stdout.endswith("  list_members  status=503  retry_after=0  times=2  0 of 0 requests\n")
    id = added.stdout.split()[0]
    assert mock.ask("/api/v1/quotes").status == 200
    first, second, third = (mock.ask("/api/v1/members") for _ in range(3))
    assert [first.status, second.status, third.status] == [503, 503, 200]
    assert first.headers["X-Mock-Fault"] == f"{id}; code=503; retry-after=0"
    assert "Preference-Applied" not in first.headers
    assert command(mock, "list").stdout == added.stdout.replace("0 of 0", "2 of 3")
    assert command(mock, "remove", id).stdout == f"{id} is removed.\n"
    assert command(mock, "list").stdout == ""


def test_a_client_with_retries_survives_it(mock: Mock) -> None:
    command(mock, "add", "--operation", "list_invoices", "--status", "503", "--times", "2")
    retries = urllib3.Retry(total=3, backoff_factor=0.01, status_forcelist=[503])
    answer = prefer(mock, "return=minimal", "/api/v1/invoices?limit=1", retries=retries)
    assert (answer.status, len(answer.json()["data"])) == (200, 1)


def test_what_is_planned_may_end_by_the_mocks_clock(mock: Mock) -> None:
    environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
    now = datetime.fromisoformat(run("clock", environment=environment).stdout.partition(",")[0])
    until = (now + timedelta(seconds=100)).isoformat()
    assert command(mock, "add", "--fault", "garbage", "--until", until).returncode == 0
    assert "X-Mock-Fault" in mock.ask("/api/v1/members").headers
    assert run("clock", "advance", "101", environment=environment).returncode == 0
    assert "X-Mock-Fault" not in mock.ask("/api/v1/members").headers


def test_what_is_not_answered_by_the_api_is_no_part_of_the_limit(mock: Mock) -> None:
    def left() -> int:
        match = re.search("r=([0-9]+)", mock.ask("/api/v1/members").headers["RateLimit"])
        assert match
        return int(match[1])

    before = left()
    assert command(mock, "add", "--status", "503", "--times", "3").returncode == 0
    assert [mock.ask("/api/v1/members").status for _ in range(3)] == [503] * 3
    assert left() == before - 1


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "No fault is asked for; give some of status (an error"),
        (["--status", "200"], "There is no error 200; what can be asked for is status (an error"),
        (["--status", "503", "--fault", "reset"], "A status and a fault exclude each other"),
        (["--retry-after", "5"], "retry-after goes with a status, such as status=429"),
        (["--status", "503", "--times", "1000000001"], "times must be a whole number from 1 to 1000000000"),
        (["--fault", "explode"], "There is no fault 'explode'"),
        (["--status", "503", "--operation", "list_payments"], "use one of discover, list_members"),
        (["--status", "503", "--times", "0"], "times must be a whole number from 1 to 1000000000"),
        (["--status", "503", "--probability", "2"], "probability must be a number above 0 and up to 1"),
        (["--status", "503", "--until", "tomorrow"], "give a moment such as 2026-04-30T12:00:00Z"),
        (["--status", "503", "--until", "2026-04-30T12:00:00"], "give a moment such as"),
        (["--status", "503", "--retry-after", "soon"], "give seconds, a date such as"),
        (["--delay", "301"], "A delay can't be 301.0 seconds"),
    ],
)
def test_bad_usage(mock: Mock, arguments: list[str], part: str) -> None:
    result = command(mock, "add", *arguments)
    assert (result.returncode, result.stdout) == (2, ""), result
    assert part in result.stderr
    assert command(mock, "list").stdout == ""


def test_a_fault_that_is_not_there(mock: Mock) -> None:
    result = command(mock, "remove", "flt_0")
    assert (result.returncode, "There is no fault flt_0." in result.stderr) == (2, True)


def test_no_fault_leaves_a_word_in_the_log() -> None:
    with running("--port", "0") as mock:
        for value in ("code=503", "fault=garbage", "fault=slow; delay=0.1", "delay=0.1"):
            prefer(mock, value)
        for value in ("fault=reset", "fault=truncate"):
            with pytest.raises(urllib3.exceptions.ProtocolError):
                prefer(mock, value)
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            prefer(mock, "fault=hang", timeout=0.3)
        mock.process.terminate()
        _, complaint = mock.process.communicate(timeout=20)
        assert (mock.process.returncode, complaint) == (0, "")


@pytest.mark.parametrize(
    ("value", "status", "why"),
    [
        ("delay=30", 0, "the client left before it was answered, which had the fault delay=30"),
        ("code=503; delay=30", 0, "the client left before it was answered, which had the fault code=503; delay=30"),
        ("fault=slow; delay=30", 200, "the client left in the middle of the answer, which had the fault "),
    ],
)
def test_a_client_that_leaves_while_it_waits_is_told_of(mock: Mock, value: str, status: int, why: str) -> None:
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        prefer(mock, value, timeout=0.3)
    deadline = time.monotonic() + 10
    while (entry := journal(mock)[-1])["fault"] != value:
        assert time.monotonic() < deadline, entry
    assert (entry["status"], entry["why"].startswith(why)) == (status, True), entry


def test_a_body_that_came_during_a_delay_is_not_taken_from_the_api(mock: Mock) -> None:
    headers = {"Authorization": f"Bearer {mock.variables['ONEINVOICE_KEY']}", "Prefer": "delay=0.2"}
    url = f"{mock.variables['ONEINVOICE_URL']}/api/v1/members?limit=1"
    answer = mock.http.request("GET", url, headers=headers, body=b"{}", retries=False, timeout=10)
    assert answer.status == 200
