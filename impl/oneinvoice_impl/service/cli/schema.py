"""Commands `init` and `migrate` of `oneinvoice-service`: the schema of its database."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.command_line import SetupError

if TYPE_CHECKING:
    from oneinvoice_impl.store.database import Database


@click.command
def init() -> None:
    """Create the tables of the service in the empty database that ONEINVOICE_DATABASE_URL names.

    A database that has them is left as it is.
    """
    with _database() as database:
        from oneinvoice_impl.store.migrations.upgrade import create_schema

        created = create_schema(database)
    if created:
        click.echo("The database has the tables of this version. Next: oneinvoice-service organisation create")
    else:
        click.echo("The database has the tables of this version already; nothing was changed.")


@click.command
def migrate() -> None:
    """Bring the tables of an older version up to this one, in the database that ONEINVOICE_DATABASE_URL names.

    Stop whatever uses the database before, and back it up: there is no way back but that. Of an SQLite file a copy is
    kept beside it. Whatever interrupts a migration, the database has either all of it or nothing of it.
    """
    try:
        with _database() as database:
            from oneinvoice_impl.store.migrations.upgrade import upgrade

            changed = upgrade(database, lambda step: click.echo(printable(step)))
    except KeyboardInterrupt as interrupt:
        raise click.ClickException(
            "The migration was interrupted; run oneinvoice-service migrate again."
        ) from interrupt
    already = "" if changed else " already; nothing was changed"
    click.echo(f"The database has the tables of this version{already}.")


@contextmanager
def _database() -> Iterator[Database]:
    """Return the database of the environment. Its problems are refusals."""
    from oneinvoice_impl.service.environment import problems_told
    from oneinvoice_impl.settings import Settings
    from oneinvoice_impl.store.database import Database

    with problems_told():
        database = Database(Settings.from_environment(os.environ).database_url)
        try:
            if database.in_memory:
                raise SetupError("Set ONEINVOICE_DATABASE_URL, such as to sqlite:///service.db.")
            yield database
        finally:
            database.close()
