"""Correct deployments that use what the documentation leaves open, one module for each kind of freedom."""

from __future__ import annotations

from tests.miniatures.deployment import Deployment
from tests.miniatures.freedoms import (
    change,
    combinations,
    discovery,
    documents,
    parameters,
    records,
    refusals,
    shapes,
    sizes,
    transport,
)


class Plain(Deployment):
    """The correct deployment itself."""


def all_variants() -> list[type[Deployment]]:
    kinds = (shapes, parameters, records, documents, discovery, refusals, transport, change, sizes, combinations)
    return [Plain, *(variant for kind in kinds for variant in kind.FREE)]
