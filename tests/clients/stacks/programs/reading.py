"""Read all lists by a function that gets a page, and keep them as files; with `dump`, print what was kept."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

LISTS = ("members", "quotes", "invoices")
HEADERS = {"Authorization": f"Bearer {os.environ.get('ONEINVOICE_KEY')}"}
_FOLDER = Path(os.environ["CLIENT_STORE"])


def main(get: Callable[[str], Any]) -> None:
    """Do what the command line says; `get` returns the page at a URL, read from JSON."""
    if sys.argv[1:] == ["dump"]:
        files = {name: _FOLDER / f"{name}.json" for name in LISTS}
        print(json.dumps({name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}))
        return
    for name in LISTS:
        _FOLDER.mkdir(parents=True, exist_ok=True)
        (_FOLDER / f"{name}.json").write_text(json.dumps(_read(get, name)))


def _read(get: Callable[[str], Any], name: str) -> dict[str, Any]:
    records: dict[str, Any] = {}
    offset, total = 0, 1
    while offset < total:
        page = get(f"{os.environ['ONEINVOICE_URL']}/api/v1/{name}?limit=100&offset={offset}")
        records |= {record["id"]: record for record in page["data"]}
        offset, total = offset + len(page["data"]), page["pagination"]["total"] if page["data"] else 0
    return records
