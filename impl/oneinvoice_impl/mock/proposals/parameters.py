"""Query parameters of a proposed document, with the filters that it adds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.references import Path

from oneinvoice_impl.api.parameters import Invalid, Parameter
from oneinvoice_impl.mock.proposals.schemas import Schemas, Shape

PAGE: Mapping[str, Any] = {"limit": 50, "offset": 0, "status": None}
"""Parameters of every list, with what is taken where a document has none of them."""
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class ProposedParameter(Parameter):
    """Parameter that may be required, and of any type that a word of a query can be read as."""

    required: bool = False
    types: frozenset[str] | None = None

    def value(self, texts: Sequence[str]) -> Any:
        """Return what was sent, or the default. Raises `Invalid`."""
        if not texts and self.required:
            raise Invalid("must be given")
        # Not `super()`, which a dataclass with slots loses.
        return Parameter.value(self, texts)

    def _parse(self, text: str) -> Any:
        if self.types is None or "string" in self.types:
            return text
        if "boolean" in self.types and text in _WORDS:
            return _WORDS[text]
        if "number" in self.types:
            try:
                return json.loads(text)
            except ValueError:
                return text
        return Parameter._parse(self, text)


@dataclass(frozen=True, slots=True)
class Untold(Parameter):
    """Parameter that a document no longer has: whatever is sent under its name is passed over."""

    def value(self, texts: Sequence[str]) -> Any:
        """Return the same for all."""
        return self.default


def proposed_parameter(schemas: Schemas, place: Path, described: dict[str, Any]) -> Parameter:
    """Return the query parameter that stands at a place."""
    places = ((*place, "schema"),)
    shape = schemas.shape(places)
    name = described["name"]
    default = next(iter(shape.all("default")), PAGE.get(name))
    return ProposedParameter(
        name=name,
        is_integer=shape.is_only("integer"),
        default=default,
        expectation=_expectation(shape, schemas, places),
        validator=schemas.validator(places),
        required=bool(described.get("required")),
        types=shape.types,
    )


def untold(name: str) -> Parameter:
    """Return what takes the place of a parameter of lists that a document doesn't have."""
    return Untold(name, False, PAGE[name], "", Schemas({}).validator(()))


def _expectation(shape: Shape, schemas: Schemas, places: tuple[Path, ...]) -> str:
    if names := schemas.named(places):
        *most, last = names
        return f"must be {', '.join(most)} or {last}" if most else f"must be {last}"
    kind = "a whole number" if shape.is_only("integer") else "a number" if shape.is_only("number") else "a value"
    low, high = (next(iter(shape.all(each)), None) for each in ("minimum", "maximum"))
    bounds = f" from {low}" if low is not None else ""
    bounds += f" to {high}" if high is not None else ""
    if bounds or kind != "a value":
        return f"must be {kind}{bounds}"
    pattern = next(iter(shape.all("pattern")), None)
    return "must be as the document describes it" if pattern is None else f"must match {pattern}"
