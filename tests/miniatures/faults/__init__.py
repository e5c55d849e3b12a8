"""Single faults on top of the correct deployment, one module for each area; each ends with its faults by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from types import ModuleType

from tests.miniatures.deployment import Deployment
from tests.miniatures.faults import answers, fuzz, whole
from tests.miniatures.faults.auth import credentials, keys
from tests.miniatures.faults.disc import discovery
from tests.miniatures.faults.err import crashes
from tests.miniatures.faults.hook import bodies, events, headers, signatures
from tests.miniatures.faults.inv import lists
from tests.miniatures.faults.mem import filters, limits, positions
from tests.miniatures.faults.org import tenants
from tests.miniatures.faults.quo import fields
from tests.miniatures.faults.rate import limiters
from tests.miniatures.faults.ver import versions


def by_rule() -> dict[str, list[type[Deployment]]]:
    areas = (
        discovery,
        keys,
        credentials,
        tenants,
        limits,
        positions,
        filters,
        fields,
        lists,
        crashes,
        versions,
        answers,
    )
    return _joined(areas)


def whole_by_rule() -> dict[str, list[type[Deployment]]]:
    return whole.FAULTS


def fuzz_by_rule() -> dict[str, list[type[Deployment]]]:
    return fuzz.FAULTS


def rates_by_rule() -> dict[str, list[type[Deployment]]]:
    return limiters.FAULTS


def hooks_by_rule() -> dict[str, list[type[Deployment]]]:
    kinds = (bodies, headers, signatures, events)
    return _joined(kinds)


def _joined(modules: Iterable[ModuleType]) -> dict[str, list[type[Deployment]]]:
    by_rule: defaultdict[str, list[type[Deployment]]] = defaultdict(list)
    for module in modules:
        for rule, deployments in module.FAULTS.items():
            by_rule[rule] += deployments
    return dict(by_rule)
