"""Keys that used what a change concerns: when last, how often, and by which requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oneinvoice_openapi.announce.reach import Requests
from oneinvoice_openapi.announce.usage.records import Key, Record, Records

UNKNOWN = "operations untold"


@dataclass
class KeyUse:
    """Use that a key made of what a change concerns.

    `by` are the requests, or `UNKNOWN` where their number alone is known.
    """

    key: Key
    last: datetime
    count: int = 0
    by: dict[str, None] = field(default_factory=dict)

    def add(self, record: Record, by: Sequence[str]) -> None:
        """Count a record."""
        self.last = max(self.last, record.at)
        self.count += record.count
        self.by |= dict.fromkeys(by)


@dataclass(frozen=True)
class Usage:
    """Use of what a change concerns, by key, the last first, with what the files hold besides."""

    keys: tuple[KeyUse, ...]
    seen: int
    """Keys in the files, these and others."""
    files: tuple[str, ...]
    unreadable: int
    keyless: int
    concerned: tuple[str, ...]

    def content(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "concerned": list(self.concerned),
            "keys": [
                {"key": use.key.label, "last_used_at": written(use.last), "requests": use.count, "by": list(use.by)}
                for use in self.keys
            ],
            "keys_seen": self.seen,
            "files": list(self.files),
            "unreadable": self.unreadable,
            "without_key": self.keyless,
        }


def usage_of(files: Sequence[Records], concerned: Sequence[Requests]) -> Usage:
    """Return which keys used requests that a change concerns. An export may hold any, so that its keys count."""
    seen: set[str] = set()
    found: dict[str, KeyUse] = {}
    for record in (each for file in files for each in file.records):
        seen.add(record.key.identity)
        by = [str(each) for each in concerned if each.match(record.method, record.path, record.names)]
        if not record.path and concerned:
            by = [UNKNOWN]
        if by:
            use = found.setdefault(record.key.identity, KeyUse(record.key, record.at))
            use.add(record, by)
    return Usage(
        tuple(sorted(found.values(), key=lambda use: (-use.last.timestamp(), use.key.label))),
        len(seen),
        tuple(file.name for file in files),
        sum(file.unreadable for file in files),
        sum(file.keyless for file in files),
        tuple(map(str, concerned)),
    )


def written(moment: datetime) -> str:
    """Return a time in UTC, such as 2026-11-29T12:00:00Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
