"""Parameters of a run on the command line, and the same where there is only the environment and a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.options.config_file import read_settings
from oneinvoice_conformance.options.report_files import FORMATS, field_name, report_options
from oneinvoice_conformance.options.run_options import run_options
from oneinvoice_conformance.options.webhook_options import webhook_options

CONFIG = Path("conformance.toml")
F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


def config_option(table: str | None = None) -> Callable[[F], F]:
    """Return the option of a file of settings, in which those of a command stand in a `table`, or in none."""

    def read(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
        """Make the settings of the file the defaults of the other options."""
        if path is None and not CONFIG.exists():
            return None
        settings = {max(parameter.opts, key=len).lstrip("-"): parameter.name for parameter in ctx.command.params}
        found = read_settings(path or CONFIG, settings, table)
        ctx.default_map = {settings[name]: value for name, value in found.items()}
        return path

    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        callback=read,
        is_eager=True,
        expose_value=False,
        help="File of settings; conformance.toml is read if it is there.",
    )


def run_parameters(command: F) -> F:
    """Add the parameters of a run to a command, which gets them as keyword arguments."""
    for parameter in (
        webhook_options,
        report_options,
        run_options,
        config_option(),
        click.argument("url", envvar="ONEINVOICE_URL"),
    ):
        command = parameter(command)
    return command


# What is of no use without one of the others.
_NEEDS_ONE_OF = {
    "public_url": ("listen", "trigger", "guided"),
    "fuzz_seed": ("fuzz",),
    "cert_key": ("cert",),
}
_ALTERNATIVES = {"trigger": "guided", "guided": "trigger"}
REPORTS = tuple(field_name(name) for name in FORMATS)


def without_unneeded(context: click.Context, given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments without what the environment alone gives and nothing that is asked for needs.

    A variable may be set for another run, or for another program: ONEINVOICE_PUBLIC_URL is the dashboard's address too.
    """

    def is_surroundings(name: str) -> bool:
        return context.get_parameter_source(name) is ParameterSource.ENVIRONMENT

    unneeded = [name for name, others in _NEEDS_ONE_OF.items() if not any(given.get(other) for other in others)]
    unneeded += [name for name, other in _ALTERNATIVES.items() if given.get(other) and not is_surroundings(other)]
    unneeded += REPORTS if given.get("plan") else ()
    return given | {name: None for name in unneeded if name in given and is_surroundings(name)}


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
        context = command.make_context("oneinvoice-conform", arguments)
        given = without_unneeded(context, dict(context.params))
    except click.UsageError as error:
        raise UsageError(error.format_message()) from error
    for name in REPORTS:
        del given[name]
    return given
