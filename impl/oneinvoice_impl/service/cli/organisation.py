"""`oneinvoice-service organisation`."""

from __future__ import annotations

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.command_line import SetupError, print_surely


@click.group()
def organisation() -> None:
    """Make organisations, and list them."""


@organisation.command()
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["company", "association"]), default="company", show_default=True, help="What it is."
)
@click.option("--admin", metavar="EMAIL", help="Who can log in to it, by a link that is sent to this address.")
def create(name: str, kind: str, admin: str | None) -> None:
    """Make an organisation, without data, and print its id."""
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.service.changes import changing, line_of_text
    from oneinvoice_impl.store.accounts import users

    name = line_of_text(name, "The name of an organisation")
    address = None if admin is None else _address(admin)
    at = SYSTEM_CLOCK()
    with changing() as connection:
        id = users.add_organisation(connection, name, kind, at)
        if address is not None:
            users.admit(connection, address, id, at)
        print_surely(id)
    click.echo(f"# Create a key for it: oneinvoice-service keys create {id}", err=True)


@organisation.command("list")
def list_() -> None:
    """Print all organisations, one to a line: id, kind and name."""
    from oneinvoice_impl.service.changes import changing
    from oneinvoice_impl.store.accounts import users

    with changing() as connection:
        rows = users.list_organisations(connection)
    for row in rows:
        click.echo(printable(f"{row.id}  {row.kind}  {row.name}"))


@organisation.command()
@click.argument("organisation")
@click.option("--members", type=click.IntRange(0, 10_000), default=0, show_default=True, help="Test members to add.")
@click.option("--quotes", type=click.IntRange(0, 1000), default=0, show_default=True, help="Test quotes to add.")
@click.option("--invoices", type=click.IntRange(0, 1000), default=0, show_default=True, help="Test invoices to add.")
def fill(organisation: str, members: int, quotes: int, invoices: int) -> None:
    """Add test data to an organisation of a staging service; names and addresses say that it is a test's.

    Quotes and invoices are of each status in turn, and their events are sent to its webhooks.
    """
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.domain.event import INVOICE_EVENTS, QUOTE_EVENTS
    from oneinvoice_impl.service.changes import changing, existing_organisation
    from oneinvoice_impl.service.trial_records import add_members, happen
    from oneinvoice_impl.store.records.documents import DocumentRepository
    from oneinvoice_impl.store.records.members import MemberRepository

    at = SYSTEM_CLOCK()
    with changing() as connection:
        owner = existing_organisation(connection, organisation)
        add_members(MemberRepository(connection, owner.id), members, at)
        documents = DocumentRepository(connection, owner.id)
        for events, count in ((QUOTE_EVENTS, quotes), (INVOICE_EVENTS, invoices)):
            for number in range(count):
                happen(documents, events[number % len(events)], at)
    click.echo(printable(f"{owner.name} has {members} more members, {quotes} quotes and {invoices} invoices."))


def _address(text: str) -> str:
    """Return an address as the login keeps it."""
    from oneinvoice_impl.domain.email import is_address, kept_address

    address = kept_address(text.strip()).lower()
    if not is_address(address):
        raise SetupError("--admin must be an e-mail address, such as kari@nordlys.example.")
    return address
