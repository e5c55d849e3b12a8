"""Options that a verdict depends on, without any secret."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Where a run takes what webhooks need, which is secret or of one machine.
WEBHOOK_VARIABLES = (
    "ONEINVOICE_WEBHOOK_SECRET",
    "ONEINVOICE_LISTEN",
    "ONEINVOICE_PUBLIC_URL",
    "ONEINVOICE_TRIGGER",
)
PATHS = ("map_file", "baseline")  # the options of a reproducer that name files or folders


@dataclass(frozen=True, slots=True)
class EffectiveOptions:
    """Options that decide verdicts.

    `reported` is what reports hold of them, as JSON. `options` are those that a reproducer gives again, by their names
    on `RunOptions` and `WebhookOptions`, and `variables` the environment variables from which it takes what is secret
    or of one machine, such as keys and commands.
    """

    reported: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    variables: tuple[str, ...] = ()

    @property
    def sha256(self) -> str:
        """SHA-256 of `reported` as JSON without white space and with sorted names."""
        canonical = json.dumps(self.reported, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_json(self) -> dict[str, Any]:
        return {**self.reported, "sha256": self.sha256}


def content_hash(path: Path | None) -> str | None:
    """Return the SHA-256 of a file or of a folder's JSON files; None without one, or for a pipe, which is read once.

    Hidden files of a folder are the system's, and not read as reports either.
    """
    if path and path.is_dir():
        files = [each for each in sorted(path.glob("*.json")) if each.is_file() and each.name[0] != "."]
        return hashlib.sha256("".join(filter(None, map(content_hash, files))).encode()).hexdigest()
    if not path or not path.is_file():
        return None
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
