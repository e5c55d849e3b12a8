"""YAML file as a source: its content as plain JSON, and the line of each place in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from oneinvoice_openapi.contract import YamlLoader
from oneinvoice_openapi.reading.extent import check_extent
from oneinvoice_openapi.references import Unusable, joined

LARGEST = 4 * 1024 * 1024  # bytes
DOCUMENT = "an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top, and it says none"
_JSON_TYPES = tuple(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))
_KEY_TYPES = tuple(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "value"))  # 200 is a usual key
_MERGE = "tag:yaml.org,2002:merge"
_Pair = tuple[yaml.ScalarNode, yaml.Node]


@dataclass(frozen=True)
class Source:
    """Content of a file, the name that its user knows it by, and lines by JSON pointer."""

    name: str
    document: dict[str, Any]
    lines: Mapping[str, int]
    text: str = ""
    foreign: Mapping[str, str] | None = None
    """What YAML reads as something that JSON can't say, by its pointer; here it is the text that was written."""

    def line(self, pointer: str) -> int:
        """Return the line at which a place stands, or that which holds it."""
        while pointer not in self.lines:
            pointer = pointer.rpartition("/")[0]
        return self.lines[pointer]

    def at(self, pointer: str) -> str:
        """Return the place in words that name the file, for a sentence."""
        return f"{self.name}, line {self.line(pointer)} (#{pointer})"

    def place(self, path: Sequence[str | int]) -> str:
        """Return the place in words for who knows which file is meant: its JSON pointer, and its line."""
        pointer = joined("", *path)
        return f"#{pointer} (line {self.line(pointer)})"


def content(path: Path) -> bytes:
    """Return the bytes of a file, as many as are looked at. Raises `Unusable`."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise Unusable(f"{path} can't be read ({error.strerror}); name a readable file.") from error


def shown(path: Path) -> str:
    """Return a path as it is told: from here, where it is below."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError, RuntimeError):  # not below, no folder to be in, or links that lead round
        return str(path)


def is_there(path: Path) -> bool:
    """Tell whether there is anything at a path; there is nothing at one that can't be."""
    try:
        return path.exists()
    except OSError:  # longer than a path may be, or in a folder that may not be read
        return False


def read_source(content: bytes, name: str, kind: str = DOCUMENT) -> Source:
    """Return what a file holds, which is to be of a kind. Raises `Unusable` with a sentence that begins with its name.

    Keys are texts; so are dates and what else JSON hasn't got, as YAML 1.2 has it.
    """
    if len(content) > LARGEST:
        raise Unusable(f"{name} has more than {LARGEST // 1024 // 1024} MiB; name a file that is no longer.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable(f"{name} is not UTF-8 (byte {error.start}); save it in that encoding.") from error
    try:
        check_extent(text, name)
        root = yaml.compose(text, Loader=YamlLoader)
        reader = _Reader(name)
        document = None if root is None else reader.read(root, "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}," if mark else ""
        problem = " ".join(str(getattr(error, "problem", None) or error).split())
        raise Unusable(f"{name}{place} is not YAML: {problem:.200}; correct it there.") from error
    if not isinstance(document, dict):
        raise Unusable(f"{name} is not {kind}.")
    return Source(name, document, reader.lines, text, reader.foreign)


class _Reader:
    """Plain values of YAML nodes whose extent is checked, and where they stand."""

    def __init__(self, name: str) -> None:
        self.lines: dict[str, int] = {"": 1}
        self.foreign: dict[str, str] = {}
        self._name = name
        self._entries: dict[int, list[_Pair]] = {}
        self._constructor = yaml.SafeLoader("")

    def read(self, node: yaml.Node, pointer: str) -> Any:
        self.lines.setdefault(pointer, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, pointer)
        if node.tag not in ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            raise _not_json(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, joined(pointer, i)) for i, item in enumerate(node.value)]
        read: dict[str, Any] = {}
        for key, value in self._pairs(node):
            inner = joined(pointer, key.value)
            if key.tag not in _KEY_TYPES:
                self.foreign[inner] = f"has the key {key.value}, which is no text to YAML"
            self.lines[inner] = key.start_mark.line + 1
            read[key.value] = self.read(value, inner)
        return read

    def _pairs(self, node: yaml.Node) -> list[_Pair]:
        """Return the entries of a map, which an alias may have read before, those of `<<` first."""
        if id(node) not in self._entries:
            own: dict[str, _Pair] = {}
            for key, value in node.value:
                line = f"{self._name}, line {key.start_mark.line + 1},"
                if not isinstance(key, yaml.ScalarNode):
                    raise Unusable(f"{line} has a key that is no text; write one.")
                if key.value in own:
                    raise Unusable(f"{line} has the key {key.value!r} twice; leave one out.")
                own[key.value] = key, value
            merging = "<<" in own and own["<<"][0].tag == _MERGE
            merged = self._merged(own.pop("<<")[1]) if merging else {}
            self._entries[id(node)] = list((merged | own).values())
        return self._entries[id(node)]

    def _merged(self, node: yaml.Node) -> dict[str, _Pair]:
        """Return the entries of one map, or of several of which the first counts."""
        found: dict[str, _Pair] = {}
        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            if not isinstance(each, yaml.MappingNode):
                raise yaml.constructor.ConstructorError(None, None, "`<<` merges maps alone", each.start_mark)
            for key, value in self._pairs(each):
                found.setdefault(key.value, (key, value))
        return found

    def _scalar(self, node: yaml.ScalarNode, pointer: str) -> Any:
        if node.tag == "tag:yaml.org,2002:timestamp":
            self.foreign[pointer] = f"is {node.value} to YAML, which JSON can't say"
            return node.value
        if node.tag not in _JSON_TYPES:
            raise _not_json(node)
        value = self._constructor.construct_object(node)
        if isinstance(value, float) and not math.isfinite(value):
            self.foreign[pointer] = f"is {node.value} to YAML, which JSON can't say"
            return node.value
        return value


def _not_json(node: yaml.Node) -> yaml.YAMLError:
    problem = f"the tag {node.tag} has no place in JSON"
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
