"""The command line `oneinvoice-conform`: real processes, real HTTP."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from tests.acceptance.command import (
    ENVIRONMENT,
    IMPORTABLE,
    KEY_OPTIONS,
    KEYS,
    READ_ONLY,
    SCRIPTS,
    Conform,
    assert_one_sentence,
    without_secrets,
)
from tests.miniatures import FAULTS, FREE, RATE_FREE, Deployment, serve
from tests.miniatures.data import World
from tests.unit.conformance.fakes import wire

# Verdicts


def test_a_correct_deployment_conforms(conform: Conform, miniature: str) -> None:
    run = without_secrets(conform(miniature, *KEY_OPTIONS, *READ_ONLY, "--json", "report.json"))
    assert (run.returncode, run.stderr) == (0, "")
    assert f"conforms  {miniature}" in run.stdout
    assert "scope: without HOOK, RATE, NEWS" in run.stdout
    assert "report: report.json" in run.stdout
    report = conform.report()
    assert report["verdict"] == "conforms"
    assert report["requests"]["by_key"]["primary"] <= 51
    assert report["requests"]["total"] <= 105
    assert report["kit"]["version"]


def test_the_mock_conforms_with_all_four_keys_from_the_environment(conform: Conform, mock: dict[str, str]) -> None:
    run = conform(*READ_ONLY, "--json", "report.json", env=mock)
    assert (run.returncode, run.stderr) == (0, "")
    assert not [value for name, value in mock.items() if name != "ONEINVOICE_URL" and value[:12] in run.stdout]
    report = conform.report()
    assert report["requests"]["by_key"]["primary"] <= 51
    assert report["requests"]["total"] <= 115
    assert {"sibling", "other", "revoked"} <= report["requests"]["by_key"].keys()


def test_strict_passes_on_the_mock_and_fails_elsewhere(conform: Conform, mock: dict[str, str], miniature: str) -> None:
    strict = ("--strict", "--skip", "HOOK,RATE,NEWS,SPEC-3")
    assert conform(mock["ONEINVOICE_URL"], *strict, env=mock).returncode == 0
    run = conform(miniature, *KEY_OPTIONS, *strict, "--json", "report.json")
    assert run.returncode == 1
    failed = {row["id"] for row in conform.report()["requirements"] if row["outcome"] == "failed"}
    assert failed == {"SPEC-1", "SPEC-2"}


def test_without_a_webhook_it_is_incomplete(conform: Conform) -> None:
    deployment = RATE_FREE["rate-by-sliding-log"].deployment()
    deployment.clock_is_open = True
    with serve(deployment) as url:
        wait = f"'{sys.executable}' -m tests.miniatures.clock {url} {{seconds}}"
        run = conform(url, *KEY_OPTIONS, "--sibling-key", KEYS["sibling"], "--wait-command", wait, env=IMPORTABLE)
    assert run.returncode == 3, run
    assert "not tested" in run.stdout
    assert "HOOK-1..12: give --webhook-secret and --listen" in run.stdout
    assert re.search(r"RATE .*5 passed", run.stdout)
    assert "scope: every requirement of the documentation" in run.stdout


@pytest.mark.parametrize("name", ["discovery-needs-key", "one-total-missing"])
def test_a_fault_is_a_violation(conform: Conform, name: str) -> None:
    fault = FAULTS[name]
    with serve(fault.deployment()) as url:
        run = without_secrets(conform(url, *KEY_OPTIONS, *READ_ONLY, "--json", "report.json"))
    assert run.returncode == 1
    assert f"✗ {fault.rule} failed" in run.stdout
    assert "clause" in run.stdout
    assert "curl -i" in run.stdout
    [row] = [row for row in conform.report()["requirements"] if row["id"] == fault.rule]
    assert (row["outcome"], row["exchanges"][0]["number"] > 0) == ("failed", True)


class Empty(Deployment):
    """Nobody has anything."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()


def test_an_empty_organisation_decides_nothing(conform: Conform) -> None:
    with serve(Empty()) as url:
        run = conform(url, *KEY_OPTIONS, *READ_ONLY, "--json", "report.json")
    assert run.returncode == 3
    assert "The organisation has 0 members, no quotes and no invoices" in run.stdout
    assert "at the most" not in run.stdout
    assert conform.report()["verdict"] == "incomplete"


def test_without_keys_little_is_tested(conform: Conform, miniature: str) -> None:
    run = conform(miniature, *READ_ONLY)
    assert run.returncode == 3
    assert "give a key with --key" in run.stdout
    run = conform(miniature, "--only", "AUTH-1,AUTH-2,DISC")
    assert run.returncode == 0, "what needs no key can be judged alone, and the verdict says so"
    assert "scope: only AUTH-1, AUTH-2, DISC" in run.stdout


