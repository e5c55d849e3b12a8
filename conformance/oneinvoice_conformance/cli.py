"""The command line `oneinvoice-conform`."""

from __future__ import annotations

import io
import re
import secrets
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, NoReturn

import click
from oneinvoice_openapi.register import register
from rich.console import Console

from oneinvoice_conformance.client import Client
from oneinvoice_conformance.deployment import PREFIX, Deployment, check_keys, parse_url
from oneinvoice_conformance.errors import KitError, UsageError
from oneinvoice_conformance.expectations import read_expected_failures
from oneinvoice_conformance.fuzz import Fuzz
from oneinvoice_conformance.listen import listen_command
from oneinvoice_conformance.names import Names
from oneinvoice_conformance.option_types import HeaderType, Seconds
from oneinvoice_conformance.pacer import DEFAULT_LIMIT, CommandClock, Pacer
from oneinvoice_conformance.plan import plan as make_plan
from oneinvoice_conformance.redaction import Redactor
from oneinvoice_conformance.reports.document import document_text
from oneinvoice_conformance.reports.files import check_writable, write
from oneinvoice_conformance.reports.planned import show_plan
from oneinvoice_conformance.reports.terminal import Terminal, standard_output
from oneinvoice_conformance.runner import Report, run
from oneinvoice_conformance.scope import Scope
from oneinvoice_conformance.settings import read_names, read_settings
from oneinvoice_conformance.verdict import exit_code
from oneinvoice_conformance.verify import verify_command
from oneinvoice_conformance.webhook_options import WebhookOptions, webhook_options

CONFIG = Path("conformance.toml")


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
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            _stop(f"The output can't be written ({error.strerror or error}); see where it goes.", 4)
        except Exception as error:  # a fault of the kit is no verdict, and 1 would be one
            _stop(f"The kit failed ({type(error).__name__}: {error}); please report it.", 4)


def _stop(sentence: str, code: int) -> NoReturn:
    # What was typed may be a secret that was put in the wrong place.
    for secret, shown in _SECRETS:
        sentence = secret.sub(shown, sentence)
    click.echo(f"oneinvoice-conform: {sentence}", err=True)
    raise SystemExit(code)


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
    type=HeaderType(),
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Send this header with each request.",
)
@click.option("--ca-file", help="Trust the certificate authorities in this PEM file too.")
@click.option(
    "--timeout",
    type=Seconds(),
    default=10.0,
    show_default=True,
    help="Seconds that one answer may take.",
)
@click.option(
    "--rate-limit",
    type=click.IntRange(min=1),
    default=DEFAULT_LIMIT,
    show_default=True,
    help="Requests a minute that are agreed for each key; only the rules of the rate limit send more.",
)
@click.option("--plan", is_flag=True, help="Tell what would be sent, and send nothing.")
@click.option("--shared-key", is_flag=True, help="Others use the keys meanwhile; what they may cause is no failure.")
@click.option(
    "--allow-load", is_flag=True, help="Let the rules of the rate limit send more than 300 requests a minute."
)
@click.option(
    "--wait-command", metavar="'COMMAND {seconds}'", help="Move the deployment's clock on instead of waiting."
)
@webhook_options
@click.option(
    "--expected-failures",
    type=click.Path(path_type=Path),
    help="TOML file of what is known to fail, each with reason, owner and expiry; those don't fail the run.",
)
@click.option(
    "--fuzz",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Send N requests more, generated from the authored document; all of them only read.",
)
@click.option("--fuzz-seed", type=click.IntRange(min=0), help="Generate what --fuzz sent in another run.")
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
    rate_limit: int,
    plan: bool,
    shared_key: bool,
    allow_load: bool,
    wait_command: str | None,
    expected_failures: Path | None,
    fuzz: int,
    fuzz_seed: int | None,
    json_file: Path | None,
    key: str | None,
    sibling_key: str | None,
    other_key: str | None,
    revoked_key: str | None,
    **webhooks: Any,
) -> None:
    """Judge the deployment at URL (its origin, with any base path, with or without /api/v1).

    Exit codes: 0 conforms, 1 violations, 2 usage or configuration, 3 incomplete, 4 unreachable.
    """
    rows = register()
    scope = Scope.of(rows, only, skip, strict=strict)
    options = WebhookOptions(**webhooks)
    keys = {"primary": key, "sibling": sibling_key, "other": other_key, "revoked": revoked_key}
    deployment = Deployment(parse_url(url), _keys(keys), _headers(header), options.webhook_secret)
    names = read_names(rows, map_file)
    if plan:
        _show_plan(deployment, scope, names, rate_limit, json_file)
        return
    expected = read_expected_failures(rows, expected_failures) if expected_failures else None
    generated = _fuzz(fuzz, fuzz_seed)
    clock = CommandClock(wait_command) if wait_command else None
    if json_file:
        check_writable(json_file)
    redact = Redactor(deployment)
    terminal = Terminal(rows, standard_output(), Console(stderr=True), redact)
    try:
        with terminal.progress(len(scope.requirements(rows))) as progress:
            pacer = Pacer(rate_limit, clock, progress.wait)
            with (
                options.hooks(progress.say, progress.wait) as hooks,
                Client(deployment, timeout=timeout, ca_file=ca_file, pacer=pacer) as client,
            ):
                report = run(
                    client,
                    rows,
                    scope,
                    names,
                    hooks,
                    progress.advance,
                    fuzz=generated,
                    allow_load=allow_load,
                    shared_key=shared_key,
                )
    except KitError as error:
        raise type(error)(redact(str(error))) from error
    _finish(expected.applied(report) if expected else report, deployment, terminal, json_file)


def _show_plan(
    deployment: Deployment, scope: Scope, names: Mapping[str, Names], limit: int, json_file: Path | None
) -> None:
    if json_file:
        raise UsageError("--plan sends nothing, so that there is no report to write; leave --json out.")
    out, error = standard_output(), Console(stderr=True)
    with error.status("Imagining deployments") if error.is_terminal else nullcontext():
        planned = make_plan(deployment, register(), scope, names, limit)
    show_plan(out, planned, deployment.base, scope, limit)


def _finish(report: Report, deployment: Deployment, terminal: Terminal, json_file: Path | None) -> NoReturn:
    """Write the report and show it; the exit code is the verdict's."""
    if json_file:
        write(json_file, document_text(report, deployment, terminal.redact))
    terminal.show(report, deployment)
    if json_file:
        click.echo(f"  report: {json_file}")
    sys.exit(exit_code(report.results, report.verdict))


def _fuzz(requests: int, seed: int | None) -> Fuzz | None:
    """What to generate, from a seed of its own unless one is given. Raises `UsageError`."""
    if seed is not None and not requests:
        raise UsageError("--fuzz-seed needs --fuzz, with the same number as in the run to repeat.")
    return Fuzz(requests, secrets.randbelow(2**32) if seed is None else seed) if requests else None


def _keys(given: dict[str, str | None]) -> dict[str, str]:
    """Keys by role, as far as they were given. Raises `UsageError`."""
    keys = {role: key.strip() for role, key in given.items() if key and key.strip()}
    check_keys(keys)
    return keys


def _headers(given: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if any(name.lower() == "authorization" for name, _ in given):
        raise UsageError("The Authorization header is the key's; give the key with --key.")
    return given


main.add_command(listen_command)
main.add_command(verify_command)
