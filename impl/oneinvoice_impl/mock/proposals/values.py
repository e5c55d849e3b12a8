"""Values of fields that the reference implementation knows nothing of: examples, or made by their schema."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from typing import Any

from oneinvoice_fixtures.derivation import Draw
from oneinvoice_openapi.references import Path, at

from oneinvoice_impl.mock.proposals.schemas import Places, Schemas, Shape
from oneinvoice_impl.mock.proposals.texts import texts

_TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_DEEP = 3
"""Levels below which what may be left out is."""
_DEEPEST = 12
"""Levels beyond which a schema that needs itself has no end."""
_SPAN = 1000
_MOST_TRIED = 8


class Unmade(Exception):
    """No valid value was found for the schema at `place`."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class Values:
    """Makes values; the same for the same place and key. `shown` are those that examples of messages have there."""

    schemas: Schemas
    shown: Mapping[Places, Sequence[Any]]

    def made(self, places: Places, key: str, depth: int = 0, chosen: frozenset[Path] = frozenset()) -> Any:
        """Return a value that is valid in all these places. Raises `Unmade`.

        `key` is of the record and of the field in it; `chosen` as in `Schemas.shape`.
        """
        valid = self.schemas.validator(places).is_valid
        innermost = places[0]
        try:
            for candidate in self._candidates(places, key, depth, chosen):
                if valid(candidate):
                    return candidate
        except Unmade as inner:
            innermost = inner.place
        raise Unmade(innermost)

    def _candidates(self, places: Places, key: str, depth: int, chosen: frozenset[Path]) -> Iterator[Any]:
        shape = self.schemas.shape(places, chosen)
        draw = Draw("contract", key)
        given = [*chain.from_iterable(shape.all("examples")), *shape.all("example"), *self.shown.get(places, ())]
        for several in (given, shape.all("default"), shape.all("const"), [*chain.from_iterable(shape.all("enum"))]):
            yield from _from(several, draw)
        if shape.choices:
            yield from self._chosen(shape, places, key, depth, chosen)
            return
        for kind in _TYPES:
            if shape.allows(kind):
                yield from self._of_type(kind, shape, places, key, depth)

    def _chosen(self, shape: Shape, places: Places, key: str, depth: int, chosen: frozenset[Path]) -> Iterator[Any]:
        """Yield a value by each branch of the first choice, null last."""
        choice = shape.choices[0]
        failed: Unmade | None = None
        branches = _from(choice.branches, Draw("contract", key, "branch"))
        for branch in sorted(branches, key=lambda each: self.schemas.shape(each).is_only("null")):
            try:
                yield self.made((*places, *branch), key, depth, chosen | {choice.place})
            except Unmade as problem:
                failed = failed or problem
        if failed is not None:
            raise failed

    def _of_type(self, kind: str, shape: Shape, places: Places, key: str, depth: int) -> Iterator[Any]:
        draw = Draw("contract", key, kind)
        if kind == "object":
            yield self._object(shape, places, key, depth)
        elif kind == "array":
            yield self._array(shape, key, depth)
        elif kind == "string":
            patterns, formats = shape.all("pattern"), shape.all("format")
            lengths = max([0, *shape.all("minLength")]), min(shape.all("maxLength"), default=None)
            name = key.rpartition(".")[2]
            for _ in range(_MOST_TRIED):
                yield from texts(name, formats, patterns, lengths, draw)
        elif kind in ("integer", "number"):
            yield from _numbers(shape, kind, draw)
        else:
            yield draw.below(2) == 0 if kind == "boolean" else None

    def _object(self, shape: Shape, places: Places, key: str, depth: int) -> dict[str, Any]:
        if depth > _DEEPEST:
            raise Unmade(places[0])
        names = dict.fromkeys([*shape.properties, *shape.required])
        made = {}
        for name in names:
            inner = shape.properties.get(name, ())
            if name not in shape.required and (depth >= _DEEP or not self.may_be(inner)):
                continue
            made[name] = self.made(inner, f"{key}.{name}", depth + 1) if inner else f"{name} of {key}"
        return made

    def may_be(self, places: Places) -> bool:
        """Tell whether a property may be there: `false` says that it may not."""
        return all(at(self.schemas.document, each) is not False for each in places)

    def _array(self, shape: Shape, key: str, depth: int) -> list[Any]:
        least, most = max([0, *shape.all("minItems")]), min(shape.all("maxItems"), default=None)
        count = least or (0 if depth >= _DEEP else 1)
        count = count if most is None else min(count, most)
        if not shape.items:
            return [f"item {index + 1}" for index in range(count)]
        made: list[Any] = []
        for index in range(count * _MOST_TRIED):
            if len(made) == count:
                break
            item = self.made(shape.items, f"{key}.{index}", depth + 1)
            if item not in made or True not in shape.all("uniqueItems"):
                made.append(item)
        return made


def _from(several: Sequence[Any], draw: Draw) -> Iterator[Any]:
    """Yield all of them, beginning with one that is drawn."""
    if several:
        begin = draw.below(len(several))
        yield from (*several[begin:], *several[:begin])


def _numbers(shape: Shape, kind: str, draw: Draw) -> Iterator[Any]:
    steps = [Fraction(str(each)) for each in shape.all("multipleOf")]
    step = (
        Fraction(math.lcm(*(each.numerator for each in steps)), math.gcd(*(each.denominator for each in steps)))
        if steps
        else Fraction(1)
    )
    lowest = [*map(str, shape.all("minimum")), *map(str, shape.all("exclusiveMinimum"))]
    highest = [*map(str, shape.all("maximum")), *map(str, shape.all("exclusiveMaximum"))]
    low = max(map(Fraction, lowest), default=None)
    high = min(map(Fraction, highest), default=None)
    if low is None:
        low = Fraction(0) if high is None or high > 0 else high - _SPAN * step
    if high is None:
        high = low + _SPAN * step
    first = math.ceil(low / step)
    count = max(1, min(_SPAN, math.floor(high / step) - first + 1))
    begin = draw.below(count)
    for index in (begin, *range(min(count, 3)), count - 1):
        number = (first + index) * step
        yield int(number) if number.denominator == 1 else float(number)
    if kind == "number":
        yield float((low + high) / 2)
