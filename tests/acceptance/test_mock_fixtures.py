"""A mock with data of the user's own: from a file at its start, and into one that runs."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_mock import Mock, assert_one_sentence, run, running
from tests.services.postgres import postgres

YAML = """\
# Two members, and an invoice that is late.
members:
  - {id: kari, first_name: Kari, last_name: Nordmann, email: kari@nordlys.example, status: pending}
  - first_name: No
invoices:
  - id: inv_mine
    payment_status: overdue
    total: 1250.00
other:
  members: []
"""
OWN = {
    "members": [
        {"id": "kari", "first_name": "Kari", "last_name": "Nordmann", "email": "kari@nordlys.example"}
        | {"status": "pending"},
        {"first_name": "No"},
    ],
    "invoices": [{"id": "inv_mine", "payment_status": "overdue", "total": "1250.00"}],
    "other": {"members": []},
}


def records(mock: Mock, resource: str, key: str = "KEY") -> list[Any]:
    return list(json.loads(mock.ask(f"/api/v1/{resource}?limit=200", key).data)["data"])


def everything(mock: Mock) -> list[Any]:
    return [
        records(mock, resource, key) for resource in ("members", "quotes", "invoices") for key in ("KEY", "OTHER_KEY")
    ]


def load(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("load", *arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The same in YAML and in JSON, and a file with mistakes in each."""
    (tmp_path / "own.yaml").write_text(YAML, "utf-8")
    (tmp_path / "own.json").write_text(json.dumps(OWN), "utf-8")
    (tmp_path / "bad.yml").write_text(YAML.replace("overdue", "late").replace("- first_name", "- forename"), "utf-8")
    (tmp_path / "bad.json").write_text(json.dumps(OWN | {"quotes": [{"total": 5}]}, indent=1), "utf-8")
    (tmp_path / "empty.yaml").write_text("# to be written\n", "utf-8")
    (tmp_path / "worse.json").write_text(json.dumps(OWN | {"invoices": [{"quote_id": "q"}]}), "utf-8")
    return tmp_path


def test_yaml_and_json_give_the_same(files: Path) -> None:
    with running("--port", "0", "--fixtures", str(files / "own.yaml")) as mock:
        found = everything(mock)
    with running("--port", "0", environment={"ONEINVOICE_MOCK_FIXTURES": str(files / "own.json")}) as mock:
        assert everything(mock) == found
        # Its own answers are what it can be started with.
        again = {"members": found[0], "quotes": found[2], "invoices": found[4], "other": {"members": []}}
    members, others, quotes, other_quotes, invoices, other_invoices = found
    assert {"Kari", "No"} == {each["first_name"] for each in members}
    assert [(each["id"], each["total"], each["payment_status"]) for each in invoices] == [
        ("inv_mine", "1250.00", "overdue")
    ]
    assert (others, quotes, other_quotes, other_invoices) == ([], [], [], [])
    (files / "again").write_text(json.dumps(again), "utf-8")
    with running("--port", "0", "--fixtures", str(files / "again")) as mock:
        assert everything(mock) == found


@pytest.mark.parametrize(
    ("name", "mistakes"),
    [
        (
            "bad.yml",
            [
                "4: members[1].forename: It is not known; what is known is id, first_name, last_name, email, status, "
                "created_at.",
                "7: invoices[0].payment_status: It must be unpaid, overdue or paid.",
            ],
        ),
        ("bad.json", ['26: quotes[0].total: It must be a text such as "1250.00".']),
        ("empty.yaml", ["1: It must be an object of members, quotes, invoices and webhooks."]),
        ("worse.json", ["1: invoices[0].quote_id: The organisation has no such quote; add it, or leave this out."]),
    ],
)
def test_mistakes_are_told_with_file_and_line_and_nothing_is_stored(
    files: Path, name: str, mistakes: list[str]
) -> None:
    file = files / name
    database = ("--database", f"sqlite:///{files / 'mock.db'}")
    result = run("--port", "0", "--fixtures", str(file), *database)
    assert (result.returncode, result.stdout) == (2, "")
    *told, error = result.stderr.splitlines()
    assert told == [f"{file}:{each}" for each in mistakes]
    count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    assert error == f"Error: {file} has {count}; nothing was stored."
    with running("--port", "0", *database) as mock:
        before = everything(mock)
        assert len(before[0]) == 200
        result = load(mock, str(file))
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr.splitlines() == [*told, f"Error: {file} has mistakes; nothing was loaded."]
        assert everything(mock) == before


