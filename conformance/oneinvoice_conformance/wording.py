"""Numbers, lists and ids in sentences."""

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


def ranges(ids: Sequence[str]) -> str:
    """Return `HOOK-1..5, RATE-1` for ids in the register's order."""
    runs: list[list[str]] = []
    for id in ids:
        area, _, number = id.rpartition("-")
        if runs and runs[-1][0] == area and int(runs[-1][2]) + 1 == int(number):
            runs[-1][2] = number
        else:
            runs.append([area, number, number])
    return ", ".join(f"{area}-{first}" if first == last else f"{area}-{first}..{last}" for area, first, last in runs)


def unfit(error: Exception) -> str:
    """Return what is wrong with a document that was read, by what reading it raised."""
    if isinstance(error, KeyError):
        return f"it has no '{error.args[0]}' where one is due"
    if isinstance(error, ValueError):
        return str(error)
    return "a value is of another kind than is due there"
