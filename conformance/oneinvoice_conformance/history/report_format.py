"""Format of the JSON report: its number, its schema, and how an older report becomes one of today's."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from oneinvoice_conformance.http.credentials import role_from_label

FORMAT = 3  # of the reports that this kit writes
OLDEST = 2  # that it reads


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the report."""
    content = json.loads(files(__package__).joinpath("report.schema.json").read_text("utf-8"))
    assert isinstance(content, dict)
    return content


@cache
def validator() -> Any:
    """Return a validator for the schema."""
    # It takes longer to import than most commands to run.
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema(), validate_formats=True)


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """Return a report as of today's format; what doesn't fit any is left for the schema to refuse.

    Format 2, of 0.1.0, kept the label of a credential where today its role stands.
    """
    if document.get("format") != 2:
        return document
    observed = document.get("observed")
    requirements = document.get("requirements")
    return {
        **document,
        "format": FORMAT,
        "observed": {**observed, "answers": _with_roles(observed.get("answers"))}
        if isinstance(observed, dict)
        else observed,
        "requirements": [
            {**row, "exchanges": _with_roles(row.get("exchanges"))} if isinstance(row, dict) else row
            for row in requirements
        ]
        if isinstance(requirements, list)
        else requirements,
    }


def _with_roles(rows: Any) -> Any:
    return [_with_role(row) for row in rows] if isinstance(rows, list) else rows


def _with_role(row: Any) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get("credential"), str):
        return row
    role = role_from_label(row["credential"])
    if role is None:
        return row
    return {**{name: value for name, value in row.items() if name != "credential"}, "role": role.value}
