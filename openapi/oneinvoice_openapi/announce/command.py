"""The command `announce`, from its arguments to what it publishes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from errno import EISDIR
from pathlib import Path
from urllib.parse import urlsplit

import click

from oneinvoice_openapi.lifecycle.command import to_day
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.references import Unusable

_LONGEST_TITLE = 200
_NOT_IN_V1 = (
    "Note: a stable version promises not to break (VER-2), so that no release of it takes what breaks; make the change "
    "in the next version, or have each break approved in a file of exceptions (--exceptions)."
)


def _title(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    if text is not None and not (text.strip() and len(text) <= _LONGEST_TITLE and text == printable(text)):
        raise click.UsageError(f"--title must be a line of 1 to {_LONGEST_TITLE} characters that can be seen.")
    return None if text is None else " ".join(text.split())


def _link(context: click.Context, parameter: click.Parameter, text: str | None) -> str | None:
    try:
        is_usable = text is None or (
            re.fullmatch(r"https?://[!-;=?-~]{1,1990}", text) is not None and bool(urlsplit(text).hostname)
        )
    except ValueError:
        is_usable = False
    if not is_usable:
        raise click.UsageError("--link must be the URL of a page, such as https://1invoice.online/roadmap.")
    return text


@click.command()
@click.argument("versions", nargs=-1, metavar="[OLD] [NEW]")
@click.option("--effective", metavar="DATE", required=True, callback=to_day, help="Day on which it takes effect (UTC).")
@click.option("--title", metavar="TEXT", callback=_title, help="What changes, in a line; proposed from the changes.")
@click.option("--link", metavar="URL", callback=_link, help="Page that tells more.")
@click.option("--on", metavar="DATE", callback=to_day, help="Day on which it is announced (UTC); today by default.")
@click.option("--exceptions", type=click.Path(path_type=Path), metavar="FILE", help="As for diff.")
@click.option(
    "--usage",
    "files",
    type=click.Path(path_type=Path),
    metavar="FILE",
    multiple=True,
    help="Journal of a mock, HTTP archive (HAR) or export of key use: tells which keys it concerns. Any number.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="Form of what is written; json is what a mock's control takes.",
)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write to a file.")
@click.option("--to", metavar="URL", help="Publish it at a running mock: banner, roadmap and webhooks.")
def announce(
    versions: tuple[str, ...],
    effective: date,
    title: str | None,
    link: str | None,
    on: date | None,
    exceptions: Path | None,
    files: tuple[Path, ...],
    form: str,
    output: Path | None,
    to: str | None,
) -> None:
    """Make an announcement of what changed in the contract, at least 30 days before it takes effect.

    OLD and NEW are as for diff. Exit code 1 says that it can't be announced: too little notice, nothing that clients
    meet, changes that nobody has classed, or an announcement that is published already.
    """
    # Imported here: only this command needs them.
    from oneinvoice_openapi.announce.announcement import Refused, make_announcement
    from oneinvoice_openapi.announce.publishing import publish
    from oneinvoice_openapi.announce.reach import methods_of, requests_of
    from oneinvoice_openapi.announce.reports import REPORTS
    from oneinvoice_openapi.announce.usage.keys import usage_of
    from oneinvoice_openapi.announce.usage.records import read_usage
    from oneinvoice_openapi.diff.command import judgement_of, named_versions

    try:
        named = named_versions(versions)
        old, new = named.read()
        methods = methods_of(old.document, new.document)
        today = datetime.now(UTC).date()
        judgement = judgement_of(old, new, exceptions or named.exceptions)
        made = make_announcement(judgement, methods, on or today, effective, title, link)
        usage = usage_of(list(map(read_usage, files)), requests_of(made.concerning, methods)) if files else None
        report = REPORTS[form](made, usage)
        # What can't be written is to be known before anybody is told.
        with nullcontext() if output is None else written(output, report + "\n"):
            done = None if to is None else publish(made, to)
    except Refused as error:
        raise click.ClickException(str(error)) from error
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    if output is None:
        click.echo(report)
    if made.unapproved:
        click.echo(_NOT_IN_V1, err=True)
    if done is not None:
        click.echo(printable(done), err=True)


@contextmanager
def written(path: Path, text: str) -> Iterator[None]:
    """Have a file written whole once the context has ended well; else what was there is left. Raises `Unusable`."""
    try:
        if path.exists() and not path.is_file():
            if path.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            yield
            path.write_text(text, "utf-8")  # a pipe or a device
            return
        part = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            part.write_text(text, "utf-8")
            yield
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise Unusable(f"{path} can't be written ({error.strerror}); name another file.") from error
