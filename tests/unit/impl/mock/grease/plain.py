"""Greased JSON without its grease."""

from __future__ import annotations

from typing import Any


def plain(content: Any) -> Any:
    """Return JSON without the fields that grease adds."""
    if isinstance(content, list):
        return [plain(each) for each in content]
    if isinstance(content, dict):
        return {name: plain(value) for name, value in content.items() if not name.startswith("x_grease_")}
    return content
