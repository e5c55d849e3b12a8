"""The limit of keys as it is set from outside, and shared by processes: real processes, real HTTP."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.test_mock import Mock, running
from tests.services.redis import PASSWORD, redis

MEMBERS = "/api/v1/members?limit=1"


def served(mock: Mock, requests: int, key: str = "KEY") -> int:
    """How many of so many requests were served."""
    statuses = [mock.ask(MEMBERS, key).status for _ in range(requests)]
    assert set(statuses) <= {200, 429}
    return statuses.count(200)


def test_the_limit_of_the_seeded_keys(tmp_path: Path) -> None:
    arguments = ("--port", "0", "--scale", "10", "--database", f"sqlite:///{tmp_path / 'mock.db'}")
    with running(*arguments) as mock:
        assert served(mock, 61) == 60
    with running(*arguments, "--rate-limit", "3") as mock:
        assert [served(mock, 4, key) for key in ("KEY", "SIBLING_KEY", "OTHER_KEY")] == [3, 3, 3]
        assert mock.ask(MEMBERS).headers["RateLimit-Policy"] == '"minute";q=3;w=60'
        assert mock.ask(MEMBERS, "REVOKED_KEY").status == 401
    with running(*arguments) as mock:
        assert served(mock, 4) == 3, "without the option the database's limit holds"
    with running(*arguments, environment={"ONEINVOICE_RATE_LIMIT": "5"}) as mock:
        assert served(mock, 6) == 5


def test_two_processes_share_a_limit_through_redis_and_part_it_while_redis_is_away() -> None:
    with redis() as server:
        environment = {"ONEINVOICE_REDIS_URL": server.url, "ONEINVOICE_WORKERS": "2"}
        arguments = ("--port", "0", "--scale", "10", "--rate-limit", "20")
        with (
            running(*arguments, environment=environment) as one,
            running(*arguments, environment=environment) as other,
        ):
            assert sum(served(mock, 1) for _ in range(15) for mock in (one, other)) == 20
            assert served(one, 1, "SIBLING_KEY") == 1
            assert other.ask(MEMBERS, "SIBLING_KEY").headers["RateLimit"].startswith('"minute";r=18;')
            server.kill()
            assert [served(mock, 15) for mock in (one, other)] == [10, 10]
            server.start()
            until = time.monotonic() + 20
            while served(one, 1) + served(other, 1) < 2:
                assert time.monotonic() < until, "they did not come back to Redis"
                time.sleep(0.1)
            for mock in (one, other):
                mock.process.terminate()
                _, complaint = mock.process.communicate(timeout=20)
                assert mock.process.returncode == 0
                fixed_clock, first, last = complaint.splitlines()
                assert "clock" in fixed_clock
                assert first.startswith("WARNING rate limit: Redis can't be used (ConnectionError)")
                assert last == "WARNING rate limit: Redis can be used again."
                assert PASSWORD not in complaint


def test_what_counts_together_is_loaded_only_with_redis() -> None:
    script = (
        "import sys, warnings; warnings.simplefilter('ignore')\n"
        "from oneinvoice_impl.server.app import create_app\n"
        "create_app(); print({'redis', 'limits'} & set(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert loaded == "set()\n"
