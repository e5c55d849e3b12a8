"""Parts of a document of the API, to be changed in place."""

from __future__ import annotations

from typing import Any


def schema(it: dict[str, Any], name: str, kind: str = "schemas") -> dict[str, Any]:
    part: dict[str, Any] = it["components"][kind][name]
    return part


def parameter(it: dict[str, Any], name: str) -> dict[str, Any]:
    return schema(it, name, "parameters")


def listing(it: dict[str, Any], endpoint: str = "members") -> dict[str, Any]:
    part: dict[str, Any] = it["paths"][f"/api/v1/{endpoint}"]["get"]
    return part


def example(it: dict[str, Any], name: str) -> dict[str, Any]:
    part: dict[str, Any] = it["components"]["examples"][name]["value"]
    return part


def drop(it: dict[str, Any], name: str, field: str) -> None:
    """Leave a field out of a schema and of all that shows it."""
    del schema(it, name)["properties"][field]
    schema(it, name)["required"].remove(field)


def event(it: dict[str, Any], name: str) -> dict[str, Any]:
    part: dict[str, Any] = it["webhooks"][name]["post"]
    return part
