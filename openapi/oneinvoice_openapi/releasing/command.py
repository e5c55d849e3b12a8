"""The command `release`, from its arguments to the files that it writes."""

from __future__ import annotations

import hashlib
import sysconfig
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.lifecycle.reader import parse_day
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.reading.source import content, shown
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import FILES, SUMS
from oneinvoice_openapi.releasing.writing import alone, write

if TYPE_CHECKING:
    from oneinvoice_openapi.releasing.proposal import Proposal


def _day(context: click.Context, parameter: click.Parameter, text: str | None) -> date:
    try:
        return datetime.now(UTC).date() if text is None else parse_day(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no day; write one as 2027-03-31.") from None


@click.command()
@click.argument("version", required=False)
@click.option("--dry-run", is_flag=True, help="Tell what would be released, and write nothing.")
@click.option(
    "--date", callback=_day, help="Date of the entry in the changelog; today by default.", metavar="YYYY-MM-DD"
)
@click.option(
    "--exceptions",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML file of approved exceptions; by default exceptions.yaml of the package.",
)
def release(version: str | None, dry_run: bool, date: date, exceptions: Path | None) -> None:
    """Release the document, the register and the lifecycle in the package as VERSION.

    Without VERSION it is the next one by what has changed: a minor version, or a patch where that is words alone.
    It is refused, and nothing is written, where the check or the comparison with the last release has something
    against it. The files are kept with their hashes, the document gets its version, and the changelog of
    the contract its entry.
    """
    # Imported here: only this command needs them, and they take long.
    from oneinvoice_openapi.diff.exceptions import kept_exceptions
    from oneinvoice_openapi.releasing.proposal import proposed
    from oneinvoice_openapi.releasing.refusals import refusals

    root = Path(str(PACKAGE))
    try:
        if Path(sysconfig.get_path("purelib")) in root.parents:
            raise Unusable(f"The package in {root} is installed; release from a clone of the repository.")
        with alone(root / "released"):
            proposal = proposed(version, date, exceptions or kept_exceptions())
            problems = refusals(proposal)
            for line in (*problems, *proposal.judgement.notes):
                click.echo(printable(line), err=True)
            if problems:
                raise SystemExit(1)
            entry, files = _files(root, proposal)
            if not dry_run:
                write(root, files)
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    click.echo(f"{'Would release' if dry_run else 'Released'} {proposal.version} after {proposal.last}:")
    click.echo("".join(f"  {printable(shown(root / name))}\n" for name in files))
    click.echo(entry, nl=False)


def _files(root: Path, proposal: Proposal) -> tuple[str, dict[str, bytes]]:
    """Return the entry of the changelog, and all files by their paths below the package. Raises `Unusable`."""
    from oneinvoice_openapi.releasing.changelog import entry, with_entry
    from oneinvoice_openapi.releasing.proposal import with_version

    document = with_version(proposal.document, proposal.version)
    kept = dict(zip(FILES, (document, proposal.register, content(root / FILES[2])), strict=True))
    sums = content(root / "released" / SUMS).rstrip() + b"\n"
    for name, text in kept.items():
        sums += f"{hashlib.sha256(text).hexdigest()}  {proposal.version}/{name}\n".encode()
    said = entry(proposal)
    try:
        changelog = with_entry(content(root / "CHANGELOG.md").decode(), said)
    except UnicodeDecodeError as error:
        raise Unusable(f"{shown(root / 'CHANGELOG.md')} is not UTF-8; save it in that encoding.") from error
    return said, {
        **{f"released/{proposal.version}/{name}": text for name, text in kept.items()},
        f"released/{SUMS}": sums,
        "CHANGELOG.md": changelog.encode(),
        "v1/openapi.yaml": document,
    }
