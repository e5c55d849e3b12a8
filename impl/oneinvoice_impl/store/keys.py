"""Find whose key it is."""

from __future__ import annotations

from sqlalchemy import Connection, select

from oneinvoice_impl.store.scope import Scope
from oneinvoice_impl.store.tables import api_keys


def scope_of(connection: Connection, digest: str) -> Scope | None:
    """What the key of that digest may read; None if there is no such key, or it was revoked."""
    query = select(api_keys.c.organisation_id).where(api_keys.c.digest == digest, api_keys.c.revoked_at.is_(None))
    organisation_id = connection.execute(query).scalar_one_or_none()
    return None if organisation_id is None else Scope(organisation_id)
