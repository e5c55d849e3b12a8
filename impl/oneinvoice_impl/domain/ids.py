"""Ids of new records."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess, such as `inv_5f1c3b0e8a7d42961b0c`."""
    return f"{prefix}_{secrets.token_hex(10)}"


def new_token() -> str:
    """Return the token that opens a quote's public page: 144 random bits in 24 characters."""
    return secrets.token_urlsafe(18)
