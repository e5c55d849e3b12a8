"""The command line `oneinvoice-conform`: real processes, real HTTP."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_conformance.reports.document import schema
from werkzeug.wrappers import Request, Response

from tests.miniatures import FAULTS, FREE, RATE_FREE, Deployment, keys, serve
from tests.miniatures.data import World
from tests.unit.conformance.fakes import wire

SCRIPTS = Path(sysconfig.get_path("scripts"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
IMPORTABLE = {"PYTHONPATH": str(Path(__file__).parents[2])}
KEYS = {name: key.value for name, key in keys().items()}
KEY_OPTIONS = ("--key", KEYS["primary"], "--other-key", KEYS["other"], "--revoked-key", KEYS["revoked"])
READ_ONLY = ("--skip", "HOOK,RATE,NEWS")
SCHEMA = jsonschema_rs.validator_for(schema(), validate_formats=True)

Run = subprocess.CompletedProcess[str]


class Conform:
    """Runs the command line in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, env: dict[str, str] | None = None) -> Run:
        return subprocess.run(
            [SCRIPTS / "oneinvoice-conform", *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=self.folder,
            env=ENVIRONMENT | (env or {}),
        )

    def report(self, name: str = "report.json") -> dict[str, Any]:
        """The report that was written, which is as the schema says and holds no key."""
        text = (self.folder / name).read_text()
        assert not [key for key in KEYS.values() if key[:12] in text]
        content = json.loads(text)
        SCHEMA.validate(content)
        return content

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def conform(tmp_path: Path) -> Conform:
    return Conform(tmp_path)


@pytest.fixture(scope="module")
def miniature() -> Iterator[str]:
    with serve(Deployment()) as url:
        yield url


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, str]]:
    """The variables that a running mock prints."""
    with subprocess.Popen(
        [SCRIPTS / "oneinvoice-mock", "serve", "--port", "0", "--rate-limit", "10000"],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        try:
            assert process.stdout
            printed: dict[str, str] = {}
            while len(printed) < 5:
                line = process.stdout.readline()
                assert line, "the mock ended before it printed its keys"
                printed |= dict(re.findall(r"^export (ONEINVOICE_\w+)=(\S+)", line))
            yield printed
        finally:
            process.kill()


def assert_one_sentence(run: Run, code: int, *parts: str) -> None:
    """The run ended with that code, and one line on standard error that names the parts and no key."""
    assert run.returncode == code, run
    assert run.stdout == ""
    assert run.stderr.startswith("oneinvoice-conform: ")
    assert run.stderr.count("\n") == 1
    assert "Traceback" not in run.stderr
    assert not [part for part in parts if part not in run.stderr], run.stderr
    assert not [key for key in KEYS.values() if key[:12] in run.stderr]


def without_secrets(run: Run) -> Run:
    assert not [key for key in KEYS.values() if key[:12] in run.stdout + run.stderr]
    return run


# Verdicts


def test_a_correct_deployment_conforms(conform: Conform, miniature: str) -> None:
    run = without_secrets(conform(miniature, *KEY_OPTIONS, *READ_ONLY, "--json", "report.json"))
    assert (run.returncode, run.stderr) == (0, "")
    assert f"conforms  {miniature}" in run.stdout
    assert "scope: without HOOK, RATE, NEWS" in run.stdout
    assert "report: report.json" in run.stdout
    report = conform.report()
    assert report["verdict"] == "conforms"
    assert report["requests"]["by_key"]["primary"] <= 45
    assert report["requests"]["total"] <= 75
    assert report["kit"]["version"]


def test_the_mock_conforms_with_all_four_keys_from_the_environment(conform: Conform, mock: dict[str, str]) -> None:
    run = conform(*READ_ONLY, "--json", "report.json", env=mock)
    assert (run.returncode, run.stderr) == (0, "")
    assert not [value for name, value in mock.items() if name != "ONEINVOICE_URL" and value[:12] in run.stdout]
    report = conform.report()
    assert report["requests"]["by_key"]["primary"] <= 45
    assert report["requests"]["total"] <= 75
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
    assert "create at least 51" in run.stdout
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
    [(lambda: Everywhere(429), {3}), (lambda: Everywhere(500), {1}), (lambda: Everywhere(403), {1}), (GivesUp, {3})],
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


# Options, environment and settings


def test_a_base_path_and_the_version_in_the_url(conform: Conform) -> None:
    with serve(FREE["under-base-path"].deployment()) as url:
        for given in (url, f"{url}/api/v1/"):
            run = conform(given, *KEY_OPTIONS, "--only", "DISC,MEM-1")
            assert run.returncode == 0, run
            assert f"conforms  {url}\n" in run.stdout


def test_settings_from_a_file(conform: Conform, miniature: str) -> None:
    settings = f"""
        url = "{miniature}"
        key = "{KEYS["primary"]}"
        other_key = "{KEYS["other"]}"
        revoked-key = "{KEYS["revoked"]}"
        skip = ["HOOK", "RATE", "VER", "NEWS"]
        json = "from-settings.json"
    """
    (conform.folder / "conformance.toml").write_text(settings)
    run = without_secrets(conform())
    assert run.returncode == 0, run
    assert conform.report("from-settings.json")["verdict"] == "conforms"
    (conform.folder / "conformance.toml").rename(conform.folder / "other.toml")
    assert conform("--config", "other.toml", "--only", "DISC").returncode == 0


def test_an_option_outweighs_the_environment_and_that_the_file(conform: Conform, miniature: str) -> None:
    (conform.folder / "conformance.toml").write_text('only = "FOO"\njson = "file.json"')
    env = {"ONEINVOICE_ONLY": "BAR", "ONEINVOICE_KEY": KEYS["primary"], "ONEINVOICE_JSON": "environment.json"}
    assert "'BAR' is no area" in conform(miniature, env=env).stderr
    assert conform(miniature, "--only", "MEM-1", env=env).returncode == 0
    assert conform.files() == ["conformance.toml", "environment.json"]


def test_more_names_with_map(conform: Conform) -> None:
    class Norwegian(Deployment):
        """Says due date in Norwegian."""

        def invoice(self, invoice: Any) -> dict[str, Any]:
            shown = super().invoice(invoice)
            return {("forfall" if name == "due_on" else name): value for name, value in shown.items()}

    (conform.folder / "names.toml").write_text('due_date = ["forfall"]')
    with serve(Norwegian()) as url:
        assert conform(url, *KEY_OPTIONS, "--only", "INV").returncode == 1
        assert conform(url, *KEY_OPTIONS, "--only", "INV", "--map", "names.toml").returncode == 0


class Gated(Deployment):
    """Wants a header of its own on every request, and echoes it."""

    def answer(self, request: Request) -> Response:
        gate = request.headers.get("X-Gate", "")
        answer = super().answer(request) if gate == "open sesame 42" else self.error(403, f"not '{gate}'")
        answer.headers["X-Echo"] = f"{gate} {request.headers.get('Authorization', '')}"
        return answer


def test_a_header_goes_with_every_request_and_into_no_report(conform: Conform) -> None:
    with serve(Gated()) as url:
        by_environment = {"ONEINVOICE_HEADER": "X-Other: 1\nX-Gate: open sesame 42"}
        assert conform(url, *KEY_OPTIONS, *READ_ONLY, env=by_environment).returncode == 0
        run = without_secrets(
            conform(url, *KEY_OPTIONS, *READ_ONLY, "--header", "X-Gate: wrong-sesame-42", "--json", "report.json")
        )
    assert run.returncode == 1
    text = (conform.folder / "report.json").read_text()
    conform.report()
    assert "wrong-sesame-42" not in run.stdout + text
    assert "<X-Gate>" in text


def test_the_sentence_that_stops_a_run_holds_no_secret(conform: Conform) -> None:
    class Echo(Deployment):
        def answer(self, request: Request) -> Response:
            return Response(
                "no", 404, content_type=f"text/{request.headers.get('X-Gate')}-{request.headers.get('Authorization')}"
            )

    with serve(Echo()) as url:
        run = conform(url, *KEY_OPTIONS, "--header", "X-Gate: open-sesame-42")
    assert_one_sentence(run, 4, "is not this API")
    assert "sesame" not in run.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_output_that_knows_few_characters_will_do(conform: Conform, miniature: str, encoding: str) -> None:
    run = conform(miniature, *KEY_OPTIONS, "--only", "MEM", env={"PYTHONIOENCODING": encoding})
    assert (run.returncode, run.stderr) == (0, "")


# Bad input: one sentence that says what to do, the right code, and nothing written


# The many other kinds are in tests/unit/conformance/test_cli.py.
@pytest.mark.parametrize(
    ("arguments", "code", "parts"),
    [
        (["http://nosuch.invalid"], 4, ["can't be reached", "check the address"]),
        (["staging.example"], 2, ["'staging.example' is neither a command nor a URL", "https://"]),
        ([], 2, ["URL", "--help"]),
        (["https://user:hunter22@staging.example"], 2, ["--header"]),
        (["http://x", "--key", "abc"], 2, ["--key does not begin with 1iv_"]),
        (["http://x", "--key", KEYS["other"], "--other-key", KEYS["other"]], 2, ["one and the same key"]),
        (["http://x", "--json", "missing/report.json"], 2, ["missing/report.json", "folder that exists"]),
        (["http://x", "--json", "/proc/report.json"], 2, ["/proc/report.json"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_bad_input(conform: Conform, arguments: list[str], code: int, parts: list[str]) -> None:
    run = conform(*arguments)
    assert_one_sentence(run, code, *parts)
    assert "hunter22" not in run.stderr
    assert conform.files() == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [("key = ", ["conformance.toml is not TOML"]), ("keys = '1'", ["'keys' is no setting; did you mean 'key'?"])],
)
def test_bad_settings(conform: Conform, text: str, parts: list[str]) -> None:
    (conform.folder / "conformance.toml").write_text(text)
    assert_one_sentence(conform("http://x"), 2, *parts)
    assert conform.files() == ["conformance.toml"]


def test_a_wrong_key_is_refused(conform: Conform, miniature: str) -> None:
    for key in ("1iv_wrong", KEYS["revoked"]):
        run = conform(miniature, "--key", key, "--json", "report.json")
        assert_one_sentence(run, 2, "refuses the key on every endpoint", "ONEINVOICE_KEY")
    assert conform.files() == []


@pytest.mark.parametrize(
    ("body", "status", "content_type"),
    [
        ("<!doctype html><title>Welcome</title>", 200, "text/html"),
        ('{"error": "no such route"}', 404, "application/json"),
        ("<h1>Moved</h1>", 301, "text/html"),
    ],
)
def test_what_is_no_such_api_is_told_so(conform: Conform, body: str, status: int, content_type: str) -> None:
    class Other(Deployment):
        def answer(self, request: Request) -> Response:
            return Response(body, status, content_type=content_type)

    with serve(Other()) as url:
        run = conform(url, *KEY_OPTIONS, "--json", "report.json")
    assert_one_sentence(run, 4, "is not this API", content_type, "check the address")
    assert conform.files() == []


def test_a_json_api_of_something_else_is_never_green(conform: Conform) -> None:
    class Other(Deployment):
        def answer(self, request: Request) -> Response:
            return Response('{"hello": "world"}', content_type="application/json")

    with serve(Other()) as url:
        assert conform(url, *KEY_OPTIONS, *READ_ONLY).returncode == 1


def test_https_where_nobody_speaks_it(conform: Conform, miniature: str) -> None:
    run = conform(miniature.replace("http:", "https:"), *KEY_OPTIONS, "--timeout", "2")
    assert_one_sentence(run, 4, "check the address")


def test_a_certificate_that_nobody_signed(conform: Conform, tmp_path: Path) -> None:
    folder = tmp_path.parent / f"{tmp_path.name}-tls"
    folder.mkdir()
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    files = ["-out", str(folder / "c.pem"), "-keyout", str(folder / "k.pem")]
    subprocess.run([*make.split(), *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def shake_hands() -> None:
            connection, _ = listener.accept()
            with connection, pytest.raises(OSError, match=r".*"):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake_hands)
        thread.start()
        run = conform(f"https://localhost:{listener.getsockname()[1]}", *KEY_OPTIONS)
        thread.join()
    assert_one_sentence(run, 4, "can't be trusted", "--ca-file")


def test_a_report_that_can_not_be_replaced_stays(conform: Conform, miniature: str) -> None:
    (conform.folder / "report.json").mkdir()
    assert_one_sentence(conform(miniature, "--json", "report.json"), 2, "is a folder")


def test_a_report_is_replaced_whole(conform: Conform, miniature: str) -> None:
    (conform.folder / "report.json").write_text("x" * 1_000_000)
    assert conform(miniature, "--only", "DISC", "--json", "report.json").returncode == 0
    assert conform.report()["verdict"] == "conforms"
    assert conform.files() == ["report.json"]


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
