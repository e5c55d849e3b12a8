"""A mock that serves a proposed contract, as people start it and clients meet it: real processes, real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_impl.api.implemented import IMPLEMENTED, document
from oneinvoice_impl.webhooks.signing import verify_signature
from oneinvoice_openapi.contract import document as authored
from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.acceptance.conforming import assert_conforms
from tests.acceptance.sandboxes import itself, sandbox
from tests.acceptance.test_mock import ENVIRONMENT, Mock, assert_one_sentence, run, running
from tests.acceptance.test_mock_webhooks import parsed
from tests.integration.impl.receivers import receiver, status
from tests.unit.impl.mock.proposals.drafts import PATHS, Draft, validator

CONFORM = Path(sysconfig.get_path("scripts")) / "oneinvoice-conform"
SPEC = Path(sysconfig.get_path("scripts")) / "oneinvoice-spec"
SECRET = "whsec_planted_0123456789"
VERSION = document()["info"]["version"]


def draft() -> Draft:
    """A draft that breaks nobody: a field, an event and a filter more."""
    added = Draft().field("Invoice", "reminders", {"type": "integer", "minimum": 0, "maximum": 3})
    added.field("Member", "nickname", {"type": "string", "examples": ["Kalle", "Nan"]})
    added.parameter("invoices", {"name": "currency", "schema": {"$ref": "#/components/schemas/Currency"}})
    return added.event("invoice.reminded", {"$ref": "#/components/schemas/Invoice"})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("draft")


@pytest.fixture(scope="module")
def mock(folder: Path) -> Iterator[Mock]:
    path = draft().written(folder)
    with running("--port", "0", "--rate-limit", "10000", environment={"ONEINVOICE_MOCK_CONTRACT": str(path)}) as mock:
        yield mock


def test_headers_of_what_is_deprecated_come_with_that_alone(mock: Mock, folder: Path) -> None:
    conditional = {"deprecation", "sunset", "link", "retry-after"}
    for target in ("/api/v1", "/api/v1/members", "/api/v1/members?limit=x", "/api/v1/nothing"):
        assert conditional & {name.lower() for name in mock.ask(target).headers} == set()


def test_it_says_what_it_serves(mock: Mock, folder: Path) -> None:
    first = [line for line in mock.printed if line.startswith("#")][:4]
    assert first[0] == f"# This mock serves the contract {folder / 'draft.yaml'}, {VERSION}, in place of its own."
    assert "compatible" in first[1]
    assert "breaking" not in "".join(first)
    page = mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}/login").data.decode()
    assert "This mock serves the contract " in page
    served = mock.ask("/openapi.json", key=None).json()
    assert "reminders" in served["components"]["schemas"]["Invoice"]["properties"]


def test_others_validate_what_it_answers(mock: Mock) -> None:
    """openapi-core, a validator of others, by the proposed document."""
    content = draft().content
    content["servers"] = [{"url": mock.variables["ONEINVOICE_URL"]}]
    config = Config(extra_media_type_deserializers={"application/problem+json": json.loads})
    api = OpenAPI.from_dict(content, config=config)
    asked = 0
    for path in PATHS.values():
        for query in ("", "limit=3&offset=40", "status=active", "status=paid", "currency=NOK", "limit=0"):
            answer = mock.ask(f"{path}?{query}")
            request = MockRequest(mock.variables["ONEINVOICE_URL"], "get", path)
            api.validate_response(
                request,
                MockResponse(answer.data, answer.status, dict(answer.headers), answer.headers["Content-Type"]),
            )
            asked += answer.status == 200
    assert asked > 10
    slow = mock.http.request(
        "GET",
        f"{mock.variables['ONEINVOICE_URL']}{PATHS['members']}?limit=2",
        headers={"Authorization": f"Bearer {mock.variables['ONEINVOICE_KEY']}", "Prefer": "fault=slow; delay=0.1"},
    )
    assert all(each["nickname"] for each in slow.json()["data"])
    assert mock.ask(PATHS["members"], method="HEAD").data == b""


def test_filters_agree_with_lists_and_sandboxes(mock: Mock) -> None:
    for one in (itself(mock), sandbox(mock, scale=100)):
        everything = one.get("/api/v1/invoices?limit=200").json()["data"]
        found = one.get("/api/v1/invoices?limit=200&currency=SEK").json()
        assert found["data"] == [each for each in everything if each["currency"] == "SEK"]
        assert found["pagination"]["total"] == len(found["data"]) > 0
        assert one.get("/api/v1/invoices?currency=kr").status == 400
        assert {each["nickname"] for each in one.get("/api/v1/members").json()["data"]} == {"Kalle", "Nan"}


def test_events_are_delivered_and_signed(mock: Mock) -> None:
    content, environment = draft().content, {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
    events = ["invoice.created", "invoice.sent", "invoice.paid", "quote.created", "quote.sent", "quote.accepted",
              "quote.rejected", "api.change_announced", "invoice.reminded"]  # fmt: skip
    with receiver(status("204 No Content")) as target:
        assert run("webhooks", "add", target.url, "--secret", SECRET, environment=environment).returncode == 0
        for event in events:
            told = run("trigger", event, environment=environment)
            assert (told.returncode, told.stdout.split()[0]) == (0, event), told
        received = [parsed(request) for request in target.wait_for(len(events))]
    assert {headers["X-1Invoice-Event"] for headers, _ in received} == set(events)
    for headers, body in received:
        assert verify_signature(body, headers["X-1Invoice-Signature"], SECRET)
        name = headers["X-1Invoice-Event"]
        place = f"#/webhooks/{name}/post/requestBody/content/application~1json/schema"
        validator(content, place).validate(json.loads(body))
        if name.startswith("invoice."):
            listed = mock.ask("/api/v1/invoices?limit=200").json()["data"]
            data = json.loads(body)["data"]
            assert [each["reminders"] for each in listed if each["id"] == data["id"]] in ([data["reminders"]], [])
    unknown = run("trigger", "invoice.settled", environment=environment)
    assert unknown.returncode != 0
    assert "invoice.reminded" in unknown.stderr


def test_what_the_controls_describe(mock: Mock) -> None:
    described = mock.ask("/_mock/openapi.json", key=None).json()
    assert "invoice.reminded" in described["components"]["schemas"]["EventName"]["enum"]


def test_a_compatible_draft_conforms_to_the_contract_of_today(folder: Path, tmp_path: Path) -> None:
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    with running("--port", "0", "--contract", str(draft().written(folder)), "--rate-limit", "10000") as mock:
        assert_conforms(mock, port, tmp_path)


def test_a_breaking_draft_is_found_out(tmp_path: Path) -> None:
    gone = Draft().without("Invoice", "due_date")
    with running("--port", "0", "--contract", str(gone.written(tmp_path)), "--rate-limit", "10000") as mock:
        assert any("breaking" in line and "due_date" in line for line in mock.printed), mock.printed
        done = subprocess.run(
            [CONFORM, mock.variables["ONEINVOICE_URL"], "--only", "INV", "--rate-limit", "10000"],
            cwd=tmp_path, capture_output=True, text=True, timeout=120, env=ENVIRONMENT | mock.variables,
        )  # fmt: skip
    assert done.returncode == 1
    assert "INV-4" in done.stdout


def test_a_release_by_its_version() -> None:
    with running("--port", "0", "--contract", "1.0.0") as mock:
        assert mock.printed[0].startswith("# This mock serves the contract 1.0.0")
        assert mock.ask(PATHS["quotes"]).status == 200


def test_what_it_cant_serve(tmp_path: Path) -> None:
    refused = Draft().parameter("members", {"name": "sort", "schema": {"type": "string"}})
    refused.content["paths"]["/api/v1/payments"] = {
        "get": {"operationId": "p", "responses": {"200": {"description": "x"}}}
    }
    path = refused.written(tmp_path)
    result = run("--port", "0", "--contract", str(path))
    assert (result.returncode, result.stdout) == (2, "")
    first, second, last = result.stderr.splitlines()
    assert first.startswith(f"{path}: #/paths/~1api~1v1~1members/get/parameters/3 (line ")
    assert second.startswith(f"{path}: #/paths/~1api~1v1~1payments/get (line ")
    assert last == f"Error: {path} can't be served, for 2 reasons; it needs others, or a change."


@pytest.mark.parametrize(
    "text",
    ["openapi: [", "openapi: 3.0.3", "swagger: '2.0'", "openapi: 3.1.0\npaths: {/a: {$ref: 'b.yaml'}}", "\xff\xfe"],
)
def test_what_is_unusable_is_told_as_the_spec_does(text: str, tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_bytes(text.encode("latin-1"))
    told = subprocess.run([SPEC, "check", path], capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    result = run("--port", "0", "--contract", str(path))
    assert (result.returncode, result.stderr) == (2, told.stderr), told
    assert_one_sentence(run("--port", "0", "--contract", str(tmp_path / "none.yaml")), 2, "none.yaml can't be read")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--grease", "7"], "--grease (ONEINVOICE_MOCK_GREASE)"),
        (["--defect", "filtered-quotes-of-everybody"], "--defect (ONEINVOICE_DEFECT)"),
        (["--database", "mysql://host/a"], "give one such as sqlite:///"),
    ],
)
def test_what_goes_with_no_contract(arguments: list[str], part: str) -> None:
    assert_one_sentence(run("--port", "0", "--contract", "1.0.0", *arguments), 2, part)


def test_a_database_that_is_kept(tmp_path: Path) -> None:
    """What is added is in the answers, and never in the data; new statuses would be."""
    url = f"sqlite:///{tmp_path / 'mock.db'}"
    path = str(draft().written(tmp_path))
    with running("--port", "0", "--database", url, "--contract", path) as mock:
        before = mock.ask(PATHS["invoices"]).json()["data"]
        assert all("reminders" in each for each in before)
    with running("--port", "0", "--database", url, "--contract", IMPLEMENTED) as mock:
        without = mock.ask(PATHS["invoices"]).json()["data"]
        assert without == [{name: each[name] for name in each if name != "reminders"} for each in before]
    status = Draft()
    status.schemas["MemberStatus"]["enum"].append("archived")
    result = run("--port", "0", "--database", url, "--contract", str(status.written(tmp_path)))
    assert_one_sentence(result, 2, "new status (archived)", "leave out --database")


def test_nothing_is_loaded_for_it_without_it() -> None:
    code = "import sys; from oneinvoice_impl.mock.extension import LocalMock; from oneinvoice_impl.mock import seeding;"
    code += "print([each for each in sys.modules if 'proposals' in each or 'oneinvoice_openapi.diff' in each])"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, env=ENVIRONMENT)
    loaded: Any = done.stdout.strip()
    assert loaded == "['oneinvoice_impl.mock.proposals', 'oneinvoice_impl.mock.proposals.new_statuses']", done


def answers(mock: Mock) -> list[dict[str, Any]]:
    """What it answers, apart from ids of requests."""
    told = [mock.ask(target).json() for target in (*PATHS.values(), "/api/v1", "/api/v1/members?limit=0")]
    return [{name: value for name, value in each.items() if name != "request_id"} for each in told]


def test_the_implemented_document_is_served_as_without_its_name(tmp_path: Path) -> None:
    named, path = ("--port", "0", "--contract"), str(Draft().written(tmp_path))
    with (
        running(*named, path) as one,
        running(*named, IMPLEMENTED) as other,
        running("--port", "0") as own,
    ):
        for mock in (one, other):
            assert "#   nothing that clients meet differs" in mock.printed
            assert answers(mock) == answers(own)


def test_the_authored_document_is_served_as_without_its_name(tmp_path: Path) -> None:
    path = Draft(authored()).written(tmp_path)
    with running("--port", "0", "--contract", str(path)) as one, running("--port", "0") as other:
        assert answers(one) == answers(other)
