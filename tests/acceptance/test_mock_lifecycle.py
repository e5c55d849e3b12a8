"""A mock that deprecates what a file says: real processes, real HTTP, and the suite's verdict on it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from oneinvoice_openapi.lifecycle.entries import months_later

from tests.acceptance.test_mock import ENVIRONMENT, MOCK, Mock, assert_one_sentence, run, running

CONFORM = str(Path(MOCK).with_name("oneinvoice-conform"))
NAMES = ("Deprecation", "Sunset", "Link")


def today() -> date:
    return datetime.now(UTC).date()


@contextmanager
def deprecating(folder: Path, announced: date, deprecated: date, sunset: date) -> Iterator[Mock]:
    """A mock whose v1 is announced, deprecated and ended on these days."""
    path = folder / "lifecycle.yaml"
    path.write_text(
        f"lifecycle:\n  - version: v1\n    announced: {announced}\n    deprecated: {deprecated}\n    sunset: {sunset}\n"
        "    replacement: v2\n    link: https://1invoice.online/roadmap\n"
    )
    with running("--port", "0", "--scale", "5", "--lifecycle", str(path)) as mock:
        yield mock


def told(mock: Mock, target: str = "/api/v1/members") -> tuple[int, dict[str, str]]:
    answer = mock.ask(target)
    return answer.status, {name: answer.headers[name] for name in NAMES if name in answer.headers}


def test_its_clock_walks_through_a_deprecation(tmp_path: Path) -> None:
    announced = today() + timedelta(1)
    deprecated = announced + timedelta(30)
    sunset = months_later(deprecated, 6)
    with deprecating(tmp_path, announced, deprecated, sunset) as mock:
        environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}

        def at(day: date, time: str = "00:00:00") -> tuple[int, dict[str, str]]:
            assert run("clock", "set", f"{day}T{time}Z", environment=environment).returncode == 0
            return told(mock)

        assert told(mock) == (200, {})
        status, headers = at(announced)
        assert status == 200
        assert datetime.fromtimestamp(int(headers["Deprecation"].removeprefix("@")), UTC).date() == deprecated
        assert parsedate_to_datetime(headers["Sunset"]) == datetime(*sunset.timetuple()[:3], tzinfo=UTC)
        assert headers["Link"].endswith('</api/v2>; rel="successor-version"')
        assert at(deprecated) == at(sunset - timedelta(1), "23:59:59") == (200, headers)
        assert at(sunset) == (410, headers)
        gone = mock.ask("/api/v1/quotes")
        assert gone.headers["Content-Type"] == "application/problem+json"
        assert f"ended on {sunset}; use /api/v2 instead" in gone.json()["detail"]
        assert mock.ask("/api/v1", None, "HEAD").status == 410
        run("clock", "reset", environment=environment)
        assert told(mock) == (200, {})


def test_a_sandbox_follows_it_by_its_own_clock(tmp_path: Path) -> None:
    announced = today() + timedelta(1)
    with deprecating(tmp_path, announced, announced + timedelta(30), announced + timedelta(300)) as mock:
        controls = f"{mock.variables['ONEINVOICE_URL']}/_mock/sandboxes"
        made = mock.http.request("POST", controls, json={}).json()
        moved = mock.http.request("POST", f"{controls}/{made['id']}/clock", json={"advance": 86400})
        assert moved.status == 200
        headers = {"Authorization": f"Bearer {made['keys']['primary']}"}
        answer = mock.http.request("GET", f"{mock.variables['ONEINVOICE_URL']}/api/v1/members", headers=headers)
        assert answer.headers["Deprecation"].startswith("@")
        assert told(mock) == (200, {})


@pytest.mark.parametrize(("months", "code", "verdict"), [(6, 0, "✓1 –3"), (3, 1, "✓1 ✗3")])
def test_the_suite_tells_whether_it_ends_too_soon(tmp_path: Path, months: int, code: int, verdict: str) -> None:
    deprecated = today() + timedelta(30)
    sunset = months_later(deprecated if code == 0 else today(), months)
    with deprecating(tmp_path, today(), deprecated, sunset) as mock:
        judged = subprocess.run(
            [CONFORM, "--only", "AUTH-2,VER-1,VER-3,SPEC-1,SPEC-2", "--strict"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            env=ENVIRONMENT | mock.variables,
        )
    assert judged.returncode == code, judged.stdout + judged.stderr
    assert verdict in judged.stdout
    assert ("in less than six months, and there is no /api/v2" in judged.stdout) == (code == 1)
    assert "✓1 ✓2" in judged.stdout, "the headers break nothing of the authored document"


def test_a_file_that_cant_be_used_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lifecycle.yaml"
    path.write_text("lifecycle:\n  - version: v1\n    sunset: 2027-01-01\n")
    result = run("--port", "0", "--lifecycle", str(path))
    assert_one_sentence(result, 2, "line 3: `sunset` (2027-01-01) is the end of what is not deprecated")
    assert_one_sentence(run("--lifecycle", str(tmp_path / "none.yaml")), 2, "can't be read")


def test_nothing_of_it_is_loaded_where_nothing_is_deprecated() -> None:
    modules = "{'oneinvoice_openapi.lifecycle', 'oneinvoice_impl.api.deprecation'}"
    code = (
        "import sys, warnings; warnings.simplefilter('ignore'); from oneinvoice_impl.server.app import create_app; "
        "from oneinvoice_impl.settings import Settings; create_app(Settings()).database.close(); "
        f"print(*{modules} & sys.modules.keys(), 'asked')"
    )
    started = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert started.stdout.split() == ["asked"]


def test_a_file_of_one_operation_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "lifecycle.yaml"
    path.write_text(
        f"lifecycle:\n  - operation: GET /api/v1/members\n    announced: {today()}\n    deprecated: {today()}\n"
    )
    with running("--port", "0", "--scale", "5", "--lifecycle", str(path)) as mock:
        assert list(told(mock)[1]) == ["Deprecation"]
        assert told(mock, "/api/v1/quotes") == (200, {})
