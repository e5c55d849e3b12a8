"""`oneinvoice-service worker` as a process: what it refuses, and how it stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.migrations.upgrade import upgrade
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption, new_key
from sqlalchemy import text

from tests.integration.impl.receivers import receiver, status
from tests.service.conftest import SERVICE
from tests.services.postgres import Postgres
from tests.services.proxy import FaultyProxy, faulty_proxy
from tests.unit.impl.webhook_world import World

KEY = new_key().decode()
STOPPED = 12.0  # seconds, of which 8 are what a database may take that answers nothing


@pytest.fixture(scope="module")
def proxy(postgres_server: Postgres) -> Iterator[FaultyProxy]:
    with faulty_proxy(postgres_server.port) as made:
        yield made


@pytest.fixture
def world(postgres_server: Postgres) -> Iterator[World]:
    database = Database(postgres_server.emptied_database())
    made = World(database, SecretEncryption(KEY))
    made.clock.set(datetime.now(UTC) - timedelta(seconds=1))
    upgrade(database, lambda _: None)
    yield made
    database.close()


def environment(**variables: str) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
    return others | {f"ONEINVOICE_{name.upper()}": value for name, value in variables.items()}


def refused(*options: str, **variables: str) -> tuple[int, str]:
    """The exit code and what is said on standard error."""
    command = [sys.executable, "-m", "oneinvoice_impl.service", "worker", *options]
    done = subprocess.run(command, env=environment(**variables), capture_output=True, text=True, timeout=60)
    assert done.stdout == ""
    return done.returncode, done.stderr


NOWHERE = "postgresql://tester:open-sesame@127.0.0.1:1/nothing"


@pytest.mark.parametrize(
    ("options", "variables", "code", "said"),
    [
        ([], {}, 2, "Workers need PostgreSQL; set ONEINVOICE_DATABASE_URL to one such as"),
        ([], {"database_url": "sqlite:///service.db"}, 2, "Workers need PostgreSQL"),
        ([], {"database_url": NOWHERE}, 2, "A worker can't sign without ONEINVOICE_SECRET_KEY"),
        ([], {"database_url": NOWHERE, "secret_key": "short"}, 2, "ONEINVOICE_SECRET_KEY, must be 32 bytes"),
        ([], {"database_url": NOWHERE, "secret_key": KEY}, 4, "start PostgreSQL, or correct the URL."),
        ([], {"deliveries": "some"}, 2, "ONEINVOICE_DELIVERIES must be embedded or workers."),
        (["--concurrency", "0"], {}, 2, "--concurrency"),
    ],
)
def test_what_can_not_be_used_is_refused_in_one_sentence(
    options: list[str], variables: dict[str, str], code: int, said: str
) -> None:
    exit_code, error = refused(*options, **variables)
    assert (exit_code, error.count("\n")) == (code, 1)
    assert error.startswith("Error: ")
    assert said in error
    assert "open-sesame" not in error


def test_a_database_without_tables_is_refused(postgres_server: Postgres) -> None:
    exit_code, error = refused(database_url=postgres_server.emptied_database(), secret_key=KEY)
    assert (exit_code, error.count("\n")) == (2, 1)
    assert "run oneinvoice-service init" in error


@pytest.fixture
def worker(world: World, proxy: FaultyProxy) -> Iterator[subprocess.Popen[str]]:
    url = world.database.url.set(port=proxy.port).render_as_string(hide_password=False)
    variables = environment(database_url=url, secret_key=KEY, webhook_networks="127.0.0.0/8")
    process = subprocess.Popen(
        [SERVICE, "worker"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.communicate()


def stopped(worker: subprocess.Popen[str]) -> str:
    """What it said on standard error until it has stopped, as it is told to."""
    started = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    _, error = worker.communicate(timeout=30)
    assert time.monotonic() - started < STOPPED
    assert worker.returncode == 0, error
    return error


def test_one_that_is_stopped_gives_back_what_it_sends_and_another_sends_it(
    world: World, worker: subprocess.Popen[str]
) -> None:
    with receiver(lambda connection: time.sleep(8)) as hanging:
        world.add(hanging.url)
        world.happen()
        hanging.wait_for(1, timeout=20)
        assert stopped(worker) == ""
    (delivery,) = world.deliveries
    assert (delivery["status"], delivery["lease_until"], delivery["attempts"]) == ("pending", None, 0)
    left = text("SELECT count(*) FROM procrastinate_workers")
    assert world.do(lambda connection: connection.execute(left).scalar_one()) == 0


def said_until(words: str, worker: subprocess.Popen[str]) -> str:
    """What it says until it says these; it is killed when that takes too long."""
    lines: list[str] = []
    too_late = threading.Timer(20, worker.kill)
    too_late.start()
    assert worker.stderr
    for line in worker.stderr:
        lines.append(line)
        if words in line:
            break
    too_late.cancel()
    assert words in "".join(lines), lines
    return "".join(lines)


def test_a_database_that_freezes_and_is_cut_off_is_waited_for(
    world: World, worker: subprocess.Popen[str], proxy: FaultyProxy
) -> None:
    with receiver(status("200 OK")) as target:
        world.add(target.url)
        world.happen(1)
        target.wait_for(1, timeout=20)
        proxy.freeze()
        world.happen(2)
        time.sleep(1)
        proxy.go_on()
        target.wait_for(2, timeout=20)
        proxy.refuse()
        world.happen(3)
        time.sleep(1)
        proxy.go_on()
        target.wait_for(3, timeout=20)
        said = said_until("the database can be used again", worker) + stopped(worker)
    assert "Traceback" not in said


def test_one_whose_database_answers_nothing_stops_all_the_same(
    world: World, worker: subprocess.Popen[str], proxy: FaultyProxy
) -> None:
    with receiver(status("200 OK")) as target:
        world.add(target.url)
        world.happen(1)
        target.wait_for(1, timeout=20)
        proxy.freeze()
        try:
            assert "Traceback" not in stopped(worker)
        finally:
            proxy.go_on()
