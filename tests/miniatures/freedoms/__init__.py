"""Correct deployments that use what the documentation leaves open, one module for each kind of freedom."""

from __future__ import annotations

from tests.miniatures.deployment import Deployment
from tests.miniatures.freedoms import (
    change,
    combinations,
    discovery,
    documents,
    parameters,
    readings,
    records,
    refusals,
    shapes,
    sizes,
    transport,
    versions,
    wrapped,
)
from tests.miniatures.freedoms.hook import bodies, noise, order
from tests.miniatures.freedoms.hook import combinations as hook_combinations
from tests.miniatures.freedoms.hook import transport as hook_transport
from tests.miniatures.freedoms.rate import gateways, limiters


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
    return [*limiters.FREE, *gateways.FREE]


def hook_variants() -> list[type[Deployment]]:
    kinds = (bodies, hook_transport, order, noise, hook_combinations)
    return [variant for kind in kinds for variant in kind.FREE]
