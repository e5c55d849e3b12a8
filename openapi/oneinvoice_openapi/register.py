"""Register of requirements: every promise of the documentation, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal

from oneinvoice_openapi.assertion import Assertion, assertions
from oneinvoice_openapi.contract import PACKAGE, load_yaml

Level = Literal["must", "should"]


@dataclass(frozen=True, slots=True)
class Question:
    """Question that the documentation leaves open: what to `ask` its owner, and the behaviour `accepted` meanwhile."""

    ask: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """Row of the register. `clause` is quoted from the section `section` of the documentation."""

    id: str
    section: str
    clause: str
    level: Level
    statement: str
    needs: tuple[str, ...] = ()
    not_testable: str | None = None
    question: Question | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    contract: bool = False
    """True for a rule of the authored contract, which is judged under `--strict` alone."""
    document: tuple[Assertion, ...] = ()
    """What the authored document has to say, so that it doesn't contradict the clause."""

    @property
    def area(self) -> str:
        """Part of the id before the number, such as `MEM`."""
        return self.id.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class Register:
    """Rows in order, and the areas (code to name) that they belong to."""

    areas: Mapping[str, str]
    requirements: tuple[Requirement, ...]
    places: Mapping[str, str] = field(default_factory=dict)
    """Names for places of the authored document, with their pointers."""

    def __getitem__(self, id: str) -> Requirement:
        """Return the row of that id. Raises `KeyError`."""
        for requirement in self.requirements:
            if requirement.id == id:
                return requirement
        raise KeyError(id)


def _requirement(row: dict[str, Any], places: Mapping[str, str]) -> Requirement:
    question = row.pop("question", None)
    names = row.pop("names", {})
    needs = row.pop("needs")
    document = assertions(row["id"], row.pop("document", []), places)
    return Requirement(
        **row,
        needs=tuple(needs),
        question=Question(**question) if question else None,
        names={kind: tuple(words) for kind, words in names.items()},
        document=document,
    )


@cache
def register() -> Register:
    """Return the register that ships with the package."""
    return read_register(PACKAGE.joinpath("requirements.yaml").read_text("utf-8"))


def read_register(text: str) -> Register:
    """Return the register that a text of YAML holds."""
    content = load_yaml(text)
    places = content["places"]
    return Register(content["areas"], tuple(_requirement(row, places) for row in content["requirements"]), places)
