"""Standard streams that a shell closed, or whose reader went away."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Any

import click


class PipedGroup(click.Group):
    """Group of commands that end well where nobody reads their output to its end; click would end them with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            leave_output_unread()
            raise SystemExit(0) from None


def open_closed_streams() -> None:
    """Have standard output and standard error lead nowhere where a shell closed them, as `>&-` does."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def leave_output_unread() -> None:
    """Have standard output lead nowhere once nobody reads it any more, as behind `| head -1`."""
    with suppress(OSError, ValueError):  # of a stream that is no file
        descriptor = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