def test_a_dead_port_is_unreachable(conform: Conform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = conform(f"http://127.0.0.1:{port}", *KEY_OPTIONS, "--json", "report.json")
    assert_one_sentence(run, 4, "can't be reached", "Connection refused", "check the address")
    assert conform.files() == []


class Everywhere(Deployment):
    """Answers everything with one status."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status

    def answer(self, request: Request) -> Response:
        return self.error(self.status, "No.", **{"Retry-After": "0"})


class GivesUp(Deployment):
    """Hangs up on every request after so many."""

    def answer(self, request: Request) -> Response:
        if len(self.log) > 20:
            raise ConnectionResetError
        return super().answer(request)


@pytest.mark.parametrize(
    ("deployment", "codes"),
    [(lambda: Everywhere(429), {3}), (lambda: Everywhere(500), {1}), (lambda: Everywhere(403), {4}), (GivesUp, {3})],
    ids=["429", "500", "403", "gone"],
)
def test_a_starved_run_is_never_green(conform: Conform, deployment: Any, codes: set[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # What hangs up on purpose is no error of the miniature.
        patch.setattr("tests.miniatures.server._Server.handle_error", lambda *_: None)
        with serve(deployment()) as url:
            began = time.monotonic()
            patient = ("--wait-command", "true {seconds}")
            run = conform(url, *KEY_OPTIONS, *READ_ONLY, *patient, "--json", "report.json")
    assert run.returncode in codes
    assert "Traceback" not in run.stderr
    assert time.monotonic() - began < 10
    if run.returncode == 4:
        assert not (conform.folder / "report.json").exists()
        return
    assert conform.report()["verdict"] != "conforms"
    assert not any(row["outcome"] == "error" for row in conform.report()["requirements"])


def test_answers_that_never_end_hold_nobody_up(conform: Conform) -> None:
    def trickle(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[")
        while True:
            connection.sendall(b" ")
            time.sleep(0.05)

    with wire(trickle) as server:
        began = time.monotonic()
        run = conform(server.url, *KEY_OPTIONS, "--timeout", "0.5")
    assert_one_sentence(run, 4, "no whole answer within 0.5 s", "--timeout")
    assert time.monotonic() - began < 5


class QuotesHang(Deployment):
    """Requests for quotes get no answer in time."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes":
            time.sleep(0.6)
        return super().list_records(request, resource)


def test_one_endpoint_that_hangs_leaves_the_rest_open_or_judged(conform: Conform) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.miniatures.server._Server.handle_error", lambda *_: None)
        with serve(QuotesHang()) as url:
            began = time.monotonic()
            run = conform(url, *KEY_OPTIONS, *READ_ONLY, "--timeout", "0.3", "--json", "report.json")
            took = time.monotonic() - began
    assert run.returncode == 3
    assert took < 20
    assert conform.report()["verdict"] == "incomplete"


# Reproducers


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl isn't installed")
def test_a_reproducer_sends_the_request_again(conform: Conform) -> None:
    class Careless(Deployment):
        """Takes any key that begins like one."""

        def find_key(self, token: str, resource: str) -> Any:
            return super().find_key(token, resource) or (self.keys["primary"] if token.startswith("1iv_") else None)

    deployment = Careless()
    with serve(deployment) as url:
        run = conform(url, *KEY_OPTIONS, *READ_ONLY, "--only", "AUTH-5", "--json", "report.json")
        assert run.returncode == 1
        [row] = conform.report()["requirements"]
        lines = [entry["curl"] for entry in row["exchanges"] if "curl" in entry]
        assert len(lines) == 5
        assert f"try     {lines[0]}" in run.stdout
        for line, entry in zip(lines, row["exchanges"], strict=False):
            shell = subprocess.run(
                ["sh", "-c", line],
                capture_output=True,
                text=True,
                check=True,
                env=ENVIRONMENT | {"ONEINVOICE_KEY": KEYS["primary"]},
            )
            assert shell.stdout.startswith("HTTP/1.1 200 "), shell
            assert entry["target"] == deployment.log[-1].target
            assert deployment.log[-1].key != "primary", "the key itself is no near miss"


# Ctrl-C


def test_an_interrupted_run_stops_and_tells_what_is_known(conform: Conform) -> None:
    deployment = FREE["slow"].deployment()
    with serve(deployment) as url:
        process = subprocess.Popen(
            [SCRIPTS / "oneinvoice-conform", url, *KEY_OPTIONS, "--json", "report.json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=conform.folder,
            env=ENVIRONMENT,
        )
        while len(deployment.log) < 15:
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        out, err = process.communicate(timeout=20)
    assert time.monotonic() - began < 2
    assert (process.returncode, err) == (3, "")
    assert "incomplete" in out
    assert "(interrupted)" in out
    report = conform.report()
    assert (report["verdict"], report["scope"]["interrupted"]) == ("incomplete", True)
    assert {"passed", "not_tested"} <= report["counts"].keys()
    assert len(deployment.log) < 30


def test_help_and_version(conform: Conform) -> None:
    assert re.fullmatch(r"oneinvoice-conform, version \d+\.\d+\.\d+\n", conform("--version").stdout)
    run = conform("run", "--help")
    assert (run.returncode, run.stderr) == (0, "")
    assert "--revoked-key" in run.stdout
