"""Seed of grease on the command line: the one that is given, or one that is drawn."""

from __future__ import annotations

import secrets

import click

DRAWN = "random"
"""The word for a seed that is drawn, which the option has without a value."""

_HIGHEST = 2**31 - 1
_MOST_DRAWN = 1_000_000


def grease_seed(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """Return the seed of an option's text, None without the option. Raises `click.BadParameter`."""
    if text is None:
        return None
    if text == DRAWN:
        return secrets.randbelow(_MOST_DRAWN)
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and int(text) <= _HIGHEST):
        raise click.BadParameter(f"{text!r} is no seed; give a number from 0 to {_HIGHEST}, {DRAWN}, or no value")
    return int(text)
