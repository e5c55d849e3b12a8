"""Authored document: read it, and go through its operations and webhooks."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml

PACKAGE: Traversable = files(__package__)
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_LATER = {"$ref": "#/components/schemas/LaterStatus"}

_TEXT = "tag:yaml.org,2002:str"
# libyaml's parser is ten times as fast as the one in Python, and not in every build of PyYAML.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlLoader(_SafeLoader):  # type: ignore[misc]  # chosen when it runs
    """PyYAML's safe loader, which takes texts as they are: they are most of a document, and need no constructor."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node.tag == _TEXT and isinstance(node, yaml.ScalarNode):
            return node.value
        return super().construct_object(node, deep)


def load_yaml(text: str) -> Any:
    """Parse one YAML document into plain dicts, lists and scalars. Raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=YamlLoader)  # noqa: S506  # both loaders are the safe one


@cache
def _document() -> dict[str, Any]:
    document = load_yaml(PACKAGE.joinpath("v1", "openapi.yaml").read_text("utf-8"))
    assert isinstance(document, dict)
    return document


def document() -> dict[str, Any]:
    """Return the authored OpenAPI 3.1 document, as a copy that the caller may change."""
    return copy.deepcopy(_document())


def document_of_deployments() -> dict[str, Any]:
    """Return the document as a deployment is held to it, wherever that is."""
    return for_deployments(_document())


def for_deployments(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document as a deployment is held to it, wherever that is."""
    return held_to(document) | {"servers": [{"url": "/"}]}


def without_requirements(part: Any) -> Any:
    """Return a part of the document without the ids of the register, which say nothing to those who write clients."""
    if isinstance(part, dict):
        return {name: without_requirements(each) for name, each in part.items() if name != "x-requirements"}
    return [without_requirements(each) for each in part] if isinstance(part, list) else part


def held_to(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a document without the statuses that it doesn't name.

    Those who read answers are to expect some (`LaterStatus`), so that a client of today reads what a later document
    adds. Who answers is held to those of today.
    """
    held = copy.deepcopy(document)
    for schema in ((held.get("components") or {}).get("schemas") or {}).values():
        properties = schema.get("properties", {}) if isinstance(schema, dict) else {}
        for described in properties.values():
            named = [each for each in described["anyOf"] if each != _LATER] if _is_open(described) else []
            if len(named) == 1:
                del described["anyOf"]
                described.update(named[0])
    return held


def _is_open(schema: Any) -> bool:
    return isinstance(schema, dict) and _LATER in schema.get("anyOf", ())


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, METHOD, operation) for each operation under `paths`, in the document's order."""
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            if method in (item or {}):
                yield path, method.upper(), item[method]


def webhooks(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (event, operation) for each webhook, in the document's order."""
    for event, item in (document.get("webhooks") or {}).items():
        if "post" in (item or {}):
            yield event, item["post"]


@cache
def deprecates() -> bool:
    """Tell whether the lifecycle says that anything is deprecated, so that who serves it need not read it closely."""
    entries = load_yaml(PACKAGE.joinpath("lifecycle.yaml").read_text("utf-8"))["lifecycle"]
    return any("deprecated" in entry for entry in entries)


def documentation() -> str:
    """Return the product's own documentation, to the letter; the clauses of the register are quoted from it."""
    return PACKAGE.joinpath("documentation.txt").read_text("utf-8")
