"""One mock at a time runs on a database: real processes, real HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acceptance.test_mock import ENVIRONMENT, assert_one_sentence, run, running
from tests.acceptance.test_mock_state import store_at

IN_USE = "use that one, stop it, or name another database"


@pytest.mark.parametrize("kind", ["file", "postgresql"])
def test_a_second_one_is_refused_until_the_first_has_died(kind: str, tmp_path: Path) -> None:
    with store_at(kind, tmp_path) as url:
        options = ("--port", "0", "--scale", "30", "--database", url)
        with running(*options) as mock:
            assert_one_sentence(run(*options), 2, IN_USE)
            assert mock.ask("/api/v1/members").status == 200
            environment = {"ONEINVOICE_URL": mock.variables["ONEINVOICE_URL"]}
            assert run("trigger", "invoice.paid", environment=environment).returncode == 0
            mock.process.kill()
            mock.process.wait()
            with running(*options) as next_one:
                assert next_one.ask("/api/v1/members").status == 200


def test_one_that_stops_leaves_no_lock(tmp_path: Path) -> None:
    with running("--port", "0", "--scale", "30", "--database", f"sqlite:///{tmp_path / 'mock.db'}") as mock:
        assert (tmp_path / "mock.db.lock").exists()
        mock.process.terminate()
        assert mock.process.wait(20) == 0
    assert not (tmp_path / "mock.db.lock").exists()


def test_another_name_of_the_file_is_the_same_file(tmp_path: Path) -> None:
    file, link = tmp_path / "mock.db", tmp_path / "link.db"
    with running("--port", "0", "--scale", "30", "--database", f"sqlite:///{file}"):
        link.symlink_to(file)
        assert_one_sentence(run("--port", "0", "--scale", "30", "--database", f"sqlite:///{link}"), 2, IN_USE)


def test_a_password_is_not_told() -> None:
    with store_at("postgresql", Path()) as url:
        secret = url.replace("tester@", "tester:hidden@")
        with running("--port", "0", "--scale", "30", "--database", secret):
            refused = run("--port", "0", "--scale", "30", "--database", secret)
            assert_one_sentence(refused, 2, IN_USE)
            assert "hidden" not in refused.stderr


@pytest.mark.parametrize("kind", ["workers", "memory"])
def test_who_shares_nothing_or_counts_on_it_is_let_in(kind: str, tmp_path: Path) -> None:
    database = "sqlite://" if kind == "memory" else f"sqlite:///{tmp_path / 'mock.db'}"
    options = [
        "--port",
        "0",
        "--scale",
        "30",
        "--database",
        database,
    ]
    environment = ENVIRONMENT | ({"ONEINVOICE_WORKERS": "2"} if kind == "workers" else {})
    with running(*options, environment=environment) as one, running(*options, environment=environment) as two:
        assert one.ask("/api/v1/members").data == two.ask("/api/v1/members").data
