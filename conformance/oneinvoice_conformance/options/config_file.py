"""Read `conformance.toml` and the file of `--map`."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from oneinvoice_openapi.register import Register

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.records.names import Names

# Concepts that the documentation names in prose only, and the rows of the register that have the words for them.
CONCEPTS = {"signing": "QUO-5", "payment_status": "INV-3", "due_date": "INV-4"}


CLIENT_TABLE = "client"  # of a file, with the settings of `oneinvoice-conform client`


def read_settings(path: Path, options: Collection[str], table: str | None = None) -> dict[str, Any]:
    """Return values by the name of the option, such as `other-key`, from a TOML file that may write it with `_` too.

    They are those of a `table`, or what stands in none. Raises `UsageError` for a file that can't be read, is not TOML,
    or has a setting that is no option.
    """
    settings = {}
    content = read_toml(path)
    clients = content.pop(CLIENT_TABLE, {})
    if not isinstance(clients, dict):
        raise UsageError(f"{path}: '{CLIENT_TABLE}' must be a table, [{CLIENT_TABLE}].")
    for name, value in (content if table is None else clients).items():
        option = name.replace("_", "-")
        if option not in options:
            near = difflib.get_close_matches(option, options, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"see oneinvoice-conform {table or 'run'} --help."
            raise UsageError(f"{path}: '{name}' is no setting; {hint}")
        if isinstance(value, dict):
            raise UsageError(f"{path}: '{name}' must be a value and not a table.")
        if option == "header":
            value = value if isinstance(value, list) else [value]
        elif isinstance(value, list):
            value = ",".join(map(str, value))
        settings[option] = value
    return settings


def read_names(register: Register, path: Path | None) -> dict[str, Names]:
    """Return the register's words by concept, with those that a TOML file adds (`due_date = ["forfall"]`).

    Raises `UsageError`.
    """
    additions = read_toml(path) if path else {}
    for concept, value in additions.items():
        if concept in ENDPOINTS:
            continue  # which `read_lists` reads
        if concept not in CONCEPTS:
            raise UsageError(f"{path}: '{concept}' is not known; use {', '.join((*CONCEPTS, *ENDPOINTS))}.")
        if not isinstance(value, list) or not all(isinstance(word, str) and word.strip() for word in value):
            raise UsageError(f"{path}: '{concept}' must be a list of names, such as ['forfall'].")
    words = {row.id: row.names for row in register.requirements}  # a release may lack a row
    return {
        concept: Names.from_register(words.get(id, {}), additions.get(concept, ())) for concept, id in CONCEPTS.items()
    }


def read_lists(path: Path | None) -> dict[str, str]:
    """Return the paths of lists by endpoint that a TOML file tells (`members = "data.people"`). Raises `UsageError`."""
    told = {name: value for name, value in (read_toml(path) if path else {}).items() if name in ENDPOINTS}
    for endpoint, value in told.items():
        if not isinstance(value, str) or not value:
            raise UsageError(
                f"{path}: '{endpoint}' must be the path of a list in answers, such as {endpoint} = 'data.{endpoint}'."
            )
    return told


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file. Raises `UsageError`."""
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))  # editors of Windows put a mark in front
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); name a file that can.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        why = "it is not UTF-8, as which it has to be saved" if isinstance(error, UnicodeDecodeError) else error
        raise UsageError(f"{path} is not TOML: {why}; correct it or leave it out.") from error
