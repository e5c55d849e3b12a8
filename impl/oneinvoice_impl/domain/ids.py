"""Ids of new records."""

from __future__ import annotations

import secrets


class Ids:
    """Source of ids and tokens that nobody can guess."""

    def id(self, prefix: str) -> str:
        """Return an id such as `inv_5f1c3b0e8a7d42961b0c`."""
        return f"{prefix}_{secrets.token_hex(10)}"

    def token(self) -> str:
        """Return the token that opens a quote's public page: 144 random bits in 24 characters."""
        return secrets.token_urlsafe(18)


_RANDOM = Ids()


def new_id(prefix: str) -> str:
    """Return an id that nobody can guess."""
    return _RANDOM.id(prefix)


def new_token() -> str:
    """Return a token that nobody can guess."""
    return _RANDOM.token()
