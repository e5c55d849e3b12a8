"""Single faults on top of the correct deployment, one module for each area; each ends with its faults by rule."""

from __future__ import annotations

from tests.miniatures.deployment import Deployment
from tests.miniatures.faults import (
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
)


def by_rule() -> dict[str, list[type[Deployment]]]:
    areas = (discovery, auth, credentials, tenants, limits, positions, filters, quotes, invoices, errors, versions)
    return {rule: deployments for area in areas for rule, deployments in area.FAULTS.items()}


def fuzz_by_rule() -> dict[str, list[type[Deployment]]]:
    return fuzz.FAULTS


def rates_by_rule() -> dict[str, list[type[Deployment]]]:
    return rates.FAULTS


def hooks_by_rule() -> dict[str, list[type[Deployment]]]:
    kinds = (hooks, hooks_headers, hooks_signatures, hooks_events)
    return {rule: deployments for kind in kinds for rule, deployments in kind.FAULTS.items()}
