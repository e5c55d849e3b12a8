"""Organisations, keys, webhooks and events, as an operator makes them."""

from __future__ import annotations

import asyncio

import pytest
from oneinvoice_impl.domain.keys import digest, is_key
from oneinvoice_impl.store.accounts.keys import find_key
from oneinvoice_impl.store.database import Database

from tests.unit.impl.service.conftest import Command


def one_sentence(text: str) -> bool:
    return text.startswith("Error: ") and text.endswith(".\n") and text.count("\n") == 1


def test_an_organisation_is_made_and_listed(command: Command) -> None:
    made = command("organisation", "create", "Nordlys\N{NO-BREAK SPACE}AS", "--kind", "association")
    id = made.stdout.strip()
    assert made.exit_code == 0
    assert f"keys create {id}" in made.stderr
    assert command("organisation", "list").stdout == f"{id}  association  Nordlys AS\n"


def test_an_admin_has_one_organisation(command: Command) -> None:
    assert command("organisation", "create", "Nordlys", "--admin", "Kari@Nordlys.example").exit_code == 0
    again = command("organisation", "create", "Sunniva", "--admin", "kari@nordlys.example")
    assert (again.exit_code, again.stdout) == (2, "")
    assert again.stderr == "Error: kari@nordlys.example has an organisation already; give another address.\n"
    assert command("organisation", "list").stdout.count("\n") == 1, "nothing is half done"


@pytest.mark.parametrize(
    "words",
    [
        ("organisation", "create", " \N{ZERO WIDTH SPACE}"),
        ("organisation", "create", "x" * 101),
        ("organisation", "create", "Nordlys", "--admin", "kari"),
        ("organisation", "fill", "org_none"),
        ("keys", "create", "org_none"),
        ("keys", "list", "org_none"),
        ("keys", "revoke", "key_none"),
        ("keys", "limit", "key_none", "5"),
        ("webhooks", "list", "org_none"),
        ("trigger", "invoice.paid", "--organisation", "org_none"),
        ("trigger", "invoice.lost", "--organisation", "org_none"),
    ],
)
def test_what_is_wrong_gets_one_sentence(command: Command, words: tuple[str, ...]) -> None:
    refused = command(*words)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert one_sentence(refused.stderr), refused.stderr


def test_a_key_is_shown_once_and_alone(command: Command, organisation: str, database_url: str) -> None:
    created = command("keys", "create", organisation, "--name", "QA", "--limit", "600")
    key = created.stdout.removesuffix("\n")
    assert is_key(key)
    assert key not in created.stderr
    listed = command("keys", "list", organisation).stdout
    assert key not in listed
    assert listed.endswith("600/min  QA\n")
    assert found(database_url, key) == 600


def test_a_key_is_named_by_itself_or_its_id(command: Command, organisation: str, database_url: str) -> None:
    key = command("keys", "create", organisation).stdout.strip()
    id = command("keys", "list", organisation).stdout.split()[0]
    for named, limit in ((key, 7), (id, 8)):
        told = command("keys", "limit", named, str(limit))
        assert (told.exit_code, key in told.output) == (0, False)
        assert found(database_url, key) == limit
    assert command("keys", "revoke", key).exit_code == 0
    assert found(database_url, key) is None
    again = command("keys", "revoke", id)
    assert again.exit_code == 2
    assert "was revoked before" in again.stderr


def found(url: str, key: str) -> int | None:
    """The limit of a key, if it is valid."""
    database = Database(url)
    try:
        valid = asyncio.run(database.run(lambda connection: find_key(connection, digest(key))))
    finally:
        database.close()
    return None if valid is None else valid.rate_limit


@pytest.mark.parametrize(
    ("event", "happened"),
    [
        ("invoice.paid", ["invoice.created", "invoice.sent", "invoice.paid"]),
        ("invoice.created", ["invoice.created"]),
        ("quote.rejected", ["quote.created", "quote.sent", "quote.rejected"]),
        ("quote.accepted", ["quote.created", "quote.sent", "quote.accepted"]),
        ("quote.sent", ["quote.created", "quote.sent"]),
    ],
)
def test_an_event_happens_through_the_transitions(
    command: Command, organisation: str, database_url: str, event: str, happened: list[str]
) -> None:
    told = command("trigger", event, "--organisation", organisation)
    assert (told.exit_code, told.stderr) == (0, "")
    assert told.stdout.startswith(f"{event} {event[:3]}_")
    assert events(database_url) == happened


def events(url: str) -> list[str]:
    database = Database(url)
    try:
        with database.exclusive() as connection:
            rows = connection.exec_driver_sql("SELECT name FROM webhook_events ORDER BY rowid").scalars()
            return [str(name) for name in rows]
    finally:
        database.close()


def test_test_data_is_added_as_often_as_asked(command: Command, organisation: str, database_url: str) -> None:
    filling = ("organisation", "fill", organisation, "--members", "1200", "--quotes", "5", "--invoices", "4")
    for _ in range(2):
        told = command(*filling)
        assert (told.exit_code, told.stderr) == (0, "")
    database = Database(database_url)
    with database.exclusive() as connection:
        counts = {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("members", "quotes", "invoices")
        }
    database.close()
    assert counts == {"members": 2400, "quotes": 10, "invoices": 8}
