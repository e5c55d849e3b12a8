"""What keeps a service from starting, as `check` and each command tell it."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.unit.impl.service.conftest import Command

PASSWORD = "open-sesame"


def test_all_is_well_but_for_the_mails(command: Command) -> None:
    told = command("check")
    assert told.exit_code == 0
    marks = {line.split(":")[0] for line in told.stdout.splitlines()}
    assert marks == {"✓ settings", "✓ database", "✓ secret key", "✓ Redis", "! mail", "✓ webhooks"}


@pytest.mark.parametrize(
    ("variables", "part"),
    [
        ({"ONEINVOICE_DATABASE_URL": ""}, "✗ settings: Set ONEINVOICE_DATABASE_URL"),
        ({"ONEINVOICE_DATABASE_URL": "sqlite://"}, "✗ settings: ONEINVOICE_DATABASE_URL is a database in memory"),
        ({"ONEINVOICE_DATABASE_URL": "mysql://host/x"}, "✗ settings: A database URL can't begin with mysql"),
        ({"ONEINVOICE_WORKERS": "2"}, "✗ settings: A database of SQLite is served by one worker"),
        ({"ONEINVOICE_WORKERS": "many"}, "✗ settings: ONEINVOICE_WORKERS must be"),
        ({"ONEINVOICE_SMTP_URL": f"smtp://me:{PASSWORD}@host"}, "✗ settings: Set ONEINVOICE_PUBLIC_URL too"),
        ({"ONEINVOICE_REDIS_URL": f"http://:{PASSWORD}@host"}, "✗ settings: ONEINVOICE_REDIS_URL"),
        ({"ONEINVOICE_WEBHOOK_NETWORKS": "0.0.0.0/0"}, "✗ settings: ONEINVOICE_WEBHOOK_NETWORKS must be"),
        ({"ONEINVOICE_SECRET_KEY": "short"}, "✗ secret key: The key to encrypt secrets"),
    ],
)
def test_what_keeps_it_from_starting(
    command: Command, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], part: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    told = command("check")
    assert told.exit_code == 2
    assert part in told.stdout
    assert PASSWORD not in told.output


def test_receivers_inside_are_warned_about(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEINVOICE_WEBHOOK_NETWORKS", "10.0.0.0/8")
    told = command("check")
    assert told.exit_code == 0
    assert "! webhooks: whoever registers a webhook reaches 10.0.0.0/8" in told.stdout


def test_the_secrets_need_the_key_that_they_were_stored_with(
    command: Command, organisation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEINVOICE_WEBHOOK_NETWORKS", "10.0.0.0/8")
    assert command("webhooks", "add", organisation, "http://10.1.2.3/hook").exit_code == 0
    assert command("check").exit_code == 0
    monkeypatch.setenv("ONEINVOICE_SECRET_KEY", base64.urlsafe_b64encode(bytes(32)).decode())
    told = command("check")
    assert told.exit_code == 2
    assert "✗ secret key: The secret was encrypted with another key" in told.stdout


def test_a_database_without_tables_is_refused(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty.db").touch()
    monkeypatch.setenv("ONEINVOICE_DATABASE_URL", f"sqlite:///{tmp_path / 'empty.db'}")
    for words in (("check",), ("organisation", "list")):
        told = command(*words)
        assert told.exit_code == 2
        assert "oneinvoice-service" in told.output
