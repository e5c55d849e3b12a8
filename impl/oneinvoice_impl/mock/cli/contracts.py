"""Contracts that the mock is told to serve, as its command line reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from oneinvoice_openapi.printable import printable
from oneinvoice_openapi.references import Unusable

from oneinvoice_impl.command_line import SetupError

if TYPE_CHECKING:
    from oneinvoice_impl.mock.proposals.proposal import Proposal

_OTHERS = "--defect (ONEINVOICE_DEFECT), --grease (ONEINVOICE_MOCK_GREASE) and --preview (ONEINVOICE_PREVIEW)"


def read_contract(name: str, *, is_changed: bool, is_kept: bool) -> Proposal:
    """Return the contract of a file, or of a release. Raises `SetupError`, and tells each reason before.

    `is_changed` tells whether the mock has a defect, grease or a preview, `is_kept` whether its data outlives it.
    """
    if is_changed:
        raise SetupError(f"{_OTHERS} differ from the package's own contract; leave them out, or --contract.")
    from oneinvoice_impl.mock.proposals.admission import NotServed, admitted

    try:
        proposal = admitted(name)
    except Unusable as problem:
        raise SetupError(str(problem)) from problem
    except NotServed as problem:
        for reason in problem.reasons:
            click.echo(printable(f"{name}: {reason}"), err=True)
        several = "a reason" if len(problem.reasons) == 1 else f"{len(problem.reasons)} reasons"
        raise SetupError(f"{name} can't be served, for {several}; it needs others, or a change.") from problem
    if is_kept and (problem_of_data := _would_stay(proposal)):
        raise SetupError(problem_of_data)
    return proposal


def read_authored(*, is_kept: bool) -> Proposal | None:
    """Return the authored contract, which is ahead of what is implemented; None, told with a reason, if it can't be."""
    from oneinvoice_openapi.reading.documents import authored
    from oneinvoice_openapi.reading.source import shown

    from oneinvoice_impl.api.implemented import IMPLEMENTED
    from oneinvoice_impl.mock.proposals.admission import NotServed, admitted

    try:
        proposal = admitted(str(authored()), shown(authored()))
        reason = _would_stay(proposal) if is_kept else ""
    except Unusable as problem:
        reason = str(problem)
    except NotServed as problem:
        reason = problem.reasons[0]
    if not reason:
        return proposal
    click.echo(printable(f"WARNING Contract {IMPLEMENTED} is served, and not the authored one: {reason}"), err=True)
    return None


def _would_stay(proposal: Proposal) -> str:
    """Return why a database that is kept can't have the new statuses, or an empty text if there are none."""
    if not proposal.statuses:
        return ""
    new = ", ".join(each for several in proposal.statuses.values() for each in several)
    return f"Records with a new status ({new}) would stay in the database; leave out --database."
