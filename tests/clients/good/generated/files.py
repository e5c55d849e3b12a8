"""Files of the client: one for each list that was read, and one for each event that was taken."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_STEPS = {"draft": 0, "sent": 1, "accepted": 2, "rejected": 2, "paid": 2}


class Files:
    """Folder whose files come to be whole. That an event's file is there is all its effect, so that it has but one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "events").mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> Any:
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def write(self, name: str, content: Any) -> None:
        os.replace(self._whole(content), self.folder / f"{name}.json")

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep an event, unless it is there."""
        name = hashlib.sha256(event["id"].encode()).hexdigest()
        whole = self._whole({"arrived": time.time(), "event": event})
        with suppress(FileExistsError):
            os.link(whole, self.folder / "events" / f"{name}.json")
        os.unlink(whole)

    def keep(self, name: str, records: Mapping[str, Any], began: float) -> None:
        kept = self.read(name) or {}
        self.write(name, kept | {id: {"record": record, "began": began} for id, record in records.items()})

    def contents(self) -> dict[str, Any]:
        """Return what is known: what was read, unless an event of its record tells of a later state."""
        known: dict[str, Any] = {
            name: {id: row["record"] for id, row in (self.read(name) or {}).items()}
            for name in ("members", "quotes", "invoices")
        }
        read = {id: row["began"] for name in known for id, row in (self.read(name) or {}).items()}
        taken = [json.loads(path.read_text("utf-8")) for path in (self.folder / "events").glob("*.json")]
        for each in sorted(taken, key=lambda each: (each["event"]["created_at"], _step(each["event"]["data"]))):
            record = each["event"]["data"]
            list_ = known["invoices" if each["event"]["event"].startswith("invoice.") else "quotes"]
            is_later = record["id"] not in read or _step(record) >= _step(list_[record["id"]])
            if each["arrived"] >= read.get(record["id"], 0) and is_later:
                list_[record["id"]] = record
        return {**known, "effects": {each["event"]["id"]: 1 for each in taken}}

    def _whole(self, content: Any) -> str:
        """Write a file that nobody looks at yet, and return its path."""
        handle, path = tempfile.mkstemp(dir=self.folder, suffix=".part")
        with open(handle, "w", encoding="utf-8") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        return path


def _step(record: Mapping[str, Any]) -> int:
    return _STEPS.get(record.get("status", ""), 1)
