"""All faults and free variants by name."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass

from tests.miniatures import faults, freedoms
from tests.miniatures.deployment import Deployment


@dataclass(frozen=True)
class Variant:
    """A correct deployment that uses a freedom of the documentation; `deployment()` is a fresh one."""

    name: str
    description: str
    deployment: type[Deployment]


@dataclass(frozen=True)
class Fault:
    """A deployment with one fault, and the rule (its id in the register) that must catch it."""

    name: str
    rule: str
    description: str
    deployment: type[Deployment]


def _name(deployment: type[Deployment]) -> str:
    """`OpenMembers` is named open-members."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "-", deployment.__name__).lower()


def _description(deployment: type[Deployment]) -> str:
    return inspect.cleandoc(deployment.__doc__ or "").splitlines()[0]


def _variants(deployments: list[type[Deployment]]) -> dict[str, Variant]:
    variants = (Variant(_name(each), _description(each), each) for each in deployments)
    return {variant.name: variant for variant in variants}


def _faults(by_rule: dict[str, list[type[Deployment]]]) -> dict[str, Fault]:
    faults = (Fault(_name(each), rule, _description(each), each) for rule, all in by_rule.items() for each in all)
    return {fault.name: fault for fault in faults}


FREE = _variants(freedoms.all_variants())
FAULTS = _faults(faults.by_rule())
# Those that a run has room to find if it measures the rate limit, which these deployments have not by themselves.
WHOLE_FAULTS = _faults(faults.whole_by_rule())
# Those that only generated input shows.
FUZZ_FAULTS = _faults(faults.fuzz_by_rule())
# Those of the rate limit: what they are is seen by whoever sends more than 60 requests in a minute.
RATE_FREE = _variants(freedoms.rate_variants())
RATE_FAULTS = _faults(faults.rates_by_rule())
# Those of webhooks: what they are is seen at the receiver, and the API is read as ever.
HOOK_FREE = _variants(freedoms.hook_variants())
HOOK_FAULTS = _faults(faults.hooks_by_rule())
