"""Defects that a mock can be told to have, one at a time, to see whether something notices: a client, or the suite.

Each replaces a component of the reference implementation, which knows nothing of defects.
"""

from __future__ import annotations

import pkgutil
from difflib import get_close_matches
from importlib import import_module

from oneinvoice_openapi.register import register

from oneinvoice_impl.mock.defects.defect import Defect


class UnknownDefect(Exception):
    """There is no defect of that name; the text is one sentence that says which are near."""


def _load() -> dict[str, Defect]:
    """Return the defects of all modules of this folder, in the order of the requirements that they break."""
    modules = [import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
    defects = [value for module in modules for value in vars(module).values() if isinstance(value, Defect)]
    order = [row.id for row in register().requirements]
    return {each.name: each for each in sorted(defects, key=lambda each: order.index(each.requirement))}


DEFECTS = _load()


def find_defect(name: str) -> Defect:
    """Return the defect of that name. Raises `UnknownDefect`."""
    if name in DEFECTS:
        return DEFECTS[name]
    near = get_close_matches(name, DEFECTS, cutoff=0.5)
    hint = f"the nearest are {', '.join(near)}, and --list-defects" if near else "--list-defects"
    raise UnknownDefect(f"There is no defect {name!r}; {hint} names all.")


def table() -> list[str]:
    """Return a line for each defect: its name, the requirement that it breaks, and what it does."""
    width = max(map(len, DEFECTS))
    return [f"{each.name:{width}}  {each.requirement:7}  {each.sentence}" for each in DEFECTS.values()]
