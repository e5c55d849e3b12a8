"""Webhooks of `oneinvoice-mock`, from the command line to a receiver: real processes, real HTTP."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_impl.webhooks.signing import verify_signature

from tests.acceptance.test_mock import MOCK, Mock, assert_one_sentence, run, running
from tests.integration.impl.receivers import receiver, status
from tests.services.postgres import postgres
from tests.soak import soak_only

EVENTS = ("invoice.created", "invoice.sent", "invoice.paid", "quote.created", "quote.sent", "quote.accepted",
          "quote.rejected")  # fmt: skip
OK = status("204 No Content")


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--scale", "60") as mock:
        yield mock


def command(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(*arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


def parsed(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    return dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:]), body


def test_each_event_is_delivered_and_shows_in_the_api(mock: Mock) -> None:
    with receiver(OK) as target:
        added = command(mock, "webhooks", "add", target.url, "--secret", "S")
        assert added.stdout.splitlines()[1:] == ["export ONEINVOICE_WEBHOOK_SECRET=S"]
        assert added.stdout.startswith("# whe_")
        assert "Only a mock sends to its own machine" in added.stdout
        for event in EVENTS:
            result = command(mock, "trigger", event)
            assert (result.returncode, result.stderr) == (0, "")
            assert re.fullmatch(rf"({event} \w+ evt_\w+: 1 delivery\n)", result.stdout)
        received = [parsed(request) for request in target.wait_for(len(EVENTS))]
    assert sorted(headers["X-1Invoice-Event"] for headers, _ in received) == sorted(EVENTS)
    for headers, body in received:
        assert verify_signature(body, headers["X-1Invoice-Signature"], "S")
        content = json.loads(body)
        listed = mock.ask(f"/api/v1/{content['event'].partition('.')[0]}s?limit=200").json()["data"]
        (shown,) = [each for each in listed if each["id"] == content["data"]["id"]]
        assert shown.keys() == content["data"].keys()
        assert shown["total"] == content["data"]["total"]
    while (told := command(mock, "webhooks", "deliveries").stdout).count(f"{target.url}  pending"):
        """An answer has come, and is about to be recorded."""
    assert told.count(f"{target.url}  delivered after 1: 204") == len(EVENTS), told


def test_a_trigger_is_delivered_within_a_moment(mock: Mock) -> None:
    with receiver(OK) as target:
        command(mock, "webhooks", "add", target.url)
        command(mock, "trigger", "invoice.created")
        target.wait_for(1)
        started = time.monotonic()
        command(mock, "trigger", "invoice.created")
        target.wait_for(2)
        assert time.monotonic() - started < 2


def test_values_chosen_events_ping_rotation_and_resending(mock: Mock) -> None:
    with receiver(OK) as target:
        added = command(mock, "webhooks", "add", target.url, "--events", "invoice.created, invoice.paid").stdout
        endpoint = added.split()[1]
        secret = added.rpartition("=")[2].strip()
        assert re.fullmatch("whsec_[0-9a-f]{64}", secret)
        listed = command(mock, "webhooks", "list").stdout
        assert f"{endpoint}  {target.url}  invoice.created,invoice.paid  active" in listed
        assert secret not in listed
        triggered = command(mock, "trigger", "invoice.paid", "--set", "total=99.50", "--set", "currency=EUR").stdout
        assert [line.split()[0] for line in triggered.splitlines()] == [
            "invoice.created",
            "invoice.sent",
            "invoice.paid",
        ]
        target.wait_for(2)
        rotated = command(mock, "webhooks", "rotate", endpoint, "--secret", "it's new").stdout
        assert rotated.splitlines()[1] == """export ONEINVOICE_WEBHOOK_SECRET='it'"'"'s new'"""
        assert command(mock, "webhooks", "ping", endpoint).stdout.startswith("ping evt_")
        delivery = next(line.split()[0] for line in command(mock, "webhooks", "deliveries").stdout.splitlines()
                        if target.url in line and "invoice.paid" in line)  # fmt: skip
        target.wait_for(3)
        assert command(mock, "webhooks", "resend", delivery).stdout.startswith("del_")
        received = [parsed(request) for request in target.wait_for(4)]
    assert sorted(headers["X-1Invoice-Event"] for headers, _ in received) == [
        "invoice.created", "invoice.paid", "invoice.paid", "ping",
    ]  # fmt: skip
    paid = [(headers, body) for headers, body in received if headers["X-1Invoice-Event"] == "invoice.paid"]
    assert paid[0][1] == paid[1][1]
    assert json.loads(paid[0][1])["data"]["total"] == "99.50"
    assert verify_signature(paid[0][1], paid[0][0]["X-1Invoice-Signature"], secret)
    assert verify_signature(paid[1][1], paid[1][0]["X-1Invoice-Signature"], "it's new")
    assert verify_signature(paid[1][1], paid[1][0]["X-1Invoice-Signature-Previous"], secret)


def test_endpoints_are_listed_changed_disabled_and_removed(mock: Mock) -> None:
    with receiver(OK) as first, receiver(OK) as second:
        added = command(mock, "webhooks", "add", first.url, "--events", "invoice.paid")
        id = added.stdout.split()[1]
        for arguments, shown in (
            (["change", id, "--target", second.url], f"{id}  {second.url}  invoice.paid  active"),
            (["change", id, "--events", "all"], f"{id}  {second.url}  all  active"),
            (
                ["change", id, "--events", "quote.sent, invoice.paid"],
                f"{id}  {second.url}  quote.sent,invoice.paid  active",
            ),
            (["disable", id], f"{id}  {second.url}  quote.sent,invoice.paid  disabled: You disabled it."),
            (["enable", id], f"{id}  {second.url}  quote.sent,invoice.paid  active"),
        ):
            assert command(mock, "webhooks", *arguments).stdout == f"{shown}\n"
            assert shown in command(mock, "webhooks", "list").stdout.splitlines()
        assert command(mock, "webhooks", "ping", id).returncode == 0
        assert len(second.wait_for(1)) == 1
    assert command(mock, "webhooks", "remove", id).stdout == f"{id} is removed.\n"
    assert id not in command(mock, "webhooks", "list").stdout
    for arguments in (["remove", id], ["change", id, "--events", "all"], ["disable", id], ["enable", id]):
        refused = command(mock, "webhooks", *arguments)
        assert (refused.returncode, refused.stdout) == (2, ""), refused
        assert f"The organisation has no webhook {id}." in refused.stderr
    nothing = command(mock, "webhooks", "change", id)
    assert (nothing.returncode, "give some of url, events and status" in nothing.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["trigger"], "EVENT"),
        (["trigger", "invoice.lost"], "use one of invoice.created"),
        (["trigger", "invoice.paid", "--set", "total"], "total=1250.00"),
        (["trigger", "invoice.paid", "--set", "total=lots"], "total must be an amount"),
        (["trigger", "invoice.paid", "--invoice", "inv_0"], "no invoice inv_0"),
        (["trigger", "invoice.paid", "--nonsense"], "--nonsense"),
        (["webhooks", "add"], "URL"),
        (["webhooks", "add", "nonsense"], "must begin with https:// or http://"),
        (["webhooks", "add", "http://10.0.0.1/"], "not on the public Internet"),
        (["webhooks", "add", "http://u:p@127.0.0.1/"], "user name or password"),
        (["webhooks", "add", "http://127.0.0.1/" + "a" * 2048], "2,048"),
        (["webhooks", "add", "http://127.0.0.1/", "--events", "invoice.lost"], "invoice.lost"),
        (["webhooks", "add", "http://127.0.0.1/", "--secret", ""], "secret must have"),
        (["webhooks", "resend", "del_0"], "no delivery del_0"),
        (["webhooks", "resend", "../../api/v1"], "'../../api/v1' is no id; give one that is listed"),
        (["webhooks", "rotate", ""], "'' is no id; give one that is listed"),
        (["faults", "remove", ""], "'' is no id; give one that is listed"),
        (["sandboxes", "remove", ""], "'' is no id; give one that is listed"),
        (["trigger", "invoice.paid", "--set", "=1"], "--set takes a name and a value"),
        (["webhooks", "ping", "whe_0"], "no webhook whe_0"),
        (["webhooks", "nonsense"], "nonsense"),
    ],
)
def test_bad_usage(mock: Mock, arguments: list[str], part: str) -> None:
    assert_one_sentence(command(mock, *arguments), 2, part)


@pytest.mark.parametrize("arguments", [["trigger", "invoice.paid"], ["webhooks", "list"], ["webhooks", "deliveries"]])
def test_no_mock_there(arguments: list[str]) -> None:
    for url, code in (("http://127.0.0.1:1", 4), ("http://nowhere.invalid", 4), ("ftp://x", 2), ("http://[", 2)):
        assert_one_sentence(run(*arguments, "--url", url), code)


def test_something_else_there() -> None:
    for answer in (status("200 OK", body=b"<html>"), status("404 Not Found", body=b"{}"), status("500 Oops")):
        with receiver(answer) as other:
            result = run("webhooks", "list", "--url", other.url.removesuffix("/hook"))
        assert_one_sentence(result, 4, "No mock answers at")


def test_secrets_are_in_no_log_and_no_file(tmp_path: Path) -> None:
    with receiver(status("500 Oops")) as target:
        arguments = ("--port", "0", "--scale", "10", "--database", f"sqlite:///{tmp_path / 'mock.db'}")
        with running(*arguments) as mock:
            command(mock, "webhooks", "add", target.url, "--secret", "whsec_very_secret")
            command(mock, "trigger", "invoice.paid")
            target.wait_for(1)
            files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
            mock.process.terminate()
            _, complaint = mock.process.communicate(timeout=20)
            assert (mock.process.returncode, complaint) == (0, "")
    assert "mock.db.key" in files
    assert (tmp_path / "mock.db.key").stat().st_mode & 0o777 == 0o600
    assert not [name for name, content in files.items() if b"whsec_very_secret" in content]


def test_on_postgres_a_key_is_asked_for_and_then_all_works() -> None:
    key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
    with postgres() as server, receiver(OK) as target:
        arguments = ("--port", "0", "--scale", "10", "--database", server.new_database())
        with running(*arguments) as mock:
            assert_one_sentence(command(mock, "webhooks", "add", target.url), 2, "set ONEINVOICE_SECRET_KEY")
        with running(*arguments, environment={"ONEINVOICE_SECRET_KEY": key}) as mock:
            command(mock, "webhooks", "add", target.url, "--secret", "S")
            assert command(mock, "trigger", "quote.accepted").returncode == 0
            headers, body = parsed(target.wait_for(1)[0])
    assert verify_signature(body, headers["X-1Invoice-Signature"], "S")


def test_commands_load_no_more_than_they_need() -> None:
    script = (
        "import sys; sys.argv = ['oneinvoice-mock', 'webhooks', 'list', '--url', 'http://127.0.0.1:1']\n"
        "from oneinvoice_impl.mock.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "connexion", "starlette", "httptools", "cryptography", "yaml"} & set(loaded)


def test_a_mock_without_endpoints_loads_nothing_to_send_with(tmp_path: Path) -> None:
    with running("--port", "0", "--scale", "10") as mock:
        mock.ask("/api/v1/members")
        command(mock, "trigger", "invoice.paid")
        maps = Path(f"/proc/{mock.process.pid}/maps").read_text()
        assert "cryptography" not in maps
        assert "sqlalchemy" in maps
    assert MOCK


@soak_only
def test_the_bench_runs() -> None:
    bench = Path(__file__).parents[2] / "bench" / "webhooks.py"
    result = subprocess.run([sys.executable, bench, "--short"], capture_output=True, text=True, timeout=120, check=True)
    measured = json.loads(result.stdout)
    assert measured["committed"] > 0
    assert measured["others_not_delivered"] == 0
    assert measured["p99_seconds"] >= measured["p50_seconds"] >= 0
