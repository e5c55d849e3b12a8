"""All faults and free variants by name, found by walking their folders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import TypeVar

from oneinvoice_openapi.register import register

from tests.miniatures import faults, freedoms
from tests.miniatures.decorators import DECLARED, Fault, Run, Variant

T = TypeVar("T", Fault, Variant)


class CatalogueError(Exception):
    """A declaration that can't be; the sentence says what is wrong, where, and what to do."""


def declared_in(package: ModuleType) -> Iterator[Fault | Variant]:
    """Yield what is declared in the modules of a package and of the folders in it, in their order."""
    for found in walk_packages(package.__path__, f"{package.__name__}."):
        module = import_module(found.name)
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__ and DECLARED in vars(value):
                yield vars(value)[DECLARED]


def by_name(declared: Iterable[T]) -> dict[str, T]:
    """Return each under its name.

    Raises:
        CatalogueError: two have the same name.
    """
    named: dict[str, T] = {}
    for each in declared:
        if each.name in named:
            places = " and ".join(_place(other) for other in (named[each.name], each))
            raise CatalogueError(f"Two deployments are named {each.name}, {places}: rename one of the classes.")
        named[each.name] = each
    return named


def checked(declared: Iterable[T]) -> list[T]:
    """Return what is declared, all of whose requirements are in the register.

    Raises:
        CatalogueError: one names a requirement that the register hasn't.
    """
    known = [requirement.id for requirement in register().of("deployment").requirements]
    listed = list(declared)
    for each in listed:
        for rule in each.rules:
            if rule not in known:
                near = get_close_matches(rule, known, n=3)
                hint = f"; did you mean {' or '.join(near)}?" if near else "."
                raise CatalogueError(f"{_place(each)} names {rule}, which is no requirement of the register{hint}")
    return listed


def in_order(declared: Iterable[Fault]) -> list[Fault]:
    """Return the faults in the order in which the register has their requirements."""
    known = [requirement.id for requirement in register().of("deployment").requirements]
    return sorted(declared, key=lambda each: known.index(each.rule))


def _place(declared: Fault | Variant) -> str:
    return f"{declared.deployment.__module__}.{declared.deployment.__name__}"


_DECLARED = by_name([*declared_in(freedoms), *declared_in(faults)])
_FREE = checked(each for each in _DECLARED.values() if isinstance(each, Variant))
_FAULTS = in_order(checked(each for each in _DECLARED.values() if isinstance(each, Fault)))


def _shown_by(declared: Iterable[T], run: Run) -> dict[str, T]:
    return {each.name: each for each in declared if each.run is run}


FREE = _shown_by(_FREE, Run.READ)
RATE_FREE = _shown_by(_FREE, Run.RATE)
HOOK_FREE = _shown_by(_FREE, Run.HOOKS)
FAULTS = _shown_by(_FAULTS, Run.READ)
WHOLE_FAULTS = _shown_by(_FAULTS, Run.WHOLE)
FUZZ_FAULTS = _shown_by(_FAULTS, Run.GENERATED)
RATE_FAULTS = _shown_by(_FAULTS, Run.RATE)
HOOK_FAULTS = _shown_by(_FAULTS, Run.HOOKS)
# Each is correct for whoever hasn't an earlier report of what it was before.
CHANGE_FAULTS = _shown_by(_FAULTS, Run.EARLIER)
