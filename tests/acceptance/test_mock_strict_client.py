"""A mock that tells what clients and receivers do against what is asked of them: real processes, real HTTP."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator

import pytest
import urllib3
from oneinvoice_openapi.register import register

from tests.acceptance.test_mock import Mock, run, running
from tests.acceptance.test_mock_webhook_faults import receiving

SECRET = "whsec_planted_0123456789"
MEMBERS, QUOTES = "/api/v1/members", "/api/v1/quotes"


@pytest.fixture
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--grease", "--strict-client", "--rate-limit", "1000") as mock:
        yield mock


def control(mock: Mock, *arguments: str) -> str:
    result = run(*arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def ask(mock: Mock, target: str, key: str = "KEY", **headers: str) -> urllib3.BaseHTTPResponse:
    authorized = {"Authorization": f"Bearer {mock.variables[f'ONEINVOICE_{key}']}"} | headers
    return mock.http.request("GET", mock.variables["ONEINVOICE_URL"] + target, headers=authorized, retries=False)


def findings(mock: Mock, count: int) -> list[str]:
    """What the next lines on standard error, so many, say is broken."""
    assert mock.process.stderr is not None
    lines = [mock.process.stderr.readline().rstrip("\n") for _ in range(count)]
    assert all(line.isprintable() for line in lines)
    return [line.removeprefix("WARNING ").partition(":")[0] for line in lines]


def ended(mock: Mock) -> list[str]:
    """The rest of standard error, once it was told to stop."""
    mock.process.send_signal(signal.SIGINT)
    _, rest = mock.process.communicate(timeout=20)
    assert mock.process.returncode == 0
    assert not any(text in rest for name, text in mock.variables.items() if name.endswith("KEY"))
    return rest.splitlines()


def test_a_naive_client_is_told_each_of_its_faults_as_it_happens(mock: Mock) -> None:
    key = mock.variables["ONEINVOICE_KEY"]
    ask(mock, f"{MEMBERS}?limit=1&token={key}")
    ask(mock, f"{MEMBERS}?limit=1", **{"X-Api-Key": key})
    assert findings(mock, 2) == ["CLIENT/KEY-1"] * 2
    ask(mock, f"{MEMBERS}?limit=2", Prefer="code=429; retry-after=60")
    ask(mock, f"{MEMBERS}?limit=2")
    assert findings(mock, 1) == ["CLIENT/PACE-1"]
    control(mock, "clock", "advance", "61")
    ask(mock, f"{QUOTES}?limit=2", "SIBLING_KEY", Prefer="code=429")
    ask(mock, f"{QUOTES}?limit=2", "SIBLING_KEY")
    assert findings(mock, 1) == ["CLIENT/PACE-3"]
    for _ in range(4):
        assert ask(mock, MEMBERS, "REVOKED_KEY").status == 401
    assert findings(mock, 1) == ["CLIENT/KEY-2"]
    for _ in range(2):
        assert ask(mock, f"{MEMBERS}?limit=1000").status == 400
    assert findings(mock, 1) == ["CLIENT/PACE-6"]
    for offset in (0, 7, 450, 500):
        ask(mock, f"{MEMBERS}?limit=5&offset={offset}")
    assert findings(mock, 2) == ["CLIENT/PAGE-2", "CLIENT/PAGE-3"]
    (summary,) = ended(mock)
    assert re.fullmatch(
        r"# Findings about clients, in \d+ requests and 0 deliveries: CLIENT/KEY-1 2, CLIENT/KEY-2 1, CLIENT/PACE-1 1, "
        r"CLIENT/PACE-3 1, CLIENT/PACE-6 1, CLIENT/PAGE-2 1, CLIENT/PAGE-3 1\.",
        summary,
    )


def test_a_line_has_the_registers_words_and_no_key() -> None:
    with running("--port", "0", environment={"ONEINVOICE_MOCK_STRICT_CLIENT": "1"}) as mock:
        key = mock.variables["ONEINVOICE_KEY"]
        ask(mock, f"{MEMBERS}?token={key.replace('_', '%5F')}&a=%1B%C3%B8")
        mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}{MEMBERS}", headers={"Authorization": key})
        first, second, summary = ended(mock)
        statement = register()["CLIENT/KEY-1"].statement
        assert first == (
            f"WARNING CLIENT/KEY-1: {statement} GET {MEMBERS}?token=1iv_***&a=%1B%C3%B8, request 1: "
            "the key is in the URL, which others log; send it as Authorization: Bearer alone."
        )
        assert second.endswith("request 2: the Authorization header lacks Bearer before the key.")
        assert summary == "# Findings about clients, in 2 requests and 0 deliveries: CLIENT/KEY-1 2."


def test_the_same_ids_are_wherever_requests_and_deliveries_are_told(mock: Mock) -> None:
    with receiving(lambda request: 200) as receiver:
        control(mock, "webhooks", "add", receiver.url, "--secret", SECRET, "--events", "invoice.paid")
        control(mock, "faults", "add", "--webhook", "wrong-secret", "--times", "1")
        control(mock, "trigger", "invoice.paid")
        receiver.wait_for(2)
    assert findings(mock, 1) == ["CLIENT/HOOK-2"]
    assert "before you trust the body (CLIENT/HOOK-2)\n" in control(mock, "webhooks", "deliveries")
    ask(mock, MEMBERS, **{"X-Api-Key": mock.variables["ONEINVOICE_KEY"]})
    assert "send it as Authorization: Bearer alone (CLIENT/KEY-1)\n" in control(mock, "requests")
    log = json.loads(control(mock, "requests", "--har", "-"))["log"]
    assert [(each["forged"], each["status"]) for each in log["_deliveries"]] == [(True, 200), (False, 200)]
    assert [each["requirement"] for each in log["entries"][0]["_oneinvoice"]["findings"]] == ["CLIENT/KEY-1"]


def test_a_sandbox_is_named(mock: Mock) -> None:
    made = json.loads(mock.ask("/_mock/sandboxes", None, "POST").data)
    mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}{MEMBERS}?key={made['keys']['primary']}")
    mock.http.request("GET", f"{made['dashboard']}api/v1/members?key={made['keys']['primary']}")
    (own, sandboxed, _) = ended(mock)
    assert f" GET {MEMBERS}?key=1iv_***, request 1: " in own
    assert f" {made['id']}: GET {MEMBERS}?key=1iv_***, request 1: " in sandboxed
    assert made["keys"]["primary"] not in own + sandboxed


def test_a_client_that_keeps_its_side_is_told_nothing(mock: Mock) -> None:
    control(mock, "faults", "add", "--operation", "list_members", "--status", "429", "--retry-after", "1", "--nth", "2")
    for name in ("members", "quotes", "invoices"):
        offset, total = 0, 1
        while offset < total:
            answer = ask(mock, f"/api/v1/{name}?limit=40&offset={offset}")
            if answer.status == 429:
                control(mock, "faults", "clear")
                time.sleep(float(answer.headers["Retry-After"]) + 0.1)
                continue
            page = answer.json()
            offset, total = offset + len(page["data"]), page["pagination"]["total"]
    with receiving(lambda request: 200 if request.is_true else 401) as receiver:
        control(mock, "webhooks", "add", receiver.url, "--secret", "S")
        control(mock, "faults", "add", "--webhook", "flip-bit", "--times", "1")
        for count in range(5):
            control(mock, "trigger", "invoice.created")
            receiver.wait_for(count + 1)
    (summary,) = ended(mock)
    assert re.fullmatch(r"# No findings about clients, in \d\d requests and \d+ deliver(y|ies)\.", summary)


def test_seeds_of_grease_are_drawn_and_can_be_had_again() -> None:
    seeds = set()
    for arguments, environment in (
        (["--grease"], {}),
        (["--grease", "random"], {}),
        ([], {"ONEINVOICE_MOCK_GREASE": "random"}),
    ):
        with running("--port", "0", *arguments, environment=environment) as mock:
            seeds.add(re.match(r"# Grease is on, seed (\d+): ", mock.printed[0])[1])  # type: ignore[index]
            header = ask(mock, QUOTES).headers["X-Mock-Grease"]
            assert header.partition(".")[0] in seeds
    assert len(seeds) > 1
