"""A mock with grease, as clients meet it and as the suite judges it: real processes, real HTTP."""

from __future__ import annotations

import json
import sysconfig
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
import urllib3
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_impl.webhooks.signing import verify_signature

from tests.acceptance.conforming import assert_conforms
from tests.acceptance.test_mock import Mock, assert_one_sentence, run, running
from tests.acceptance.test_mock_webhooks import parsed
from tests.integration.impl.receivers import receiver, status

CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"
SECRET = "whsec_planted_0123456789"
HEADERS = {"content-type", "date", "x-mock-grease", "x-request-id"}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--scale", "120", "--rate-limit", "1000", "--grease", "7") as mock:
        yield mock


def read(mock: Mock, count: int) -> list[tuple[list[str], bytes]]:
    """The names of headers as they come, and the bodies."""
    answers = []
    with closing(HTTPConnection(mock.variables["ONEINVOICE_URL"].removeprefix("http://"), timeout=10)) as connection:
        for _ in range(count):
            connection.request(
                "GET", "/api/v1/quotes?limit=9", headers={"Authorization": f"Bearer {mock.variables['ONEINVOICE_KEY']}"}
            )
            answer = connection.getresponse()
            assert answer.status == 200
            answers.append(([name for name, _ in answer.getheaders()], answer.read()))
    return answers


def test_answers_differ_and_are_the_same_from_mock_to_mock(mock: Mock) -> None:
    assert mock.printed[0].startswith("# Grease is on, seed 7: ")
    with running("--port", "0", "--scale", "120", environment={"ONEINVOICE_MOCK_GREASE": "9"}) as one:
        assert one.printed[0].startswith("# Grease is on, seed 9: ")
        first = read(one, 20)
    with running("--port", "0", "--scale", "120", "--grease", "9") as again:
        assert read(again, 20) == first
    assert len({body for _, body in first}) == 20
    assert len({tuple(map(str.lower, names)) for names, _ in first}) > 10
    for name in HEADERS:
        assert {each for names, _ in first for each in names if each.lower() == name} >= {name, name.title()}
    for header in ("content-length", "transfer-encoding"):
        assert 0 < sum(header in map(str.lower, names) for names, _ in first) < 20


def test_other_requests_are_served_as_ever(mock: Mock) -> None:
    page = mock.ask("/api/v1/members?limit=3")
    head = mock.ask("/api/v1/members?limit=3", method="HEAD")
    assert (head.status, head.data, len(page.json()["data"])) == (200, b"", 3)
    assert "X-Mock-Grease" not in mock.ask("/login").headers
    told = run("requests", environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})
    assert "GET /api/v1/members?limit=3  primary" in told.stdout
    with pytest.raises(urllib3.exceptions.ProtocolError):
        mock.http.request(
            "GET", f"{mock.variables['ONEINVOICE_URL']}/api/v1", headers={"Prefer": "fault=truncate"}, retries=False
        )


def test_webhooks_are_signed_over_their_bytes_and_retried_with_the_same(mock: Mock) -> None:
    environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
    with receiver(status("503 Service Unavailable")) as target:
        assert run("webhooks", "add", target.url, "--secret", SECRET, environment=environment).returncode == 0
        assert run("clock", "freeze", environment=environment).returncode == 0, "nothing is retried by itself"
        for _ in range(12):
            assert run("trigger", "invoice.created", environment=environment).returncode == 0
        first = [parsed(request) for request in target.wait_for(13)]
        assert run("clock", "advance", "600", environment=environment).returncode == 0
        both = [parsed(request) for request in target.wait_for(2 * len(first))]
    bodies: dict[str, set[bytes]] = {}
    for headers, body in both:
        assert verify_signature(body, headers["X-1Invoice-Signature"], SECRET)
        content = json.loads(body)
        assert content["event"] == headers["X-1Invoice-Event"]
        bodies.setdefault(headers["X-1Invoice-Delivery"], set()).add(body)
    assert {len(each) for each in bodies.values()} == {1}
    names = {headers["X-1Invoice-Event"] for headers, _ in both}
    assert "invoice.created" in names
    assert names & {"grease.example", "invoice.x_grease", "quote.x_grease"}


def test_the_suite_says_that_it_conforms_and_to_the_contract_too(tmp_path: Path) -> None:
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    with running("--port", "0", "--grease", "11", "--rate-limit", "10000") as mock:
        assert_conforms(mock, port, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--grease", "much"], "--grease"),
        (["--grease", "-1"], "-1"),
        (["--grease", "2147483648"], "--grease"),
    ],
)
def test_bad_usage(arguments: list[str], part: str) -> None:
    assert_one_sentence(run("--port", "0", *arguments), 2, part)
