"""Defects that a mock can be told to have, one at a time, to see whether something notices: a client, or the suite.

Each has another part in the place of one of the reference implementation's own, which knows nothing of them.
"""

from __future__ import annotations

from difflib import get_close_matches

from oneinvoice_impl.mock.defects import discovery, errors, invoices, keys, members, quotes, rates, tenants, webhooks
from oneinvoice_impl.mock.defects.defect import Defect

_AREAS = (discovery, keys, tenants, members, quotes, invoices, errors, rates, webhooks)

DEFECTS: dict[str, Defect] = {defect.name: defect for area in _AREAS for defect in area.DEFECTS}


class UnknownDefect(Exception):
    """There is no defect of that name; the text is one sentence that says which are near."""


def find_defect(name: str) -> Defect:
    """The defect of that name. Raises `UnknownDefect`."""
    if name in DEFECTS:
        return DEFECTS[name]
    near = get_close_matches(name, DEFECTS, cutoff=0.5)
    hint = f"the nearest are {', '.join(near)}, and --list-defects" if near else "--list-defects"
    raise UnknownDefect(f"There is no defect {name!r}; {hint} names all.")


def table() -> list[str]:
    """A line for each defect: its name, the requirement that it breaks, and what it does."""
    width = max(map(len, DEFECTS))
    return [f"{each.name:{width}}  {each.requirement:7}  {each.sentence}" for each in DEFECTS.values()]
