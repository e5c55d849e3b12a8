"""`oneinvoice-conform client`: judge an integrator's own client."""

from __future__ import annotations

import sys
from typing import Any

import click

from oneinvoice_conformance.clients.runner import Settings, judge_client
from oneinvoice_conformance.clients.subject import RUN_TIMEOUT, SETTLE, Client
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.scope import Scope


@click.command("client", context_settings={"auto_envvar_prefix": "ONEINVOICE_CLIENT"})
@click.option("--run", metavar="CMD", help="Command that reads all members, quotes and invoices.")
@click.option("--hook", metavar="URL", help="Where the client's receiver listens.")
@click.option("--webhook-secret", envvar="ONEINVOICE_WEBHOOK_SECRET", help="Secret that the receiver was given.")
@click.option("--readback", metavar="CMD", help="Command that prints what the client keeps, as JSON.")
@click.option("--restart", metavar="CMD", help="Command that kills the receiver and starts it again.")
@click.option("--rotate", metavar="'CMD {new} {old}'", help="Command that gives the receiver another secret.")
@click.option("--run-timeout", type=float, default=RUN_TIMEOUT, help="Seconds that a command may take.")
@click.option("--settle", type=float, default=SETTLE, help="Seconds in which an effect may come.")
@click.option("--mock", metavar="URL", help="A running mock; one is started without.")
@click.option("--seed", type=int, default=1, help="What the misbehaviour derives from.")
@click.option("--json", "json_file")
def client_command(mock: str | None, seed: int, json_file: str | None, **given: Any) -> None:
    """Judge the client that --run starts, and the receiver at --hook."""
    client = Client(**given)
    contract = contract_of(None)
    rows = contract.register_of("client").requirements
    report = judge_client(client, contract, Scope(), rows, Settings(mock, seed), _tell)
    for result in report.results:
        click.echo(f"{result.outcome.value:15} {result.requirement.id}  {result.finding.reason}")
    click.echo(f"{report.verdict} {report.seconds:.1f} s {report.notes}")
    sys.exit(0)


def _tell(scenario: str, what: str) -> None:
    click.echo(f"{scenario}: {what}", err=True)
