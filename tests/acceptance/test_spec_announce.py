"""The command `oneinvoice-spec announce`: real processes, a mock that publishes it, and receivers of its webhooks."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import urllib3
from oneinvoice_conformance.webhooks.signing import verify_signature
from oneinvoice_impl.mock.controls.description import document as controls
from oneinvoice_openapi.contract import document

from tests.acceptance.running_mock import running_mock
from tests.acceptance.test_spec import AUTHORED, SPEC
from tests.integration.impl.receivers import Receiver, receiver, status

TODAY = datetime.now(UTC).date()
EARLIEST = TODAY + timedelta(days=30)
EFFECTIVE = str(TODAY + timedelta(days=45))
ANNOUNCEMENT = "api.change_announced"
TITLE = "The query parameter limit of GET /api/v1/members changes: default 50 → 25"
HTTP = urllib3.PoolManager(retries=False, timeout=20)


def announce(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    command = [SPEC, "announce", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


def assert_one_sentence(run: subprocess.CompletedProcess[str], code: int, part: str) -> None:
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (code, "", 1), run
    assert run.stderr.startswith("Error: ")
    assert part in run.stderr


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A document whose pages are smaller."""
    path = tmp_path / "openapi.yaml"
    text = AUTHORED.read_text("utf-8")
    assert "default: 50}" in text
    path.write_text(text.replace("default: 50}", "default: 25}", 1), "utf-8")
    return path


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, str]]:
    with running_mock() as variables:
        yield variables


@pytest.fixture
def sandbox(mock: dict[str, str]) -> dict[str, Any]:
    """A sandbox, in which nothing is announced."""
    made: dict[str, Any] = HTTP.request("POST", f"{mock['ONEINVOICE_URL']}/_mock/sandboxes", json={}).json()
    made["base"] = f"{mock['ONEINVOICE_URL']}/sandboxes/{made['id']}"
    return made


def ask(method: str, url: str, content: Any = None) -> Any:
    answer = HTTP.request(method, url, json=content)
    assert answer.status < 400, answer.data
    return answer.json()


def test_it_is_told_in_words_and_says_who_decides(draft: Path) -> None:
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE)
    assert run.returncode == 0
    assert run.stdout.startswith(TITLE + "\n\nTakes effect on ")
    assert "  Concerns clients of GET /api/v1/members that leave out limit.\n" in run.stdout
    assert "\noperations  GET /api/v1/members, GET /api/v1/quotes, GET /api/v1/invoices\n" in run.stdout
    assert run.stderr.startswith("Note: a stable version promises not to break (VER-2)")
    assert run.stderr.count("\n") == 1


def test_what_is_approved_needs_no_note(draft: Path, tmp_path: Path) -> None:
    approved = tmp_path / "exceptions.yaml"
    approved.write_text(
        "exceptions: [{rule: request-default, pointer: /components/parameters/Limit/schema/default, reason: Agreed, "
        "owner: Kari, expires: 2999-12-31}]",
        "utf-8",
    )
    arguments = (AUTHORED, draft, "--effective", EFFECTIVE, "--exceptions", approved, "--format", "json")
    run = announce(*arguments)
    assert (run.returncode, run.stderr) == (0, "")
    assert json.loads(run.stdout)["class"] == "breaking"


