"""Clients of every release are served by today's build: what a release's document makes of them reads today's answers.

A release is supported as long as its major version is: all that are kept of the one that the document has today.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

import pytest
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.session.validator import Validator
from oneinvoice_impl.mock.testing.receiver import receiver
from oneinvoice_impl.mock.testing.sandbox import Sandbox
from oneinvoice_impl.mock.testing.server import running_mock as known_mock
from oneinvoice_openapi.contract import document, load_yaml, operations, webhooks
from oneinvoice_openapi.releases import Release, releases

from tests.acceptance.running_mock import running_mock
from tests.generators.conftest import PROGRAMS, SCRIPTS, SIZE, run
from tests.unit.conformance.fakes import exchange

_MAJOR = document()["info"]["version"].split(".")[0]
SUPPORTED = [each for each in releases().values() if each.version.split(".")[0] == _MAJOR]
OF_EACH_RELEASE = pytest.mark.parametrize("release", SUPPORTED, ids=lambda release: release.version, scope="module")
FAULTS = (500, 503)  # that a client gets at any time

Mock = Mapping[str, str]


def parsed(release: Release) -> dict[str, Any]:
    content: dict[str, Any] = load_yaml(release.document.read_text("utf-8"))
    return content


def events(release: Release) -> list[str]:
    return [event for event, _ in webhooks(parsed(release))]


@contextmanager
def sandbox_of(mock: Mock) -> Iterator[Sandbox]:
    with known_mock(mock["ONEINVOICE_URL"], dict(mock)).sandbox() as sandbox:
        yield sandbox


def delivered(mock: Mock, release: Release) -> list[Delivery]:
    """What came of the release's events, each triggered once, from today's build."""
    with sandbox_of(mock) as sandbox, receiver() as target:
        sandbox.webhook(target.url)
        for event in events(release):
            sandbox.trigger(event)
        for event in events(release):
            with suppress(TimeoutError):
                target.wait_for(event)
        came = target.requests
    return [
        Delivery(number, 0.0, each.method, each.path, tuple(each.headers.items()), each.body)
        for number, each in enumerate(came, start=1)
    ]


def queries(schemas: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Queries with each status that the release has, and such as are refused."""
    yield {}
    yield {"limit": "200"}
    yield {"limit": "1", "offset": "1"}
    yield from ({"limit": value} for value in ("0", "201", "x"))
    yield from ({"offset": value} for value in ("-1", "1000000"))
    statuses = {str(each) for schema in schemas.values() for each in schema.get("enum", ())}
    yield from ({"status": status} for status in sorted(statuses))


