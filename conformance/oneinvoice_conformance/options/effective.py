"""Effective options: the options of a run or a replay on which its verdicts rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oneinvoice_conformance.engine.effective_options import EffectiveOptions, content_hash
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.http.credentials import VARIABLES
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.run_options import JudgingOptions, RunOptions
from oneinvoice_conformance.options.webhook_options import WebhookOptions


def from_run(
    options: RunOptions, webhooks: WebhookOptions, scope: Scope, deployment: Deployment, fuzz: FuzzCampaign | None
) -> EffectiveOptions:
    """Return the effective options of a run.

    They hold no secrets: headers are there by their names alone, and commands as present or not.
    """
    reported = _judging(options, scope) | {
        "timeout": options.timeout,
        "keys": [role for role in VARIABLES if role in deployment.keys],
        "headers": sorted(name for name, _ in deployment.headers),
        "webhooks": {"by": webhooks.trigger_kind, "timeout": webhooks.timeout} if webhooks.are_given else None,
        "wait_command": bool(options.wait_command),
        "revoke_command": bool(options.revoke_command),
        "fuzz": {"requests": fuzz.requests, "seed": fuzz.seed} if fuzz else None,
        "expected_failures": content_hash(options.expected_failures),
    }
    reproducible = {
        "contract": options.contract,
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
    from_environment = {
        "ONEINVOICE_HEADER": deployment.headers,
        "ONEINVOICE_CA_FILE": options.ca_file,
        "ONEINVOICE_CERT": options.cert,
        "ONEINVOICE_CERT_KEY": options.cert_key,
        "ONEINVOICE_PROXY": options.proxy,
        "ONEINVOICE_WAIT_COMMAND": options.wait_command,
        "ONEINVOICE_REVOKE_COMMAND": options.revoke_command,
        **(webhooks.variables if webhooks.are_given else {}),
    }
    variables = [VARIABLES[role] for role in reported["keys"]] + [
        name for name, value in from_environment.items() if value
    ]
    return EffectiveOptions(reported, reproducible, tuple(variables))


def from_replay(judging: JudgingOptions, scope: Scope, recording: Path) -> EffectiveOptions:
    """Return the effective options of a replay, with a hash of the recording."""
    return EffectiveOptions(_judging(judging, scope) | {"recording": content_hash(recording)})


def _judging(options: JudgingOptions, scope: Scope) -> dict[str, Any]:
    return {
        "contract": options.contract,
        "only": list(scope.only),
        "skip": list(scope.skip),
        "strict": scope.strict,
        "map": content_hash(options.map_file),
        "baseline": content_hash(options.baseline),
        "rate_limit": options.rate_limit,
        "shared_key": options.shared_key,
        "allow_load": options.allow_load,
    }
