"""A contract in work that is ahead of what is implemented: the mock serves what it adds, as people start it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import oneinvoice_openapi
import pytest
from oneinvoice_impl.api.implemented import IMPLEMENTED

from tests.acceptance.test_mock import ENVIRONMENT, Mock, run, running
from tests.acceptance.test_mock_fixtures import control

FIELD = "        shoe_size: {type: integer, minimum: 30, maximum: 50, description: In Europe, examples: [41]}\n"
PATH = "  /api/v1/orders: {get: {operationId: list_orders, responses: {default: {description: All}}}}\n"
InWork = Callable[[str, str], dict[str, str]]


@pytest.fixture
def in_work(tmp_path: Path) -> InWork:
    """The environment in which the package's document has a text more behind the first occurrence of another."""

    def edited(behind: str, text: str) -> dict[str, str]:
        package = Path(oneinvoice_openapi.__file__).parent
        shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
        path = tmp_path / package.name / "v1" / "openapi.yaml"
        shutil.copyfile(tmp_path / package.name / "released" / IMPLEMENTED / "openapi.yaml", path)
        before, found, after = path.read_text("utf-8").partition(behind)
        assert found
        path.write_text(before + found + text + after, "utf-8")
        return {"PYTHONPATH": os.pathsep.join([str(tmp_path), ENVIRONMENT.get("PYTHONPATH", "")])}

    return edited


def told_by(mock: Mock) -> str:
    """All that a mock says on stderr until its end, which this brings."""
    mock.process.terminate()
    assert mock.process.stderr
    return mock.process.stderr.read()


def test_a_field_that_is_to_come_is_served(in_work: InWork) -> None:
    environment = in_work("        last_name: {type: string, description: The family name}\n", FIELD)
    with running("--port", "0", environment=environment) as mock:
        assert mock.printed[0].startswith("# The mock listens at")
        [member] = json.loads(mock.ask("/api/v1/members?limit=1").data)["data"]
        assert 30 <= member["shoe_size"] <= 50
        described = json.loads(mock.ask("/openapi.json", key=None).data)["components"]["schemas"]["Member"]
        assert "shoe_size" in described["properties"]
        assert told_by(mock) == ""
        assert mock.process.stdout
        notice = mock.process.stdout.read().splitlines()
    assert notice[0].endswith(f"openapi.yaml, {IMPLEMENTED}, in place of its own.")
    assert notice[2].endswith("data[].shoe_size: added")
    for options in (["--defect", "default-of-100"], ["--preview", "v2"]):
        with running("--port", "0", *options, environment=environment) as mock:
            [member] = json.loads(mock.ask("/api/v1/members?limit=1").data)["data"]
            assert "shoe_size" not in member
            assert "shoe_size" not in mock.ask("/openapi.json", key=None).data.decode()


def test_what_it_answered_is_what_it_can_be_filled_with(in_work: InWork, tmp_path: Path) -> None:
    environment = in_work("        last_name: {type: string, description: The family name}\n", FIELD)
    file = tmp_path / "own.json"
    with running("--port", "0", environment=environment) as mock:
        page = mock.ask("/api/v1/members?limit=3").json()
        own = {"members": page["data"], "other": {"members": [{"shoe_size": 44}]}}
        file.write_text(json.dumps(own), "utf-8")
        loaded = run("load", "--replace", str(file), environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})
        assert loaded.returncode == 0, loaded
        assert mock.ask("/api/v1/members?limit=3").json()["data"] == page["data"]
        added = control(mock, "POST", "members", {"first_name": "Kari"})["data"]
        assert mock.ask("/api/v1/members?offset=3").json()["data"] == added
        assert 30 <= added[0]["shoe_size"] <= 50
        assert control(mock, "PATCH", f"members/{added[0]['id']}", {"last_name": "No"}) == added[0] | {
            "last_name": "No"
        }
        assert "WARNING Fixtures keep nothing of members.shoe_size, for which" in told_by(mock)
    with running("--port", "0", "--fixtures", str(file), environment=environment) as mock:
        assert mock.ask("/api/v1/members").json()["data"] == page["data"]
    file.write_text(json.dumps(own | {"quotes": [{"shoe_size": 44}]}), "utf-8")
    refused = run("--port", "0", "--fixtures", str(file), environment=environment)
    assert (refused.returncode, "quotes[0].shoe_size: It is not known" in refused.stderr) == (2, True), refused


def test_ids_of_the_register_make_no_difference(in_work: InWork) -> None:
    with running("--port", "0", environment=in_work("x-requirements: [DISC-1, ", "MEM-1, ")) as mock:
        assert mock.printed[0].startswith("# The mock listens at")


def test_what_can_not_be_served_is_told_and_the_implemented_contract_goes_on(in_work: InWork) -> None:
    with running("--port", "0", environment=in_work("paths:\n", PATH)) as mock:
        assert mock.printed[0].startswith("# The mock listens at")
        assert mock.ask("/api/v1/members").status == 200
        told = told_by(mock)
    assert told.startswith(
        f"WARNING Contract {IMPLEMENTED} is served, and not the authored one: #/paths/~1api~1v1~1orders/get"
    )
    assert len(told.splitlines()) == 1


def test_a_document_in_the_midst_of_an_edit_is_told_of_likewise(in_work: InWork, tmp_path: Path) -> None:
    environment = in_work("openapi: ", "[")
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"members": [{}]}), "utf-8")
    with running("--port", "0", "--fixtures", str(file), environment=environment) as mock:
        assert mock.ask("/api/v1/members").json()["pagination"]["total"] == 1
        told = told_by(mock)
    assert told.startswith(f"WARNING Contract {IMPLEMENTED} is served, and not the authored one: ")
    assert ("is not YAML" in told, len(told.splitlines())) == (True, 1)


def test_without_a_difference_nothing_of_it_is_loaded(in_work: InWork) -> None:
    code = (
        "import sys; from oneinvoice_impl.mock.cli.main import _proposal;"
        "assert _proposal(None, 'sqlite://', ()) is None;"
        "print('oneinvoice_impl.mock.proposals' in sys.modules)"
    )
    environment = ENVIRONMENT | in_work("paths:\n", "")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert (run.stdout, run.returncode) == ("False\n", 0), run.stderr
