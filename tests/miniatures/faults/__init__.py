"""Single faults on top of the correct deployment, one module for each area; each ends with its faults by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from types import ModuleType

from tests.miniatures.deployment import Deployment
from tests.miniatures.faults import (
    answers,
    auth,
    credentials,
    discovery,
    errors,
    filters,
    fuzz,
    hooks,
    hooks_events,
    hooks_headers,
    hooks_signatures,
    invoices,
    limits,
    positions,
    quotes,
    rates,
    tenants,
    versions,
    whole,
)


def by_rule() -> dict[str, list[type[Deployment]]]:
    areas = (
        discovery,
        auth,
        credentials,
        tenants,
        limits,
        positions,
        filters,
        quotes,
        invoices,
        errors,
        versions,
        answers,
    )
    return _joined(areas)


def whole_by_rule() -> dict[str, list[type[Deployment]]]:
    return whole.FAULTS


def fuzz_by_rule() -> dict[str, list[type[Deployment]]]:
    return fuzz.FAULTS


def rates_by_rule() -> dict[str, list[type[Deployment]]]:
    return rates.FAULTS


def hooks_by_rule() -> dict[str, list[type[Deployment]]]:
    kinds = (hooks, hooks_headers, hooks_signatures, hooks_events)
    return _joined(kinds)


def _joined(modules: Iterable[ModuleType]) -> dict[str, list[type[Deployment]]]:
    by_rule: defaultdict[str, list[type[Deployment]]] = defaultdict(list)
    for module in modules:
        for rule, deployments in module.FAULTS.items():
            by_rule[rule] += deployments
    return dict(by_rule)
