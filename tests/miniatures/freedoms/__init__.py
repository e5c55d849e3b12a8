"""Correct deployments that use what the documentation leaves open, one module for each kind of freedom."""

from __future__ import annotations

from tests.miniatures.deployment import Deployment
from tests.miniatures.freedoms import (
    change,
    combinations,
    discovery,
    documents,
    gateways,
    hooks,
    hooks_combinations,
    hooks_noise,
    hooks_order,
    hooks_transport,
    parameters,
    rates,
    readings,
    records,
    refusals,
    shapes,
    sizes,
    transport,
    versions,
    wrapped,
)


class Plain(Deployment):
    """The correct deployment itself."""


def all_variants() -> list[type[Deployment]]:
    kinds = (
        shapes,
        wrapped,
        parameters,
        records,
        documents,
        readings,
        discovery,
        refusals,
        transport,
        change,
        sizes,
        combinations,
        versions,
    )
    return [Plain, *(variant for kind in kinds for variant in kind.FREE)]


def rate_variants() -> list[type[Deployment]]:
    return [*rates.FREE, *gateways.FREE]


def hook_variants() -> list[type[Deployment]]:
    kinds = (hooks, hooks_transport, hooks_order, hooks_noise, hooks_combinations)
    return [variant for kind in kinds for variant in kind.FREE]
