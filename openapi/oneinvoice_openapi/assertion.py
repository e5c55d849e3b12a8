"""Assertions on the authored document, as rows of the register make them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Expectation(Enum):
    """Comparison of a value with the one of an assertion; by its word in the register."""

    IS = "is"
    IS_NOT = "is_not"
    HAS = "has"
    ONLY = "only"
    IS_THERE = "is_there"


@dataclass(frozen=True, slots=True)
class Assertion:
    """Demand on what stands `at` a place of the document; the head of `requirements.yaml` tells the vocabulary."""

    at: str
    written: str
    """The place as the register has it, which may begin with a name for a longer one."""
    expectation: Expectation
    value: Any

    @property
    def demand(self) -> str:
        """Completes the sentence that begins with the place and "must"."""
        written = json.dumps(self.value, ensure_ascii=False)
        match self.expectation:
            case Expectation.IS:
                return f"be {written}"
            case Expectation.IS_NOT:
                return f"not be {written}"
            case Expectation.HAS:
                return f"have {', '.join(map(str, self.value))}"
            case Expectation.ONLY:
                return f"have {', '.join(map(str, self.value))} and nothing else"
            case Expectation.IS_THERE:
                return "be there"

    def holds(self, value: Any) -> bool:
        """Tell whether a value is as asserted."""
        match self.expectation:
            case Expectation.IS:
                return _same(value, self.value)
            case Expectation.IS_NOT:
                return not _same(value, self.value)
            case Expectation.HAS:
                return isinstance(value, str | list | dict) and all(each in value for each in self.value)
            case Expectation.ONLY:
                return isinstance(value, list | dict) and sorted(map(str, value)) == sorted(map(str, self.value))
            case Expectation.IS_THERE:
                return True


def assertions(id: str, rows: Any, places: Mapping[str, str]) -> tuple[Assertion, ...]:
    """Return the assertions of a requirement. Raises `ValueError`, which names it, for one that can't be understood.

    `places` are the names by which a place may begin.
    """
    if not isinstance(rows, list):
        raise ValueError(f"{id}: `document` is no list of assertions.")
    return tuple(each for row in rows for each in _assertions(id, row, places))


def _assertions(id: str, row: Any, places: Mapping[str, str]) -> list[Assertion]:
    if not isinstance(row, dict) or not isinstance(row.get("at"), str | list):
        raise ValueError(f"{id}: {row} in `document` has no `at`; say where it is to hold.")
    said = [word for word in row if word != "at"]
    known = [each.value for each in Expectation if each is not Expectation.IS_THERE]
    if len(said) > 1 or not set(said) <= set(known):
        raise ValueError(f"{id}: {row['at']} in `document` says {', '.join(said)}; say one of {', '.join(known)}.")
    expectation = Expectation(said[0]) if said else Expectation.IS_THERE
    value = row[said[0]] if said else None
    if expectation in (Expectation.HAS, Expectation.ONLY) and not (
        isinstance(value, list) and value and all(isinstance(each, str) for each in value)
    ):
        raise ValueError(f"{id}: `{said[0]}` of {row['at']} in `document` takes a list of texts.")
    written = row["at"] if isinstance(row["at"], list) else [row["at"]]
    return [Assertion(_place(id, each, places), each, expectation, value) for each in written]


def _place(id: str, written: Any, places: Mapping[str, str]) -> str:
    name, _, rest = written.partition("/") if isinstance(written, str) else ("", "", "")
    if name != "#" and name not in places:
        raise ValueError(f"{id}: {written} in `document` is no place; begin it with #/ or one of {', '.join(places)}.")
    return "/".join(filter(None, (places.get(name, name), rest)))


def _same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same in JSON, where true is no number."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
