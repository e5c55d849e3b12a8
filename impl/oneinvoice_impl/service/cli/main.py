"""The command line `oneinvoice-service`."""

from __future__ import annotations

from typing import NoReturn

import click

from oneinvoice_impl.command_line import Commands, run
from oneinvoice_impl.service.cli.check import check
from oneinvoice_impl.service.cli.keys import keys
from oneinvoice_impl.service.cli.organisation import organisation
from oneinvoice_impl.service.cli.schema import init, migrate
from oneinvoice_impl.service.cli.serve import serve
from oneinvoice_impl.service.cli.webhooks import trigger, webhooks
from oneinvoice_impl.service.cli.worker import worker

# What only one command needs is imported there, so that each starts as fast as it can.


@click.group("oneinvoice-service", cls=Commands)
@click.version_option(package_name="oneinvoice-kit")
def cli() -> None:
    """Run the reference implementation of the 1invoice.online REST API as a service.

    Each setting is an environment variable, such as ONEINVOICE_DATABASE_URL.
    """


for command in (init, migrate, organisation, keys, webhooks, trigger, check, serve, worker):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line: 0 when it is done or was told to stop, 2 for bad usage, 4 if the database is away."""
    run(cli)