def ask(mock: Mock, target: str, key: str | None) -> Exchange:
    """Today's answer, whatever its status."""
    sent = HttpRequest(mock["ONEINVOICE_URL"] + target, headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        answer = urlopen(sent, timeout=10)
    except HTTPError as refusal:
        answer = refusal
    with answer:
        endpoint = target.partition("?")[0].removeprefix("/api/v1").removeprefix("/")
        headers = tuple(answer.headers.items())
        return exchange(answer.read(), answer.status, Request(endpoint, NOBODY), headers=headers)


def answers(mock: Mock, release: Release) -> Iterator[tuple[str, Exchange]]:
    """Today's answers to what the release's clients ask, right or wrong, and to what fails on the way."""
    content = parsed(release)
    for path, method, operation in operations(content):
        assert method == "GET", f"{method} {path}: tell here how it is asked for"
        for query in queries(content["components"]["schemas"]) if operation.get("security") != [] else [{}]:
            target = f"{path}?{urlencode(query)}" if query else path
            yield target, ask(mock, target, mock["ONEINVOICE_KEY"])
        for key in (None, "1iv_nobodys", mock["ONEINVOICE_REVOKED_KEY"]):
            yield f"{path} with {key}", ask(mock, path, key)
        with sandbox_of(mock) as sandbox:
            for status in FAULTS:
                sandbox.faults.add(status=status, times=1)
                here = {**mock, "ONEINVOICE_URL": sandbox.url}
                yield f"{path}, which fails by {status}", ask(here, path, sandbox.key)


def validator_of(release: Release) -> Validator:
    return Validator(parsed(release) | {"servers": [{"url": "/"}]})


def problems_of_answers(mock: Mock, release: Release) -> list[str]:
    """What today's build answers that is not as the release's document says."""
    validator = validator_of(release)
    asked = ((target, answer, validator.problem(answer)) for target, answer in answers(mock, release))
    return [f"{target}: {answer.status}: {problem}" for target, answer, problem in asked if problem]


def problems_of_deliveries(mock: Mock, release: Release) -> list[str]:
    """What it doesn't deliver, or not as the document says; clients leave alone an event that they don't know."""
    validator, came = validator_of(release), delivered(mock, release)
    lost = [f"{event}: not delivered" for event in events(release) if event not in [each.event for each in came]]
    known = [each for each in came if each.event in events(release)]
    return lost + [f"{each.event}: {problem}" for each in known if (problem := validator.webhook_problem(each))]


@pytest.fixture(scope="module")
def client(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the client that openapi-python-client makes from the release's document."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.yaml").write_bytes(release.document.read_bytes())
    made = run(
        folder, SCRIPTS / "openapi-python-client", "generate", "--path", "openapi.yaml", "--meta", "none",
        "--output-path", "oneinvoice_client", environment=os.environ | {"PATH": f"{SCRIPTS}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def read_by(client: Path, mock: Mock, release: Release) -> subprocess.CompletedProcess[str]:
    """Have the release's client read all lists of today's build, its errors, and the events that the release has."""
    bodies = [json.loads(each.body) for each in delivered(mock, release) if each.event in events(release)]
    (client / "deliveries.json").write_text(json.dumps(bodies), "utf-8")
    return run(
        client, sys.executable, PROGRAMS / "read_mock.py", mock["ONEINVOICE_URL"], mock["ONEINVOICE_KEY"],
        "deliveries.json", environment=os.environ | {"PYTHONPATH": str(client)},
    )  # fmt: skip


def asked_by_schemathesis(release: Release, mock: Mock, folder: Path) -> subprocess.CompletedProcess[str]:
    """Send the positive cases of the release's document, and check today's answers by it."""
    (folder / "openapi.yaml").write_bytes(release.document.read_bytes())
    options = ("--mode", "positive", "--max-examples", "20", "--seed", "1", "--phases", "examples,coverage,fuzzing")
    return run(
        folder, SCRIPTS / "schemathesis", "run", "openapi.yaml", "--url", mock["ONEINVOICE_URL"], *options,
        "--header", f"Authorization: Bearer {mock['ONEINVOICE_KEY']}",
    )  # fmt: skip


def test_there_is_a_supported_release() -> None:
    assert [release.version for release in SUPPORTED][:1] == ["1.0.0"]


@OF_EACH_RELEASE
def test_todays_answers_and_deliveries_are_as_the_release_says(release: Release, mock: dict[str, str]) -> None:
    assert {answer.status for _, answer in answers(mock, release)} == {200, 400, 401, *FAULTS}
    assert problems_of_answers(mock, release) == []
    assert problems_of_deliveries(mock, release) == []


@OF_EACH_RELEASE
def test_todays_limiter_refuses_as_the_release_says(release: Release) -> None:
    validator, lists = validator_of(release), ("members", "quotes", "invoices")
    with running_mock("--rate-limit", "1") as limited:
        refused = [ask(limited, f"/api/v1/{each}", limited["ONEINVOICE_KEY"]) for each in ("members", *lists)][1:]
    assert [answer.status for answer in refused] == [429] * len(lists)
    assert [problem for answer in refused if (problem := validator.problem(answer))] == []


@OF_EACH_RELEASE
def test_the_client_of_the_release_reads_today(release: Release, client: Path, mock: dict[str, str]) -> None:
    read = read_by(client, mock, release)
    assert (read.returncode, read.stdout) == (0, " ".join(sorted(events(release))) + "\n"), read.stderr


@OF_EACH_RELEASE
def test_cases_of_the_release_are_answered_as_it_says(release: Release, mock: dict[str, str], tmp_path: Path) -> None:
    asked = asked_by_schemathesis(release, mock, tmp_path)
    assert asked.returncode == 0, asked.stdout + asked.stderr


@OF_EACH_RELEASE
def test_a_build_without_a_field_is_found_by_each_of_them(release: Release, client: Path, tmp_path: Path) -> None:
    with running_mock(*SIZE, "--defect", "quotes-without-total") as breaking:
        found = problems_of_answers(breaking, release)
        read = read_by(client, breaking, release)
        asked = asked_by_schemathesis(release, breaking, tmp_path)
    assert "/api/v1/quotes?status=accepted: 200: data.0: 'total' is a required property" in found
    assert {each.partition("?")[0].partition(":")[0] for each in found} == {"/api/v1/quotes"}
    assert (read.returncode, "KeyError: 'total'" in read.stderr) == (1, True)
    assert (asked.returncode, '"total" is a required property' in asked.stdout) == (1, True)


@OF_EACH_RELEASE
def test_a_build_that_renames_an_event_is_found(release: Release) -> None:
    with running_mock(*SIZE, "--defect", "paid-invoices-settled") as breaking:
        assert problems_of_deliveries(breaking, release) == ["invoice.paid: not delivered"]
