"""Documents in files: read one whole, or say in a sentence why it can't be used."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import yaml

from oneinvoice_openapi.contract import PACKAGE, YamlLoader, load_yaml
from oneinvoice_openapi.references import Unusable, check_references, pointer

MOST_BYTES = 1024 * 1024
MOST_NODES = 200_000
"""Maps, lists and values, those that aliases repeat counted each time."""
MOST_LEVELS = 100
_VERSION = re.compile(r"3\.1\.\d+")


@dataclass(frozen=True)
class DocumentFile:
    """An OpenAPI 3.1 document whose references all lead somewhere, with the text that it was read from."""

    document: dict[str, Any]
    text: str

    def place(self, path: Sequence[str | int]) -> str:
        """Return where something is: its JSON pointer, and the line of the text."""
        return f"{pointer(path)} (line {self.line(path)})"

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line where something begins, or what it would be in if it is not there."""
        node, line = self._root, 1
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = [pair for pair in node.value if pair[0].value == str(step)]
                if not found:
                    break
                key, node = found[-1]
                line = key.start_mark.line + 1
            elif isinstance(node, yaml.SequenceNode) and str(step).isdecimal() and int(step) < len(node.value):
                node = node.value[int(step)]
                line = node.start_mark.line + 1
            else:
                break
        return line

    @cached_property
    def _root(self) -> Any:
        return yaml.compose(self.text, Loader=YamlLoader)


def read_document(path: Path | None) -> DocumentFile:
    """Read a document, by default that in the package. Raises `Unusable` with a sentence that begins with its name."""
    source: Path | Traversable = path or PACKAGE.joinpath("v1", "openapi.yaml")
    text = _text(source)
    try:
        _check_extent(text)
        content = _as_json(load_yaml(text), ())
    except yaml.YAMLError as error:
        raise Unusable(f"{source} is not YAML: {_reason(error)}; correct it there.") from error
    except Unusable as error:
        raise Unusable(f"{source} can't be used: {error}") from error
    _check_version(source, content)
    file = DocumentFile(content, text)
    try:
        check_references(content, file.place)
    except Unusable as error:
        raise Unusable(f"{source} can't be used: {error}") from error
    return file


def _text(source: Path | Traversable) -> str:
    try:
        with source.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise Unusable(f"{source} has more than {MOST_BYTES // 1024} KiB; name a document that is no longer.")
        return content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{source} can't be read ({error}); name a readable file in UTF-8.") from error


def _check_extent(text: str) -> None:
    """Go through the text without building anything of it. Raises `Unusable` where it is deep or grows by aliases."""
    sizes: dict[str, tuple[int, int]] = {}  # nodes and levels below, by anchor
    opened: list[list[Any]] = []  # anchor, nodes, levels below
    for event in yaml.parse(text, Loader=YamlLoader):
        line = event.start_mark.line + 1  # type: ignore[union-attr]  # parsed, so that it has one
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append([event.anchor, 1, 1])
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _, _ in opened):
                raise Unusable(f"in line {line} the alias *{event.anchor} stands within what it repeats; write it out.")
            _add(opened, *sizes.get(event.anchor or "", (1, 0)))
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                sizes[event.anchor] = (1, 0)
            _add(opened, 1, 0)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, nodes, levels = opened.pop()
            if anchor:
                sizes[anchor] = (nodes, levels)
            _add(opened, nodes, levels)
        if len(opened) + (opened[-1][2] if opened else 0) > MOST_LEVELS:
            raise Unusable(f"in line {line} it is nested deeper than {MOST_LEVELS} levels; use fewer.")
        if opened and opened[-1][1] > MOST_NODES:
            raise Unusable(f"by line {line} it has more than {MOST_NODES:,} values, aliases written out; use fewer.")


def _add(opened: list[list[Any]], nodes: int, levels: int) -> None:
    """Count what has ended into what it stands in."""
    if opened:
        opened[-1][1] += nodes
        opened[-1][2] = max(opened[-1][2], levels + 1)


def _as_json(value: Any, path: tuple[str | int, ...]) -> Any:
    """Return a value with texts as keys. Raises `Unusable` for what JSON hasn't got, such as a date."""
    if isinstance(value, dict):
        return {_key(key, path): _as_json(each, (*path, str(key))) for key, each in value.items()}
    if isinstance(value, list):
        return [_as_json(each, (*path, index)) for index, each in enumerate(value)]
    if not isinstance(value, str | int | float | None) or (isinstance(value, float) and not math.isfinite(value)):
        raise Unusable(f"{pointer(path)} is {value} to YAML, which JSON can't say; put it in quotes.")
    return value


def _key(key: Any, path: tuple[str | int, ...]) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):  # a status, as most people write it
        return str(key)
    raise Unusable(f"{pointer(path)} has the key {key}, which is no text to YAML; put it in quotes.")


def _check_version(source: object, content: Any) -> None:
    version = content.get("openapi") if isinstance(content, dict) else None
    if isinstance(version, str) and _VERSION.fullmatch(version):
        return
    older = content.get("swagger") if isinstance(content, dict) else None
    found = f"it says `openapi: {version}`" if version else f"it says `swagger: {older}`" if older else "it says none"
    raise Unusable(f"{source} is not an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top, and {found}.")


def _reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = " ".join((getattr(error, "problem", None) or str(error)).split())
    return f"in line {mark.line + 1}, {reason}" if mark else reason
