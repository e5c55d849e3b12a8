"""Two versions at once, by `oneinvoice-mock --preview v2`: real processes, real HTTP, real databases, both suites."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_conformance.webhooks.receiver import Receiver
from oneinvoice_openapi.contract import held_to
from oneinvoice_openapi.lifecycle.entries import months_later
from oneinvoice_openapi.previews import PREVIEWS

from tests.acceptance.test_mock import ENVIRONMENT, MOCK, Mock, assert_one_sentence, run, running
from tests.acceptance.test_mock_lifecycle import today
from tests.services.postgres import Postgres

CONFORM = str(Path(MOCK).with_name("oneinvoice-conform"))
SECRET = "whsec_second_version_0123456789"
STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--rate-limit", "100000", "--preview", "v2") as mock:
        yield mock


class Suite:
    """Judge of a deployment's v2 by the document that it serves, as a deployment is held to it."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self.document = held_to(mock.ask("/api/v2/openapi.json", None).json())
        self.judged: set[tuple[str, int]] = set()

    def ask(self, target: str, key: str | None = "KEY", method: str = "GET") -> Any:
        """The body of an answer, whose status, headers and content are as the document says."""
        answer = self.mock.ask(target, key, method)
        path = target.partition("?")[0]
        described = self.document["paths"].get(path, self.document["paths"]["/api/v2"])["get"]["responses"]
        response = self._led(described.get(str(answer.status), described["default"]))
        media, _, _ = answer.headers["Content-Type"].partition(";")
        self._validate(response["content"][media]["schema"], answer.json(), target)
        for name, header in response["headers"].items():
            led = self._led(header)
            if name in answer.headers:
                value: Any = answer.headers[name]
                self._validate(led["schema"], int(value) if led["schema"]["type"] == "integer" else value, name)
            else:
                assert not led.get("required"), (target, name)
        self.judged.add((path, answer.status))
        return answer.json()

    def walk(self, name: str, query: str = "", between: Callable[[], object] = lambda: None) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        more = ""
        while True:
            page = self.ask(f"/api/v2/{name}?{query}{more}")
            records += page["data"]
            if page["pagination"]["next"] is None:
                return records
            more = f"&cursor={page['pagination']['next']}"
            between()

    def _led(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            _, _, kind, name = node["$ref"].split("/")
            node = self.document["components"][kind][name]
        return node

    def _validate(self, schema: dict[str, Any], value: Any, what: str) -> None:
        whole = {**schema, "components": self.document["components"]}
        errors = [each.message for each in jsonschema_rs.Draft202012Validator(whole).iter_errors(value)]
        assert not errors, (what, errors)


def test_v2_keeps_its_document_and_what_it_shares_with_v1(mock: Mock) -> None:
    suite = Suite(mock)
    discovery = suite.ask("/api/v2", None)
    assert [each["path"] for each in discovery["endpoints"]] == list(suite.document["paths"])
    for name, statuses in STATUSES.items():
        whole = suite.walk(name, "limit=200")
        assert [each["id"] for each in suite.walk(name, "limit=7")] == [each["id"] for each in whole]
        assert len(suite.ask(f"/api/v2/{name}")["data"]) == min(50, len(whole))
        for status in statuses:
            assert suite.walk(name, f"limit=11&status={status}") == [each for each in whole if each["status"] == status]
        offsets = range(0, len(whole), 200)
        of_v1 = [mock.ask(f"/api/v1/{name}?limit=200&offset={offset}").json()["data"] for offset in offsets]
        assert whole == [each for page in of_v1 for each in page]
        other = suite.ask(f"/api/v2/{name}?limit=200", "OTHER_KEY")["data"]
        assert other
        assert not {each["id"] for each in other} & {each["id"] for each in whole}
        for key in (None, "REVOKED_KEY"):
            suite.ask(f"/api/v2/{name}", key)
        for bad in (
            "limit=0",
            "limit=201",
            "limit=x",
            "status=none",
            "cursor=x",
            "cursor=",
            "offset=0",
            "limit=1&limit=2",
        ):
            suite.ask(f"/api/v2/{name}?{bad}")
    suite.ask("/api/v2/nothing")
    suite.ask("/api/v2/members", method="POST")
    lists = {(path, status) for path in suite.document["paths"] if path != "/api/v2" for status in (200, 400, 401)}
    assert suite.judged >= lists


def test_both_versions_pass_their_suites_at_once(mock: Mock, tmp_path: Path) -> None:
    """v1 by the whole suite, with webhooks, while v2 is walked by its own, on the same records."""
    with Receiver("127.0.0.1", 0) as free:
        port = free.port
    environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
    hook = f"http://127.0.0.1:{port}/hook"
    assert run("webhooks", "add", hook, "--secret", SECRET, environment=environment).returncode == 0
    whole = Suite(mock).walk("members", "limit=200")
    judging = subprocess.Popen(
        [CONFORM, mock.variables["ONEINVOICE_URL"], "--strict", "--skip", "RATE", "--rate-limit", "10000",
         "--listen", f"127.0.0.1:{port}", "--trigger", f"{MOCK} trigger {{event}}"],
        cwd=tmp_path, env=ENVIRONMENT | mock.variables | {"ONEINVOICE_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    walks = 0
    while judging.poll() is None or not walks:
        assert Suite(mock).walk("members", "limit=50") == whole
        walks += 1
        time.sleep(0.1)
    told, _ = judging.communicate()
    assert (judging.returncode, "\nconforms  " in told) == (0, True), told
    assert "✓3" in next(line for line in told.splitlines() if line.startswith("VER")), told


@pytest.fixture(params=["file", "postgres"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mock]:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres_server")
        url = server.new_database()
    else:
        url = f"sqlite:///{tmp_path / 'mock.db'}"
    arguments = ("--port", "0", "--scale", "60", "--rate-limit", "100000", "--preview", "v2", "--database", url)
    with running(*arguments) as mock:
        yield mock


def test_who_walks_by_cursor_loses_nothing_while_members_come_and_go(stored: Mock) -> None:
    suite, chance = Suite(stored), Random(1)
    there = [each["id"] for each in suite.walk("members", "limit=200")]
    staying = set(chance.sample(there, 40))
    leaving = [id for id in there if id not in staying]
    controls = f"{stored.variables['ONEINVOICE_URL']}/_mock/members"

    def come_and_go() -> None:
        if leaving:
            assert stored.http.request("DELETE", f"{controls}/{leaving.pop(0)}").status == 200
        at = f"20{chance.randrange(10, 26)}-03-01T00:00:00Z"
        member = {"first_name": "Kari", "last_name": "Nordmann", "email": f"k{chance.random()}@nordlys.example"}
        body = {**member, "status": "active", "created_at": at}
        assert stored.http.request("POST", controls, json=body).status in (200, 201)

    seen = [each["id"] for each in suite.walk("members", "limit=4", come_and_go)]
    assert [id for id in seen if id in staying] == [id for id in there if id in staying]
    assert len(seen) == len(set(seen))
    assert len(leaving) < 10


def test_v1_ends_with_a_pointer_and_v2_goes_on(tmp_path: Path) -> None:
    announced = today() + timedelta(1)
    begun = announced + timedelta(30)
    ended = months_later(begun, 6)
    days = tmp_path / "days.yaml"
    days.write_text(
        f"lifecycle:\n  - {{version: v1, announced: {announced}, deprecated: {begun}, sunset: {ended}, "
        "replacement: v2}\n"
        f"  - {{version: v2, announced: {announced}, effective: {begun}}}\n"
    )
    with running("--port", "0", "--scale", "5", "--preview", "v2", "--lifecycle", str(days)) as mock:
        environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
        for day, v1 in ((begun, 200), (ended - timedelta(1), 200), (ended, 410)):
            assert run("clock", "set", f"{day}T00:00:00Z", environment=environment).returncode == 0
            old, new = mock.ask("/api/v1/members"), mock.ask("/api/v2/members")
            assert (old.status, new.status) == (v1, 200)
            assert old.headers["Link"] == '</api/v2>; rel="successor-version"'
            assert not {"Deprecation", "Sunset", "Link"} & set(new.headers)
        assert old.json()["detail"] == f"The API under /api/v1 ended on {ended}; use /api/v2 instead."


def test_a_sandbox_has_both_too(mock: Mock) -> None:
    url = mock.variables["ONEINVOICE_URL"]
    made = mock.http.request("POST", f"{url}/_mock/sandboxes", json={}).json()
    headers = {"Authorization": f"Bearer {made['keys']['primary']}"}
    for place in (url, made["url"], made["dashboard"].rstrip("/")):
        page = mock.http.request("GET", f"{place}/api/v2/members?limit=1", headers=headers).json()
        following = page["pagination"]["next"]
        assert mock.http.request("GET", f"{place}/api/v2/members?cursor={following}", headers=headers).status == 200


def test_requests_for_v2_are_shown_without_wrong_advice(mock: Mock) -> None:
    following = mock.ask("/api/v2/members?limit=1").json()["pagination"]["next"]
    assert mock.ask(f"/api/v2/members?cursor={following}&colour=red").status == 200
    rows = mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}/_mock/requests").json()["data"]
    shown = next(each for each in reversed(rows) if "colour" in each["query"])
    assert any("colour" in note for note in shown["notes"])
    assert not any("cursor" in note for note in shown["notes"])


def test_it_is_told_at_the_start(mock: Mock) -> None:
    assert mock.printed[0] == "# A preview of /api/v2 is served beside v1; its document is at /api/v2/openapi.json."


@pytest.mark.parametrize("other", [("--grease", "1"), ("--defect", "bad-limit-crashes"), ("--contract", "1.0.0")])
def test_it_stands_beside_the_api_as_it_is_alone(other: tuple[str, str]) -> None:
    assert_one_sentence(run("--port", "0", "--preview", "v2", *other), 2, "leave ", "--preview")


def test_it_may_be_asked_for_by_the_environment() -> None:
    environment = {"ONEINVOICE_PREVIEW": "v2"}
    with running("--port", "0", "--scale", "5", environment=environment) as service:
        assert service.ask("/api/v2/members?limit=2").json()["pagination"]["next"]
        assert service.ask("/api/v1/members?limit=2").json()["pagination"].keys() == {"limit", "offset", "total"}


def test_another_version_is_refused() -> None:
    for version in ("v1", "v3", ""):
        assert_one_sentence(run("--port", "0", "--preview", version), 2, "--preview", *PREVIEWS)
    refused = run("--port", "0", environment={"ONEINVOICE_PREVIEW": "v3"})
    assert_one_sentence(refused, 2, "ONEINVOICE_PREVIEW must be v2")
