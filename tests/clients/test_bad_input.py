"""What is wrong with how a client is given to `oneinvoice-conform client`: one sentence, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main

from tests.acceptance.command import ENVIRONMENT, SCRIPTS, Conform, assert_one_sentence

PULLER = """
import json, os, urllib.request
for name in ("members", "quotes", "invoices"):
    offset, total = 0, 1
    while offset < total:
        url = f"{os.environ['ONEINVOICE_URL']}/api/v1/{name}?limit=200&offset={offset}"
        request = urllib.request.Request(url, headers={"Authorization": "Bearer " + os.environ["ONEINVOICE_KEY"]})
        page = json.load(urllib.request.urlopen(request))
        offset, total = offset + len(page["data"]), page["pagination"]["total"]
"""


@pytest.fixture
def conform(tmp_path: Path) -> Conform:
    return Conform(tmp_path)


@pytest.fixture
def puller(conform: Conform) -> str:
    (conform.folder / "puller.py").write_text(PULLER)
    return f"{sys.executable} puller.py"


@pytest.fixture(scope="module")
def mock_url() -> Iterator[str]:
    with subprocess.Popen(
        [SCRIPTS / "oneinvoice-mock", "--port", "0"], stdout=subprocess.PIPE, text=True, env=ENVIRONMENT
    ) as process:
        assert process.stdout
        url = next(line for line in process.stdout if "ONEINVOICE_URL=" in line).partition("=")[2].strip()
        yield url
        process.terminate()


@contextmanager
def server(status: int) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.server_port}"
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ((), "--run 'COMMAND'"),
        (("--run", " "), "--run is empty"),
        (("--hook", "http://127.0.0.1:1/hook"), "--webhook-secret"),
        (("--hook", "127.0.0.1:1", "--webhook-secret", "s"), "--hook must be the URL"),
        (("--run", "true", "--restart", "true"), "--restart is for a receiver"),
        (("--hook", "http://127.0.0.1:1", "--webhook-secret", "s", "--rotate", "app {old}"), "{new}"),
        (("--run", "true", "--scope", "members,payments"), "'payments' is no list"),
        (("--run", "true", "--scope", ","), "--scope is empty"),
        (("--run", "true", "--only", "PACE,POKE"), "'POKE'"),
        (("--run", "true", "--fixtures", "none.yaml"), "none.yaml can't be read"),
        (("--run", "true", "--fixtures", "none.txt"), "neither .json nor .yaml"),
        (("--run", "true", "--run-timeout", "0"), "--run-timeout"),
        (("--run", "true", "--settle", "nan"), "--settle"),
        (("--run", "true", "--seed", "-1"), "--seed"),
        (("--run", "true", "--pytest-out", "t.py"), "--pytest-out"),
        (("--watch", "10m"), "--mock"),
        (("--watch", "soon", "--mock", "http://127.0.0.1:1"), "10m"),
        (("--watch", "1s", "--replay", "x.har"), "exclude"),
        (("--self-test", "--run", "true"), "exclude"),
        (("--run", "true", "--mock", "127.0.0.1"), "no URL of a mock"),
        (("--replay", "none.har"), "none.har is no file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_options_that_do_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], part: str):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke(main, ["client", *options])  # a process of its own for each takes a second
    assert (run.exit_code, run.stdout, run.stderr.count("\n")) == (2, "", 1), run.output
    assert part in run.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("command", "code", "part"),
    [
        ("no-such-program --now", 2, "--run can't be started"),
        ("sleep 60", 4, "killed after 1 s"),
        ("echo no key for you >&2; exit 3", 4, "exit code 3: no key for you"),
        ("true", 4, "sent no request"),
    ],
)
def test_a_program_that_is_no_client(conform: Conform, mock_url: str, command: str, code: int, part: str):
    run = conform("client", "--mock", mock_url, "--run", command, "--run-timeout", "1")
    assert_one_sentence(run, code, part)


@pytest.mark.parametrize(
    ("command", "part"),
    [
        ("true", "it printed nothing"),
        ("echo done", "it printed no JSON"),
        ("echo '[]'", "no object"),
        ("echo '{\"people\": {}}'", "none of members, quotes, invoices and effects"),
        ("echo '{\"members\": []}'", "its members are no object"),
        ('echo \'{"effects": {"evt": "once"}}\'', "its effects are no object"),
        ("exit 7", "exit code 7"),
        ("sleep 60", "killed after"),
    ],
)
def test_a_readback_that_is_none(conform: Conform, mock_url: str, puller: str, command: str, part: str):
    run = conform("client", "--mock", mock_url, "--run", puller, "--readback", command, "--run-timeout", "4")
    assert_one_sentence(run, 2, "--readback can't be used", part)


def test_a_receiver_that_is_not_there(conform: Conform, mock_url: str):
    hook = ("--hook", "http://127.0.0.1:9/hook", "--webhook-secret", "whsec_planted_secret")
    assert_one_sentence(conform("client", "--mock", mock_url, *hook), 4, "nothing takes connections there")


@pytest.mark.parametrize("status", [404, 401, 500])
def test_a_receiver_that_is_another_program(conform: Conform, mock_url: str, status: int):
    with server(status) as url:
        run = conform("client", "--mock", mock_url, "--hook", f"{url}/hook", "--webhook-secret", "whsec_planted_secret")
    assert_one_sentence(run, 4, f"answered {status} to a genuine invoice.created")
    assert "planted" not in run.stderr


def test_a_mock_that_is_not_there(conform: Conform):
    run = conform("client", "--mock", "http://127.0.0.1:9", "--run", "true")
    assert_one_sentence(run, 4, "No mock with controls answers at http://127.0.0.1:9")


def test_a_mock_without_controls(conform: Conform):
    with server(200) as url:
        assert_one_sentence(conform("client", "--mock", url, "--run", "true"), 4, f"at {url}")


def test_fixtures_that_the_mock_refuses(conform: Conform, mock_url: str):
    (conform.folder / "own.yaml").write_text("members: [{status: retired}]\n")
    run = conform("client", "--mock", mock_url, "--run", "true", "--fixtures", "own.yaml")
    assert_one_sentence(run, 2, "--fixtures can't be used", "members[0].status")


def test_a_recording_of_something_else(conform: Conform):
    (conform.folder / "other.har").write_text(json.dumps({"log": {"version": "1.2", "entries": []}}))
    assert_one_sentence(conform("client", "--replay", "other.har"), 2, "no request to this API")


def test_a_file_of_settings_names_the_client(conform: Conform):
    (conform.folder / "conformance.toml").write_text('skip = "RATE"\n[client]\nrun = "no-such-program"\nonly = "KEY"\n')
    run = conform("client", "--plan")
    assert (run.returncode, "no-such-program" in run.stdout) == (0, True), run
    assert "PACE-1" not in run.stdout


def test_ctrl_c_ends_all_that_was_started(conform: Conform, mock_url: str, puller: str):
    (conform.folder / "slow.sh").write_text(f"echo $$ >> pids; {puller}; sleep 30 & echo $! >> pids; wait\n")
    command = [SCRIPTS / "oneinvoice-conform", "client", "--mock", mock_url, "--run", "sh slow.sh"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=conform.folder, env=ENVIRONMENT
    ) as run:
        pids = conform.folder / "pids"
        while not pids.exists() or len(pids.read_text().split()) < 2:
            assert run.poll() is None
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        out, _ = run.communicate(timeout=20)
    assert (run.returncode, "incomplete" in out) == (3, True), out
    time.sleep(0.2)
    assert [pid for pid in pids.read_text().split() if _runs(int(pid))] == []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
