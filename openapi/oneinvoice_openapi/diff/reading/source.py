"""Document to compare: its content as plain JSON, and the line of each place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from oneinvoice_openapi.contract import YamlLoader
from oneinvoice_openapi.references import Unusable, joined

LARGEST = 4 * 1024 * 1024  # bytes
DEEPEST = 100  # levels
MOST_NODES = 100_000  # after aliases are followed, which a YAML bomb has billions of
_CONTRACT = "an OpenAPI document: it needs `openapi: 3.1.x` at the top"
_JSON_TYPES = tuple(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))


@dataclass(frozen=True)
class Source:
    """Document, the name that its user knows it by, and lines by JSON pointer."""

    name: str
    document: dict[str, Any]
    lines: Mapping[str, int]

    def line(self, pointer: str) -> int:
        """Return the line at which a place stands, or that which holds it."""
        while pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines[pointer]

    def at(self, pointer: str) -> str:
        """Return the place in words, for a sentence."""
        return f"{self.name}, line {self.line(pointer)} (#{pointer})"


def read_source(content: bytes, name: str, kind: str = _CONTRACT) -> Source:
    """Return the document in a file's content, which is to be of a kind. Raises `Unusable`."""
    if len(content) > LARGEST:
        raise Unusable(
            f"{name} has {len(content) / 1024 / 1024:.1f} MiB; a file of at most {LARGEST // 1024 // 1024} MiB is read."
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"{name} is not UTF-8 (byte {error.start}); save it in that encoding.") from error
    try:
        _check_depth(text, name)
        root = yaml.compose(text, Loader=YamlLoader)
        reader = _Reader(name)
        document = None if root is None else reader.read(root, "", 0)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}," if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise Unusable(f"{name}{place} is not YAML: {problem:.200}.") from error
    if not isinstance(document, dict):
        raise Unusable(f"{name} is not {kind}.")
    return Source(name, document, reader.lines)


def _check_depth(text: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=YamlLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise Unusable(f"{name}, line {line}, is nested deeper than {DEEPEST} levels; flatten it.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Reader:
    """Plain values of YAML nodes, and where they stand."""

    def __init__(self, name: str) -> None:
        self.lines: dict[str, int] = {"": 1}
        self._name = name
        self._open: set[int] = set()
        self._constructor = yaml.SafeLoader("")

    def read(self, node: yaml.Node, pointer: str, depth: int) -> Any:
        line = node.start_mark.line + 1
        if len(self.lines) > MOST_NODES:
            raise Unusable(
                f"{self._name}, line {line}, goes beyond {MOST_NODES:,} values with its aliases followed; split it."
            )
        if id(node) in self._open or depth > 2 * DEEPEST:
            raise Unusable(f"{self._name}, line {line}, contains itself by an alias; write it out.")
        self.lines.setdefault(pointer, line)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.read(item, joined(pointer, i), depth + 1) for i, item in enumerate(node.value)]
            return self._mapping(node, pointer, depth)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Any, pointer: str, depth: int) -> dict[str, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Unusable(f"{self._name}, line {key.start_mark.line + 1}, has a key that is no text.")
            if key.value in seen:
                raise Unusable(f"{self._name}, line {key.start_mark.line + 1}, has the key {key.value!r} twice.")
            seen.add(key.value)
        self._constructor.flatten_mapping(node)  # of `<<`, whose entries come first
        content: dict[str, Any] = {}
        for key, value in node.value:
            inner = joined(pointer, key.value)
            self.lines[inner] = key.start_mark.line + 1
            content[key.value] = self.read(value, inner, depth + 1)
        return content

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        """Return a value that JSON has; a date or the like is the text that was written."""
        if node.tag not in _JSON_TYPES:
            if node.tag == "tag:yaml.org,2002:timestamp":
                return node.value
            problem = f"the tag {node.tag} has no place in JSON"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        value = self._constructor.construct_object(node)
        if isinstance(value, float) and (value != value or abs(value) == float("inf")):
            return node.value
        return value
