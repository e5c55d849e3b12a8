"""Parts of the contract, by the names that the lifecycle has for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from oneinvoice_openapi.contract import METHODS, operations, webhooks
from oneinvoice_openapi.lifecycle.entries import Kind, Subject
from oneinvoice_openapi.references import Path, resolved

_OPERATION = rf"({'|'.join(METHODS).upper()}) /\S*"
_FORMS = {
    Kind.VERSION: (r"v[1-9][0-9]{0,3}", "v1"),
    Kind.OPERATION: (_OPERATION, "GET /api/v1/quotes"),
    Kind.PARAMETER: (rf"{_OPERATION} \S+", "GET /api/v1/members status"),
    Kind.FIELD: (r"[A-Za-z0-9_-]+\.\S+", "Invoice.due_date"),
    Kind.STATUS: (r"[A-Za-z0-9._-]+ \S+", "InvoiceStatus paid"),
    Kind.EVENT: (r"\S+", "invoice.paid"),
}
_COMPOSED = ("allOf", "anyOf", "oneOf")


def named(kind: Kind, name: str) -> Subject:
    """Return the part of that name. Raises `ValueError` with what is wrong, which completes a sentence."""
    form, example = _FORMS[kind]
    if not re.fullmatch(form, name):
        raise ValueError(f"is no {kind}; write it as {example}")
    return Subject(kind, name)


def find(document: dict[str, Any], subject: Subject) -> Path | None:
    """Return where a part stands in a document, or None if it isn't there."""
    if subject.kind is Kind.VERSION:
        return ("paths",) if any(_is_below(path, subject.path) for path in document.get("paths") or {}) else None
    if subject.kind is Kind.STATUS:
        return _status(document, *subject.name.split(" "))
    if subject.kind is Kind.FIELD:
        schema, _, name = subject.name.partition(".")
        return dict(_fields(document, schema)).get(name)
    return dict(_of_operations(document)).get(subject)


def version_of(subject: Subject | None) -> Subject | None:
    """Return the version that an operation or a parameter is of, if its path tells; that of a version is itself."""
    match = re.match(r"/api/(v[1-9][0-9]{0,3})(/|$)", subject.path if subject else "")
    return Subject(Kind.VERSION, match[1]) if match else None


def deprecated(document: dict[str, Any]) -> Iterator[tuple[Subject, Path]]:
    """Yield the parts that a document says are deprecated, with their places."""
    schemas = (document.get("components") or {}).get("schemas") or {}
    fields = (
        (Subject(Kind.FIELD, f"{schema}.{name}"), path)
        for schema in schemas
        for name, path in _fields(document, schema)
    )
    for subject, path in (*_of_operations(document), *fields):
        node = resolved(document, path)[1] if subject.kind is Kind.PARAMETER else _at(document, path)
        if isinstance(node, dict) and node.get("deprecated") is True:
            yield subject, path


def _of_operations(document: dict[str, Any]) -> Iterator[tuple[Subject, Path]]:
    """Yield operations, their parameters (those of their path among them) and events."""
    for path, method, operation in operations(document):
        here: Path = ("paths", path, method.lower())
        yield Subject(Kind.OPERATION, f"{method} {path}"), here
        item = document["paths"][path]
        for above, owner in (("paths", path), item), (here, operation):
            for index in range(len(owner.get("parameters") or ())):
                where, parameter = resolved(document, (*above, "parameters", index))
                yield Subject(Kind.PARAMETER, f"{method} {path} {parameter.get('name')}"), where
    for event, _ in webhooks(document):
        yield Subject(Kind.EVENT, event), ("webhooks", event, "post")


def _fields(document: dict[str, Any], schema: str) -> Iterator[tuple[str, Path]]:
    """Yield the properties that a schema has itself, and not by a reference."""
    start: Path = ("components", "schemas", schema)
    waiting = [(start, ((document.get("components") or {}).get("schemas") or {}).get(schema))]
    while waiting:
        path, node = waiting.pop()
        if not isinstance(node, dict):
            continue
        yield from ((name, (*path, "properties", name)) for name in node.get("properties") or {})
        for word in _COMPOSED:
            waiting += [((*path, word, index), each) for index, each in enumerate(node.get(word) or ())]


def _status(document: dict[str, Any], schema: str, value: str) -> Path | None:
    node = ((document.get("components") or {}).get("schemas") or {}).get(schema)
    values = node.get("enum") if isinstance(node, dict) else None
    return ("components", "schemas", schema, "enum") if value in map(str, values or ()) else None


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _at(document: Any, path: Path) -> Any:
    for step in path:
        document = document[step]
    return document
