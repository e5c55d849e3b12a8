"""Parameters of a run on the command line, and the same where there is only the environment and a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.options.config_file import read_settings
from oneinvoice_conformance.options.report_files import FORMATS, field_name, report_options
from oneinvoice_conformance.options.run_options import run_options
from oneinvoice_conformance.options.webhook_options import webhook_options

CONFIG = Path("conformance.toml")
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def _config(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Make the settings of the file the defaults of the other options."""
    if path is None and not CONFIG.exists():
        return None
    settings = {max(parameter.opts, key=len).lstrip("-"): parameter.name for parameter in ctx.command.params}
    ctx.default_map = {settings[name]: value for name, value in read_settings(path or CONFIG, settings).items()}
    return path


def run_parameters(command: F) -> F:
    """Add the parameters of a run to a command, which gets them as keyword arguments."""
    for parameter in (
        webhook_options,
        report_options,
        run_options,
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            callback=_config,
            is_eager=True,
            expose_value=False,
            help="File of settings; conformance.toml is read if it is there.",
        ),
        click.argument("url", envvar="ONEINVOICE_URL"),
    ):
        command = parameter(command)
    return command


def pop_options(options: type[T], given: dict[str, Any]) -> T:
    """Remove the fields of the dataclass `options` from the keyword arguments `given`, and return an instance."""
    return options(**{field.name: given.pop(field.name) for field in fields(options)})  # type: ignore[arg-type]


def from_environment(url: str) -> dict[str, Any]:
    """Return what a run at the URL would take from the environment and conformance.toml, but for report files.

    ONEINVOICE_URL goes before the URL. Raises `UsageError`.
    """

    @click.command("run", context_settings={"auto_envvar_prefix": "ONEINVOICE"})
    @run_parameters
    def command(**_given: Any) -> None:
        pass

    arguments = [] if os.environ.get("ONEINVOICE_URL") else [url]
    try:
        given = dict(command.make_context("oneinvoice-conform", arguments).params)
    except click.UsageError as error:
        raise UsageError(error.format_message()) from error
    for name in FORMATS:
        del given[field_name(name)]
    return given
