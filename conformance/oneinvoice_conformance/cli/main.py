"""The command line `oneinvoice-conform`."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from oneinvoice_openapi.register import register
from rich.console import Console

from oneinvoice_conformance.cli.diff import diff_command
from oneinvoice_conformance.cli.listen import listen_command
from oneinvoice_conformance.cli.replay import replay_command
from oneinvoice_conformance.cli.report_options import ReportOptions, report_options
from oneinvoice_conformance.cli.verify import verify_command
from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.engine.plan import plan as make_plan
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import KitError, UsageError
from oneinvoice_conformance.history.baseline import Baseline, read_baseline
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.options.config_file import read_names, read_settings
from oneinvoice_conformance.options.effective import from_run
from oneinvoice_conformance.options.expected_failures import read_expected_failures
from oneinvoice_conformance.options.run_options import RunOptions, run_options
from oneinvoice_conformance.options.webhook_options import WebhookOptions, webhook_options
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.reports.planned import show_plan
from oneinvoice_conformance.reports.redacted import RedactedReport
from oneinvoice_conformance.reports.terminal import Terminal, standard_output

CONFIG = Path("conformance.toml")
T = TypeVar("T", WebhookOptions, ReportOptions)


_SECRETS = (
    (re.compile(r"1iv_\w{4,}", re.IGNORECASE), "1iv_…"),
    (re.compile(r"//[^/\s'@]*@"), "//…@"),
    (re.compile(r"\?[^\s']*=[^\s']*"), "?…"),
)


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
        if args[0].startswith(KEY_PREFIX):
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
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            _stop(f"The output can't be written ({error.strerror or error}); see where it goes.", 4)
        except Exception as error:  # a fault of the kit is no verdict, and 1 would be one
            _stop(f"The kit failed ({type(error).__name__}: {error}); please report it.", 4)


def _stop(sentence: str, code: int) -> NoReturn:
    click.echo(f"oneinvoice-conform: {without_secrets(sentence)}", err=True)
    raise SystemExit(code)


def without_secrets(sentence: str) -> str:
    """Return the sentence without what may be a secret that was put in the wrong place."""
    for secret, shown in _SECRETS:
        sentence = secret.sub(shown, sentence)
    return sentence


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
@run_options
@report_options
@webhook_options
def run_command(**given: Any) -> None:
    """Judge the deployment at URL (its origin, with any base path, with or without /api/v1).

    Exit codes: 0 conforms, 1 violations, 2 usage or configuration, 3 incomplete, 4 unreachable. Where a report can't be
    written (a disk is full) the verdict is shown, and the exit code is 2.
    """
    hooking, reports = taken(WebhookOptions, given), taken(ReportOptions, given)
    options = RunOptions(**given)
    rows = register()
    scope = Scope.parse(rows, options.only, options.skip, strict=options.strict)
    deployment = options.deployment(hooking.webhook_secret)
    names = read_names(rows, options.map_file)
    baseline = read_baseline(options.baseline, deployment.base) if options.baseline else None
    if options.plan:
        reports.refuse("--plan sends nothing, so that there is no report to write")
        _show_plan(options, deployment, scope, names, baseline)
        return
    expected = read_expected_failures(rows, options.expected_failures) if options.expected_failures else None
    fuzz, clock = options.fuzz_campaign(), options.clock()
    reports.check()
    redact = Redactor(deployment)
    terminal = Terminal(rows, standard_output(), Console(stderr=True))
    try:
        with (
            terminal.progress(len(scope.requirements(rows))) as progress,
            hooking.collector(progress.say, progress.wait) as hooks,
            options.client(deployment, Pacer(options.rate_limit, clock, progress.wait)) as client,
        ):
            overload = options.overload(client, scope.requirements(rows))
            report = run(
                client, rows, scope, names, hooks, progress.advance, fuzz=fuzz, overload=overload, baseline=baseline
            )
            report = replace(report, configuration=from_run(options, hooking, scope, deployment, fuzz))
    except KitError as error:
        raise type(error)(redact(str(error))) from error
    report = expected.applied(report) if expected else report
    _finish(reports.redacted(report, deployment, redact), exit_code(report.results, report.verdict), terminal, reports)


def taken(options: type[T], given: dict[str, Any]) -> T:
    """Return the options of that kind, taken out of what was given."""
    return options(**{field.name: given.pop(field.name) for field in fields(options)})


def _show_plan(
    options: RunOptions, deployment: Deployment, scope: Scope, names: Mapping[str, Names], baseline: Baseline | None
) -> None:
    out, error = standard_output(), Console(stderr=True)
    with error.status("Imagining deployments") if error.is_terminal else nullcontext():
        planned = make_plan(deployment, register(), scope, names, options.rate_limit, baseline)
    show_plan(out, planned, deployment.base, scope, options.rate_limit)


def _finish(report: RedactedReport, code: int, terminal: Terminal, reports: ReportOptions) -> NoReturn:
    """Write the reports, show the verdict, and exit with its code if each report could be written."""
    with reports.written(report) as paths:
        terminal.show(report)
        for line in reports.lines(report, paths):
            click.echo(f"  {line}")
    sys.exit(code)


main.add_command(listen_command)
main.add_command(verify_command)
main.add_command(replay_command)
main.add_command(diff_command)
