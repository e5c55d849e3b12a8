"""Reports in which a text stands wherever a text can stand."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_openapi.register import Requirement

from tests.unit.conformance.fakes import BASE, CONTRACT
from tests.unit.conformance.reports.reporting import ROWS

# What the kit says of itself, and where the deployment is; nothing of it comes from a deployment or from its keys.
OWN_WORDS: dict[type, Any] = {
    Contract: CONTRACT,
    Requirement: ROWS["MEM-1"],
    Scope: Scope(("MEM",), ("MEM-7",)),
}
PLAIN: dict[type, Any] = {
    bool: False,
    int: 1,
    float: 1.0,
    date: date(2026, 1, 1),
    datetime: datetime(2026, 1, 1, tzinfo=UTC),
}


def planted(kind: Any, text: str) -> Any:
    """Return a value of that type with the text in each field that may hold one. Raises `TypeError` for other types."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is str or kind is Any:
        return text
    if kind is bytes:
        return text.encode()
    if kind is Body:
        return Body(text.encode())
    if kind in OWN_WORDS:
        return OWN_WORDS[kind]
    if kind in PLAIN:
        return PLAIN[kind]
    if origin in (Union, types.UnionType):
        return planted(next(each for each in arguments if each is not types.NoneType), text)
    if origin is tuple:
        return tuple(planted(each, text) for each in arguments if each is not Ellipsis)
    if origin is not None and issubclass(origin, Mapping):
        return {planted(arguments[0], text): planted(arguments[1], text)}
    if origin is not None and issubclass(origin, frozenset | set | list):
        return origin([planted(arguments[0], text)])
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: planted(hints[field.name], text) for field in fields(kind)})  # type: ignore[operator]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    raise TypeError(f"tell here how a {kind} is made")


def planted_report(text: str) -> Report:
    """Return a report with the text in every field, and a result of each outcome, expected or not."""
    return replace(planted(Report, text), base=BASE, results=tuple(_results(text)))


def _results(text: str) -> Iterator[Result]:
    requirements = iter(ROWS.requirements)
    for outcome in Outcome:
        result = planted(Result, text)
        assert result.expected
        for expected in (None, result.expected, replace(result.expected, problem=None)):
            finding = replace(result.finding, outcome=outcome)
            yield replace(result, requirement=next(requirements), finding=finding, expected=expected)
