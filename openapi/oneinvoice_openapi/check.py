"""Check a document: valid OpenAPI 3.1, and its `x-requirements` and the register name each other without a gap."""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.contract import operations, webhooks
from oneinvoice_openapi.register import register


def check_document(document: Any) -> list[str]:
    """Return the problems of an OpenAPI document, a sentence each; empty if there are none."""
    # Imported here: it takes as long to import as the rest of the command, and only this needs it.
    from openapi_spec_validator import OpenAPIV31SpecValidator
    from referencing.exceptions import Unresolvable

    if not isinstance(document, dict) or not str(document.get("openapi", "")).startswith("3.1"):
        return ["This is not an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top."]
    problems = []
    try:
        for error in OpenAPIV31SpecValidator(document).iter_errors():
            place = "/".join(map(str, error.absolute_path)) or "document"
            problems.append(f"{place}: {' '.join(error.message.split()):.300}")
    except (Unresolvable, LookupError) as error:  # where the validator itself can't follow the document
        problems.append(f"{getattr(error, 'ref', error)}: referred to, but not there.")
    return problems or requirement_gaps(document)


def requirement_gaps(document: dict[str, Any]) -> list[str]:
    """Return a sentence for each requirement that the document does not name, and each name that is no requirement."""
    carriers = {f"{method} {path}": operation for path, method, operation in operations(document)}
    carriers |= {f"webhook {event}": operation for event, operation in webhooks(document)}
    problems, named = [], set(_named(document["info"]))
    for name, operation in carriers.items():
        if not _named(operation):
            problems.append(f"{name}: carries no x-requirements.")
        named.update(_named(operation))
    ids = {requirement.id for requirement in register().requirements}
    problems += [f"{id}: named by the document, but not in the register." for id in sorted(named - ids)]
    problems += [f"{id}: in the register, but no x-requirements names it." for id in sorted(ids - named)]
    return problems


def _named(carrier: dict[str, Any]) -> list[str]:
    """Return the ids in `x-requirements` of an operation, a webhook or `info`; none unless it is a list of texts."""
    named = carrier.get("x-requirements")
    return named if isinstance(named, list) and all(isinstance(id, str) for id in named) else []