def test_a_database_keeps_the_file_that_it_was_filled_with(files: Path) -> None:
    database = ("--port", "0", "--database", f"sqlite:///{files / 'mock.db'}")
    own, other = str(files / "own.yaml"), str(files / "own.json")
    with running(*database, "--fixtures", own) as mock:
        (files / "more.yaml").write_text("members: [{}]", "utf-8")
        assert load(mock, str(files / "more.yaml")).stdout == (
            "1 member, 0 quotes, 0 invoices\n0 members, 0 quotes, 0 invoices of the other organisation\n"
        )
        found = everything(mock)
        assert len(found[0]) == 3
    for again in ((*database, "--fixtures", own), database):
        with running(*again) as mock:
            assert everything(mock) == found
            if again == database:
                assert load(mock, "--replace", other).returncode == 0
                assert len(records(mock, "members")) == 2
    assert_one_sentence(run(*database, "--fixtures", other), 2, "filled with other --fixtures", "load FILE")


@pytest.mark.parametrize("name", ["none.json", "."])
def test_a_file_that_can_not_be_read(tmp_path: Path, name: str) -> None:
    for arguments in (("--port", "0", "--fixtures"), ("load",)):
        assert_one_sentence(run(*arguments, str(tmp_path / name)), 2, str(tmp_path / name))


def test_load_without_a_mock(files: Path) -> None:
    result = run("load", str(files / "own.yaml"), "--url", "http://127.0.0.1:9")
    assert_one_sentence(result, 4, "No mock answers")


@pytest.fixture(params=["memory", "file", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "postgres":
        with postgres() as server:
            yield server.new_database()
    else:
        yield "sqlite://" if request.param == "memory" else f"sqlite:///{tmp_path / 'mock.db'}"


def test_controls_on_each_kind_of_database(database: str, files: Path) -> None:
    with running("--port", "0", "--rate-limit", "10000", "--database", database) as mock:
        assert load(mock, "--replace", str(files / "own.json")).returncode == 0
        found = everything(mock)
        assert load(mock, str(files / "own.json")).returncode == 2
        assert everything(mock) == found
        with ThreadPoolExecutor(8) as threads:
            bodies = [[{}, {"status": "pending"}]] * 12
            answers = threads.map(lambda body: control(mock, "POST", "members", body), bodies)
            added = [each for answer in answers for each in answer["data"]]
            paths = [f"members/{each['id']}" for each in added]
            changed = [*threads.map(lambda path: control(mock, "PATCH", path, {"status": "inactive"}), paths[:8])]
            removed = [*threads.map(lambda path: control(mock, "DELETE", path), paths[8:12])]
        assert len({each["id"] for each in added}) == 24
        assert [each["id"] for each in removed] == [each["id"] for each in added[8:12]]
        expected = {each["id"]: each for each in found[0] + changed + added[12:]}
        assert {each["id"]: each for each in records(mock, "members")} == expected
        for status in ("active", "inactive", "pending"):
            answer = json.loads(mock.ask(f"/api/v1/members?status={status}&limit=1").data)
            count = sum(each["status"] == status for each in expected.values())
            assert answer["pagination"]["total"] == count
        assert control(mock, "DELETE", "members") == {"removed": len(expected)}
        assert records(mock, "members") == []


def control(mock: Mock, method: str, path: str, content: Any = None) -> Any:
    url = f"{mock.variables['ONEINVOICE_URL']}/_mock/{path}"
    answer = mock.http.request(method, url, body=json.dumps(content).encode(), retries=False, timeout=20)
    assert answer.status in (200, 201), answer.data
    return json.loads(answer.data)
