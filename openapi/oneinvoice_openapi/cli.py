"""Command line `oneinvoice-spec`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import click

from oneinvoice_openapi.announce.command import announce
from oneinvoice_openapi.check import check_authored, check_document
from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.lifecycle.command import lifecycle_option, policy_command
from oneinvoice_openapi.lifecycle.entries import Lifecycle
from oneinvoice_openapi.lifecycle.simulation.command import simulate
from oneinvoice_openapi.previews import PREVIEWS, written
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.reading.documents import read_document
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releasing.command import release
from oneinvoice_openapi.releasing.writing import complete
from oneinvoice_openapi.streams import standard_streams


class _Commands(click.Group):
    def main(self, *args: Any, **kwargs: Any) -> Any:
        with standard_streams("oneinvoice-spec"):
            return super().main(*args, **kwargs)


@click.group(cls=_Commands)
@click.version_option(package_name="oneinvoice-kit")
def cli() -> None:
    """Check the authored contract and enforce the promises of the documentation."""
    try:
        complete(Path(str(PACKAGE)))
    except Unusable as error:
        raise click.UsageError(str(error)) from error


cli.add_command(policy_command)
cli.add_command(simulate)


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@lifecycle_option
def check(file: Path | None, days: Lifecycle) -> None:
    """Check FILE, or the document in the package: valid, true to the register, good to generate clients from.

    Its examples are held against their schemas, too, and what it says is deprecated against the lifecycle. Each problem
    has a line, with its place and what to do. Of the package, what was released has to be what it was, and the version
    no older than the last release.
    """
    try:
        read = read_document(file)
        problems = check_document(read.document, read.place, days) if file else check_authored(read, days)
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    for problem in problems:
        click.echo(printable(problem), err=True)
    if problems:
        raise SystemExit(1)
    click.echo("The document is valid OpenAPI 3.1, and it and the register name each other without a gap.")


@cli.command()
@click.argument("version", type=click.Choice(PREVIEWS), default=PREVIEWS[0], metavar="[VERSION]")
def preview(version: str) -> None:
    """Print the document of a preview of the next version, to check it, or to compare it with another.

    It is the document in the package with the merge patch of VERSION, which is v2.
    """
    click.echo(written(version), nl=False)


@cli.command()
@click.argument("versions", nargs=-1, metavar="[OLD] [NEW]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown", "github"]),
    default="text",
    show_default=True,
    help="Form of the report; github is for annotations in a job of GitHub Actions.",
)
@click.option(
    "--exceptions",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML file of approved exceptions: rule, pointer, reason, owner and expires of each. Of the document in the "
    "package it is exceptions.yaml beside it.",
)
def diff(versions: tuple[str, ...], form: str, exceptions: Path | None) -> None:
    """Tell what a change of the contract breaks, and for whom.

    OLD is a file, a release in the package or a revision of Git, and by default the last release. NEW is a file, and by
    default the document in the package. One argument alone is NEW if it is a file, and otherwise OLD.
    """
    # Imported here: only this command needs them.
    from oneinvoice_openapi.diff.command import compared, named_versions

    if len(versions) > 2:
        raise click.UsageError(f"{versions[2]} is one version too many; name OLD and NEW.")
    try:
        report, breaks = compared(named_versions(versions), form, exceptions)
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    click.echo(report)
    if breaks:
        raise SystemExit(1)


cli.add_command(announce)
cli.add_command(release)


def main() -> NoReturn:
    """Run the command line: 0 when nothing is wrong, 1 when something is, 2 for bad usage, told in one sentence."""
    try:
        # click answers --help and --version by returning the exit code.
        raise SystemExit(cli.main(standalone_mode=False))
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except click.ClickException as error:
        message = error.format_message()
        hint = "" if message.endswith((".", "?")) else "; see oneinvoice-spec --help."
        click.echo(f"Error: {printable(message)}{hint}", err=True)
        raise SystemExit(error.exit_code) from error
    except click.Abort:
        raise SystemExit(1) from None
