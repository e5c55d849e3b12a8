"""Types of options on the command line."""

from __future__ import annotations

import math
import re
from typing import Any

import click

from oneinvoice_conformance.errors import UsageError

_HEADER = re.compile(r"(?P<name>[\w!#$%&'*+.^`|~-]+)\s*:(?P<value>[\x20-\x7e\t]*)", re.ASCII)


class HeaderType(click.ParamType[tuple[str, str]]):
    """Header given as `Name: value` in ASCII; an environment variable has several on a line each."""

    name = "'NAME: VALUE'"
    envvar_list_splitter = "\n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """Return the header's name and value. Raises `UsageError`."""
        match = _HEADER.fullmatch(str(value))
        if match is None:
            raise UsageError("A --header is written 'Name: value', in ASCII.")
        return match["name"], match["value"].strip()


class Seconds(click.FloatRange):
    """Time in seconds, over 0 and up to a day."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True, max=86_400)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the seconds. NaN, which passes any comparison, is refused too."""
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no time in seconds.", param, ctx)
        return seconds
