"""The register as a preview of the next version is held to it.

What the documentation promises, it promises of v1. A preview is held to the same, at its own paths, but for the rows
that its document names in `info.x-preview`: those are what it breaks, and it has to break them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from oneinvoice_openapi.assertion import Assertion
from oneinvoice_openapi.checks.promises import contradictions
from oneinvoice_openapi.references import Place
from oneinvoice_openapi.register import Register, register

_AT = ("info", "x-preview")
_FORM = "has to be an object with `version`, such as v2, and `breaks`, a list of ids of the register; write it so"


def register_for(document: dict[str, Any], place: Place) -> tuple[Register, list[str]]:
    """Return the register that a document is held to, and a sentence for each fault of its `x-preview`."""
    held = register().of("deployment")
    said = document["info"].get("x-preview")
    if said is None:
        return held, []
    version, breaks = (said.get("version"), said.get("breaks")) if isinstance(said, dict) else (None, None)
    if not isinstance(version, str) or not isinstance(breaks, list):
        return held, [f"{place(_AT)} {_FORM}."]
    own = f"/api/{version}"
    for path in document["paths"]:
        if version == "v1" or not f"{path}/".startswith(f"{own}/"):
            told = f"is of a preview of {version}, and {path} is of v1 or another version"
            return held, [f"{place(_AT)} {told}; move it below {own}, or leave x-preview out."]
    moved = _moved(held, version)
    held = replace(moved, requirements=tuple(each for each in moved.requirements if each.id not in breaks))
    return held, [f"{place(_AT)} {told}" for told in _faults(document, moved, breaks, place)]


def _moved(register: Register, version: str) -> Register:
    """Return the register whose assertions are of the places of a version."""
    rows = (
        replace(row, document=tuple(_moved_assertion(each, version) for each in row.document))
        for row in register.requirements
    )
    return replace(register, requirements=tuple(rows))


def _moved_assertion(assertion: Assertion, version: str) -> Assertion:
    value = json.loads(json.dumps(assertion.value).replace("/api/v1", f"/api/{version}"))
    return replace(assertion, at=assertion.at.replace("~1api~1v1", f"~1api~1{version}"), value=value)


def _faults(document: dict[str, Any], register: Register, breaks: list[Any], place: Place) -> Iterator[str]:
    rows = {each.id: each for each in register.requirements}
    for id in breaks:
        row = rows.get(id) if isinstance(id, str) else None
        if row is None:
            yield f"breaks {id}, which is not in the register; correct the id, or leave it out."
        elif not any(told for each in row.document for told in contradictions(document, each, place)):
            yield f"breaks {id} (“{row.clause}”), and the document says what that row asks for; leave the id out."
