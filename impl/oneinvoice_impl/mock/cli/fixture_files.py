"""Files of fixtures, as the commands read them and tell of their mistakes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

import click
from oneinvoice_openapi.printable import printable

if TYPE_CHECKING:
    from oneinvoice_impl.mock.fixtures.fixtures import FixtureFile
    from oneinvoice_impl.mock.proposals.proposal import Proposal


def read_content(file: IO[bytes]) -> tuple[bytes, bool]:
    """Return what is in a file, no more than one byte beyond what is allowed, and whether it is YAML.

    Raises `UsageError` if it can't be read.
    """
    from oneinvoice_impl.mock.fixtures.text import LONGEST

    try:
        content = file.read(LONGEST + 1)
    except OSError as error:
        raise click.UsageError(f"{printable(file.name)} can't be read: {error.strerror}") from error
    name = file.name.lower()
    if name.endswith((".yaml", ".yml")):
        return content, True
    return content, not name.endswith(".json") and content.lstrip()[:1] not in (b"{", b"[")


def read_file(file: IO[bytes], proposal: Proposal | None) -> FixtureFile:
    """Return the fixtures of a file, without fields that a contract adds. Raises `UsageError` or `InvalidFixtures`."""
    from oneinvoice_impl.clock import SYSTEM_CLOCK
    from oneinvoice_impl.mock.fixtures.fixtures import FixtureFile

    content, is_yaml = read_content(file)
    new_fields = frozenset() if proposal is None else proposal.new_fields
    return FixtureFile.read(content, is_yaml=is_yaml, at=SYSTEM_CLOCK(), new_fields=new_fields)


def show_mistakes(file: IO[bytes], mistakes: Iterable[Mapping[str, Any]]) -> None:
    """Tell mistakes on standard error, one to a line, as compilers do: the file, the line, the place and a sentence."""
    for each in mistakes:
        where = [file.name if each["line"] is None else f"{file.name}:{each['line']}", each["place"], each["message"]]
        click.echo(printable(": ".join(filter(None, where))), err=True)
