"""One service with two workers: what an operator changes counts at once, workers die, and it stops in time."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from oneinvoice_impl.store.database import Database

from tests.service.conftest import SECRET_KEY, Service, run, serving
from tests.services.postgres import Postgres

MEMBERS = "/api/v1/members?limit=1"
ASKED = 12
"""Requests, each on a connection of its own, of which both workers are given some."""


@pytest.fixture(scope="module")
def variables(postgres_server: Postgres) -> dict[str, str]:
    """Those of a service on a database that has its tables, and nothing in them."""
    url = postgres_server.new_database()
    variables = {"ONEINVOICE_DATABASE_URL": url, "ONEINVOICE_SECRET_KEY": SECRET_KEY}
    run("init", variables=variables)
    return variables


@pytest.fixture(scope="module")
def organisation(variables: dict[str, str]) -> str:
    return run("organisation", "create", "Nordlys AS", variables=variables).stdout.strip()


@pytest.fixture(scope="module")
def service(variables: dict[str, str]) -> Iterator[Service]:
    with serving("--workers", "2", variables=variables) as service:
        yield service


def statuses(service: Service, key: str) -> set[int]:
    return {service.ask(MEMBERS, key).status for _ in range(ASKED)}


def test_a_new_limit_and_a_revocation_count_at_the_next_request(
    service: Service, variables: dict[str, str], organisation: str
) -> None:
    key = run("keys", "create", organisation, "--limit", "1000", variables=variables).stdout.strip()
    assert statuses(service, key) == {200}
    assert run("keys", "limit", key, "500", variables=variables).returncode == 0
    policies = {service.ask(MEMBERS, key).headers["RateLimit-Policy"] for _ in range(ASKED)}
    assert policies == {'"minute";q=500;w=60'}
    assert run("keys", "revoke", key, variables=variables).returncode == 0
    assert statuses(service, key) == {401}


def test_a_worker_that_dies_is_replaced(service: Service, variables: dict[str, str], organisation: str) -> None:
    key = run("keys", "create", organisation, "--limit", "1000", variables=variables).stdout.strip()
    first, second = service.children()
    os.kill(first, signal.SIGKILL)
    assert statuses(service, key) == {200}
    until = time.monotonic() + 20
    while len(service.children()) < 2:
        assert time.monotonic() < until, "it was not replaced"
        time.sleep(0.1)
    assert second in service.children()
    assert statuses(service, key) == {200}


def test_a_second_service_is_refused_after_a_restart_of_the_database_too(
    service: Service, variables: dict[str, str], postgres_server: Postgres
) -> None:
    def refused() -> bool:
        return refusal(variables) == (2, "use that one, stop it, or name another database.")

    assert refused()
    postgres_server.stop()
    postgres_server.start()
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    database, until = Database(variables["ONEINVOICE_DATABASE_URL"]), time.monotonic() + 20
    try:
        while True:
            with database.engine.connect() as connection:
                if connection.exec_driver_sql(held).scalar():
                    break
            assert time.monotonic() < until, "it did not take its lock again"
            time.sleep(0.2)
    finally:
        database.close()
    assert refused()


def refusal(variables: dict[str, str], *options: str) -> tuple[int, str]:
    """The exit code of a start that is refused in one sentence, and the end of that."""
    ended = run("serve", "--port", "0", *options, variables=variables)
    assert ended.stdout == ""
    assert re.fullmatch(r"Error: [^\n]+\.\n", ended.stderr), ended.stderr
    return ended.returncode, ended.stderr.rpartition("; ")[2].strip()


def test_it_stops_in_time_whoever_sends_slowly(service: Service) -> None:
    place = urlsplit(service.url)
    with socket.create_connection((place.hostname, place.port)) as slow:
        slow.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        slow.sendall(b"Content-Type: application/x-www-form-urlencoded\r\n\r\nemail=")
        service.process.terminate()
        assert service.process.wait(20) == 0
    assert service.children() == []


def test_who_must_not_start_is_told_why(variables: dict[str, str], postgres_server: Postgres, tmp_path: Path) -> None:
    empty = variables | {"ONEINVOICE_DATABASE_URL": postgres_server.new_database()}
    assert refusal(empty)[0] == 2
    without_key = {name: value for name, value in variables.items() if name != "ONEINVOICE_SECRET_KEY"}
    assert refusal(without_key) == (2, "set ONEINVOICE_SECRET_KEY to 32 random bytes in URL-safe base64.")
    away = variables | {"ONEINVOICE_DATABASE_URL": "postgresql://tester@127.0.0.1:1/none"}
    assert refusal(away, "--workers", "2") == (4, "start PostgreSQL, or correct the URL.")
    file = {"ONEINVOICE_DATABASE_URL": f"sqlite:///{tmp_path / 'service.db'}"}
    run("init", variables=file)
    assert refusal(file | {"ONEINVOICE_WORKERS": "2"}) == (
        2,
        "leave out --workers (ONEINVOICE_WORKERS), or use PostgreSQL.",
    )


def test_workers_end_with_the_process_that_started_them(variables: dict[str, str]) -> None:
    with serving("--workers", "2", variables=variables) as service:
        workers = service.children()
        assert len(workers) == 2
        service.process.kill()
        service.process.wait()
        until = time.monotonic() + 20
        while any(is_running(worker) for worker in workers):
            assert time.monotonic() < until, "a worker serves on"
            time.sleep(0.1)


def is_running(process: int) -> bool:
    shown = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() not in ("", "Z")


def test_it_stops_though_its_database_is_frozen(variables: dict[str, str], postgres_server: Postgres) -> None:
    with serving("--workers", "2", variables=variables) as service:
        postgres_server.hang()
        try:
            time.sleep(6)  # until it asks whether it is still alone
            service.process.terminate()
            assert service.process.wait(30) == 0
        finally:
            postgres_server.go_on()
