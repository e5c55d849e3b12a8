"""Value of the option that has a mock follow a lifecycle other than the contract's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from oneinvoice_openapi.lifecycle.entries import Lifecycle


def lifecycle_file(context: click.Context, parameter: click.Parameter, name: str | None) -> Lifecycle | None:
    """Return the lifecycle in a file, or None without one. Raises `click.UsageError` with what is wrong with it."""
    if name is None:
        return None
    from oneinvoice_openapi.lifecycle.reader import read_lifecycle
    from oneinvoice_openapi.references import Unusable

    try:
        return read_lifecycle(Path(name))
    except Unusable as error:
        raise click.UsageError(str(error)) from error
