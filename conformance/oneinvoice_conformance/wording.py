"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, things: str) -> str:
    """`1 quote`, `2 quotes`, `1,200 quotes`; the things are named in the plural."""
    return f"{count:,} {things.removesuffix('s') if count == 1 else things}"


def are(count: int) -> str:
    return "is" if count == 1 else "are"
