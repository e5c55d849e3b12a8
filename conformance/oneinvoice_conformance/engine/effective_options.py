"""What a verdict depends on besides the deployment: the options that were given, without any secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oneinvoice_conformance.http.credentials import VARIABLES
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.model.scope import Scope

if TYPE_CHECKING:
    from oneinvoice_conformance.cli.replay import Judging
    from oneinvoice_conformance.fuzz.campaign import Fuzz
    from oneinvoice_conformance.options.run_options import RunOptions
    from oneinvoice_conformance.options.webhook_options import WebhookOptions

PATHS = ("map_file", "baseline")  # the options of a reproducer that name files or folders


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options that decide verdicts.

    `told` is what reports tell of them, as JSON. `options` are those that a reproducer gives again, by their names on
    `RunOptions` and `WebhookOptions`, and `variables` the environment variables from which it takes what is secret or
    of one machine, such as keys and commands.
    """

    told: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """Of `told` as JSON without white space and with sorted names."""
        canonical = json.dumps(self.told, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {**self.told, "sha256": self.sha256}


def of_run(
    options: RunOptions, webhooks: WebhookOptions, scope: Scope, deployment: Deployment, fuzz: Fuzz | None
) -> Configuration:
    """Of a run: the names of headers without their values, and of commands only whether there is one."""
    told = _judging(options, scope) | {
        "timeout": options.timeout,
        "keys": [role for role in VARIABLES if role in deployment.keys],
        "headers": sorted(name for name, _ in deployment.headers),
        "webhooks": {"by": webhooks.by, "timeout": webhooks.timeout} if webhooks.wanted else None,
        "wait_command": bool(options.wait_command),
        "fuzz": {"requests": fuzz.requests, "seed": fuzz.seed} if fuzz else None,
        "expected_failures": content_hash(options.expected_failures),
    }
    again = {
        "only": list(scope.only),
        "skip": list(scope.skip),
        "strict": options.strict,
        "map_file": str(options.map_file) if options.map_file else None,
        "baseline": str(options.baseline) if options.baseline else None,
        "rate_limit": options.rate_limit,
        "shared_key": options.shared_key,
        "allow_load": options.allow_load,
        "timeout": options.timeout,
        "fuzz": options.fuzz,
        "fuzz_seed": fuzz.seed if fuzz else None,
        "guided": webhooks.guided,
        "webhook_timeout": webhooks.webhook_timeout,
    }
    elsewhere = {
        "ONEINVOICE_HEADER": deployment.headers,
        "ONEINVOICE_CA_FILE": options.ca_file,
        "ONEINVOICE_WAIT_COMMAND": options.wait_command,
        **(webhooks.variables if webhooks.wanted else {}),
    }
    variables = [VARIABLES[role] for role in told["keys"]] + [name for name, value in elsewhere.items() if value]
    return Configuration(told, again, tuple(variables))


def of_replay(judging: Judging, scope: Scope, recording: Path) -> Configuration:
    """Of a replay: what was recorded is what decides besides the options."""
    return Configuration(_judging(judging, scope) | {"recording": content_hash(recording)})


def _judging(options: RunOptions | Judging, scope: Scope) -> dict[str, Any]:
    return {
        "only": list(scope.only),
        "skip": list(scope.skip),
        "strict": scope.strict,
        "map": content_hash(options.map_file),
        "baseline": content_hash(options.baseline),
        "rate_limit": options.rate_limit,
        "shared_key": options.shared_key,
        "allow_load": options.allow_load,
    }


def content_hash(path: Path | None) -> str | None:
    """The SHA-256 of a file, or of the JSON files of a folder; None without one, or for a pipe, which is read once."""
    if path and path.is_dir():
        return hashlib.sha256(
            "".join(filter(None, map(content_hash, sorted(path.glob("*.json"))))).encode()
        ).hexdigest()
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else None
