"""Classes of changes beside those of Redocly, which shares no code with ours: what breaks by it is not harmless by us.

The other way round they differ where ours sees more, as in a default, a header of an event, or the security in force.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_openapi.contract import load_yaml

from tests.generators.conftest import NODE
from tests.unit.openapi.labelled_pairs import FOLDER, Pair, pairs, wrapped, written

REDOCLY = NODE / "node_modules" / ".bin" / "redocly"
HARMLESS = ("compatible", "documentation", "same")
# Pairs that change nothing for a client, and in which Redocly compares texts.
ALARMS = {
    "an event of its own fields, taken back": "the schema of each event requires the same",
    "a status is added to invoices": "the union takes any later status",
    "the key of all operations, said by each": "the document's security is the operation's own",
    "the key of all operations, said by each, taken back": "the document's security is the operation's own",
    "explode as by default": "true is the default of a query",
    "explode as by default, taken back": "true is the default of a query",
    "a header of the path for one operation alone, taken back": "the operation's parameter is the path's",
}
PAIRS = [pair for pair in pairs() if pair.label in HARMLESS and ", in a " not in pair.name]
SCHEMAS = load_yaml((FOLDER / "schemas.yaml").read_text("utf-8"))


def changes(old: dict[str, Any], new: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    for name, content in (("old.yaml", old), ("new.yaml", new)):
        (folder / name).write_bytes(written(content))
    command = [REDOCLY, "diff", "old.yaml", "new.yaml", "--format", "json", "--fail-on", "none"]
    quiet = os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run = subprocess.run(command, cwd=folder, env=quiet, capture_output=True, text=True, timeout=60, check=False)
    found: list[dict[str, Any]] = json.loads(run.stdout)["changes"]
    return found


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_what_is_harmless_breaks_nothing_by_redocly(pair: Pair, tmp_path: Path) -> None:
    alarms = [change["path"] for change in changes(pair.old, pair.new, tmp_path) if change["impact"] == "major"]
    assert bool(alarms) == (pair.name in ALARMS), alarms


def together(version: str, place: str) -> dict[str, Any]:
    """All pairs of schemas in one document, each at a path of its own."""
    content = wrapped({}, place)
    del content["webhooks"]
    content["paths"] = {
        f"/things/{i}": wrapped(entry[version], place)["paths"]["/things"] for i, entry in enumerate(SCHEMAS)
    }
    return content


# Pairs that say the same in another way, which Redocly takes for a change.
REWRITTEN = {
    "a constant is a list of one",
    "a union of types is a list of types",
    "allOf is written out",
    "null as a union says what a list of types says",
}
SCHEMA_ALARMS = {
    "an event of its own fields, taken back": "the schema of each event requires the same",
    "a status is added to invoices": "the union takes any later status",
    # A wider schema takes what the narrower one took.
    "request": {
        *REWRITTEN,
        "a constant becomes a string",
        "a larger integer",
        "a schema becomes one of two",
        "multipleOf becomes finer",
        "one of becomes any of",
        "values are no longer listed",
    },
    # A narrower schema sends what the wider one sent.
    "response": {
        *REWRITTEN,
        "a value is added to a list that the document calls open",
        "minLength of nothing",
        "multipleOf becomes coarser",
        "the same bound of whole numbers",
        "values are listed",
    },
}


@pytest.mark.parametrize("place", ["request", "response"])
def test_schemas_that_are_harmless_break_nothing_by_redocly(place: str, tmp_path: Path) -> None:
    found = changes(together("old", place), together("new", place), tmp_path)
    alarmed = {int(each["path"].split("~1")[2].split("/")[0]) for each in found if each["impact"] == "major"}
    harmless = {i for i, entry in enumerate(SCHEMAS) if entry[place] in HARMLESS}
    assert {SCHEMAS[i]["name"] for i in alarmed & harmless} == SCHEMA_ALARMS[place]
    assert len(alarmed - harmless) >= 25
