"""The command line `oneinvoice-mock`."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

import click
from oneinvoice_fixtures.defaults import DEFAULT_SCALE, DEFAULT_SEED

from oneinvoice_impl.command_line import Commands, SetupError, import_connexion, log_printably, run
from oneinvoice_impl.mock.cli.application import Changes, Reach, seeded_app
from oneinvoice_impl.mock.cli.commands import clock, faults, limit, requests, trigger, webhooks
from oneinvoice_impl.mock.cli.grease_seed import DRAWN, grease_seed
from oneinvoice_impl.mock.cli.lifecycle_file import lifecycle_file
from oneinvoice_impl.mock.cli.reach import each, host_name, network, origin, path_prefix
from oneinvoice_impl.mock.cli.state_commands import load, reset, restore, sandboxes, snapshot

if TYPE_CHECKING:
    from socket import socket

    from oneinvoice_openapi.lifecycle.entries import Lifecycle

    from oneinvoice_impl.mock.defects.defect import Defect
    from oneinvoice_impl.mock.journal.findings import FindingsLog
    from oneinvoice_impl.mock.proposals.proposal import Proposal

F = TypeVar("F", bound=Callable[..., Any])

# What only one command needs is imported there, so that each starts as fast as it can.


class _ServeByDefault(Commands):
    """A group whose command is `serve` unless the first word names another."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


def _option(name: str, **attributes: Any) -> Callable[[F], F]:
    """Return an option with an environment variable: `--port` has ONEINVOICE_MOCK_PORT."""
    variable = f"ONEINVOICE_MOCK_{name.removeprefix('--').replace('-', '_').upper()}"
    return click.option(name, envvar=variable, show_envvar=True, show_default=True, **attributes)


