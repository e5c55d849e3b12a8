"""JSON texts: the canonical one of a value, and the strictness with which others' are read."""

from __future__ import annotations

import json
from typing import Any, NoReturn

_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(value: Any) -> str:
    """Return a text that is the same for equal JSON values."""
    return _CANONICAL.encode(value)


def refuse_constant(constant: str) -> NoReturn:
    """Raise `ValueError` for NaN and the infinities, which JSON has not (RFC 8259); for `json.loads`."""
    raise ValueError(f"{constant} is not JSON")
