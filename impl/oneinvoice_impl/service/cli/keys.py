"""`oneinvoice-service keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.command_line import SetupError, print_surely

if TYPE_CHECKING:
    from oneinvoice_impl.store.types import Connection, RowMapping

_HIGHEST = 1_000_000
_limit_type = click.IntRange(1, _HIGHEST)


@click.group()
def keys() -> None:
    """Create, revoke and list keys, and change how many requests they may send."""


@keys.command()
@click.argument("organisation")
@click.option("--name", default="Service", show_default=True, help="What it is for, as the dashboard shows it.")
@click.option("--limit", type=_limit_type, show_default="60", help="Requests in a minute.")
def create(organisation: str, name: str, limit: int | None) -> None:
    """Create a key of an organisation, by its id; the key alone is on standard output, this once."""
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.domain.ids import new_id
    from oneinvoice_impl.domain.keys import MOST_ACTIVE, new_key
    from oneinvoice_impl.service.changes import changing, existing_organisation, line_of_text
    from oneinvoice_impl.store.accounts.keys import KeyRepository, grant_limit

    name, id, key = line_of_text(name, "--name"), new_id("key"), new_key()
    with changing() as connection:
        owner = existing_organisation(connection, organisation)
        repository = KeyRepository(connection, owner.id)
        if repository.count_active() >= MOST_ACTIVE:
            raise SetupError(f"There are {MOST_ACTIVE} keys in use, which is the most; revoke one first.")
        repository.add(id, name, key, SYSTEM_CLOCK())
        if limit is not None:
            grant_limit(connection, id, limit)
        print_surely(key)
    click.echo(printable(f"# {id} is a key of {owner.name}. It is shown this once."), err=True)


@keys.command()
@click.argument("key", metavar="KEY_OR_ID")
def revoke(key: str) -> None:
    """Refuse a key from the next request on, in every worker."""
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.service.changes import changing
    from oneinvoice_impl.store.accounts.keys import KeyRepository

    with changing() as connection:
        row = _existing(connection, key)
        KeyRepository(connection, row["organisation_id"]).revoke(row["id"], SYSTEM_CLOCK())
    click.echo(printable(f"{row['id']} ({row['name']}) is revoked; it gets 401 from now on."))


@keys.command()
@click.argument("key", metavar="KEY_OR_ID")
@click.argument("limit", metavar="N", type=_limit_type)
def limit(key: str, limit: int) -> None:
    """Let a key send N requests in a minute, from the next request on, in every worker."""
    from oneinvoice_impl.service.changes import changing
    from oneinvoice_impl.store.accounts.keys import grant_limit

    with changing() as connection:
        row = _existing(connection, key)
        grant_limit(connection, row["id"], limit)
    revoked = "" if row["revoked_at"] is None else ", but is revoked"
    click.echo(printable(f"{row['id']} ({row['name']}) may send {limit} requests a minute{revoked}."))


@keys.command("list")
@click.argument("organisation")
def list_(organisation: str) -> None:
    """Print the keys of an organisation, one to a line: id, beginning and end, limit, name, and whether it is revoked.

    The keys themselves are not kept.
    """
    from oneinvoice_impl.service.changes import changing, existing_organisation
    from oneinvoice_impl.store.accounts.keys import KeyRepository

    with changing() as connection:
        rows = KeyRepository(connection, existing_organisation(connection, organisation).id).list()
    for row in rows:
        shown = f"{row['id']}  {row['first_four']}…{row['last_four']}  {row['rate_limit']}/min  {row['name']}"
        click.echo(printable(shown if row["revoked_at"] is None else f"{shown}  revoked"))


def _existing(connection: Connection, key: str) -> RowMapping:
    from oneinvoice_impl.store.accounts.keys import owner_of

    row = owner_of(connection, key)
    if row is None:
        raise SetupError("There is no such key; `oneinvoice-service keys list ORGANISATION` shows the ids.")
    return row
