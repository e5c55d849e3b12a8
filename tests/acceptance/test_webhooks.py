"""The commands that look at webhooks, as their users call them."""

from __future__ import annotations

import base64
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import urllib3
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.receiver import Receiver, Reply

from tests.miniatures import HOOK_FAULTS, Deployment, serve

CONFORM = str(Path(sys.executable).with_name("oneinvoice-conform"))
SECRET = "whsec_planted_0123456789"
BODY = '{"event": "invoice.paid","customer":"Bølgen"}'.encode()
EVENT = "X-1Invoice-Event: invoice.paid"
AGENT = "User-Agent: 1invoice-webhooks/1"


def _signature(body: bytes = BODY, secret: str = SECRET) -> str:
    return f"X-1Invoice-Signature: {hmac.digest(secret.encode(), body, 'sha256').hex()}"


def _environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    return clean | {"ONEINVOICE_WEBHOOK_SECRET": SECRET} | more


def _run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [CONFORM, *arguments], cwd=cwd, env=_environment(**environment), capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done


def _trigger(url: str) -> str:
    return f"{sys.executable} -m tests.miniatures.trigger {url} {{event}}"


def _hook_run(
    deployment: Deployment, cwd: Path, *arguments: str, registered: bool = True
) -> subprocess.CompletedProcess[str]:
    """Judge a deployment's webhooks; the receiver listens at a port that was free a moment ago."""
    with Receiver("127.0.0.1", 0) as probe:
        port = probe.port
    deployment.register(f"http://127.0.0.1:{port if registered else 9}/hook", SECRET)
    with serve(deployment) as url:
        return _run(
            url, "--only", "HOOK", "--listen", f"127.0.0.1:{port}", "--public-url", f"http://127.0.0.1:{port}/hook",
            "--trigger", _trigger(url), *arguments, cwd=cwd, PYTHONPATH=str(Path(__file__).parents[2]),
        )  # fmt: skip


