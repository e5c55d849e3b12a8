"""Two workers, as an operator sees them: their log, their health, and their metrics at an address of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg
import pytest
import urllib3
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.migrations.upgrade import upgrade

from tests.service.conftest import CLEAN, SECRET_KEY, SERVICE
from tests.services.ports import free_port
from tests.services.postgres import Postgres

KEY = key_text(1, "primary")
TOKEN = "dGhpcyBpcyBubyB0b2tlbiE_"
ASKED = 20


@dataclass
class Observed:
    """A service that runs, the folder that it logs into, and its database."""

    process: subprocess.Popen[str]
    url: str
    metrics_url: str
    folder: Path
    database: str
    http: urllib3.PoolManager
    spans: list[bytes]
    """Bodies that came to where spans go."""

    def ask(self, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        """Ask on a connection of its own, so that any worker may answer."""
        return self.http.request(
            "GET", self.url + path, headers={"Connection": "close", **headers}, retries=False, redirect=False
        )

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def metric(self, name: str) -> float:
        """The sum of a metric, over all that is told apart in it."""
        text = self.http.request("GET", self.metrics_url).data.decode()
        lines = [line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{"))]
        return sum(float(line.rpartition(" ")[2]) for line in lines)

    @property
    def workers(self) -> list[int]:
        listed = subprocess.run(
            ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        return [int(line.split()[0]) for line in listed.stdout.splitlines() if "spawn_main" in line]


class Collector(ThreadingHTTPServer):
    """A server that spans are sent to."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Collecting)
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Collecting(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        Thread(target=collector.serve_forever, daemon=True).start()
        yield collector
        collector.shutdown()


@pytest.fixture(scope="module")
def observed(
    postgres_server: Postgres, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observed]:
    url, folder = postgres_server.new_database(), tmp_path_factory.mktemp("observed")
    database = Database(url)
    seed_database(database, seed=1, scale=30, progress=lambda done, total: None, rate_limit=1_000_000)
    upgrade(database, lambda step: None)
    database.close()
    (folder / "temporary").mkdir()
    variables = {
        "ONEINVOICE_DATABASE_URL": url,
        "ONEINVOICE_SECRET_KEY": SECRET_KEY,
        # Nothing listens there: what can't be counted together keeps nobody waiting.
        "ONEINVOICE_REDIS_URL": "redis://127.0.0.1:1/0",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        "ONEINVOICE_METRICS": f"127.0.0.1:{(port := free_port())}",
        "TMPDIR": str(folder / "temporary"),
    }
    command = [SERVICE, "serve", "--port", "0", "--workers", "2"]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=CLEAN | variables, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout
            line = process.stdout.readline()
            assert " serves at " in line, (line, (folder / "log").read_text())
            yield Observed(
                process,
                line.split(" serves at ")[1].split()[0],
                f"http://127.0.0.1:{port}/metrics",
                folder,
                url.replace("+psycopg", ""),
                urllib3.PoolManager(),
                collector.bodies,
            )
        finally:
            process.terminate()
            process.wait(timeout=30)


def eventually(holds: Callable[[], Any]) -> None:
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_log_has_a_line_for_each_request_and_no_secret(observed: Observed) -> None:
    asked = {
        f"/api/v1/members?token={TOKEN}": {"Authorization": f"Bearer {KEY}"},
        f"/api/v1/quotes?{KEY}": {"Authorization": "Bearer nothing"},
        f"/q/{TOKEN}?{TOKEN}": {},
        f"/login/{TOKEN}": {"Accept": "text/html"},
        f"/%0a%1b%5b31m/{KEY}": {},
    }
    answers = {path: observed.ask(path, **headers) for path, headers in asked.items()}
    assert [answer.status for answer in answers.values()] == [200, 401, 404, 404, 404]
    ids = [answer.headers["x-request-id"] for answer in answers.values()]
    eventually(lambda: all(id in observed.log for id in ids))
    lines = [json.loads(line) for line in observed.log.splitlines()]
    requests = {line["request_id"]: line for line in lines if line["event"] == "request"}
    noted = [requests[id] for id in ids]
    assert [line["path"] for line in noted] == [
        "/api/v1/members", "/api/v1/quotes", "/q/…", "/login/…", "/\n\x1b[31m/1iv_…",
    ]  # fmt: skip
    assert [line["key"] is None for line in noted] == [False, True, True, True, True]
    assert all({"time", "level", "method", "status", "ms"} <= line.keys() for line in noted)
    assert not [secret for secret in (KEY, TOKEN, SECRET_KEY, "tester@") if secret in observed.log]


def test_spans_are_sent_without_secrets(observed: Observed) -> None:
    answer = observed.ask(f"/q/{TOKEN}?{TOKEN}", traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    id = answer.headers["x-request-id"].encode()
    eventually(lambda: any(id in body for body in observed.spans))
    [body] = [body for body in observed.spans if id in body]
    assert bytes.fromhex("0af7651916cd43dd8448eb211c80319c") in body
    assert b"GET /q/{token}" in body
    assert b"database " in body
    assert not [secret for secret in (KEY, TOKEN) if any(secret.encode() in body for body in observed.spans)]


def test_it_tells_its_health_beside_the_api(observed: Observed) -> None:
    assert observed.ask("/healthz").json() == {"status": "ok"}
    ready = observed.ask("/readyz")
    assert (ready.status, ready.json()["database"]) == (200, "ok")
    assert "healthz" not in observed.log
    assert observed.ask("/metrics").status == 404


def test_metrics_are_those_of_all_workers_and_of_those_that_died(observed: Observed) -> None:
    before = observed.metric("oneinvoice_requests_total")
    for _ in range(ASKED):
        observed.ask("/api/v1/members", Authorization=f"Bearer {KEY}")
    eventually(lambda: observed.metric("oneinvoice_requests_total") == before + ASKED)
    eventually(lambda: observed.metric("oneinvoice_request_seconds_count") == before + ASKED)
    assert observed.metric("oneinvoice_redis_suspended") == 2
    assert observed.metric("oneinvoice_webhook_deliveries_pending") >= 0
    killed = observed.workers[0]
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: observed.metric("oneinvoice_redis_suspended") == 1)
    assert observed.metric("oneinvoice_requests_total") == before + ASKED


def test_it_is_alive_but_not_ready_while_its_database_is_away(observed: Observed) -> None:
    name = observed.database.rpartition("/")[2]
    with psycopg.connect(observed.database.replace(name, "postgres"), autocommit=True) as administrator:
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        administrator.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        eventually(lambda: observed.ask("/readyz").status == 503)
        assert observed.ask("/readyz").json()["database"] == "it does not answer"
        assert observed.ask("/healthz").status == 200
        assert observed.ask("/api/v1/members", Authorization=f"Bearer {KEY}").status == 500
        assert observed.metric("oneinvoice_database_up") == 0
        assert observed.metric("oneinvoice_database_failures_total") > 0
        administrator.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    eventually(lambda: observed.ask("/readyz").status == 200)
    assert not [line for line in observed.log.splitlines() if not line.startswith("{")]


def test_metrics_at_an_address_that_is_taken(observed: Observed, tmp_path: Path) -> None:
    address = observed.metrics_url.split("/")[2]
    variables = {"ONEINVOICE_DATABASE_URL": f"sqlite:///{tmp_path}/x.db", "ONEINVOICE_METRICS": address}
    subprocess.run([SERVICE, "init"], env=CLEAN | variables, stdout=subprocess.DEVNULL, check=True)
    done = subprocess.run(
        [SERVICE, "serve", "--port", "0"], env=CLEAN | variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: Metrics can't be served at {address} (Address already in use)")


def test_it_ends_in_time_and_leaves_nothing(observed: Observed) -> None:
    assert [path.name[:18] for path in (observed.folder / "temporary").iterdir()] == ["oneinvoice-metrics"]
    observed.process.terminate()
    assert observed.process.wait(timeout=12) == 0
    assert list((observed.folder / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ONEINVOICE_METRICS": "9464"}, "give an address such as 127.0.0.1:9464"),
        ({"ONEINVOICE_METRICS": "127.0.0.1:1", "ONEINVOICE_LOG": "xml"}, "ONEINVOICE_LOG must be json or text"),
    ],
)
def test_settings_that_are_refused(variables: dict[str, str], told: str, tmp_path: Path) -> None:
    variables |= {"ONEINVOICE_DATABASE_URL": f"sqlite:///{tmp_path}/x.db"}
    done = subprocess.run(
        [SERVICE, "serve", "--port", "0"], env=CLEAN | variables, capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done
    assert told in done.stderr
