"""All faults by name, found by walking their folder, in the order of the specification's requirements."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

from tests.clients import faults
from tests.clients.decorators import DECLARED, Fault

GROUPS = {"KEY": 5, "PACE": 6, "PAGE": 4, "TOL": 3, "HOOK": 7}
REQUIREMENTS = tuple(f"{group}-{number}" for group, count in GROUPS.items() for number in range(1, count + 1))


def _declared() -> Iterator[Fault]:
    for found in walk_packages(faults.__path__, f"{faults.__name__}."):
        module = import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and DECLARED in vars(value):
                yield vars(value)[DECLARED]


def _by_name() -> dict[str, Fault]:
    named: dict[str, Fault] = {}
    for each in _declared():
        if each.name in named:
            raise ValueError(f"Two faults are named {each.name}: rename one of the classes.")
        if each.rule not in REQUIREMENTS:
            raise ValueError(f"{each.name} names {each.rule}, which is no requirement of clients.")
        named[each.name] = each
    return dict(sorted(named.items(), key=lambda item: REQUIREMENTS.index(item[1].rule)))


FAULTS = _by_name()