def test_a_deployment_that_delivers_conforms(tmp_path: Path) -> None:
    done = _hook_run(Deployment(), tmp_path, "--json", "out.json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    report = json.loads((tmp_path / "out.json").read_text("utf-8"))
    assert report["counts"]["passed"] == 12
    assert SECRET not in json.dumps(report)


@pytest.mark.parametrize("rule", ["HOOK-3", "HOOK-4", "HOOK-8"])
def test_a_fault_is_a_violation_with_its_clause_and_what_came(rule: str, tmp_path: Path) -> None:
    fault = next(fault for fault in HOOK_FAULTS.values() if fault.rule == rule)
    done = _hook_run(fault.deployment(), tmp_path, "--webhook-timeout", "1")
    assert done.returncode == 1, done.stdout
    assert f"{rule} failed" in done.stdout


def test_nothing_that_arrives_is_incomplete(tmp_path: Path) -> None:
    done = _hook_run(Deployment(), tmp_path, "--webhook-timeout", "0.5", registered=False)
    assert done.returncode == 3, done.stdout
    assert "HOOK-1..12 inconclusive" in done.stdout
    assert "nothing came to http://127.0.0.1:" in done.stdout


def test_a_trigger_that_fails_is_told_with_its_last_line(tmp_path: Path) -> None:
    with serve(Deployment()) as url:
        done = _run(
            url,
            "--only",
            "HOOK-6",
            "--listen",
            "127.0.0.1:0",
            "--trigger",
            "echo no {event} today; exit 5",
            cwd=tmp_path,
        )
    assert done.returncode == 3
    assert "exit code 5: no invoice.created today" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--listen", "127.0.0.1:0"], "give --trigger or --guided"),
        (["--trigger", "true {event}"], "give --listen"),
        (["--listen", "127.0.0.1:0", "--trigger", "true"], "--trigger needs {event}"),
        (["--listen", "nonsense", "--trigger", "true {event}"], "no address to listen at"),
        (["--listen", "127.0.0.1:99999", "--trigger", "true {event}"], "no address to listen at"),
        (["--listen", "127.0.0.1:0", "--trigger", "true {event}", "--guided"], "exclude each other"),
        (["--listen", "192.0.2.1:9401", "--trigger", "true {event}"], "Nothing can listen"),
    ],
)
def test_options_that_do_not_go_together_are_told_in_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    done = _run("http://127.0.0.1:9", *arguments, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_guided_tells_a_person_what_to_do_and_goes_on_by_itself(tmp_path: Path) -> None:
    with Receiver("127.0.0.1", 0) as probe:
        port = probe.port
    deployment = Deployment()
    deployment.register(f"http://127.0.0.1:{port}/hook", SECRET)
    with serve(deployment) as url:
        command = [
            CONFORM,
            url,
            "--only",
            "HOOK",
            "--listen",
            f"127.0.0.1:{port}",
            "--guided",
            "--webhook-timeout",
            "20",
        ]
        with subprocess.Popen(
            command, cwd=tmp_path, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr
            assert process.stdout
            for line in process.stderr:  # do what it says, as the person would
                if found := re.search(r"Now .* \(([a-z.]+)\)", line):
                    deployment.trigger(found[1])
            output = process.stdout.read()
    assert process.returncode == 0, output


@pytest.mark.parametrize(
    ("headers", "code", "said"),
    [
        ([_signature(), EVENT, AGENT, "Content-Type: application/json"], 0, "conforms"),
        ([_signature()], 0, "conforms"),
        ([_signature(secret="another")], 1, "another secret"),
        (["X-1Invoice-Signature: " + base64.b64encode(hmac.digest(SECRET.encode(), BODY, "sha256")).decode()],
         1, "base64 instead of hex"),
        ([_signature(), "X-1Invoice-Event: invoice_paid"], 1, "HOOK-3 failed"),
        ([_signature(), "User-Agent: curl/8"], 1, "HOOK-5 failed"),
    ],
)  # fmt: skip
def test_verify_judges_one_delivery(headers: list[str], code: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    arguments = [part for header in headers for part in ("--header", header)]
    done = _run("verify", "--body", "body", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (code, ""), done.stdout
    assert said in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Give either"),
        (["--body", "nothing", "--header", EVENT], "can't be read"),
        (["--body", "body"], "at least one --header"),
        (["--body", "body", "--header", "no colon"], "'Name: value'"),
        (["--capture", "body"], "Line 1 of body is no delivery"),
        (["--body", "body", "--header", EVENT, "--secret-env", "NOT_SET"], "NOT_SET is not set"),
    ],
)
def test_verify_tells_bad_input_in_one_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    done = _run("verify", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert sentence in done.stderr


@contextmanager
def _listening(cwd: Path, *arguments: str) -> Iterator[tuple[str, list[str]]]:
    """The URL at which `listen` listens, and the lines that it prints; stopped by Ctrl-C."""
    command = [CONFORM, "listen", "--listen", "127.0.0.1:0", *arguments]
    with subprocess.Popen(command, cwd=cwd, env=_environment(), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        stream, lines = process.stdout, []
        url = stream.readline().split()[2]
        reader = threading.Thread(target=lambda: lines.extend(stream))
        reader.start()
        try:
            yield url, lines
        finally:
            process.send_signal(signal.SIGINT)
            reader.join(10)
            process.kill()
    assert process.returncode == 0


def _headers(signature: str) -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in (signature, EVENT, AGENT, "Content-Type: application/json"))
    return dict(pairs)


def test_listen_shows_forwards_and_captures_each_delivery(tmp_path: Path) -> None:
    with Receiver("127.0.0.1", 0, lambda delivery: Reply(202)) as target:
        forward = ["--forward-to", f"{target.url}/app", "--capture", "all.jsonl"]
        with _listening(tmp_path, *forward) as (url, lines):
            right = urllib3.request("POST", f"{url}/hook", body=BODY, headers=_headers(_signature()))
            wrong = urllib3.request("POST", f"{url}/hook", body=BODY, headers=_headers(_signature(BODY[:-1])))
            assert (right.status, wrong.status) == (202, 202)
            assert [delivery.body for delivery in target.deliveries] == [BODY, BODY]
            assert target.deliveries[0].header("X-1Invoice-Signature") == _headers(_signature())["X-1Invoice-Signature"]
            assert target.deliveries[0].path == "/app"
            _until(lambda: len(lines) >= 3)
    assert re.search(r"✓ invoice.paid  POST /hook  46 bytes  → 202", lines[0]), lines
    assert re.search(r"✗ invoice.paid", lines[1]), lines
    assert "HOOK-4: the signature of delivery 2 (invoice.paid) matches neither" in lines[2]
    assert SECRET not in "".join(lines) + (tmp_path / "all.jsonl").read_text("utf-8")
    done = _run("verify", "--capture", "all.jsonl", cwd=tmp_path)
    assert done.returncode == 1
    assert "1 of 2 deliveries" in done.stdout


def test_listen_answers_502_when_it_can_not_forward(tmp_path: Path) -> None:
    with _listening(tmp_path, "--forward-to", "http://127.0.0.1:9/") as (url, _lines):
        assert urllib3.request("POST", url, body=BODY, retries=False).status == 502


def _until(done: object, seconds: float = 5.0) -> None:
    assert callable(done)
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.01)


def test_the_receiver_is_asked_for_each_answer() -> None:
    asked: list[Delivery] = []

    def answer(delivery: Delivery) -> Reply:
        asked.append(delivery)
        return Reply(500 if delivery.number == 1 else 200)

    with Receiver("127.0.0.1", 0, answer) as receiver:
        statuses = [urllib3.request("POST", receiver.url, body=b"{}", retries=False).status for _ in range(2)]
    assert statuses == [500, 200]
    assert asked == receiver.deliveries
