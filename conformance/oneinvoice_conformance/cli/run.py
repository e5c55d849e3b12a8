"""`oneinvoice-conform run`: judge a deployment."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, NoReturn

import click
from oneinvoice_openapi.printable import printable
from rich.console import Console

from oneinvoice_conformance.cli.report_options import ReportOptions
from oneinvoice_conformance.engine.plan import plan as make_plan
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import KitError, kit_failure
from oneinvoice_conformance.history.baseline import Baseline, read_baseline
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.options.command_line import pop_options, run_parameters, without_unneeded
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.options.effective import from_run
from oneinvoice_conformance.options.expected_failures import read_expected_failures
from oneinvoice_conformance.options.run_options import RunOptions
from oneinvoice_conformance.options.webhook_options import WebhookOptions
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.reports.planned import show_plan
from oneinvoice_conformance.reports.redacted import RedactedReport
from oneinvoice_conformance.reports.terminal import Terminal, standard_output


@click.command("run", context_settings={"auto_envvar_prefix": "ONEINVOICE"})
@run_parameters
@click.pass_context
def run_command(context: click.Context, /, **given: Any) -> None:
    """Judge the deployment at URL (its origin, with any base path, with or without /api/v1).

    A report named - goes to standard output, and what is for people to standard error.

    Exit codes: 0 conforms, 1 violations, 2 usage or configuration, 3 incomplete, 4 unreachable. Where a report can't be
    written (a disk is full) the verdict is shown, and the exit code is 2.
    """
    given = without_unneeded(context, given)
    webhooks, reports = pop_options(WebhookOptions, given), pop_options(ReportOptions, given)
    options = RunOptions(**given)
    contract = options.judged_by()
    rows = contract.register
    scope = Scope.parse(rows, options.only, options.skip, strict=options.strict)
    judges_webhooks = any("webhook" in row.needs for row in scope.requirements(rows))
    deployment = options.deployment(webhooks.webhook_secret)
    names = read_names(rows, options.map_file)
    baseline = read_baseline(options.baseline, deployment.base) if options.baseline else None
    if options.plan:
        reports.refuse("--plan sends nothing, so that there is no report to write")
        _show_plan(options, deployment, contract, scope, names, baseline)
        return
    expected = read_expected_failures(rows, options.expected_failures) if options.expected_failures else None
    fuzz, clock = options.fuzz_campaign(), options.clock()
    reports.check()
    redact = Redactor(deployment)
    terminal = Terminal(standard_output(taken=reports.take_output), Console(stderr=True))
    with (
        _redacted_errors(redact),
        terminal.progress(len(scope.requirements(rows))) as progress,
        (webhooks if judges_webhooks else WebhookOptions()).collector(progress.say, progress.wait) as hooks,
        options.client(deployment, Pacer(options.rate_limit, clock, progress.wait)) as client,
    ):
        overload = options.overload(client, scope.requirements(rows))
        report = run(
            client, contract, scope, names, hooks, progress.advance, fuzz=fuzz, overload=overload, baseline=baseline
        )
        report = replace(report, configuration=from_run(options, webhooks, scope, deployment, fuzz))
    report = expected.applied(report) if expected else report
    finish(reports.redacted(report, deployment, redact), exit_code(report.results, report.verdict), terminal, reports)


@contextmanager
def _redacted_errors(redact: Callable[[str], str]) -> Iterator[None]:
    """Take the secrets out of the text of whatever is raised, that of a fault of the kit included."""
    try:
        yield
    except KitError as error:
        raise type(error)(redact(str(error))) from error
    except OSError:
        raise
    except Exception as error:
        raise KitError(redact(kit_failure(error))) from error


def _show_plan(
    options: RunOptions,
    deployment: Deployment,
    contract: Contract,
    scope: Scope,
    names: Mapping[str, Names],
    baseline: Baseline | None,
) -> None:
    out, error = standard_output(), Console(stderr=True)
    with error.status("Imagining deployments") if error.is_terminal else nullcontext():
        planned = make_plan(deployment, contract, scope, names, options.rate_limit, baseline)
    show_plan(out, planned, deployment.base, contract, scope, options.rate_limit)


def finish(report: RedactedReport, code: int, terminal: Terminal, reports: ReportOptions) -> NoReturn:
    """Write the reports, show the verdict, and exit with its code if each report could be written."""
    with reports.written(report) as paths:
        terminal.show(report)
        for line in reports.lines(report, paths):
            click.echo(f"  {printable(line)}", err=reports.take_output)
    sys.exit(code)
