"""Lines that the mock prints, to copy into a shell; plain wherever they don't go to a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
from oneinvoice_fixtures.keys import key_text
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_openapi.printable import printable

if TYPE_CHECKING:
    from oneinvoice_impl.mock.defects.defect import Defect
    from oneinvoice_impl.mock.proposals.proposal import Proposal

_LOUD = "# !!!"
_GREASE = "# Grease is on, seed {}: what the documentation leaves free differs from answer to answer."
_PREVIEW = "# A preview of /api/{0} is served beside v1; its document is at /api/{0}/openapi.json."
_VARIABLES = {
    "ONEINVOICE_KEY": "primary",
    "ONEINVOICE_SIBLING_KEY": "sibling",
    "ONEINVOICE_OTHER_KEY": "other",
    "ONEINVOICE_REVOKED_KEY": "revoked",
}


def key_lines(seed: int) -> list[str]:
    """Return shell lines that export the four keys of a seed."""
    return [f"export {variable}={key_text(seed, name)}" for variable, name in _VARIABLES.items()]


def ready_lines(
    url: str,
    seed: int,
    defect: Defect | None = None,
    grease: int | None = None,
    proposal: Proposal | None = None,
    preview: str | None = None,
    *,
    is_told: bool = True,
) -> list[str]:
    """Return lines on what to do with a mock that listens at `url`, and what it has.

    That is a defect, the seed of grease, another contract, or the version that there is a preview of. A contract that
    it was not told comes last, so that what scripts read from the first lines is as ever.
    """
    contract = () if proposal is None else _served(proposal)
    return [
        *(contract if is_told else ()),
        *(() if defect is None else _warning(defect)),
        *(() if grease is None else [_GREASE.format(grease)]),
        *(() if preview is None else [_PREVIEW.format(preview)]),
        f"# The mock listens at {url} until you press Ctrl-C. In another shell:",
        f"export ONEINVOICE_URL={url}",
        *key_lines(seed),
        f"# Its dashboard is at the same address; log in there as {organisations(seed)[0].admin}",
        "# First steps:",
        'curl -H "Authorization: Bearer $ONEINVOICE_KEY" "$ONEINVOICE_URL/api/v1/members?limit=2"',
        'oneinvoice-conform "$ONEINVOICE_URL"',
        *(() if is_told else contract),
    ]


def _served(proposal: Proposal) -> list[str]:
    return [f"# {proposal.notice}", *(f"#   {each}" for each in proposal.differences)]


def _warning(defect: Defect) -> list[str]:
    return [
        f"{_LOUD} THIS MOCK IS BROKEN ON PURPOSE: {defect.name} breaks {defect.requirement}.",
        f"{_LOUD} {defect.sentence} For one that keeps the documentation, leave out --defect.",
    ]


def show(lines: list[str]) -> None:
    """Print the lines to stdout and flush, so that a process which waits for them gets them at once."""
    lines = list(map(printable, lines))
    if sys.stdout.isatty():
        _show_on_terminal(lines)
    else:
        click.echo("\n".join(lines))


def _show_on_terminal(lines: list[str]) -> None:
    # Imported here: only a terminal needs it.
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, markup=False)
    for line in lines:
        loud, dim = line.startswith(_LOUD), line.startswith("#")
        console.print(line, style="bold red" if loud else "dim" if dim else "bold")
