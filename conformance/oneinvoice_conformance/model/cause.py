"""Causes that several results share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from oneinvoice_conformance.http.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Cause:
    """Cause that results of several requirements share.

    `seen` and `remedy` say what was seen and what to do, `requirements` are the ids that it explains, and `evidence`
    the exchanges that show it. It changes no outcome.
    """

    seen: str
    remedy: str
    requirements: tuple[str, ...]
    evidence: tuple[Exchange, ...] = ()

    def among(self, ids: Collection[str]) -> Cause:
        """Return the cause of those of its requirements that are among the ids."""
        return replace(self, requirements=tuple(id for id in self.requirements if id in ids))
