"""Labelled pairs of documents, of the files in the folder `pairs`."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from oneinvoice_openapi.contract import document, load_yaml
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.reading.references import checked
from oneinvoice_openapi.reading.source import Source, read_source

FOLDER = Path(__file__).parent / "pairs"
SAME = "same"


@dataclass(frozen=True)
class Pair:
    """Two documents, the class of what changed between them, and a rule that must have seen it."""

    name: str
    old: dict[str, Any]
    new: dict[str, Any]
    label: str
    rule: str = ""

    def changes(self) -> list[Change]:
        sources = [_bases().get(id(each)) or source(each) for each in (self.old, self.new)]
        return compare_documents(*sources)


def source(content: dict[str, Any], name: str = "openapi.yaml") -> Source:
    return checked(read_source(written(content), name))


def written(content: dict[str, Any]) -> bytes:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(content, Dumper=dumper, allow_unicode=True, sort_keys=False).encode()


def rated(changes: list[Change]) -> str:
    """The worst class among changes."""
    return next((level.value for level in Level if any(change.level is level for change in changes)), SAME)


def pairs() -> list[Pair]:
    return [*_schema_pairs(), *_edited_pairs()]


@cache
def _base(name: str) -> dict[str, Any]:
    content = document() if name == "contract" else load_yaml((FOLDER / f"{name}.yaml").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


@cache
def _bases() -> dict[int, Source]:
    """The documents that most pairs have, read once."""
    return {id(_base(name)): source(_base(name)) for name in ("contract", "shop")}


def wrapped(schema: Any, place: str) -> dict[str, Any]:
    """A document that has the schema for a member of one message."""
    body: dict[str, Any] = {"type": "object", "required": ["value"], "properties": {"value": schema}}
    bodies: dict[str, Any] = {
        each: {"content": {"application/json": {"schema": body if each == place else True}}}
        for each in ("request", "response", "webhook")
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {
                "post": {
                    "requestBody": bodies["request"],
                    "responses": {"200": {"description": "Done", **bodies["response"]}},
                }
            }
        },
        "webhooks": {
            "thing": {"post": {"requestBody": bodies["webhook"], "responses": {"2XX": {"description": "Received"}}}}
        },
    }


def _schema_pairs() -> Iterator[Pair]:
    for entry in load_yaml((FOLDER / "schemas.yaml").read_text("utf-8")):
        for place in ("request", "response", "webhook"):
            label = entry.get(place, entry["response"])
            name = f"{entry['name']}, in a {place}"
            yield Pair(name, wrapped(entry["old"], place), wrapped(entry["new"], place), label)


def _edited_pairs() -> Iterator[Pair]:
    content = load_yaml((FOLDER / "edits.yaml").read_text("utf-8"))
    for base, entries in content.items():
        for entry in entries:
            old = _base(base)
            new = edited(old, entry)
            yield Pair(entry["name"], old, new, entry["label"], entry.get("rule", ""))
            yield Pair(f"{entry['name']}, taken back", new, old, entry["back"])


def edited(content: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    content = copy.deepcopy(content)
    for pointer, other in entry.get("move", {}).items():
        holder, key = _place(content, pointer)
        value = holder.pop(key)
        holder, key = _place(content, other)
        holder[key] = value
    for pointer in entry.get("remove", ()):
        holder, key = _place(content, pointer)
        del holder[key]
    for pointer, value in entry.get("set", {}).items():
        holder, key = _place(content, pointer)
        holder[key] = copy.deepcopy(value)
    for pointer, value in entry.get("append", {}).items():
        holder, key = _place(content, pointer)
        holder[key].append(copy.deepcopy(value))
    return content


def _place(content: Any, pointer: str) -> tuple[Any, Any]:
    *above, last = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    for step in above:
        content = content[_key(content, step)]
    return content, _key(content, last)


def _key(holder: Any, step: str) -> Any:
    return int(step) if isinstance(holder, list) else step
