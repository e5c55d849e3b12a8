"""The option `--metrics` of commands that run on."""

from __future__ import annotations

import re

import click


class _Address(click.ParamType[tuple[str, int]]):
    """HOST:PORT."""

    name = "host:port"

    def convert(
        self, value: str | tuple[str, int], parameter: click.Parameter | None, context: click.Context | None
    ) -> tuple[str, int]:
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"(?P<host>[\w.-]+|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})", value)
        if match is None or not 0 < int(match["port"]) < 1 << 16:
            self.fail("give an address such as 127.0.0.1:9464.", parameter, context)
        return match["host"].strip("[]"), int(match["port"])


metrics_option = click.option(
    "--metrics",
    type=_Address(),
    metavar="HOST:PORT",
    envvar="ONEINVOICE_METRICS",
    show_envvar=True,
    help="Address that has metrics for Prometheus; for nobody else.",
)
