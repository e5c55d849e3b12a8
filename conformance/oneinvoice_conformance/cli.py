"""The command line `oneinvoice-conform`."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any, NoReturn

import click
from oneinvoice_openapi.register import register
from rich.console import Console

from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import PREFIX, Deployment, check_keys, parse_url
from oneinvoice_conformance.errors import KitError, UsageError
from oneinvoice_conformance.redaction import Redactor
from oneinvoice_conformance.reports.document import report_document
from oneinvoice_conformance.reports.files import check_writable, write
from oneinvoice_conformance.reports.terminal import Terminal
from oneinvoice_conformance.runner import run
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.settings import read_names, read_settings
from oneinvoice_conformance.verdict import Result, exit_code

CONFIG = Path("conformance.toml")


class _Commands(click.Group):
    """`oneinvoice-conform URL …` is `oneinvoice-conform run URL …`; a first word without a scheme is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        first = args[0] if args else ""
        if first not in (*self.commands, "--help", "--version") and (
            first.startswith("-") or "://" in first or not first
        ):
            args = ["run", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].startswith(PREFIX):
            raise UsageError("A key stands where a URL should; give it with --key or ONEINVOICE_KEY.")
        if args[0] not in self.commands:
            raise UsageError(f"'{args[0]}' is neither a command nor a URL; write a URL with https:// before it.")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # what a deployment sends fits no encoding for certain
        try:
            return super().invoke(ctx)
        except KitError as error:
            _stop(str(error), error.exit_code)
        except click.UsageError as error:
            # In one sentence; click would put its usage lines before it.
            message = error.format_message()
            _stop(message if message.endswith("?") else f"{message.removesuffix('.')}; see --help.", error.exit_code)
        except KeyboardInterrupt:
            _stop("Interrupted before there was a verdict; run it again.", 3)


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(f"oneinvoice-conform: {sentence}", err=True)
    raise SystemExit(code)


class _Header(click.ParamType[tuple[str, str]]):
    """A header given as `Name: value` in ASCII; several stand in an environment variable on a line each."""

    name = "header"
    envvar_list_splitter = "\n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        match = _HEADER.fullmatch(value)
        if match is None:
            raise UsageError("A --header is written 'Name: value', in ASCII.")
        if match["name"].lower() == "authorization":
            raise UsageError("The Authorization header is the key's; give the key with --key.")
        return match["name"], match["value"].strip()


_HEADER = re.compile(r"(?P<name>[\w!#$%&'*+.^`|~-]+)\s*:(?P<value>[\x20-\x7e\t]*)", re.ASCII)


def _config(ctx: click.Context, _parameter: click.Parameter, path: Path | None) -> Path | None:
    """Make the settings of the file the defaults of the other options."""
    if path is None and not CONFIG.exists():
        return None
    settings = {max(parameter.opts, key=len).lstrip("-"): parameter.name for parameter in ctx.command.params}
    ctx.default_map = {settings[name]: value for name, value in read_settings(path or CONFIG, settings).items()}
    return path


@click.group(cls=_Commands)
@click.version_option(package_name="oneinvoice-kit")
def main() -> None:
    """Judge a deployment of the 1invoice.online API against its documentation, clause by clause.

    A URL may stand in the place of a command: oneinvoice-conform https://staging.example --json report.json

    Every option has an environment variable, and a key in conformance.toml. Keys are best kept in the environment.
    """


@main.command("run", context_settings={"auto_envvar_prefix": "ONEINVOICE"})
@click.argument("url", envvar="ONEINVOICE_URL")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_config,
    is_eager=True,
    expose_value=False,
    help="File of settings; conformance.toml is read if it is there.",
)
@click.option("--key", help="Key of the organisation that is tested. $ONEINVOICE_KEY")
@click.option("--sibling-key", help="Second key of the same organisation.")
@click.option("--other-key", help="Key of another organisation.")
@click.option("--revoked-key", help="Key that was revoked.")
@click.option("--only", metavar="AREA,..", help="Judge only these areas or requirements.")
@click.option("--skip", metavar="AREA,..", help="Leave these areas or requirements out; the verdict says so.")
@click.option("--strict", is_flag=True, help="Hold answers against the authored OpenAPI document as well.")
@click.option(
    "--map",
    "map_file",
    envvar="ONEINVOICE_MAP",
    type=click.Path(path_type=Path),
    help="TOML file with more names for what the documentation names in prose.",
)
@click.option(
    "--header",
    "header",
    type=_Header(),
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this header with each request.",
)
@click.option("--ca-file", help="Trust the certificate authorities in this PEM file too.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option(
    "--json", "json_file", envvar="ONEINVOICE_JSON", type=click.Path(path_type=Path), help="Write the report as JSON."
)
def run_command(
    url: str,
    only: str | None,
    skip: str | None,
    strict: bool,
    map_file: Path | None,
    header: tuple[tuple[str, str], ...],
    ca_file: str | None,
    timeout: float,
    json_file: Path | None,
    **keys: str | None,
) -> None:
    """Judge the deployment at URL (its origin, with any base path, with or without /api/v1).

    Exit codes: 0 conforms, 1 violations, 2 usage or configuration, 3 incomplete, 4 unreachable.
    """
    rows = register()
    scope = Scope.of(rows, only, skip, strict=strict)
    total = len(scope.requirements(rows))
    deployment = Deployment(parse_url(url), _keys(keys), header)
    names = read_names(rows, map_file)
    if json_file:
        check_writable(json_file)
    redact = Redactor(deployment)
    terminal = Terminal(rows, _console(), Console(stderr=True), redact)
    try:
        with Client(deployment, timeout=timeout, ca_file=ca_file) as client, terminal.progress(total) as bar:
            report = run(client, rows, scope, names, on_result=lambda result: _advance(bar, result))
    except KitError as error:
        raise type(error)(redact(str(error))) from error
    if json_file:
        write(json_file, json.dumps(report_document(report, deployment, redact), ensure_ascii=False, indent=2) + "\n")
    terminal.show(report, deployment)
    if json_file:
        click.echo(f"  report: {json_file}")
    sys.exit(exit_code(report.results, report.verdict))


def _keys(options: dict[str, str | None]) -> dict[str, str]:
    """Keys by role, as far as they were given. Raises `UsageError`."""
    given = {
        "primary": options["key"],
        "sibling": options["sibling_key"],
        "other": options["other_key"],
        "revoked": options["revoked_key"],
    }
    keys = {role: key.strip() for role, key in given.items() if key and key.strip()}
    check_keys(keys)
    return keys


def _console() -> Console:
    """Standard output: lines are as wide as a terminal, and in a file or a pipe as long as they are."""
    return Console(width=None if sys.stdout.isatty() else 100_000)


def _advance(bar: Any, result: Result) -> None:
    task = bar.task_ids[0]
    bar.update(task, advance=1, description=f"{result.requirement.id:<8}")
