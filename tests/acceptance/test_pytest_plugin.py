"""Fixtures of the pytest plugin, in runs of pytest as its users have them: real processes, with workers and without."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from tests.acceptance.running_mock import running_mock
from tests.unit.impl.mock.proposals.drafts import Draft

pytest_plugins = ["pytester"]

# Plugins that neither the tests nor their readers need, and that are slow to load.
OPTIONS = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-W", "error")

USE = """
import hashlib, hmac, json, os
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen
import pytest
from oneinvoice_impl.mock.testing.controls import MockProblem

def get(sandbox, path, key=None):
    headers = {"Authorization": f"Bearer {key or sandbox.key}"}
    try:
        with urlopen(Request(sandbox.url + path, headers=headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)

def total(sandbox, name, key=None):
    return get(sandbox, f"/api/v1/{name}?limit=1", key)[1]["pagination"]["total"]

def test_keys(oneinvoice, oneinvoice_sandbox):
    Path(f"url-{os.getpid()}").write_text(oneinvoice.url)
    sandbox = oneinvoice_sandbox
    assert sandbox.url == oneinvoice.url
    keys = (sandbox.key, sandbox.sibling_key, sandbox.other_key)
    assert [total(sandbox, "members", key) for key in keys] == [450, 450, 12]
    assert get(sandbox, "/api/v1/members", sandbox.revoked_key)[0] == 401
    assert get(oneinvoice, "/api/v1/members", oneinvoice.key)[0] == 200
    assert get(oneinvoice, "/api/v1/members", oneinvoice.revoked_key)[0] == 401
    assert not any("1iv_" in repr(each) for each in (sandbox, oneinvoice, oneinvoice.key and sandbox.controls))

def test_events_and_deliveries(oneinvoice_sandbox, oneinvoice_receiver):
    sandbox, receiver = oneinvoice_sandbox, oneinvoice_receiver
    webhook = sandbox.webhook(receiver.url, secret="whsec_mine", events=["invoice.paid", "quote.accepted"])
    assert webhook.secret == "whsec_mine" and webhook.id and "whsec" not in repr(webhook)
    paid = sandbox.trigger("invoice.paid", total="12.00", customer={"name": "Bo & Co"}, due_date=None)
    came = receiver.wait_for("invoice.paid")
    expected = hmac.new(b"whsec_mine", came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-1invoice-signature"] == expected
    assert (came.method, came.path, came.event) == ("POST", "/hook", "invoice.paid")
    data = came.json()["data"]
    assert (data["id"], data["total"], data["customer"]["name"]) == (paid["record"], "12.00", "Bo & Co")
    assert sandbox.wait_for_delivery("invoice.paid")["id"] in paid["deliveries"]
    with pytest.raises(TimeoutError, match="No invoice.paid came in 0.05 s; what came is invoice.paid."):
        receiver.wait_for("invoice.paid", 0.05)
    with pytest.raises(TimeoutError, match="there was no delivery: register a webhook first"):
        sandbox.wait_for_delivery("invoice.paid", 0.05)
    receiver.answers(503, 503)
    sandbox.trigger("quote.accepted")
    receiver.wait_for("quote.accepted")
    with pytest.raises(TimeoutError, match="quote.accepted to http[^ ]*: pending\\n    attempt 1: It answered 503"):
        sandbox.wait_for_delivery("quote.accepted", 1)
    sandbox.clock.advance(600)
    sandbox.clock.advance(3600)
    assert [each["status"] for each in sandbox.wait_for_delivery("quote.accepted")["attempts"]] == [503, 503, 200]
    assert [each.event for each in receiver.requests] == ["invoice.paid"] + ["quote.accepted"] * 3
    assert [each["event"] for each in sandbox.deliveries()] == ["quote.accepted", "invoice.paid"]

def test_a_receiver_that_is_late(oneinvoice_sandbox, oneinvoice_receiver):
    oneinvoice_receiver.delay = 0.3
    oneinvoice_sandbox.webhook(oneinvoice_receiver.url)
    oneinvoice_sandbox.trigger("invoice.created")
    [attempt] = oneinvoice_sandbox.wait_for_delivery("invoice.created")["attempts"]
    assert attempt["duration_ms"] >= 300

def test_schedule(oneinvoice_sandbox, oneinvoice_receiver):
    oneinvoice_sandbox.webhook(oneinvoice_receiver.url)
    oneinvoice_receiver.answers(*[503] * 8)
    oneinvoice_sandbox.trigger("invoice.created")
    oneinvoice_sandbox.clock.advance(172_800)
    [delivery] = oneinvoice_sandbox.deliveries()
    assert delivery["status"] == "failed" and len(delivery["attempts"]) == 8
    first, *_, last = (datetime.fromisoformat(each["started_at"]) for each in delivery["attempts"])
    assert 80_000 < (last - first).total_seconds() < 120_000

def test_clock(oneinvoice_sandbox, oneinvoice_receiver):
    clock = oneinvoice_sandbox.clock
    assert clock.set("2038-01-20").date().isoformat() == "2038-01-20"
    frozen = clock.freeze()
    assert frozen == clock.now
    oneinvoice_sandbox.webhook(oneinvoice_receiver.url)
    oneinvoice_sandbox.trigger("quote.created")
    delivery = oneinvoice_sandbox.wait_for_delivery("quote.created")
    assert datetime.fromisoformat(delivery["created_at"]) == frozen
    assert (clock.advance(61) - frozen).total_seconds() == 61
    assert clock.set(date(2038, 2, 1)).isoformat() == "2038-02-01T00:00:00+00:00"
    clock.set(datetime(2039, 1, 1, tzinfo=UTC))
    assert clock.resume().year == 2039
    assert abs(clock.reset() - datetime.now(UTC)).total_seconds() < 60

def test_faults_and_requests(oneinvoice_sandbox):
    sandbox = oneinvoice_sandbox
    planned = sandbox.faults.add(operation="list_members", status=503, times=1, retry_after=2)
    assert sandbox.faults.planned() == [planned]
    assert [get(sandbox, "/api/v1/members?status[]=active")[0] for _ in range(2)] == [503, 200]
    sandbox.faults.add(status=500, until=sandbox.clock.now)
    assert get(sandbox, "/api/v1/quotes")[0] == 200
    sandbox.faults.add(status=500)
    sandbox.faults.clear()
    assert get(sandbox, "/api/v1/quotes")[0] == 200
    first, second, *_ = sandbox.requests()
    assert (first["method"], first["path"], first["query"], first["status"]) == (
        "GET", "/api/v1/members", "status[]=active", 503)
    assert "status[] is not a parameter" in second["notes"][0]
    with pytest.raises(MockProblem, match="There is no operation 'list_cats'; use one of"):
        sandbox.faults.add(operation="list_cats", status=503)

def test_faults_of_webhooks(oneinvoice_sandbox, oneinvoice_receiver):
    oneinvoice_sandbox.webhook(oneinvoice_receiver.url)
    oneinvoice_sandbox.faults.add(webhook="duplicate", event="invoice.paid", times=1)
    oneinvoice_sandbox.trigger("quote.sent")
    oneinvoice_sandbox.trigger("invoice.paid")
    first, again = [oneinvoice_receiver.wait_for("invoice.paid") for _ in range(2)]
    assert first.body == again.body
    with pytest.raises(TimeoutError):
        oneinvoice_receiver.wait_for("invoice.paid", 0.05)

def test_data_of_ones_own(oneinvoice_sandbox):
    assert oneinvoice_sandbox.load({"members": [{"id": "mem_kari"}]})["members"] == 1
    assert [total(oneinvoice_sandbox, name) for name in ("members", "quotes")] == [451, 60]
    oneinvoice_sandbox.load({"members": [{"id": "mem_ola"}]}, replace=True)
    assert [total(oneinvoice_sandbox, name) for name in ("members", "quotes")] == [1, 0]
    oneinvoice_sandbox.load({"quotes": [{}, {}], "replace": True})
    assert [total(oneinvoice_sandbox, name) for name in ("members", "quotes")] == [0, 2]
    with pytest.raises(MockProblem, match="members.0..status: It must be active"):
        oneinvoice_sandbox.load({"members": [{"status": "gone"}]})

def test_what_is_told_wrongly(oneinvoice_sandbox, oneinvoice_receiver):
    with pytest.raises(MockProblem, match="events must be a list"):
        oneinvoice_sandbox.webhook(oneinvoice_receiver.url, events="invoice.paid")
    for status in ("503", 99, 600, None):
        with pytest.raises(ValueError, match="A status is a number from 200 to 599, not"):
            oneinvoice_receiver.answers(200, status)

def test_state(oneinvoice_sandbox):
    sandbox = oneinvoice_sandbox
    before = total(sandbox, "invoices")
    snapshot = sandbox.snapshot()
    sandbox.trigger("invoice.created")
    assert total(sandbox, "invoices") == before + 1
    sandbox.restore(snapshot)
    assert total(sandbox, "invoices") == before
    sandbox.trigger("invoice.created")
    sandbox.reset()
    assert (total(sandbox, "invoices"), len(sandbox.requests())) == (before, 1)
    with pytest.raises(MockProblem) as refused:
        sandbox.trigger("invoice.eaten")
    assert (refused.value.status, str(refused.value)[:33]) == (400, "There is no event 'invoice.eaten'")

def test_other_data(oneinvoice):
    with oneinvoice.sandbox(scale=3, rate_limit=2, seed=7) as sandbox:
        assert total(sandbox, "members") == 3
        assert [get(sandbox, "/api/v1/members")[0] for _ in range(2)] == [200, 429]
        oneinvoice.controls.delete(f"/sandboxes/{sandbox.id}")
    with pytest.raises(MockProblem, match="There is no sandbox sbx_"):
        sandbox.reset()
"""


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("ONEINVOICE_", "PYTEST_")):
            monkeypatch.delenv(name)


def assert_ended(url: str) -> None:
    parts = urlsplit(url)
    deadline = time.monotonic() + 10
    with suppress(ConnectionRefusedError):
        while time.monotonic() < deadline:
            socket.create_connection((str(parts.hostname), parts.port or 80)).close()
            time.sleep(0.05)
        pytest.fail("the mock runs on")


@pytest.mark.parametrize("workers", [(), ("-n", "4")], ids=["alone", "workers"])
def test_its_fixtures(pytester: pytest.Pytester, workers: tuple[str, ...]) -> None:
    pytester.makepyfile(USE)
    pytester.runpytest_subprocess(*OPTIONS, *workers).assert_outcomes(passed=11)
    (url,) = {each.read_text() for each in pytester.path.glob("url-*")}
    assert_ended(url)


def test_workers_share_one_mock_and_one_that_dies_takes_nothing_away(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import os, time
        from contextlib import suppress
        from pathlib import Path
        import pytest

        def mocks(folder):
            for process in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    if str(folder).encode() in (process / "cmdline").read_bytes():
                        yield process

        @pytest.mark.parametrize("number", range(12))
        def test_it(oneinvoice, oneinvoice_sandbox, number, tmp_path_factory):
            Path(f"url-{number}").write_text(oneinvoice.url)
            assert len(list(mocks(tmp_path_factory.getbasetemp().parent / "oneinvoice"))) == 1
            assert oneinvoice_sandbox.trigger("invoice.created")["record"].startswith("inv_")
            time.sleep(0.1)
            if number == 0:
                os._exit(1)
    """)
    result = pytester.runpytest_subprocess(*OPTIONS, "-n", "3")
    result.assert_outcomes(passed=11, failed=1)
    (url,) = {each.read_text() for each in pytester.path.glob("url-*")}
    assert_ended(url)


def test_a_killed_run_leaves_no_mock(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import time
        from pathlib import Path

        def test_it(oneinvoice):
            Path("url.part").write_text(oneinvoice.url)
            Path("url.part").rename("url")
            time.sleep(60)
    """)
    command = [sys.executable, "-m", "pytest", *OPTIONS, "--basetemp", str(pytester.path / "temporary")]
    run = subprocess.Popen(command, cwd=pytester.path, stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not (pytester.path / "url").exists():
            assert run.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        url = (pytester.path / "url").read_text()
        urlopen(f"{url}/api/v1").close()
    finally:
        run.send_signal(signal.SIGKILL)
        run.wait()
    assert_ended(url)


def test_it_joins_a_mock_that_runs(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile("""
        from pathlib import Path
        import pytest

        def test_it(oneinvoice, oneinvoice_sandbox):
            oneinvoice_sandbox.trigger("invoice.created")
            with Path("urls").open("a") as urls:
                urls.write(f"{oneinvoice.url} {oneinvoice_sandbox.url}\\n")

        def test_key(oneinvoice):
            assert oneinvoice.key.startswith("1iv_")
    """)
    with running_mock() as exported:
        url = exported["ONEINVOICE_URL"]
        pytester.makeini(f"[pytest]\noneinvoice_url = {url}/")
        result = pytester.runpytest_subprocess(*OPTIONS)
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(
            [f"*The key of the mock at {url} isn't known; set ONEINVOICE_KEY, or use a sandbox."]
        )
        for name, value in exported.items():
            monkeypatch.setenv(name, value)
        pytester.makeini("[pytest]\noneinvoice_url = http://127.0.0.1:1")
        pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=2)
        assert (pytester.path / "urls").read_text() == f"{url} {url}\n" * 2
        with urlopen(f"{url}/_mock/sandboxes") as answer:
            assert json.load(answer) == {"data": []}, "each test removed its own"


@pytest.mark.parametrize(
    ("setting", "sentences"),
    [
        ("oneinvoice_args = --sede 7", ["oneinvoice-mock did not start:", "Error: No such option*--sede*"]),
        ("oneinvoice_args = --list-defects", ["oneinvoice-mock did not start:", "It ended with exit code 0; see its*"]),
        (
            "oneinvoice_url = http://127.0.0.1:1/sandboxes/sbx_1",
            ["http://127.0.0.1:1/sandboxes/sbx_1 is a sandbox, and each test takes its own; give the URL of its mock."],
        ),
        ("oneinvoice_url = 127.0.0.1", ["No mock with sandboxes answers at 127.0.0.1; start one with*"]),
    ],
)
def test_one_that_can_not_be(pytester: pytest.Pytester, setting: str, sentences: list[str]) -> None:
    pytester.makeini(f"[pytest]\n{setting}")
    pytester.makepyfile("def test_it(oneinvoice_sandbox): ...")
    result = pytester.runpytest_subprocess(*OPTIONS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(sentences)
    for line in ("*Traceback*", "*exception*"):
        result.stdout.no_fnmatch_line(line)


def test_options_of_the_mock(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\noneinvoice_args = --scale 7 --rate-limit 3")
    pytester.makepyfile("""
        import json
        from urllib.request import Request, urlopen

        def test_it(oneinvoice_sandbox):
            headers = {"Authorization": f"Bearer {oneinvoice_sandbox.key}"}
            with urlopen(Request(f"{oneinvoice_sandbox.url}/api/v1/members", headers=headers)) as answer:
                assert json.load(answer)["pagination"]["total"] == 7
                assert answer.headers["RateLimit-Policy"].startswith('"minute";q=3;')
    """)
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=1)


def test_a_proposed_contract(pytester: pytest.Pytester) -> None:
    Draft().field("Member", "nickname", {"const": "Kalle"}).written(pytester.path)
    pytester.makeini("[pytest]\noneinvoice_args = --contract draft.yaml")
    pytester.makepyfile("""
        import json
        from urllib.request import Request, urlopen

        def test_it(oneinvoice_sandbox):
            headers = {"Authorization": f"Bearer {oneinvoice_sandbox.key}"}
            with urlopen(Request(f"{oneinvoice_sandbox.url}/api/v1/members", headers=headers)) as answer:
                assert {each["nickname"] for each in json.load(answer)["data"]} == {"Kalle"}
    """)
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=1)


def test_sessions_without_it_do_not_wait_for_it(tmp_path: Path) -> None:
    program = """if True:
        import pytest, sys
        before = set(sys.modules)
        import oneinvoice_impl.mock.testing.plugin
        print(*sorted(set(sys.modules) - before))
    """
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = "oneinvoice_impl oneinvoice_impl.mock oneinvoice_impl.mock.testing oneinvoice_impl.mock.testing.plugin"
    assert done.stdout.split() == loaded.split()
