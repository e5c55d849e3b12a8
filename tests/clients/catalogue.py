"""All free variants and faults by name, found by walking their folders; faults in the order of the requirements."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

from tests.clients import faults, freedoms
from tests.clients.decorators import DECLARED, Declared, Fault, Variant

GROUPS = {"KEY": 5, "PACE": 6, "PAGE": 4, "TOL": 3, "HOOK": 7}
REQUIREMENTS = tuple(f"{group}-{number}" for group, count in GROUPS.items() for number in range(1, count + 1))


def _declared() -> Iterator[Declared]:
    for package in (freedoms, faults):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            module = import_module(found.name)
            for value in vars(module).values():
                if isinstance(value, type) and value.__module__ == module.__name__ and DECLARED in vars(value):
                    yield vars(value)[DECLARED]


def _by_name() -> dict[str, Declared]:
    named: dict[str, Declared] = {}
    for each in _declared():
        if each.name in named:
            raise ValueError(f"Two clients are named {each.name}: rename one of the classes.")
        if isinstance(each, Fault) and each.rule not in REQUIREMENTS:
            raise ValueError(f"{each.name} names {each.rule}, which is no requirement of clients.")
        named[each.name] = each
    return named


_NAMED = _by_name()
FREE = {name: each for name, each in _NAMED.items() if isinstance(each, Variant)}
FAULTS = {
    each.name: each
    for each in sorted(
        (each for each in _NAMED.values() if isinstance(each, Fault)), key=lambda each: REQUIREMENTS.index(each.rule)
    )
}
