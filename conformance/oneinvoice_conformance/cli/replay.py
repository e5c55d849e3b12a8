"""`oneinvoice-conform replay`: judge recorded traffic, without any request."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource
from oneinvoice_openapi.printable import printable
from rich.console import Console

from oneinvoice_conformance.cli.report_options import ReportOptions
from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.recorded import judge_all
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.baseline import read_baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.recording.recording import Recording, read_recording
from oneinvoice_conformance.http.recording.transport import RecordedClock, RecordedTransport
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import not_tested
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.options.config_file import read_lists, read_names
from oneinvoice_conformance.options.effective import from_replay
from oneinvoice_conformance.options.report_files import report_options
from oneinvoice_conformance.options.run_options import JudgingOptions, judging_options
from oneinvoice_conformance.reports.terminal import Terminal, standard_output

_DELIVERIES = "a recording of requests has no deliveries; judge those with verify --capture"
_PACE = "what others recorded doesn't overload a key in a way that proves anything; run the suite for it"


@click.command("replay")
@click.argument("recording", metavar="FILE.har", type=click.Path(path_type=Path))
@judging_options
@report_options
@click.pass_context
def replay_command(context: click.Context, /, recording: Path, **given: Any) -> None:
    """Judge the traffic in an HTTP archive, which --har wrote or a browser or proxy exported, without any request.

    What the recording can't decide is not tested. Exit codes are those of a run.
    """
    judging = JudgingOptions(**{field.name: given.pop(field.name) for field in fields(JudgingOptions)})
    if context.get_parameter_source("pytest_out_file") is ParameterSource.ENVIRONMENT:
        given["pytest_out_file"] = None  # it is meant for runs
    reports = ReportOptions(**given)
    reports.refuse("Nothing that was recorded can be asked anew", only="pytest-out")
    reports.check()
    recorded = read_recording(recording)
    report = replay(recorded, judging)
    report = replace(report, configuration=from_replay(judging, report.scope, recording))
    redacted = reports.redacted(report, recorded.deployment(), Redactor(recorded.with_secrets()))
    with reports.written(redacted) as paths:
        out = standard_output(taken=reports.take_output)
        Terminal(out, Console(stderr=True)).show(redacted)
        for line in reports.lines(redacted, paths):
            click.echo(f"  {printable(line)}", err=reports.take_output)
    sys.exit(exit_code(report.results, report.verdict))


def replay(recording: Recording, judging: JudgingOptions) -> Report:
    """Judge recorded traffic by the rules of a run. Raises `UsageError` for what is to be judged, mapped or compared.

    The clock is the recording's, so that the rate limit is judged again too where a run of the suite recorded it.
    """
    contract = judging.judged_by()
    rows = contract.register
    scope = Scope.parse(rows, judging.only, judging.skip, strict=judging.strict)
    names = read_names(rows, judging.map_file)
    baseline = read_baseline(judging.baseline, recording.base) if judging.baseline else None
    clock = RecordedClock(recording)
    transport = RecordedTransport(recording, clock)
    with Client(
        replace(recording.deployment(), lists=read_lists(judging.map_file)),
        pacer=Pacer(recording.rate_limit or judging.rate_limit, clock),
        transport=transport,
    ) as client:
        overload = judging.overload(client, scope.requirements(rows))
        report = run(client, contract, scope, names, overload=overload, baseline=baseline, preflight=_ask_first)
        if not recording.by_suite:
            report = judge_all(report, client, recording, names, transport.taken)
    recorded = len(recording.entries) + len(recording.others)
    note = f"{len(report.exchanges)} of {recorded} recorded requests were judged, and none was sent"
    results = tuple(_reworded(result, by_suite=recording.by_suite) for result in report.results)
    judged = [result.requirement.id for result in results if result.outcome is not Outcome.NOT_TESTED]
    causes = tuple(cause for each in report.causes if (cause := each.among(judged)).requirements)
    return replace(report, results=results, causes=causes, notes=(note, *recording.notes, *report.notes))


def _ask_first(client: Client, _served_before: bool) -> None:
    """Ask for the answers to a run's first requests, as far as they were recorded, to keep the order of a run."""
    key = client.deployment.credential(Role.PRIMARY)
    for request in (Request("", NOBODY), *(Request(endpoint, key or NOBODY) for endpoint in ENDPOINTS)):
        with suppress(NotRecorded):
            client.ask(request)


def _reworded(result: Result, *, by_suite: bool) -> Result:
    """Return the result, worded for a recording where only another command can supply what is missing."""
    reason = result.finding.reason
    if result.requirement.area == "RATE" and not by_suite:
        return replace(result, finding=not_tested(_PACE), exchanges=())
    if result.finding.remedy is None:
        return result
    if "webhook" in result.requirement.needs:
        return replace(result, finding=not_tested(_DELIVERIES))
    return replace(result, finding=not_tested(f"the recording has nothing that decides it; in a run, {reason}"))
