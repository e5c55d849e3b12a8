"""Numbers and lists in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, things: str) -> str:
    """Return `1 quote`, `2 quotes` or `1,200 quotes`; `things` are named in the plural."""
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"


def are(count: int) -> str:
    """Return the form of "to be" for so many things."""
    return "is" if count == 1 else "are"


def joined(things: Sequence[str]) -> str:
    """Return `quotes`, `quotes and invoices` or `members, quotes and invoices`."""
    return " and ".join(filter(None, (", ".join(things[:-1]), *things[-1:])))
