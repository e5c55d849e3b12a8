"""`oneinvoice-service webhooks` and `trigger`: what an operator tries webhooks with."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click
from oneinvoice_openapi.printable import printable

from oneinvoice_impl.command_line import SetupError, print_surely

if TYPE_CHECKING:
    from oneinvoice_impl.settings import Settings

_LOOK_UP_SECONDS = 5.0


@click.group()
def webhooks() -> None:
    """Register endpoints of an organisation without a browser, and list them."""


@webhooks.command()
@click.argument("organisation")
@click.argument("url")
@click.option("--events", metavar="A,B", help="Only these, such as invoice.paid,quote.accepted; by default all.")
def add(organisation: str, url: str, events: str | None) -> None:
    """Send events to a URL; the secret that signs them alone is on standard output, this once."""
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.service.changes import existing_organisation, service_database, transaction
    from oneinvoice_impl.service.environment import service_settings
    from oneinvoice_impl.service.start import must_read_secrets
    from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository, new_secret
    from oneinvoice_impl.webhooks.service import encryption_of

    names = None if events is None else _names(events)
    with service_database() as database:
        settings = service_settings()
        _must_be_allowed(url, settings)
        must_read_secrets(database, settings)
        secret = new_secret()
        encrypted = encryption_of(database, settings).encrypt(secret)
        with transaction(database) as connection:
            owner = existing_organisation(connection, organisation)
            id = EndpointRepository(connection, owner.id).register(url, names, encrypted, SYSTEM_CLOCK())
            print_surely(secret)
    told = f"# {id} sends {events or 'all events'} of {owner.name} to {url}. The secret is shown this once."
    click.echo(printable(told), err=True)


@webhooks.command("list")
@click.argument("organisation")
def list_(organisation: str) -> None:
    """Print the endpoints of an organisation, one to a line: id, status, events and URL."""
    from oneinvoice_impl.service.changes import changing, existing_organisation
    from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository

    with changing() as connection:
        rows = EndpointRepository(connection, existing_organisation(connection, organisation).id).list()
    for row in rows:
        click.echo(printable(f"{row['id']}  {row['status']}  {row['events'] or 'all events'}  {row['url']}"))


@click.command()
@click.argument("event")
@click.option("--organisation", metavar="ID", required=True, help="The organisation that it happens in.")
def trigger(event: str, organisation: str) -> None:
    """Make an event happen, such as invoice.paid, to try webhooks of a staging service.

    A new quote or invoice, whose customer is called a test, makes all transitions up to the event. It stays.
    """
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.service.changes import changing, existing_organisation
    from oneinvoice_impl.service.trial_records import TRIGGERED, happen
    from oneinvoice_impl.store.records.documents import DocumentRepository

    if event not in TRIGGERED:
        raise SetupError(f"There is no event {event!r} to trigger; use one of {', '.join(TRIGGERED)}.")
    with changing() as connection:
        owner = existing_organisation(connection, organisation)
        record = happen(DocumentRepository(connection, owner.id), event, SYSTEM_CLOCK())
    click.echo(f"{event} {record.id}")


def _names(events: str) -> list[str]:
    from oneinvoice_impl.domain.event import EVENTS

    names = [name.strip() for name in events.split(",")]
    unknown = [name for name in names if name not in EVENTS]
    if unknown:
        raise SetupError(f"There is no event {unknown[0]!r}; use some of {', '.join(EVENTS)}.")
    return [name for name in EVENTS if name in names]


def _must_be_allowed(url: str, settings: Settings) -> None:
    """Raise `SetupError` unless webhooks may go to a URL."""
    from oneinvoice_impl.webhooks.url_policy import UrlNotAllowed, UrlPolicy

    policy = UrlPolicy(settings.webhook_ports, settings.webhooks_to_loopback, settings.webhook_networks)
    try:
        asyncio.run(asyncio.wait_for(policy.check(url), _LOOK_UP_SECONDS))
    except UrlNotAllowed as refusal:
        inside = "To allow receivers inside a network, as for staging, set ONEINVOICE_WEBHOOK_NETWORKS."
        raise SetupError(f"{refusal} {inside}" if "public" in str(refusal) else str(refusal)) from refusal
    except TimeoutError as timeout:
        raise SetupError("The URL's host could not be looked up in time; try again in a moment.") from timeout
