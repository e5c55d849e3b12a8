"""Assertions of the register, held against a document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Any

from oneinvoice_openapi.assertion import Assertion, Expectation
from oneinvoice_openapi.references import Path, Place, resolved, steps
from oneinvoice_openapi.register import Register


def broken_promises(document: dict[str, Any], register: Register, place: Place) -> list[str]:
    """Return a sentence for each assertion of a register that the document contradicts."""
    return list(
        dict.fromkeys(
            f"{row.id} (“{row.clause}”): {problem}; change it, or `document` of that row if the documentation changed."
            for row in register.requirements
            for assertion in row.document
            for problem in contradictions(document, assertion, place)
        )
    )


def contradictions(document: dict[str, Any], assertion: Assertion, place: Place) -> Iterator[str]:
    """Yield what is wrong with each place that an assertion means; a pattern has to mean some."""
    for path in _written_out(document, (), steps(assertion.at)):
        found, missing = _found(document, path)
        if found:
            value = _value(found)
            if not assertion.holds(value):
                told = json.dumps(value, ensure_ascii=False) if not isinstance(value, dict) else ", ".join(value)
                yield f"{place(found[0][0])} is {told:.100}, and must {assertion.demand}"
        elif assertion.expectation is not Expectation.IS_NOT:
            there, left = missing
            yield f"{place(there)} has no {'/'.join(map(str, left))}, which must {assertion.demand}"


def _written_out(document: dict[str, Any], before: Path, after: Sequence[str]) -> Iterator[Path]:
    """Yield the paths that a path with patterns means."""
    for index, step in enumerate(after):
        if "*" not in step:
            continue
        here = (*before, *after[:index])
        found, _ = _found(document, here)
        keys = list(dict.fromkeys(key for _, node in found if isinstance(node, dict) for key in node))
        matching = [key for key in keys if fnmatchcase(key, step)]
        for key in matching:
            yield from _written_out(document, (*here, key), after[index + 1 :])
        if matching:
            return
        break
    yield (*before, *after)


def _found(document: dict[str, Any], path: Path) -> tuple[list[tuple[Path, Any]], tuple[Path, Path]]:
    """Return what a path leads to, with where that is; if to nothing, where it ends and the steps that are left."""
    here: list[tuple[Path, Any]] = [((), document)]
    for index, step in enumerate(path):
        after = [found for each in here for found in _step(document, each, str(step))]
        if not after and step == "security" and "responses" in _keys(here):
            after = [(("security",), document.get("security", []))]  # what an operation has unless it says otherwise
        if not after:
            return [], (here[0][0], path[index:])
        here = after
    return here, ((), ())


def _step(document: dict[str, Any], of: tuple[Path, Any], step: str) -> list[tuple[Path, Any]]:
    """Return what stands one step further, in a node or in what it refers to and is composed of."""
    found: list[tuple[Path, Any]] = []
    for path, node in _in_place(document, *of):
        if isinstance(node, dict) and step in node:
            found.append(((*path, step), node[step]))
        elif isinstance(node, list):
            named = (((*path, index), resolved(document, (*path, index))[1]) for index in range(len(node)))
            found += [
                (resolved(document, each)[0], item)
                for each, item in named
                if isinstance(item, dict) and item.get("name") == step
            ]
    return found


def _in_place(document: dict[str, Any], path: Path, node: Any) -> Iterator[tuple[Path, Any]]:
    """Yield a node, what it refers to, and the members of its `allOf` and `anyOf`."""
    yield path, node
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str):
        yield from _in_place(document, *resolved(document, steps(node["$ref"])))
    for word in ("allOf", "anyOf"):
        if isinstance(node.get(word), list):
            for index, member in enumerate(node[word]):
                yield from _in_place(document, (*path, word, index), member)


def _keys(found: list[tuple[Path, Any]]) -> set[str]:
    return {key for _, node in found if isinstance(node, dict) for key in node}


def _value(found: list[tuple[Path, Any]]) -> Any:
    """Return the first value, which stands nearest; of lists, such as `required`, what all have."""
    values = [value for _, value in found]
    return [*chain(*values)] if all(isinstance(value, list) for value in values) else values[0]
