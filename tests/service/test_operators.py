"""Commands of an operator as processes, where output, secrets and servers are not as they should be."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from oneinvoice_impl.webhooks.secret_encryption import new_key

from tests.service.conftest import CLEAN, SECRET_KEY, SERVICE, run
from tests.services.postgres import Postgres


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Those of a service on an SQLite file."""
    made = {
        "ONEINVOICE_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('service') / 'service.db'}",
        "ONEINVOICE_SECRET_KEY": SECRET_KEY,
        "ONEINVOICE_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    assert run("init", variables=made).returncode == 0
    return made


@pytest.fixture(scope="module")
def organisation(variables: dict[str, str]) -> str:
    return run("organisation", "create", "Nordlys AS", variables=variables).stdout.strip()


@pytest.mark.parametrize("output", [">&-", "> /dev/full"])
def test_a_key_that_nobody_can_read_is_not_created(variables: dict[str, str], organisation: str, output: str) -> None:
    for words in (
        f"keys create {organisation}",
        f"webhooks add {organisation} http://127.0.0.1/",
        "organisation create B",
    ):
        shell = ["sh", "-c", f"exec {SERVICE} {words} {output}"]
        done = subprocess.run(shell, env=CLEAN | variables, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        assert done.returncode in (2, 4), done.stderr
        assert "output can't be written" in done.stderr
    for words in (("keys", "list", organisation), ("webhooks", "list", organisation)):
        assert run(*words, variables=variables).stdout == ""
    assert run("organisation", "list", variables=variables).stdout.count("\n") == 1


def test_another_secret_key_stores_no_secret_and_starts_no_worker(postgres_server: Postgres) -> None:
    right = {
        "ONEINVOICE_DATABASE_URL": postgres_server.new_database(),
        "ONEINVOICE_SECRET_KEY": SECRET_KEY,
        "ONEINVOICE_WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    run("init", variables=right)
    organisation = run("organisation", "create", "Nordlys AS", variables=right).stdout.strip()
    assert run("webhooks", "add", organisation, "http://127.0.0.1/1", variables=right).returncode == 0
    wrong = right | {"ONEINVOICE_SECRET_KEY": new_key().decode()}
    for words in (("webhooks", "add", organisation, "http://127.0.0.1/2"), ("worker",), ("check",), ("serve",)):
        done = run(*words, variables=wrong)
        assert (done.returncode, "former key" in done.stdout + done.stderr) == (2, True), words
    assert run("webhooks", "list", organisation, variables=right).stdout.count("\n") == 1


def test_no_password_of_the_database_is_shown() -> None:
    url = "postgresql://tester:open-sesame@127.0.0.1:1/none?password=sekret&application_name=a"
    done = run("check", variables={"ONEINVOICE_DATABASE_URL": url, "ONEINVOICE_SECRET_KEY": SECRET_KEY})
    assert done.returncode == 4
    assert "start PostgreSQL, or correct the URL" in done.stdout
    assert "open-sesame" not in done.stdout + done.stderr
    assert "sekret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "more"),
    [
        (("keys", "revoke", "\udcff"), {}),
        (("keys", "create", "\udcff"), {}),
        (("check",), {"ONEINVOICE_SECRET_KEY": "\udcff"}),
        (("check",), {"ONEINVOICE_DATABASE_URL": f"postgresql://tester@{'a' * 64}.example/none"}),
        (("serve", "--port", "0", "--metrics", f"{'a' * 64}.example:9464"), {}),
        (("organisation", "list"), {"ONEINVOICE_DELIVERIES": "workers"}),
        (("check",), {"ONEINVOICE_DATABASE_URL": "sqlite:///file:service.db?uri=true"}),
    ],
)
def test_what_can_not_be_is_refused_in_one_sentence(
    variables: dict[str, str], words: tuple[str, ...], more: dict[str, str]
) -> None:
    done = run(*words, variables=variables | more)
    assert done.returncode in (2, 4), done
    assert "Traceback" not in done.stdout + done.stderr


def test_a_user_without_rights_is_told_so(postgres_server: Postgres, tmp_path: Path) -> None:
    url = postgres_server.new_database()
    run("init", variables={"ONEINVOICE_DATABASE_URL": url})
    for statement in ("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN"):
        psql = ["psql", "--quiet", url.replace("+psycopg", ""), "-c", statement]
        subprocess.run(psql, check=True, stderr=subprocess.DEVNULL)
    done = run("organisation", "list", variables={"ONEINVOICE_DATABASE_URL": url.replace("tester@", "guest@")})
    assert done.returncode == 2
    assert "give its user the right to" in done.stderr
