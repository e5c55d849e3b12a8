"""Check a document: valid OpenAPI 3.1, true to the register and the lifecycle, with examples, good to generate from."""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.checks.examples import wrong_examples
from oneinvoice_openapi.checks.previews import register_for
from oneinvoice_openapi.checks.promises import broken_promises
from oneinvoice_openapi.checks.releases import problems_of_releases
from oneinvoice_openapi.checks.style import faults_of_style
from oneinvoice_openapi.contract import operations, webhooks
from oneinvoice_openapi.lifecycle.agreement import disagreements
from oneinvoice_openapi.lifecycle.entries import Lifecycle
from oneinvoice_openapi.lifecycle.reader import lifecycle
from oneinvoice_openapi.lifecycle.released import read_releases
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import Place, pointer
from oneinvoice_openapi.register import Register


def check_document(document: dict[str, Any], place: Place = pointer, days: Lifecycle | None = None) -> list[str]:
    """Return the problems of an OpenAPI 3.1 document whose references lead somewhere, a sentence each.

    `days` is the lifecycle that it is to agree with, by default that in the package.
    What is not valid is told alone: the other checks need a document that is.
    """
    if violations := _violations(document, place):
        return violations
    held, faults = register_for(document, place)
    return [
        *faults,
        *broken_promises(document, held, place),
        *wrong_examples(document, place),
        *requirement_gaps(document, held),
        *disagreements(document, days or lifecycle(), read_releases, place),
        *faults_of_style(document, place),
    ]


def check_authored(source: Source, days: Lifecycle | None = None) -> list[str]:
    """Return the problems of the authored document, and of the releases beside it, a sentence each."""
    return [*check_document(source.document, source.place, days), *problems_of_releases(source)]


def _violations(document: dict[str, Any], place: Place) -> list[str]:
    # Imported here: it takes as long to import as the rest of the command, and only this needs it.
    from openapi_spec_validator import OpenAPIV31SpecValidator

    problems = []
    try:
        for error in OpenAPIV31SpecValidator(document).iter_errors():
            if not error.absolute_path and error.instance != document:
                continue  # a default that is not valid, without its place: the check of examples tells it
            while error.context:  # of several shapes that something may have, the one that it comes nearest to
                error = max(error.context, key=lambda each: len(each.absolute_path))
            reason = " ".join(error.message.split())
            problems.append(f"{place(tuple(error.absolute_path))} is not valid OpenAPI 3.1: {reason:.300}; correct it.")
    except (
        Exception
    ) as error:  # of many kinds, where the validator can't follow what is of another type than it expects
        if not problems:
            problems.append(f"{place(())} is not valid OpenAPI 3.1: {error}; correct the type of that.")
    return problems


def requirement_gaps(document: dict[str, Any], held: Register) -> list[str]:
    """Return a sentence for each requirement that the document does not name, and each name that is no requirement."""
    carriers = {f"{method} {path}": operation for path, method, operation in operations(document)}
    carriers |= {f"webhook {event}": operation for event, operation in webhooks(document)}
    problems, named = [], set(_named(document["info"]))
    for name, operation in carriers.items():
        if not _named(operation):
            problems.append(f"{name}: carries no x-requirements; list the ids of those that it keeps.")
        named.update(_named(operation))
    ids = {requirement.id for requirement in held.requirements}
    problems += [
        f"{id}: named by the document, but not in the register; correct the id, or add its row."
        for id in sorted(named - ids)
    ]
    problems += [
        f"{id} (“{held[id].clause}”): in the register, but no x-requirements names it; name it where it is kept."
        for id in sorted(ids - named)
    ]
    return problems


def _named(carrier: dict[str, Any]) -> list[str]:
    """Return the ids in `x-requirements` of an operation, a webhook or `info`; none unless it is a list of texts."""
    named = carrier.get("x-requirements")
    return named if isinstance(named, list) and all(isinstance(id, str) for id in named) else []
