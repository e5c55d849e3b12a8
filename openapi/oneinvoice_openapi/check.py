"""Check a document: valid OpenAPI 3.1, and its `x-requirements` and the register name each other without a gap."""

from __future__ import annotations

from itertools import chain
from typing import Any

from oneinvoice_openapi.contract import operations, webhooks
from oneinvoice_openapi.register import register


def check_document(document: Any) -> list[str]:
    """Problems of an OpenAPI document, each one sentence; an empty list if there are none."""
    # Imported here: it takes as long to import as the rest of the command, and only this needs it.
    from openapi_spec_validator import OpenAPIV31SpecValidator

    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        return ["This is not an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top."]
    problems = [
        f"{'/'.join(map(str, error.absolute_path)) or 'document'}: {error.message}"
        for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    return problems or requirement_gaps(document)


def requirement_gaps(document: dict[str, Any]) -> list[str]:
    """Requirements that no operation, webhook or `info` names, and names that the register does not know."""
    problems = []
    carriers = {f"{method} {path}": operation for path, method, operation in operations(document)}
    carriers |= {f"webhook {event}": operation for event, operation in webhooks(document)}
    for name, operation in carriers.items():
        if not operation.get("x-requirements"):
            problems.append(f"{name}: carries no x-requirements.")
    named = set(
        chain(document["info"].get("x-requirements", ()), *(o.get("x-requirements", ()) for o in carriers.values()))
    )
    known = {requirement.id for requirement in register().requirements}
    problems += [f"{id}: named by the document, but not in the register." for id in sorted(named - known)]
    problems += [f"{id}: in the register, but no x-requirements names it." for id in sorted(known - named)]
    return problems
