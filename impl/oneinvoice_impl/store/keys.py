"""Find whose key it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from oneinvoice_impl.store.scope import Scope
from oneinvoice_impl.store.tables import api_keys


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key that is valid: what it may read, and how many requests it may send in a minute."""

    id: str
    scope: Scope
    rate_limit: int


# Building a query takes longer than SQLite takes to answer it.
_VALID = select(api_keys.c.id, api_keys.c.organisation_id, api_keys.c.rate_limit).where(
    api_keys.c.digest == bindparam("digest"), api_keys.c.revoked_at.is_(None)
)


def find_key(connection: Connection, digest: str) -> FoundKey | None:
    """The key of that digest; None if there is no such key, or it was revoked."""
    row = connection.execute(_VALID, {"digest": digest}).one_or_none()
    return None if row is None else FoundKey(row.id, Scope(row.organisation_id), row.rate_limit)
