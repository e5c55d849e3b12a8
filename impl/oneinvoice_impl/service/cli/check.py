"""`oneinvoice-service check`."""

from __future__ import annotations

import click
from oneinvoice_openapi.printable import printable


@click.command()
@click.pass_context
def check(context: click.Context) -> None:
    """Tell whether a service would start by the variables that are set, and what it would lack; nothing is sent.

    Each line begins with ✓, ! for what a service can do without, or ✗ for what keeps it from starting.
    """
    from oneinvoice_impl.service.checks import checks

    code = 0
    for each in checks():
        click.echo(printable(f"{each.mark} {each.about}: {each.sentence}"))
        code = code or each.exit_code
    context.exit(code)