def test_json_is_what_the_control_takes_and_valid_as_the_events_data(draft: Path) -> None:
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--format", "json", "--link", "https://a.example/b")
    content = json.loads(run.stdout)
    body = controls()["paths"]["/announcements"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    jsonschema_rs.Draft202012Validator(body, validate_formats=True).validate(content)
    data = {"$ref": "#/components/schemas/Announcement", "components": document()["components"]}
    jsonschema_rs.Draft202012Validator(data, validate_formats=True).validate(content)
    assert (content["announced_on"], content["url"]) == (str(TODAY), "https://a.example/b")


def test_the_file_is_written_whole_or_not_at_all(draft: Path, tmp_path: Path) -> None:
    target = tmp_path / "announcement.md"
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--format", "markdown", "--output", target)
    assert (run.returncode, run.stdout) == (0, "")
    assert target.read_text("utf-8").startswith(f"## {TITLE}\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["announcement.md", "openapi.yaml"]
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--output", tmp_path)
    assert_one_sentence(run, 2, "can't be written")


@pytest.mark.parametrize(
    ("arguments", "code", "part"),
    [
        (("--effective", str(TODAY + timedelta(days=29))), 1, f"say --effective {EARLIEST} or a later day"),
        (("--effective", "2036-03-01", "--on", "2036-02-01"), 1, "say --effective 2036-03-02 or a later day"),
        ((), 2, "--effective"),
        (("--effective", "soon"), 2, "--effective can't be 'soon'; give a day such as"),
        (("--effective", "2036-02-30"), 2, "--effective can't be"),
        (("--effective", "3000-01-01", "--on", "2999-01-01"), 2, "can't be"),
        (("--effective", EFFECTIVE, "--title", " "), 2, "--title must be a line"),
        (("--effective", EFFECTIVE, "--title", "A\u202eB"), 2, "--title must be a line"),
        (("--effective", EFFECTIVE, "--title", "T" * 201), 2, "--title must be a line"),
        (("--effective", EFFECTIVE, "--link", "javascript:x"), 2, "--link must be the URL of a page"),
        (("--effective", EFFECTIVE, "--link", "https://[x/"), 2, "--link must be the URL of a page"),
        (("--effective", EFFECTIVE, "--usage", "none.json"), 2, "none.json can't be read"),
        (("--effective", EFFECTIVE, "--usage", AUTHORED), 2, "is no record of use"),
        (("--effective", EFFECTIVE, "--exceptions", "none.yaml"), 2, "none.yaml can't be read"),
        (("--effective", EFFECTIVE, "--to", "mock"), 2, "--to must be the URL of a mock"),
        (("--effective", EFFECTIVE, "--to", "http://kari:secret@127.0.0.1/"), 2, "--to must be the URL of a mock"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_a_sentence(
    draft: Path, arguments: tuple[str | Path, ...], code: int, part: str
) -> None:
    run = announce(AUTHORED, draft, *arguments)
    assert_one_sentence(run, code, part)
    assert "secret" not in run.stderr


def test_nothing_changed_and_unusable_documents(tmp_path: Path) -> None:
    assert_one_sentence(announce(AUTHORED, AUTHORED, "--effective", EFFECTIVE), 1, "there is nothing to announce")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [", "utf-8")
    assert_one_sentence(announce(AUTHORED, broken, "--effective", EFFECTIVE), 2, "is not YAML")


def test_it_reaches_every_endpoint_that_takes_it_signed_and_valid(sandbox: dict[str, Any], draft: Path) -> None:
    control = sandbox["base"] + "/_mock"
    with (
        receiver(status("204 No Content")) as one,
        receiver(status("204 No Content")) as two,
        receiver(status("204 No Content")) as none,
    ):
        ask("POST", f"{control}/webhooks", {"url": one.url, "secret": "whsec_one"})
        ask("POST", f"{control}/webhooks", {"url": two.url, "secret": "whsec_two", "events": [ANNOUNCEMENT]})
        ask("POST", f"{control}/webhooks", {"url": none.url, "secret": "whsec_none", "events": ["invoice.paid"]})
        run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--to", sandbox["base"])
        assert run.returncode == 0, run
        assert run.stderr.splitlines()[-1].endswith(", and sent to 2 endpoints.")
        bodies = [_delivered(one, "whsec_one"), _delivered(two, "whsec_two")]
        ask("POST", f"{control}/trigger", {"event": "invoice.paid"})
        none.wait_for(1)
        assert ANNOUNCEMENT.encode() not in none.requests[0]
    assert bodies[0] == bodies[1]
    data = bodies[0]["data"]
    assert (data["title"], data["class"], data["effective_on"], data["url"]) == (TITLE, "breaking", EFFECTIVE, None)
    assert data["operations"] == [f"GET /api/v1/{name}" for name in ("members", "quotes", "invoices")]
    assert "send the value that you rely on" in data["text"]


def _delivered(target: Receiver, secret: str) -> Any:
    head, _, body = target.wait_for(1)[0].partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    named = {name.lower(): value for name, value in headers.items()}
    assert named["x-1invoice-event"] == ANNOUNCEMENT
    assert verify_signature(body, named["x-1invoice-signature"], secret)
    content = json.loads(body)
    schema = {"$ref": "#/components/schemas/ApiChangeAnnounced", "components": document()["components"]}
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(content)
    return content


def test_the_same_change_is_not_announced_twice(sandbox: dict[str, Any], draft: Path) -> None:
    assert announce(AUTHORED, draft, "--effective", EFFECTIVE, "--to", sandbox["base"]).returncode == 0
    later = str(TODAY + timedelta(days=90))
    run = announce(AUTHORED, draft, "--effective", later, "--title", "Otherwise", "--to", sandbox["base"])
    assert_one_sentence(run, 1, "already announced as ann_")
    assert f"to take effect on {EFFECTIVE}; nothing was sent." in run.stderr


def test_nobody_is_told_unless_the_file_can_be_written(sandbox: dict[str, Any], draft: Path, tmp_path: Path) -> None:
    publishing = ("--effective", EFFECTIVE, "--to", sandbox["base"], "--output")
    for output in (tmp_path, tmp_path / "none" / "a.md"):
        assert_one_sentence(announce(AUTHORED, draft, *publishing, output), 2, "can't be written")
    target = tmp_path / "a.md"
    assert announce(AUTHORED, draft, *publishing, target).returncode == 0  # so that it wasn't announced before
    kept = target.read_text("utf-8")
    target.write_text(f"{kept}kept", "utf-8")
    assert_one_sentence(announce(AUTHORED, draft, *publishing, target), 1, "already announced")
    assert target.read_text("utf-8") == f"{kept}kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.md", "openapi.yaml"]


def test_many_at_once_announce_it_once(sandbox: dict[str, Any], draft: Path) -> None:
    content = json.loads(announce(AUTHORED, draft, "--effective", EFFECTIVE, "--format", "json").stdout)
    statuses: list[int] = []

    def post() -> None:
        answer = HTTP.request("POST", f"{sandbox['base']}/_mock/announcements", json=content)
        statuses.append(answer.status)

    threads = [threading.Thread(target=post) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 7


def test_the_mocks_clock_decides_about_the_notice(sandbox: dict[str, Any], draft: Path) -> None:
    ask("POST", f"{sandbox['base']}/_mock/clock", {"set": str(TODAY + timedelta(days=20))})
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--to", sandbox["base"])
    assert_one_sentence(run, 1, "Changes are announced at least 30 days ahead; choose ")
    later = str(TODAY + timedelta(days=50))
    run = announce(AUTHORED, draft, "--effective", later, "--to", sandbox["base"])
    assert run.returncode == 0


def test_where_no_mock_answers(draft: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--to", f"http://127.0.0.1:{port}")
    assert_one_sentence(run, 2, "(nothing takes connections there); start one with oneinvoice-mock")
    for answer in (
        status("200 OK", body=b"<html>"),
        status("404 Not Found", body=b"[]"),
        status("201 Created", body=b"{}"),
    ):
        with receiver(answer) as other:
            run = announce(AUTHORED, draft, "--effective", EFFECTIVE, "--to", f"http://127.0.0.1:{other.port}")
        assert_one_sentence(run, 2, "(what answers is no mock)")


def test_the_use_of_keys_comes_from_journal_archive_and_database(draft: Path, tmp_path: Path) -> None:
    database = tmp_path / "mock.db"
    with running_mock("--database", f"sqlite:///{database}") as mock:
        url = mock["ONEINVOICE_URL"]
        for path, key in (
            ("/api/v1/members", "ONEINVOICE_KEY"),
            ("/api/v1/members?limit=5", "ONEINVOICE_KEY"),
            ("/api/v1/quotes?limit=5", "ONEINVOICE_OTHER_KEY"),
            ("/api/v1/members", "ONEINVOICE_REVOKED_KEY"),
        ):
            HTTP.request("GET", url + path, headers={"Authorization": f"Bearer {mock[key]}"})
        journal, har = tmp_path / "requests.json", tmp_path / "requests.har"
        journal.write_bytes(HTTP.request("GET", f"{url}/_mock/requests").data)
        har.write_bytes(HTTP.request("GET", f"{url}/_mock/requests.har").data)
    names = [entry["key"] for entry in json.loads(journal.read_text())["data"]]
    export = tmp_path / "key-use.csv"
    query = "SELECT name, hour, requests FROM key_use JOIN api_keys ON api_keys.id = key_id"
    with closing(sqlite3.connect(database)) as connection:
        lines = [",".join(map(str, row)) for row in connection.execute(query)]
    export.write_text("\n".join(["name,hour,requests", *lines]))
    arguments = (AUTHORED, draft, "--effective", EFFECTIVE, "--format", "json")
    usage = json.loads(announce(*arguments, "--usage", journal).stdout)["usage"]
    (used,) = usage["keys"]
    assert (used["key"], used["requests"], used["by"]) == (names[0], 1, ["GET /api/v1/members without limit"])
    assert (usage["keys_seen"], usage["unreadable"], usage["without_key"]) == (2, 0, 1)
    usage = json.loads(announce(*arguments, "--usage", har).stdout)["usage"]
    assert [used["key"] for used in usage["keys"]] == ["keys that the archive doesn't show"]
    usage = json.loads(announce(*arguments, "--usage", export).stdout)["usage"]
    assert {used["key"]: used["requests"] for used in usage["keys"]} == {names[0]: 2, names[2]: 1}
    run = announce(*arguments[:-2], "--usage", journal, "--usage", har)
    assert "keys of 3 used what this concerns" in run.stdout
    assert not [key for name, key in mock.items() if name.endswith("KEY") and key[:12] in run.stdout]


def test_what_tells_of_keys_is_not_published(sandbox: dict[str, Any], draft: Path, tmp_path: Path) -> None:
    journal = tmp_path / "requests.json"
    journal.write_text('{"data": []}')
    arguments = (AUTHORED, draft, "--effective", EFFECTIVE, "--format", "json", "--usage", journal)
    content = json.loads(announce(*arguments).stdout)
    answer = HTTP.request("POST", f"{sandbox['base']}/_mock/announcements", json=content)
    assert (answer.status, "usage is not known" in answer.json()["detail"]) == (400, True)
    run = announce(*arguments, "--to", sandbox["base"])
    assert (run.returncode, "usage" in json.loads(run.stdout)) == (0, True)
