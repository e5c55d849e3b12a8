"""Options of a run, but those of webhooks and of its reports."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.documented import RATE_LIMIT
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import VARIABLES, Role
from oneinvoice_conformance.http.deployment import Deployment, check_keys, check_proxy, parse_url
from oneinvoice_conformance.http.pacer import CommandClock, Pacer
from oneinvoice_conformance.model.contract import Contract, contract_of
from oneinvoice_conformance.options.config_file import read_lists
from oneinvoice_conformance.options.types import HeaderType, Seconds
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.shell import run_in_shell

F = TypeVar("F", bound=Callable[..., Any])
_REVOKING = 60.0  # seconds that --revoke-command may take


_SCOPE = (
    click.option("--only", metavar="AREA,..", help="Judge only these areas or requirements."),
    click.option("--skip", metavar="AREA,..", help="Leave these areas or requirements out; the verdict says so."),
)
_EXPECTED = click.option(
    "--expected-failures",
    type=click.Path(path_type=Path),
    help="TOML file of what is known to fail, each with reason, owner and expiry; those don't fail the run.",
)
_MAP = click.option(
    "--map",
    "map_file",
    envvar="ONEINVOICE_MAP",
    type=click.Path(path_type=Path),
    help="TOML file with more names for what the documentation names in prose, and where lists are in answers.",
)
_CONTRACT = click.option(
    "--contract",
    envvar="ONEINVOICE_CONTRACT",
    metavar="VERSION",
    help="Judge by this release of the contract, with the requirements as they stood then.",
)
# Options that decide how answers are judged, wherever they come from.
_JUDGING = (
    *_SCOPE,
    _CONTRACT,
    click.option("--strict", is_flag=True, help="Hold answers against the authored OpenAPI document as well."),
    _MAP,
    click.option(
        "--baseline",
        envvar="ONEINVOICE_BASELINE",
        type=click.Path(path_type=Path),
        metavar="PATH",
        help="Report that --json wrote, or a folder of them: tell what changed since, and judge VER-2 and VER-3 by it.",
    ),
    click.option(
        "--rate-limit",
        type=click.IntRange(min=1),
        default=RATE_LIMIT,
        show_default=True,
        help="Requests a minute that are agreed for each key; only the rules of the rate limit send more.",
    ),
    click.option(
        "--shared-key", is_flag=True, help="Others use the keys meanwhile; what they may cause is no failure."
    ),
    click.option(
        "--allow-load",
        is_flag=True,
        help="Let the rules of the rate limit send more than 300 requests a minute.",
    ),
)
_CONNECTION = (
    click.option(
        "--ca-file", envvar="ONEINVOICE_CA_FILE", help="Trust the certificate authorities in this PEM file too."
    ),
    click.option(
        "--cert",
        envvar="ONEINVOICE_CERT",
        help="PEM file with a client certificate to show, and with its key if there is no --cert-key.",
    ),
    click.option("--cert-key", envvar="ONEINVOICE_CERT_KEY", help="PEM file with the key of the client certificate."),
    click.option(
        "--proxy",
        envvar="ONEINVOICE_PROXY",
        metavar="URL",
        help="Go through this proxy; HTTP_PROXY and HTTPS_PROXY are left alone.",
    ),
)
_OPTIONS = (
    click.option("--key", help="Key of the organisation that is tested. $ONEINVOICE_KEY"),
    click.option("--sibling-key", help="Second key of the same organisation."),
    click.option("--other-key", help="Key of another organisation."),
    click.option("--revoked-key", help="Key that was revoked; or that --revoke-command revokes."),
    click.option(
        "--revoke-command",
        metavar="COMMAND",
        help="Revoke the key of --revoked-key, once it was served; the command gets it in $ONEINVOICE_REVOKED_KEY.",
    ),
    *_JUDGING,
    click.option(
        "--header",
        "header",
        type=HeaderType(),
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Send this header with each request.",
    ),
    *_CONNECTION,
    click.option(
        "--timeout",
        type=Seconds(),
        default=10.0,
        show_default=True,
        help="Seconds that one answer may take.",
    ),
    click.option("--plan", is_flag=True, help="Tell what would be sent, and send nothing."),
    click.option(
        "--wait-command",
        metavar="'COMMAND {seconds}'",
        help="Move the deployment's clock on instead of waiting.",
    ),
    _EXPECTED,
    click.option(
        "--fuzz",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Send N requests more, generated from the authored document; all of them only read.",
    ),
    click.option("--fuzz-seed", type=click.IntRange(min=0), help="Generate what --fuzz sent in another run."),
)


def run_options(command: F) -> F:
    """Add the options to a command, which gets them as keyword arguments for `RunOptions`."""
    return _with(_OPTIONS, command)


def judging_options(command: F) -> F:
    """Add the options that decide how answers are judged to a command, which gets them as keyword arguments."""
    return _with(_JUDGING, command)


def forwarding_options(command: F) -> F:
    """Add the options of what is judged in traffic that is forwarded, and of connections to the deployment."""
    return _with((*_SCOPE, _CONTRACT, _MAP, *_CONNECTION), command)


def scope_options(command: F) -> F:
    """Add the options that narrow what is judged, and that of expected failures."""
    return _with((*_SCOPE, _EXPECTED), command)


def contract_option(command: F) -> F:
    """Add the option of a release to judge by to a command, which gets it as the keyword argument `contract`."""
    return _with((_CONTRACT,), command)


def _with(options: Sequence[Callable[[F], F]], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def check_connection(cert: str | None, cert_key: str | None, proxy: str | None) -> None:
    """Raise `UsageError` for options of the connection that can't be used as given."""
    if cert_key and not cert:
        raise UsageError("--cert-key needs --cert, the file of the certificate that the key belongs to.")
    if proxy:
        check_proxy(proxy)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingOptions:
    """Options that decide how answers are judged, wherever they come from."""

    contract: str | None = None
    only: str | None = None
    skip: str | None = None
    strict: bool = False
    map_file: Path | None = None
    baseline: Path | None = None
    rate_limit: int = RATE_LIMIT
    shared_key: bool = False
    allow_load: bool = False

    def judged_by(self) -> Contract:
        """Return the contract to judge by. Raises `UsageError`."""
        return contract_of(self.contract)

    def overload(self, client: Client, requirements: Iterable[Requirement]) -> Overload:
        """Return the overload that measures the rate limit, within these options."""
        wanted = {row.id for row in requirements}
        return Overload(client, wanted, allow_load=self.allow_load, shared=self.shared_key)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(JudgingOptions):
    """Options of a run, but those of webhooks and of its reports."""

    url: str
    key: str | None = field(repr=False)
    sibling_key: str | None = field(repr=False)
    other_key: str | None = field(repr=False)
    revoked_key: str | None = field(repr=False)
    revoke_command: str | None = field(repr=False)
    header: tuple[tuple[str, str], ...] = field(repr=False)
    ca_file: str | None
    cert: str | None
    cert_key: str | None
    proxy: str | None = field(repr=False)
    timeout: float
    plan: bool
    wait_command: str | None
    expected_failures: Path | None
    fuzz: int
    fuzz_seed: int | None

    def deployment(self, webhook_secret: str | None) -> Deployment:
        """Return the deployment that the options name. Raises `UsageError`."""
        given = {
            Role.PRIMARY: self.key,
            Role.SIBLING: self.sibling_key,
            Role.OTHER: self.other_key,
            Role.REVOKED: self.revoked_key,
        }
        keys = {role: key.strip() for role, key in given.items() if key and key.strip()}
        check_keys(keys)
        if any(name.lower() == "authorization" for name, _ in self.header):
            raise UsageError(
                "The Authorization header is the key's; give the key with --key, and have a gateway that wants it for "
                "a password of its own let requests through by another header."
            )
        check_connection(self.cert, self.cert_key, self.proxy)
        if self.revoke_command and Role.REVOKED not in keys:
            raise UsageError("--revoke-command needs --revoked-key, the key that it revokes and that still works.")
        return Deployment(
            parse_url(self.url),
            keys,
            self.header,
            webhook_secret,
            ca_file=self.ca_file,
            cert=self.cert,
            cert_key=self.cert_key,
            proxy=self.proxy,
            lists=read_lists(self.map_file),
            revoke=partial(self._revoke, keys[Role.REVOKED]) if self.revoke_command else None,
        )

    def _revoke(self, key: str) -> str | None:
        return run_in_shell(self.revoke_command or "", _REVOKING, {VARIABLES[Role.REVOKED]: key})

    def clock(self) -> CommandClock | None:
        """Return the clock that --wait-command moves on, if it is given. Raises `UsageError`."""
        return CommandClock(self.wait_command) if self.wait_command else None

    def client(self, deployment: Deployment, pacer: Pacer) -> Client:
        return Client(deployment, timeout=self.timeout, pacer=pacer)

    def fuzz_campaign(self) -> FuzzCampaign | None:
        """Return the campaign of generated requests, if any; its seed is random unless given. Raises `UsageError`."""
        if self.fuzz_seed is not None and not self.fuzz:
            raise UsageError("--fuzz-seed needs --fuzz, with the same number as in the run to repeat.")
        seed = secrets.randbelow(2**32) if self.fuzz_seed is None else self.fuzz_seed
        return FuzzCampaign(self.fuzz, seed) if self.fuzz else None
