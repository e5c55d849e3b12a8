"""The command line `oneinvoice-mock`: real processes, real HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from tests.services.postgres import postgres

MOCK = str(Path(sysconfig.get_path("scripts")) / "oneinvoice-mock")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


@dataclass(frozen=True)
class Mock:
    """A mock that runs, and the variables that it printed."""

    process: subprocess.Popen[str]
    printed: list[str]
    variables: dict[str, str]
    http: urllib3.PoolManager

    def ask(self, target: str, key: str | None = "KEY", method: str = "GET") -> urllib3.BaseHTTPResponse:
        headers = {"Authorization": f"Bearer {self.variables[f'ONEINVOICE_{key}']}"} if key else {}
        url = self.variables["ONEINVOICE_URL"] + target
        return self.http.request(method, url, headers=headers, retries=False, timeout=10)


@contextmanager
def running(*arguments: str, environment: dict[str, str] | None = None) -> Iterator[Mock]:
    """Start it, wait until it says that it listens, and stop it at the end."""
    process = subprocess.Popen(
        [MOCK, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT | (environment or {}),
    )
    http = urllib3.PoolManager(maxsize=20)
    try:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.rstrip("\n"))
            if line.startswith("oneinvoice-conform"):
                break
        assert printed, process.communicate()[1]
        pairs = (line.removeprefix("export ").split("=", 1) for line in printed if line.startswith("export "))
        yield Mock(process, printed, dict(pairs), http)
    finally:
        http.clear()
        process.kill()
        process.communicate()


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        [MOCK, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=ENVIRONMENT | (environment or {}),
    )


def assert_one_sentence(result: subprocess.CompletedProcess[str], code: int, *parts: str) -> None:
    assert result.returncode == code, result
    assert result.stdout == ""
    assert re.fullmatch(r"Error: [^\n]+[.?]\n", result.stderr), result.stderr
    for part in parts:
        assert part in result.stderr


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0", "--rate-limit", "1000") as mock:
        yield mock


def test_what_it_prints_is_ready_to_copy(mock: Mock) -> None:
    url = mock.variables["ONEINVOICE_URL"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    assert mock.printed == [
        f"# The mock listens at {url} until you press Ctrl-C. In another shell:",
        f"export ONEINVOICE_URL={url}",
        *run("keys").stdout.splitlines(),
        "# Its dashboard is at the same address; log in there as admin@fjordlyst-idrettslag.example",
        "# First steps:",
        'curl -H "Authorization: Bearer $ONEINVOICE_KEY" "$ONEINVOICE_URL/api/v1/members?limit=2"',
        'oneinvoice-conform "$ONEINVOICE_URL"',
    ]


def test_the_first_steps_work(mock: Mock) -> None:
    curl = next(line for line in mock.printed if line.startswith("curl"))
    result = subprocess.run(
        ["sh", "-c", curl], capture_output=True, text=True, check=True, env=ENVIRONMENT | mock.variables
    )
    assert '"limit":2' in result.stdout


@pytest.mark.parametrize(
    ("key", "status"), [("KEY", 200), ("SIBLING_KEY", 200), ("OTHER_KEY", 200), ("REVOKED_KEY", 401), (None, 401)]
)
@pytest.mark.parametrize("path", ["/api/v1/members", "/api/v1/quotes", "/api/v1/invoices"])
def test_each_key(mock: Mock, path: str, key: str | None, status: int) -> None:
    answer = mock.ask(path, key)
    assert answer.status == status
    assert answer.headers["X-Request-Id"]


def test_the_sibling_reads_the_same_and_the_other_something_else(mock: Mock) -> None:
    primary, sibling, other = (mock.ask("/api/v1/members", key).json() for key in ("KEY", "SIBLING_KEY", "OTHER_KEY"))
    assert primary == sibling
    assert primary["pagination"]["total"] == 450
    assert other["pagination"]["total"] == 12
    assert not {member["id"] for member in primary["data"]} & {member["id"] for member in other["data"]}


@pytest.mark.parametrize(
    "target", ["/api/v1", "/api/v1/members?limit=3", "/api/v1/members?limit=0", "/nothing", "/openapi.json"]
)
def test_head_is_get_without_the_body(mock: Mock, target: str) -> None:
    get, head = mock.ask(target), mock.ask(target, method="HEAD")
    varying = {"date", "x-request-id", "content-length", "ratelimit"}
    assert head.status == get.status
    assert head.data == b""
    assert {name: value for name, value in head.headers.items() if name.lower() not in varying} == {
        name: value for name, value in get.headers.items() if name.lower() not in varying
    }
    assert head.headers["Content-Length"] == str(len(get.data))


def test_nothing_names_the_software(mock: Mock) -> None:
    assert "Server" not in mock.ask("/api/v1").headers


@pytest.mark.parametrize(
    "target",
    ["/api/v1/members?limit=%FF", "/api/v1/members?limit=%00", f"/api/v1/members?limit={'9' * 5000}",
     "/api/v1/members?offset=-1", "/api/v1/members?status=nonsense", "/api/v1/members?limit=1&limit=1"],
)  # fmt: skip
def test_bad_parameters(mock: Mock, target: str) -> None:
    answer = mock.ask(target)
    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/v1/members?limit=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/members HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n",
        b"GET /api/v1/members HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/members/../../x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://x/api/v1/members HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/members HTTP/1.0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_no_bytes_bring_it_down(mock: Mock, sent: bytes) -> None:
    host, port = mock.variables["ONEINVOICE_URL"].removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(sent)
        assert re.match(rb"HTTP/1\.1 4\d\d ", connection.recv(4096))
    assert mock.ask("/api/v1").status == 200


def test_200_requests_by_20_clients(mock: Mock) -> None:
    offsets = range(200)
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda offset: mock.ask(f"/api/v1/members?limit=1&offset={offset}").json(), offsets))
    assert [answer["pagination"]["offset"] for answer in answers] == list(offsets)
    assert len({answer["data"][0]["id"] for answer in answers}) == 200


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_cleanly(sign: signal.Signals) -> None:
    with running("serve", "--port", "0") as mock:
        assert mock.ask("/api/v1").status == 200
        mock.process.send_signal(sign)
        _, complaint = mock.process.communicate(timeout=20)
        assert (mock.process.returncode, complaint) == (0, "")


def test_a_file_is_filled_once_and_reused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'mock.db'}"
    bodies = []
    for _ in range(2):
        with running("--port", "0", "--database", url, "--seed", "5", "--scale", "60") as mock:
            bodies.append(mock.ask("/api/v1/members?limit=200").data)
    assert bodies[0] == bodies[1]
    assert b'"total":60' in bodies[0]
    refused = run("--port", "0", "--database", url, "--seed", "6", "--scale", "60")
    assert_one_sentence(refused, 2, "filled with --seed 5 --scale 60")


def test_the_environment_says_the_same_as_options(tmp_path: Path) -> None:
    environment = {
        "ONEINVOICE_MOCK_PORT": "0",
        "ONEINVOICE_MOCK_HOST": "localhost",
        "ONEINVOICE_MOCK_SEED": "3",
        "ONEINVOICE_MOCK_SCALE": "20",
        "ONEINVOICE_MOCK_DATABASE": f"sqlite:///{tmp_path / 'mock.db'}",
    }
    with running(environment=environment) as mock:
        assert mock.ask("/api/v1/members").json()["pagination"]["total"] == 20
        assert mock.printed[2:6] == run("keys", "--seed", "3").stdout.splitlines()
    assert (tmp_path / "mock.db").exists()


def test_postgres_and_its_absence() -> None:
    with postgres() as server:
        url = server.new_database()
        with running("--port", "0", "--database", url) as mock:
            before = mock.ask("/api/v1/members?limit=3")
            assert before.status == 200
            server.stop()
            problem = mock.ask("/api/v1/members")
            assert problem.status == 500
            assert problem.headers["Content-Type"] == "application/problem+json"
            assert_one_sentence(run("--port", "0", "--database", url), 4, "start PostgreSQL, or correct the URL")
            server.start()
            assert mock.ask("/api/v1/members?limit=3").data == before.data
            mock.process.terminate()
            _, complaint = mock.process.communicate(timeout=20)
            assert mock.process.returncode == 0
            assert problem.headers["X-Request-Id"] in complaint
            assert not [key for name, key in mock.variables.items() if name.endswith("KEY") and key in complaint]


def test_a_port_in_use_leaves_no_file_behind(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run("--port", port, "--database", f"sqlite:///{tmp_path / 'mock.db'}")
    assert_one_sentence(result, 2, f"Port {port} is in use", "--port")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--host", "nowhere.invalid"], "give one such as 127.0.0.1 with --host"),
        (["--host", "192.0.2.1"], "give another address with --host"),
        (["--scale", "-1"], "--scale"),
        (["--scale", "many"], "--scale"),
        (["--rate-limit", "0"], "--rate-limit"),
        (["--rate-limit", "many"], "--rate-limit"),
        (["--seed", "-1"], "--seed"),
        (["--port", "65536"], "--port"),
        (["--port", "http"], "--port"),
        (["--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["serve", "extra"], "extra"),
        (["--port", "0", "--database", "mysql://user:secret@host/db"], "give one such as sqlite:///"),
        (["--port", "0", "--database", "mock.db"], "give one such as sqlite:///"),
        (["--port", "0", "--database", "sqlite:////nowhere/mock.db"], "name a file in a folder that exists"),
        (["--port", "0", "--database", "sqlite:////"], "name a file in a folder that exists"),
        (["--port", "0", "--database", "postgresql://u:secret@127.0.0.1:1/db?foo=bar"], "leave out what follows"),
        (["--cors", "localhost:5173"], "give a scheme and a host, such as http://localhost:5173, or *"),
        (["--cors", "https://app.example/path"], "'https://app.example/path' is no origin"),
        (["--allow-host", "http://mock"], "give one without a scheme and a port"),
        (["--allow-host", "mock:8080"], "give one without a scheme and a port"),
        (["--cors", "http://localhost:99999"], "there is no port 99999"),
        (["--webhooks-to", "receivers"], "give one such as 172.16.0.0/12"),
        (["--webhooks-to", "0.0.0.0/0"], "is more than private"),
        (["--webhooks-to", "0.0.0.0/1"], "is more than private"),
        (["--webhooks-to", "8.8.8.8"], "is more than private"),
        (["keys", "--seed", "x"], "--seed"),
    ],
)
def test_bad_usage(arguments: list[str], part: str) -> None:
    result = run(*arguments)
    assert_one_sentence(result, 2, part)
    assert "secret" not in result.stderr


def test_another_name_for_who_controls_it_and_a_network_for_webhooks() -> None:
    options = ["--port", "0", "--allow-host", "Mock", "--webhooks-to", "192.0.2.0/24"]
    with running(*options) as mock:
        url = mock.variables["ONEINVOICE_URL"]
        for host, status in (("mock:8080", 200), ("MOCK", 200), ("other", 403)):
            answer = mock.http.request("GET", f"{url}/_mock/webhooks", headers={"Host": host})
            assert (host, answer.status) == (host, status)
        added, refused = (
            run("webhooks", "add", f"http://{address}:9000/hook", environment={"ONEINVOICE_URL": url})
            for address in ("192.0.2.7", "192.168.0.7")
        )
        assert (added.returncode, added.stderr) == (0, "")
        assert refused.returncode != 0
        assert "not on the public Internet" in refused.stderr


@pytest.mark.parametrize(
    ("variable", "text", "part"),
    [
        ("ONEINVOICE_SECRET_KEY", "hunter2", "must be 32 bytes in URL-safe base64"),
        ("ONEINVOICE_REDIS_URL", "redis://:hunter2@host:port", "give one such as redis://"),
        ("ONEINVOICE_WORKERS", "many", "must be a whole number from 1 to 999"),
        ("ONEINVOICE_RATE_LIMIT", "0", "'ONEINVOICE_RATE_LIMIT'"),
    ],
)
def test_settings_that_can_not_be_used(variable: str, text: str, part: str) -> None:
    result = run("--port", "0", environment={variable: text})
    assert_one_sentence(result, 2, variable, part)
    assert "hunter2" not in result.stderr


def test_a_file_that_is_no_database_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database.\n" * 100)
    result = run("--port", "0", "--database", f"sqlite:///{file}")
    assert_one_sentence(result, 2, "name another file")
    assert file.read_text() == "Not a database.\n" * 100
    assert list(tmp_path.iterdir()) == [file]


def test_a_database_server_that_is_away() -> None:
    result = run("--port", "0", "--database", "postgresql://user:secret@127.0.0.1:1/db")
    assert_one_sentence(result, 4, "Connection refused", "start PostgreSQL, or correct the URL")
    assert "secret" not in result.stderr


def test_keys_can_be_printed_again_for_a_shell(tmp_path: Path) -> None:
    assert run("keys", "--seed", "4").stdout == run("keys", environment={"ONEINVOICE_MOCK_SEED": "4"}).stdout
    script = f'eval "$({MOCK} keys)" && printf %s "$ONEINVOICE_KEY"'
    key = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env=ENVIRONMENT).stdout
    assert re.fullmatch(r"1iv_[0-9A-Za-z]{49}", key)


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["keys", "--help"], ["--version"]])
def test_help(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stderr) == (0, "")
    assert "oneinvoice-mock" in result.stdout


def test_stopped_while_it_fills_the_database_it_leaves_nothing_half_written(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    command = [MOCK, "--port", "0", "--scale", "1000000", "--database", f"sqlite:///{file}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert process.stderr is not None
    assert process.stderr.readline().startswith("Seeding: ")
    process.terminate()
    started = time.monotonic()
    printed, complaint = process.communicate(timeout=60)
    assert (process.returncode, printed, complaint.strip()) == (0, "", "")
    assert time.monotonic() - started < 30
    with running("--port", "0", "--scale", "30", "--database", f"sqlite:///{file}") as mock:
        assert mock.ask("/api/v1/members").json()["pagination"]["total"] == 30
