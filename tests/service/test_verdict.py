"""The whole suite on a service as an operator sets it up: four workers, PostgreSQL, Redis, and two that deliver."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.service.conftest import CLEAN, SECRET_KEY, SERVICE, run, serving
from tests.services.ports import free_port
from tests.services.postgres import Postgres
from tests.services.redis import redis

_CONFORM = Path(sys.executable).with_name("oneinvoice-conform")
# More than 200 members of each status, so that nothing is undecided.
_MEMBERS = "620"


@pytest.fixture
def variables(postgres_server: Postgres) -> Iterator[dict[str, str]]:
    """Those of a service, on an empty database."""
    with redis() as server:
        yield {
            "ONEINVOICE_DATABASE_URL": postgres_server.new_database(),
            "ONEINVOICE_SECRET_KEY": SECRET_KEY,
            "ONEINVOICE_REDIS_URL": server.url,
            "ONEINVOICE_DELIVERIES": "workers",
            "ONEINVOICE_WEBHOOK_NETWORKS": "127.0.0.0/8",
        }


def test_it_conforms_webhooks_and_limit_included(variables: dict[str, str], tmp_path: Path) -> None:
    def told(*words: str) -> str:
        done = run(*words, variables=variables)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    told("init")
    primary, other = (told("organisation", "create", name) for name in ("Nordlys AS", "Fjord AS"))
    told("organisation", "fill", primary, "--members", _MEMBERS, "--quotes", "8", "--invoices", "6")
    told("organisation", "fill", other, "--members", "3", "--quotes", "4", "--invoices", "3")
    keys = {role: told("keys", "create", primary) for role in ("KEY", "SIBLING_KEY", "REVOKED_KEY")}
    keys["OTHER_KEY"] = told("keys", "create", other)
    told("keys", "revoke", keys["REVOKED_KEY"])
    port = free_port()
    secret = told("webhooks", "add", primary, f"http://127.0.0.1:{port}/hook")
    with serving("--workers", "4", variables=variables) as service, _delivering(2, variables):
        done = subprocess.run(
            [_CONFORM, service.url, "--strict", "--json", "report.json", "--listen", f"127.0.0.1:{port}",
             "--trigger", f"'{SERVICE}' trigger {{event}} --organisation {primary}"],
            cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False,
            env=CLEAN | variables | {f"ONEINVOICE_{role}": key for role, key in keys.items()}
            | {"ONEINVOICE_WEBHOOK_SECRET": secret},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    outcomes = {row["id"]: row["outcome"] for row in report["requirements"]}
    assert report["verdict"] == "conforms"
    assert {id: outcome for id, outcome in outcomes.items() if outcome not in ("passed", "not_applicable")} == {}
    assert {outcome for id, outcome in outcomes.items() if id.startswith(("RATE-", "HOOK-"))} >= {"passed"}


@contextmanager
def _delivering(count: int, variables: dict[str, str]) -> Iterator[None]:
    """Have so many workers deliver for the time of the block."""
    with ExitStack() as stack:
        for _ in range(count):
            worker = stack.enter_context(subprocess.Popen([SERVICE, "worker"], env=CLEAN | variables))
            stack.callback(worker.wait, 20)
            stack.callback(worker.terminate)
        yield
