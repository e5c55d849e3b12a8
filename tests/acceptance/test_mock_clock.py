"""The clock of `oneinvoice-mock` from the command line: real processes, real HTTP."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_mock import ENVIRONMENT, MOCK, Mock, assert_one_sentence, run, running
from tests.integration.impl.receivers import receiver, status
from tests.services.redis import redis

CONFORM = str(Path(MOCK).with_name("oneinvoice-conform"))


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running("--port", "0") as mock:
        yield mock


@pytest.fixture(autouse=True)
def _the_systems_time(mock: Mock) -> Iterator[None]:
    yield
    command(mock, "reset")


def command(mock: Mock, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("clock", *arguments, environment={"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]})


def test_it_is_shown_advanced_and_reset(mock: Mock) -> None:
    for arguments, ahead in (
        ([], "0"), (["advance", "61"], "61"), (["advance", "0.5"], "61.5"), (["show"], "61.5"), (["reset"], "0"),
        (["advance", "0"], "0"),
    ):  # fmt: skip
        result = command(mock, *arguments)
        assert (result.returncode, result.stderr) == (0, "")
        time_of_day = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"
        assert re.fullmatch(rf"{time_of_day}, {re.escape(ahead)} s ahead of the system\n", result.stdout)


def test_a_minute_later_a_throttled_key_is_served(mock: Mock) -> None:
    statuses = [mock.ask("/api/v1/members?limit=1", "SIBLING_KEY").status for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    command(mock, "advance", "60")
    assert mock.ask("/api/v1/members?limit=1", "SIBLING_KEY").status == 200


def test_a_retry_is_due_at_once(mock: Mock) -> None:
    with receiver(status("500 Oops")) as target:
        environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
        run("webhooks", "add", target.url, environment=environment)
        run("trigger", "invoice.created", environment=environment)
        target.wait_for(1)
        while "500" not in run("webhooks", "deliveries", environment=environment).stdout:
            """The answer has come, and is about to be recorded."""
        assert command(mock, "advance", "6").returncode == 0
        assert len(target.requests) == 2, "it was sent before the command came back"
        assert "after 2: It answered 500." in run("webhooks", "deliveries", environment=environment).stdout


def test_an_event_right_before_is_sent_at_its_own_time(mock: Mock) -> None:
    def control(path: str, content: dict[str, Any]) -> Any:
        return mock.http.request("POST", f"{mock.variables['ONEINVOICE_URL']}/_mock{path}", json=content).json()

    with receiver(status("500 Oops")) as target:
        for _ in range(3):  # a dispatcher that is idle sends at once, by chance
            sandbox = f"/sandboxes/{control('/sandboxes', {})['id']}"
            control(f"{sandbox}/webhooks", {"url": target.url})
            control(f"{sandbox}/trigger", {"event": "invoice.created"})
            control(f"{sandbox}/clock", {"advance": 600})
            [delivery] = mock.http.request(
                "GET", f"{mock.variables['ONEINVOICE_URL']}/_mock{sandbox}/deliveries"
            ).json()["data"]
            first, second, third = (datetime.fromisoformat(each["started_at"]) for each in delivery["attempts"])
            assert first - datetime.fromisoformat(delivery["created_at"]) < timedelta(seconds=3)
            assert second - first < timedelta(seconds=60)
            assert third - second > timedelta(seconds=200)


def test_it_lets_runs_of_the_suite_follow_each_other(mock: Mock, tmp_path: Path) -> None:
    wait = f"'{MOCK}' clock advance {{seconds}}"
    environment = ENVIRONMENT | mock.variables | {"ONEINVOICE_WAIT_COMMAND": wait}
    started = time.monotonic()
    for _ in range(3):
        done = subprocess.run(
            [CONFORM, "--skip", "HOOK,RATE,VER,NEWS"],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert time.monotonic() - started < 45
    assert float(command(mock).stdout.split()[1]) > 0, "nothing was waited for"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["advance"], "such as: clock advance 61"),
        (["advance", "-5"], "from 0 on, and lead to no year after 2999"),
        (["advance", "-0.5"], "from 0 on, and lead to no year after 2999"),
        (["advance", "31561920100"], "from 1970 to 2999"),
        (["advance", "1e400"], "from 0 on, and lead to no year after 2999"),
        (["advance", "nan"], "from 0 on, and lead to no year after 2999"),
        (["set"], "such as: clock set 2038-01-20T12:00:00Z"),
        (["set", "soon"], "give a moment such as"),
        (["set", "3000-01-01"], "from 1970 to 2999"),
        (["set", "2038-01-20T12:00:00"], "give a moment such as"),
        (["freeze", "61"], "such as: clock advance 61"),
        (["advance", "soon"], "'soon'"),
        (["advance", "61", "62"], "62"),
        (["reset", "61"], "such as: clock advance 61"),
        (["show", "61"], "such as: clock advance 61"),
        (["backwards"], "'backwards'"),
        (["--nonsense"], "'--nonsense'"),
    ],
)
def test_bad_usage(mock: Mock, arguments: list[str], part: str) -> None:
    assert_one_sentence(command(mock, *arguments), 2, part)
    assert command(mock).stdout.endswith(", 0 s ahead of the system\n")


def test_it_stands_in_another_century_until_it_goes_on(mock: Mock) -> None:
    command(mock, "set", "2038-01-20T12:00:00Z")
    assert command(mock, "freeze").stdout.endswith("frozen\n")
    first, second = command(mock).stdout, command(mock).stdout
    assert first.startswith("2038-01-20T12:00:0")
    assert first.split(",")[0] == second.split(",")[0]
    assert mock.ask("/api/v1/invoices", "OTHER_KEY").status == 200
    assert "frozen" not in command(mock, "resume").stdout
    assert command(mock, "reset").stdout.endswith(", 0 s ahead of the system\n")


@pytest.mark.parametrize("arguments", [[], ["advance", "61"], ["reset"]])
def test_no_mock_there(arguments: list[str]) -> None:
    for url, code in (("http://127.0.0.1:1", 4), ("http://nowhere.invalid", 4), ("ftp://x", 2)):
        assert_one_sentence(run("clock", *arguments, "--url", url), code)


@pytest.mark.parametrize("variable", ["ONEINVOICE_REDIS_URL", "ONEINVOICE_WORKERS"])
def test_where_others_count_too_it_says_that_the_clock_can_not_be_moved(variable: str) -> None:
    with redis() as server:
        value = server.url if variable == "ONEINVOICE_REDIS_URL" else "2"
        with running("--port", "0", "--scale", "10", environment={variable: value}) as mock:
            for arguments in ([], ["advance", "61"], ["reset"]):
                assert_one_sentence(command(mock, *arguments), 2, "start one mock without them")
            assert mock.ask("/api/v1/members").status == 200
            mock.process.terminate()
            _, complaint = mock.process.communicate(timeout=20)
    assert "WARNING The mock's clock can't be moved while ONEINVOICE_REDIS_URL is set or " in complaint


def test_it_loads_no_more_than_it_needs() -> None:
    script = (
        "import sys; sys.argv = ['oneinvoice-mock', 'clock', 'advance', '61', '--url', 'http://127.0.0.1:1']\n"
        "from oneinvoice_impl.mock.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "connexion", "starlette", "httptools", "yaml", "redis", "limits", "asyncio"} & set(loaded)
