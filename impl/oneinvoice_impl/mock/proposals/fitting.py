"""Fit what the reference implementation says into what a document describes.

What the document describes and the implementation says is said; what it describes besides has a made value; what it
doesn't describe is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.references import Path, pointer

from oneinvoice_impl.mock.proposals.schemas import Choice, Places, Schemas
from oneinvoice_impl.mock.proposals.values import Unmade, Values

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]+)?")
_KEPT = re.compile(r"([._](id|status)|\.event|\.pagination\.[a-z]+)$")
"""Fields in whose place nothing else can be said: others are found, told apart or counted by them."""
_ABSENT: Any = object()


class Misfit(Exception):
    """Nothing that the mock could say is what the document describes; `place` is the schema that says so."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"{pointer(place)}: {reason}")
        self.place = place
        self.reason = reason


@dataclass(frozen=True)
class Fitting:
    """Fits JSON to the schemas of a document."""

    schemas: Schemas
    values: Values

    def fit(self, content: Any, places: Places, key: str) -> Any:
        """Return JSON that is valid in these places. Raises `Misfit`. `key` names what it is of, if it has no id."""
        if not places:
            return content
        try:
            fitted = self._fit(content, places, key, frozenset())
        except Unmade as problem:
            raise Misfit(problem.place, "the mock finds no value that it allows") from problem
        for error in self.schemas.validator(places).iter_errors(fitted):
            where = pointer([str(each) for each in error.instance_path])
            reason = " ".join(error.message.split())
            raise Misfit(places[0], f"what the mock says there is not valid at {where}: {reason:.200}")
        return fitted

    def made(self, places: Places, key: str) -> Any:
        """Return a value that is valid in these places, the same for the same key. Raises `Misfit`."""
        return self.fit(_ABSENT, places, key)

    def _fit(self, value: Any, places: Places, key: str, chosen: frozenset[Path]) -> Any:
        if value is _ABSENT:
            return self.values.made(places, key, chosen=chosen)
        if not isinstance(value, dict | list):
            return value if self.schemas.validator(places).is_valid(value) else self._replaced(value, places, key)
        shape = self.schemas.shape(places, chosen)
        if shape.choices:
            return self._chosen(value, places, key, chosen, shape.choices[0])
        if not shape.allows("object" if isinstance(value, dict) else "array"):
            return self.values.made(places, key, chosen=chosen)
        if isinstance(value, list):
            if not shape.items:
                return value
            return [self._fit(each, shape.items, f"{key}.{index}", frozenset()) for index, each in enumerate(value)]
        own = value.get("id")
        key = own if isinstance(own, str) else key
        if not shape.properties:
            return value
        told = {name: value[name] for name in value if name in shape.properties}
        more = {
            name: _ABSENT
            for name in shape.properties
            if name not in value and self.values.may_be(shape.properties[name])
        }
        return {
            name: self._fit(each, shape.properties[name], f"{key}.{name}", frozenset())
            for name, each in (told | more).items()
        }

    def _chosen(self, value: Any, places: Places, key: str, chosen: frozenset[Path], choice: Choice) -> Any:
        """Return what is valid by the first branch that takes such a value, or else by any."""
        valid = self.schemas.validator(places).is_valid
        kind = "object" if isinstance(value, dict) else "array"
        for branch in choice.branches:
            if not self.schemas.shape(branch).allows(kind):
                continue
            try:
                fitted = self._fit(value, (*places, *branch), key, chosen | {choice.place})
            except Unmade:
                continue
            if valid(fitted):
                return fitted
        return self.values.made(places, key, chosen=chosen)

    def _replaced(self, value: Any, places: Places, key: str) -> Any:
        """Return the same in another type, if that is valid, or else a made value."""
        valid = self.schemas.validator(places).is_valid
        for same in _converted(value):
            if valid(same):
                return same
        if value is not None and _KEPT.search(key):
            raise Misfit(places[0], f"the mock has {value!s:.80} there, and can have nothing else")
        return self.values.made(places, key)


def _converted(value: Any) -> Iterator[Any]:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        yield float(value) if "." in value else int(value)
        yield round(float(value))
    elif isinstance(value, int | float):
        yield str(value)
