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


FREE = {
    _name(deployment): Variant(_name(deployment), _description(deployment), deployment)
    for deployment in freedoms.all_variants()
}
FAULTS = {
    _name(deployment): Fault(_name(deployment), rule, _description(deployment), deployment)
    for rule, deployments in faults.by_rule().items()
    for deployment in deployments
}
