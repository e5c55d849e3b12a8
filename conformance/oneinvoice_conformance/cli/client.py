"""`oneinvoice-conform client`: judge an integrator's own client."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
from oneinvoice_openapi.register import Requirement
from rich.console import Console

from oneinvoice_conformance.cli.report_options import ReportOptions
from oneinvoice_conformance.cli.run import finish
from oneinvoice_conformance.clients.mock.controls import MockControls
from oneinvoice_conformance.clients.recorded import read_journal
from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.clients.rules.judging import PREFIX
from oneinvoice_conformance.clients.runner import Settings, judge_client, judge_trials, scenarios_for
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS
from oneinvoice_conformance.clients.self_test import self_test
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.clients.watching import Watch
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.contract import Contract, contract_of
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.options.client_options import ClientOptions, client_options
from oneinvoice_conformance.options.command_line import config_option, pop_options
from oneinvoice_conformance.options.config_file import CLIENT_TABLE
from oneinvoice_conformance.options.expected_failures import read_expected_failures
from oneinvoice_conformance.options.report_files import report_options
from oneinvoice_conformance.options.run_options import scope_options
from oneinvoice_conformance.reports.client.planned import show_client_plan
from oneinvoice_conformance.reports.terminal import Terminal, standard_output

_ANY = Client("a client", "its receiver", "a secret", "what it keeps", "a restart", "a rotation")
Tell = Callable[[str, str | None], None]


@dataclass(frozen=True, slots=True)
class _Judged:
    """Requirements that are judged: by which contract, within which scope."""

    contract: Contract
    scope: Scope
    rows: Sequence[Requirement]


@click.command("client", context_settings={"auto_envvar_prefix": "ONEINVOICE_CLIENT"})
@client_options
@scope_options
@report_options
@config_option(CLIENT_TABLE)
def client_command(only: str | None, skip: str | None, expected_failures: Path | None, **given: Any) -> None:
    """Judge an integrator's own client: what it does when the API misbehaves in ways that are legal.

    --run starts what reads, for each scenario anew; --hook is where its receiver listens; --readback tells what it
    keeps. What these don't show is not tested, and never passed.

    Exit codes: 0 conforms, 1 violations, 2 usage or configuration, 3 incomplete, 4 the client does not work against a
    well-behaved API, or no mock answers.
    """
    options, reports = pop_options(ClientOptions, given), pop_options(ReportOptions, given)
    contract = contract_of(None)
    register = contract.register_of("client")
    scope = Scope.parse(register, only, skip)
    judged = _Judged(contract, scope, scope.requirements(register))
    _check(options)
    if options.plan:
        reports.refuse("--plan plays nothing, so that there is no report to write")
        _show_plan(options, judged)
        return
    reports.refuse("A client is judged anew by its own command", only="pytest-out")
    expected = read_expected_failures(register, expected_failures) if expected_failures else None
    reports.check()
    terminal = Terminal(standard_output(taken=reports.take_output), Console(stderr=True))
    with terminal.progress(_count(options, judged), "Starting a mock") as progress:
        report = _report(options, judged, progress.tell)
    report = expected.applied(report) if expected else report
    redact = Redactor(Deployment("", {}, webhook_secret=options.webhook_secret))
    finish(reports.redacted_client(report, redact), exit_code(report.results, report.verdict), terminal, reports)


def _count(options: ClientOptions, judged: _Judged) -> int:
    """Return how many scenarios there are to play, or one thing that is looked at."""
    if options.self_test:
        return 2 * (1 + len(scenarios_for(judged.rows, _ANY)))
    return 1 + len(scenarios_for(judged.rows, options.client())) if options.run or options.hook else 1


def _check(options: ClientOptions) -> None:
    """Raise `UsageError` for options that exclude each other."""
    modes = {"--watch": options.watch, "--replay": options.replay, "--self-test": options.self_test}
    given = [name for name, value in modes.items() if value]
    given += ["--run or --hook"] if options.run or options.hook else []
    if len(given) > 1:
        raise UsageError(f"{given[0]} and {given[1]} exclude each other; leave one of them out.")
    if options.watch and not options.mock:
        raise UsageError("--watch needs --mock too: the URL of the mock that the client speaks to.")


def _report(options: ClientOptions, judged: _Judged, tell: Tell) -> ClientReport:
    contract, scope, rows = judged.contract, judged.scope, judged.rows
    if options.replay:
        trials, notes = read_journal(options.replay)
        return judge_trials(Client(), contract, scope, rows, trials, "recording", notes=notes)
    if options.watch:
        return _watched(options, judged, tell)
    settings = Settings(options.mock, options.seed, options.data())
    if options.self_test:
        return self_test(contract, scope, rows, settings, tell)[0]
    report = judge_client(options.client(), contract, scope, rows, settings, tell)
    return replace(report, configuration=options.reported())


def _watched(options: ClientOptions, judged: _Judged, tell: Tell) -> ClientReport:
    assert options.mock is not None
    assert options.watch is not None
    controls, began, interrupted = MockControls(options.mock), time.monotonic(), False
    controls.check()
    watch = Watch(controls, lambda what: tell("watch", what))
    try:
        watch.go_on(options.watch)
    except KeyboardInterrupt:
        interrupted = True
        watch.look()
    seconds = time.monotonic() - began
    return judge_trials(
        Client(),
        judged.contract,
        judged.scope,
        judged.rows,
        watch.trials,
        "watch",
        seconds=seconds,
        interrupted=interrupted,
    )


def _show_plan(options: ClientOptions, judged: _Judged) -> None:
    """Show what would be played, of a client that isn't given as if it had everything."""
    is_given = bool(options.run or options.hook)
    client = options.client() if is_given else _ANY
    ids = {row.id.removeprefix(PREFIX) for row in judged.rows}
    others = [each for each in SCENARIOS.values() if each.name != CONTROL and ids & set(each.requirements)]
    planned = [SCENARIOS[CONTROL], *others]
    show_client_plan(standard_output(), planned, client, judged.rows, judged.contract, judged.scope)
