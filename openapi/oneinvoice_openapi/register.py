"""Register of requirements: every promise of the documentation, and what it asks of its clients, one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from oneinvoice_openapi.assertion import Assertion, assertions
from oneinvoice_openapi.contract import PACKAGE, load_yaml
from oneinvoice_openapi.reading.source import content, read_source
from oneinvoice_openapi.references import Unusable

NAME = "requirements.yaml"
Level = Literal["must", "should"]
Subject = Literal["deployment", "client"]
CLIENT = "CLIENT/"
"""Beginning of the ids and areas of clients, whose numbers those of deployments have too."""
_TEXTS = ("id", "section", "clause", "level", "statement")


@dataclass(frozen=True, slots=True)
class Question:
    """Question that the documentation leaves open: what to `ask` its owner, and the behaviour `accepted` meanwhile."""

    ask: str
    accepted: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """Row of the register. `clause` is quoted from the section `section` of the documentation.

    `subject` is who is held to it, and `source` names what says it too, or alone where the clause is silent on it.
    """

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
    subject: Subject = "deployment"
    source: str | None = None

    @property
    def citation(self) -> str:
        """Clause in quotation marks, the section that it stands in, and what else says so."""
        return f"“{self.clause}” ({self.section}{f'; {self.source}' if self.source else ''})"

    @property
    def area(self) -> str:
        """Part of the id before the number, such as `MEM` or `CLIENT/PACE`."""
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

    def of(self, subject: Subject) -> Register:
        """Return the rows of a subject, and the areas that they belong to."""
        rows = tuple(row for row in self.requirements if row.subject == subject)
        held = {row.area for row in rows}
        return replace(self, areas={code: name for code, name in self.areas.items() if code in held}, requirements=rows)


@cache
def register() -> Register:
    """Return the register that ships with the package. Raises `Unusable`."""
    return read_register(content(Path(str(PACKAGE.joinpath(NAME)))))


def read_register(text: bytes, name: str = NAME) -> Register:
    """Return the register in a file's content. Raises `Unusable`, with the row, for the first mistake."""
    try:
        found = load_yaml(text.decode())
    except (yaml.YAMLError, ValueError):
        found = read_source(text, name).document  # which tells the line
    if not isinstance(found, dict) or not isinstance(found.get("requirements"), list):
        raise Unusable(f"{name} is not a register: it needs `requirements:` with a list.")
    areas, places = (_named(found, key, name) for key in ("areas", "places"))
    rows: dict[str, Requirement] = {}
    for number, row in enumerate(found["requirements"], 1):
        try:
            requirement = _requirement(row, places)
            if requirement.area not in areas:
                raise ValueError(f"{requirement.id}: `areas` has no {requirement.area}; add it, or correct the id.")
            if requirement.id in rows:
                raise ValueError(f"{requirement.id}: the id is taken; number it anew.")
        except ValueError as error:
            raise Unusable(f"{name}, row {number}: {error}") from error
        rows[requirement.id] = requirement
    return Register(areas, tuple(rows.values()), places)


def _named(found: dict[str, Any], key: str, name: str) -> dict[str, str]:
    named = found.get(key)
    if not isinstance(named, dict) or not _is_texts([*named, *named.values()]):
        raise Unusable(f"{name} is not a register: it needs `{key}:`, texts by their names.")
    return named


def _requirement(row: Any, places: Mapping[str, str]) -> Requirement:
    """Return a row. Raises `ValueError` with a sentence."""
    _check_row(row)
    question = row.get("question")
    return Requirement(
        **row
        | {
            "needs": tuple(row["needs"]),
            "question": Question(**question) if question else None,
            "names": {kind: tuple(words) for kind, words in row.get("names", {}).items()},
            "document": assertions(row["id"], row.get("document", []), places),
        }
    )


def _check_row(row: Any) -> None:
    if not isinstance(row, dict):
        raise ValueError(f"it is no requirement, which needs {', '.join(_TEXTS)} and needs.")
    id = row.get("id", "no id")
    kinds = {key: isinstance(row.get(key), str) and bool(row[key].strip()) for key in _TEXTS}
    kinds |= {
        "level": row.get("level") in get_args(Level),
        "needs": _is_texts(row.get("needs")),
        "not_testable": isinstance(row.get("not_testable", ""), str),
        "question": "question" not in row or _is_question(row["question"]),
        "names": isinstance(row.get("names", {}), dict) and all(map(_is_list, row.get("names", {}).values())),
        "contract": isinstance(row.get("contract", False), bool),
        "subject": row.get("subject", "deployment") == ("client" if str(id).startswith(CLIENT) else "deployment"),
        "source": isinstance(row.get("source", ""), str),
    }
    for key, is_right in kinds.items():
        if not is_right:
            raise ValueError(f"{id}: `{key}` is missing, or not as the head of the file has it; correct it.")
    unknown = [key for key in row if key not in {*kinds, "document"}]
    if unknown:
        raise ValueError(f"{id}: no row has `{unknown[0]}`; correct the word, or take it out.")


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_question(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"ask", "accepted"} and _is_texts([*value.values()])
