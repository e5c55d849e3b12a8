"""`oneinvoice-conform verify`: judge deliveries that were recorded elsewhere, without any request."""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path

import click
from oneinvoice_openapi.register import Requirement
from rich.console import Console

from oneinvoice_conformance.engine.effective_options import EffectiveOptions, content_hash
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.contract import Contract, contract_of
from oneinvoice_conformance.model.finding import Undecided
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import exit_code
from oneinvoice_conformance.options.run_options import contract_option
from oneinvoice_conformance.options.types import HeaderType
from oneinvoice_conformance.reports.builder import redacted_report
from oneinvoice_conformance.reports.document import document_text
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable, written
from oneinvoice_conformance.reports.terminal import Terminal, standard_output
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.hook import WEBHOOK_JUDGES
from oneinvoice_conformance.rules.rule import without_rule
from oneinvoice_conformance.webhooks.capture import read_capture
from oneinvoice_conformance.webhooks.collector import WebhookEvidence

SECRET_VARIABLE = "ONEINVOICE_WEBHOOK_SECRET"  # noqa: S105  # the name of the variable that has it

# Requirements that a header of a single delivery decides; one that wasn't given was not recorded, which is no fault.
_RULES_BY_HEADER = {"X-1Invoice-Event": "HOOK-3", "X-1Invoice-Signature": "HOOK-4", "User-Agent": "HOOK-5"}


@click.command("verify")
@click.option(
    "--secret-env", default=SECRET_VARIABLE, show_default=True, metavar="VAR", help="Variable that has the secret."
)
@click.option(
    "--header", "headers", type=HeaderType(), multiple=True, help="'Name: value' of the delivery; repeatable."
)
@click.option("--body", type=click.Path(path_type=Path), help="File with the raw body of the delivery.")
@click.option("--capture", type=click.Path(path_type=Path), help="File of deliveries that `listen --capture` wrote.")
@contract_option
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the report as JSON.")
def verify_command(
    secret_env: str,
    headers: tuple[tuple[str, str], ...],
    body: Path | None,
    capture: Path | None,
    contract: str | None,
    json_file: Path | None,
) -> None:
    """Judge recorded deliveries by the rules for webhooks, without a tunnel and without any request.

    Either one delivery by its headers and body, or a capture file of many. Exit codes are those of a run.
    """
    started, clock = time.time(), time.monotonic()
    secret = read_secret(secret_env)
    if (body is None) == (capture is None):
        raise UsageError("Give either --header and --body of one delivery, or --capture with a file of them.")
    if json_file:
        check_writable(json_file)
    judged_by = contract_of(contract)
    deliveries = (_single(headers, body),) if body else read_capture(capture or Path())
    ids = _decidable(headers) if body else None
    rows = [row for row in judged_by.register.requirements if (row.id in ids if ids else _is_of_deliveries(row))]
    if not rows:
        raise UsageError(f"Contract {judged_by.version} asks for nothing that these headers show; give others.")
    results = tuple(_judge(row, judged_by, WebhookEvidence(deliveries, secret)) for row in rows)
    scope = Scope(only=tuple(ids) if ids else ("HOOK",))
    deployment = Deployment(f"file {body or capture}", {}, webhook_secret=secret)
    configuration = EffectiveOptions(
        {"contract": contract, "only": list(scope.only), "deliveries": content_hash(body or capture)}
    )
    seconds = time.monotonic() - clock
    report = Report(deployment.base, judged_by, scope, results, (), {}, started, seconds, configuration=configuration)
    redacted = redacted_report(report, deployment, Redactor(deployment))
    with written({json_file: partial(document_text, redacted)} if json_file else {}):
        out = standard_output(taken=json_file == STANDARD_OUTPUT)
        Terminal(out, Console(stderr=True)).show(redacted)
    sys.exit(exit_code(results, report.verdict))


def read_secret(variable: str) -> str:
    """Return the secret in an environment variable. Raises `UsageError` where there is none."""
    secret = os.environ.get(variable, "")
    if not secret:
        raise UsageError(f"The environment variable {variable} is not set; put the webhook's secret there.")
    return secret


def _single(headers: tuple[tuple[str, str], ...], body: Path) -> Delivery:
    try:
        return Delivery(1, time.time(), "POST", "/", headers, body.read_bytes())
    except OSError as error:
        raise UsageError(f"{body} can't be read ({error.strerror}); name the file with the raw body.") from error


def _decidable(headers: tuple[tuple[str, str], ...]) -> list[str]:
    """Return the requirements that one delivery decides by the given headers. Raises `UsageError` if there are none."""
    given = {name.lower() for name, _ in headers}
    ids = [id for name, id in _RULES_BY_HEADER.items() if name.lower() in given]
    if not ids:
        raise UsageError(f"Give at least one --header of {', '.join(_RULES_BY_HEADER)}, as 'Name: value'.")
    return [*(["HOOK-2"] if "content-type" in given else []), *ids]


def _is_of_deliveries(row: Requirement) -> bool:
    """Tell whether deliveries alone decide a requirement, or would if the kit had a rule for it."""
    return row.id in WEBHOOK_JUDGES or (row.area == "HOOK" and row.id not in RULES and not row.not_testable)


def _judge(row: Requirement, contract: Contract, evidence: WebhookEvidence) -> Result:
    if row.id not in WEBHOOK_JUDGES:
        return Result(row, without_rule(contract))
    try:
        return Result(row, WEBHOOK_JUDGES[row.id](evidence))
    except Undecided as undecided:
        return Result(row, undecided.finding)