def _list_defects(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        import_connexion()
        from oneinvoice_impl.mock.defects import table

        click.echo("\n".join(table()))
        context.exit()


_seed_option = _option(
    "--seed", type=click.IntRange(0, 2**31 - 1), default=DEFAULT_SEED, help="Data and keys derive from it."
)


@click.group("oneinvoice-mock", cls=_ServeByDefault)
@click.version_option(package_name="oneinvoice-kit")
def cli() -> None:
    """A 1invoice.online REST API on this machine, with data, to write and test clients against.

    Without a command, it serves: `oneinvoice-mock --port 9000`.
    """


@cli.command()
@_option("--host", default="127.0.0.1", help="Address to listen at.")
@_option("--port", type=click.IntRange(0, 65535), default=8080, help="Port to listen at; 0 takes a free one.")
@_option("--database", metavar="URL", default="sqlite://", help="SQLite (in memory, or a file) or PostgreSQL.")
@_seed_option
@_option(
    "--scale", type=click.IntRange(0, 10_000_000), default=DEFAULT_SCALE, help="Members of the primary organisation."
)
@_option("--fixtures", metavar="FILE", type=click.File("rb"), help="JSON or YAML with records of your own.")
@_option("--contract", metavar="FILE", help="OpenAPI document, or version of a release, to serve; by default its own.")
@click.option(
    "--rate-limit",
    type=click.IntRange(1, 1_000_000),
    envvar="ONEINVOICE_RATE_LIMIT",
    show_envvar=True,
    show_default="60, or as the database has it",
    help="Requests in a minute for each of the seeded keys.",
)
@_option(
    "--cors",
    callback=each(origin),
    multiple=True,
    help="Origin whose web pages may read the API, or *; repeatable.",
)
@_option(
    "--allow-host", callback=each(host_name), multiple=True, help="Another name by which you reach /_mock/; repeatable."
)
@_option(
    "--webhooks-to", callback=each(network), multiple=True, help="Private network that webhooks may go to; repeatable."
)
@_option(
    "--grease",
    callback=grease_seed,
    is_flag=False,
    flag_value=DRAWN,
    metavar="[SEED]",
    help="Have what the documentation leaves free differ from answer to answer, by the choices of this seed; without "
    "one, or with the word random, it is drawn and printed.",
)
@_option(
    "--strict-client",
    is_flag=True,
    help="Tell on standard error, as it happens, what clients and receivers do against what is asked of them.",
)
@_option(
    "--path-prefix",
    callback=lambda context, parameter, text: path_prefix(text),
    metavar="PATH",
    default="",
    help="Serve all under this path, such as /gateway, so that the API is at /gateway/api/v1.",
)
@_option(
    "--lifecycle", callback=lifecycle_file, metavar="FILE", help="Have what this file says be deprecated, and end."
)
@_option("--preview", type=click.Choice(["v2"]), help="Serve a preview of this version of the API beside v1.")
@click.option(
    "--defect",
    metavar="NAME",
    envvar="ONEINVOICE_DEFECT",
    show_envvar=True,
    help="Break one promise of the documentation on purpose.",
)
@click.option(
    "--list-defects",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_defects,
    help="Print the defects with the requirement that each breaks, and end.",
)
def serve(
    host: str,
    port: int,
    database: str,
    seed: int,
    scale: int,
    fixtures: IO[bytes] | None,
    contract: str | None,
    rate_limit: int | None,
    cors: frozenset[str],
    allow_host: frozenset[str],
    webhooks_to: frozenset[IPv4Network | IPv6Network],
    grease: int | None,
    strict_client: bool,
    path_prefix: str,
    lifecycle: Lifecycle | None,
    preview: str | None,
    defect: str | None,
) -> None:
    """Serve the API, and print its URL and keys once it listens."""
    from oneinvoice_impl.mock.cli.banner import ready_lines, show
    from oneinvoice_impl.mock.cli.fixture_files import read_file
    from oneinvoice_impl.server.listener import ListenerProblem, base_url, listen

    log_printably()
    active_defect = None if defect is None else _find_defect(defect)
    proposal = _proposal(contract, database, (grease, defect, preview))
    try:
        listener = listen(host, port)
    except ListenerProblem as problem:
        raise SetupError(str(problem)) from problem
    with listener:
        # What is loaded here stays; looking through it for garbage would cost a tenth of the start.
        gc.disable()
        reach = Reach(host, base_url(listener), path_prefix, allow_host, cors, webhooks_to)
        from oneinvoice_impl.mock.seeding import Seeded

        with _mistakes_told(fixtures):
            seeded = Seeded(seed, scale, rate_limit, file=None if fixtures is None else read_file(fixtures, proposal))
            changes = Changes(active_defect, grease, proposal, lifecycle, preview)
            findings = _findings() if strict_client else None
            app = seeded_app(database, seeded, reach, changes, findings)
        served = (active_defect, grease, proposal, preview)
        ready = ready_lines(reach.url + path_prefix, seed, *served, is_told=contract is not None)
        _serve_until_told(app, listener, lambda: show(ready), grease)
        if findings is not None:
            click.echo(findings.summary, err=True)


@cli.group(invoke_without_command=True)
@_seed_option
@click.pass_context
def keys(context: click.Context, seed: int) -> None:
    """Print the keys of a seed again, or change the limit of a key in a running mock."""
    if context.invoked_subcommand is None:
        from oneinvoice_impl.mock.cli.banner import key_lines, show

        show(key_lines(seed))


keys.add_command(limit)
cli.add_command(trigger)
cli.add_command(webhooks)
cli.add_command(clock)
cli.add_command(faults)
cli.add_command(requests)
for command in (load, reset, snapshot, restore, sandboxes):
    cli.add_command(command)


def _find_defect(name: str) -> Defect:
    import_connexion()
    from oneinvoice_impl.mock.defects import UnknownDefect, find_defect

    try:
        return find_defect(name)
    except UnknownDefect as problem:
        raise SetupError(str(problem)) from problem


@contextmanager
def _mistakes_told(fixtures: IO[bytes] | None) -> Iterator[None]:
    """Tell the mistakes of a file of fixtures, one to a line, and raise `SetupError` for them."""
    if fixtures is None:
        yield
        return
    from oneinvoice_impl.mock.cli.fixture_files import show_mistakes
    from oneinvoice_impl.mock.fixtures.problems import InvalidFixtures

    try:
        yield
    except InvalidFixtures as problem:
        show_mistakes(fixtures, problem.told)
        count = len(problem.problems)
        mistakes = "a mistake" if count == 1 else f"{count} mistakes"
        raise SetupError(f"{fixtures.name} has {mistakes}; nothing was stored.") from problem


def _proposal(contract: str | None, database: str, changes: Sequence[object]) -> Proposal | None:
    """Return the contract that was asked for, or else what is authored if it is ahead of what is implemented."""
    from oneinvoice_impl.api.implemented import is_behind

    is_changed = any(each is not None for each in (*changes, os.environ.get("ONEINVOICE_PREVIEW")))
    if contract is None and (is_changed or "ONEINVOICE_PREVIEW" in os.environ or not is_behind()):
        return None
    import_connexion()
    from oneinvoice_impl.mock.cli.contracts import read_authored, read_contract
    from oneinvoice_impl.store.database import ends_with_process
    from oneinvoice_impl.store.errors import UnusableDatabase

    try:
        is_kept = not ends_with_process(database)
    except UnusableDatabase as problem:
        raise SetupError(str(problem)) from problem
    if contract is None:
        return read_authored(is_kept=is_kept)
    return read_contract(contract, is_changed=is_changed, is_kept=is_kept)


def _findings() -> FindingsLog:
    from oneinvoice_impl.mock.journal.findings import FindingsLog

    return FindingsLog()


def _serve_until_told(app: Any, listener: socket, on_ready: Callable[[], None], grease: int | None) -> None:
    from oneinvoice_impl.asgi.open_connections import TrackedProtocol
    from oneinvoice_impl.server.serving import configuration
    from oneinvoice_impl.server.serving import serve as serve_until_told

    protocol: Any = TrackedProtocol
    if grease is not None:
        from oneinvoice_impl.mock.grease.heads import GreasedProtocol

        protocol = GreasedProtocol
    gc.freeze()
    gc.enable()
    serve_until_told(configuration(app, protocol=protocol), listener, on_ready)


def main() -> NoReturn:
    """Run the command line: 0 when it is done or was told to stop, 2 for bad usage, 4 if the database is away."""
    run(cli)
