"""The command `policy`, and the option by which it and `check` take another lifecycle."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import click

from oneinvoice_openapi.lifecycle.entries import Lifecycle
from oneinvoice_openapi.lifecycle.policy import policy
from oneinvoice_openapi.lifecycle.reader import lifecycle, parse_day, read_lifecycle
from oneinvoice_openapi.lifecycle.released import read_releases
from oneinvoice_openapi.lifecycle.reports import json_report, text_report
from oneinvoice_openapi.reading.documents import read_document
from oneinvoice_openapi.references import Unusable


def _read(context: click.Context, parameter: click.Parameter, path: Path | None) -> Lifecycle:
    try:
        return lifecycle() if path is None else read_lifecycle(path)
    except Unusable as error:
        raise click.UsageError(str(error)) from error


lifecycle_option = click.option(
    "--lifecycle",
    "days",
    type=click.Path(path_type=Path),
    callback=_read,
    metavar="FILE",
    help="A lifecycle in the place of the package's.",
)


def to_day(context: click.Context, parameter: click.Parameter, text: str | None) -> date | None:
    """Return the day that an option gives, None without one. Raises `click.UsageError`."""
    if text is None:
        return None
    try:
        return parse_day(text)
    except ValueError:
        raise click.UsageError(f"{parameter.opts[0]} can't be {text!r}; give a day such as 2027-03-31.") from None


def _parsed(context: click.Context, parameter: click.Parameter, text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return parse_day(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no day; write one as 2027-03-31.") from None


@click.command("policy")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--on", metavar="YYYY-MM-DD", callback=_parsed, help="The day to judge, in UTC.", show_default="today")
@lifecycle_option
@click.option("--json", "as_json", is_flag=True, help="Print the verdict for programs.")
def policy_command(file: Path | None, on: date, days: Lifecycle, as_json: bool) -> None:
    """Tell whether changes are announced, and old parts kept, for as long as the documentation promises.

    It shows the lifecycle of all parts on a day, and holds the dates to 30 days' notice and six months of parallel
    operation, to what releases said, and to FILE, or the document in the package.
    """
    try:
        verdict = policy(days, read_document(file).document, read_releases(), on)
        report = json_report(verdict) if as_json else text_report(verdict)
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    click.echo(report)
    if verdict.violations:
        raise SystemExit(1)
