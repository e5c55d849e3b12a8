"""Schemas of a document by their places: what holds for a value there, and whether a value is valid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any
from urllib.parse import quote

from jsonschema_rs import Draft202012Validator
from oneinvoice_openapi.references import Path, at, pointer, steps

Places = tuple[Path, ...]
"""Places of schemas that all hold for the same value."""

_ROOTS = ("components", "paths", "webhooks")
_CHOICES = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Choice:
    """An `anyOf` or `oneOf`: its place, and those of its branches."""

    place: Path
    branches: tuple[Places, ...]


@dataclass(frozen=True)
class Shape:
    """Constraints of one value: the objects of all its schemas, references and `allOf` followed."""

    keywords: tuple[Mapping[str, Any], ...]
    choices: tuple[Choice, ...]
    properties: Mapping[str, Places]
    items: Places

    @cached_property
    def types(self) -> frozenset[str] | None:
        """Types that a value may have; None is any."""
        named = [frozenset([each] if isinstance(each, str) else each) for each in self.all("type")]
        return frozenset.intersection(*named) if named else None

    @property
    def required(self) -> list[str]:
        """Names of the properties that an object must have."""
        return list(dict.fromkeys(chain.from_iterable(self.all("required"))))

    def all(self, keyword: str) -> list[Any]:
        """Return each value of a keyword."""
        return [each[keyword] for each in self.keywords if keyword in each]

    def is_only(self, kind: str) -> bool:
        """Tell whether a value must have a type."""
        return self.types == frozenset([kind])

    def allows(self, kind: str) -> bool:
        """Tell whether a value may have a type."""
        return self.types is None or kind in self.types


@dataclass(frozen=True)
class Schemas:
    """Schemas of an OpenAPI 3.1 document whose references lead somewhere, and go round nowhere."""

    document: dict[str, Any]
    _shapes: dict[tuple[Places, frozenset[Path]], Shape] = field(default_factory=dict)
    _validators: dict[Places, Draft202012Validator] = field(default_factory=dict)

    def shape(self, places: Places, chosen: frozenset[Path] = frozenset()) -> Shape:
        """Return what holds in these places together. `chosen` are choices among whose branches one is chosen."""
        shape = self._shapes.get((places, chosen))
        if shape is None:
            shape = self._shapes[places, chosen] = self._made(self._expanded(places), chosen)
        return shape

    def validator(self, places: Places) -> Draft202012Validator:
        """Return what tells whether a value is valid in all these places, formats included."""
        validator = self._validators.get(places)
        if validator is None:
            together = [{"$ref": quote(pointer(each), safe="#/~$")} for each in places]
            roots = {name: self.document[name] for name in _ROOTS if name in self.document}
            validator = Draft202012Validator({**roots, "allOf": together} if places else True, validate_formats=True)
            self._validators[places] = validator
        return validator

    def named(self, places: Places) -> list[str]:
        """Return the texts that `enum` and `const` name in these places, those of any branch included."""
        shape = self.shape(places)
        values = [*chain.from_iterable(shape.all("enum")), *shape.all("const")]
        for choice in shape.choices:
            for branch in choice.branches:
                values += self.named(branch)
        return list(dict.fromkeys(each for each in values if isinstance(each, str)))

    def _expanded(self, places: Places) -> dict[Path, Mapping[str, Any]]:
        """Return the schemas that hold in these places, by their own."""
        found: dict[Path, Mapping[str, Any]] = {}
        waiting = [*places]
        while waiting:
            place = waiting.pop(0)
            schema = at(self.document, place)
            if place in found or not isinstance(schema, dict):
                continue
            found[place] = schema
            if "$ref" in schema:
                waiting.append(steps(schema["$ref"]))
            waiting += [(*place, "allOf", str(index)) for index in range(len(schema.get("allOf", ())))]
        return found

    def _made(self, found: Mapping[Path, Mapping[str, Any]], chosen: frozenset[Path]) -> Shape:
        properties: dict[str, Places] = {}
        items: Places = ()
        choices = []
        for place, schema in found.items():
            for name in schema.get("properties", ()):
                properties[name] = (*properties.get(name, ()), (*place, "properties", name))
            if "items" in schema:
                items = (*items, (*place, "items"))
            for keyword in _CHOICES:
                if keyword in schema and (*place, keyword) not in chosen:
                    branches = tuple(((*place, keyword, str(index)),) for index in range(len(schema[keyword])))
                    choices.append(Choice((*place, keyword), branches))
        return Shape(tuple(found.values()), tuple(choices), properties, items)
