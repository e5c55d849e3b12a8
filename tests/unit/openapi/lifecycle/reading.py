"""Lifecycles of tests, read as a file is."""

from __future__ import annotations

from datetime import date
from typing import Any

from oneinvoice_openapi.lifecycle.entries import Kind, Lifecycle, Subject
from oneinvoice_openapi.lifecycle.policy import Released, Verdict, policy
from oneinvoice_openapi.lifecycle.reader import parse_lifecycle

NAME = "lifecycle.yaml"
QUOTES = Subject(Kind.OPERATION, "GET /api/v1/quotes")


def read(*rows: str, name: str = NAME) -> Lifecycle:
    """Entries that are written as in `version: v1, sunset: 2027-01-01`."""
    return parse_lifecycle(("lifecycle:\n" + "".join(f"  - {{{row}}}\n" for row in rows)).encode(), name)


def judged(
    lifecycle: Lifecycle, document: dict[str, Any], on: str = "2026-07-01", releases: list[Released] | None = None
) -> Verdict:
    return policy(lifecycle, document, releases or [], date.fromisoformat(on))


def rules(verdict: Verdict) -> list[str]:
    return [each.rule for each in verdict.violations]
