"""Keys: find the organisation of one, and list, add and revoke an organisation's own."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, insert, or_, select, update

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.scope import PageQuery, Scope
from oneinvoice_impl.store.tables.dashboard import key_use
from oneinvoice_impl.store.tables.records import api_keys, record_counts

MOST_REVOKED = 50
"""Revoked keys that are listed, at most."""

_PUBLIC_COLUMNS = [column for column in api_keys.c if column.name != "digest"]


@dataclass(frozen=True, slots=True)
class ValidKey:
    """A key that is valid: what it may read, and how many requests it may send in a minute."""

    id: str
    scope: Scope
    rate_limit: int


# With the numbers of the organisation's records, since whoever sends a key wants to know one of them.
_FOUND = (
    select(
        api_keys.c.id,
        api_keys.c.organisation_id,
        api_keys.c.rate_limit,
        record_counts.c.resource,
        record_counts.c.status,
        record_counts.c.records,
    )
    .outerjoin(record_counts, record_counts.c.organisation_id == api_keys.c.organisation_id)
    .where(api_keys.c.digest == bindparam("digest"))
)
_VALID = Prepared(_FOUND.where(api_keys.c.revoked_at.is_(None)))
_VALID_OR_REVOKED = Prepared(_FOUND)


def find_key(connection: Connection, digest: str, *, even_revoked: bool = False) -> ValidKey | None:
    """Return the key of that digest; None if there is no such key, or it was revoked.

    `even_revoked` is for the defects of a mock.
    """
    query = _VALID_OR_REVOKED if even_revoked else _VALID
    rows = query.run(connection, {"digest": digest}).fetchall()
    if not rows:
        return None
    id, organisation_id, rate_limit = rows[0][:3]
    counts = {(resource, status): records for _, _, _, resource, status, records in rows if resource is not None}
    return ValidKey(id, Scope(organisation_id, counts), rate_limit)


def named_keys(connection: Connection, digests: Collection[str]) -> dict[str, tuple[str, bool, str]]:
    """Return of each key of these digests its name, whether it was revoked, and its organisation's id."""
    columns = (api_keys.c.digest, api_keys.c.name, api_keys.c.revoked_at, api_keys.c.organisation_id)
    rows = connection.execute(select(*columns).where(api_keys.c.digest.in_(digests)))
    return {digest: (name, revoked_at is not None, owner) for digest, name, revoked_at, owner in rows}


def owner_of(connection: Connection, key: str) -> RowMapping | None:
    """Return a key, named by itself or its id, with the id of its organisation; None if there is none."""
    query = select(*_PUBLIC_COLUMNS).where(_named(key))
    return connection.execute(query).mappings().one_or_none()


def _named(key: str) -> ColumnElement[bool]:
    return or_(api_keys.c.id == key, api_keys.c.digest == digest(key))


def grant_limit(connection: Connection, key: str, limit: int) -> RowMapping | None:
    """Let a key, named by itself or its id, send so many requests in a minute. It, or None if there is none.

    Whosever it is: this is for who runs the service.
    """
    statement = update(api_keys).where(_named(key)).values(rate_limit=limit).returning(*_PUBLIC_COLUMNS)
    return connection.execute(statement).mappings().one_or_none()


def find_key_and_read(
    connection: Connection, digest: str, query: PageQuery | None, refused: Container[str], *, only_near: bool
) -> ValidKey | None:
    """Return the key of that digest as `find_key` does, and read the page that it is sent for ahead.

    Not for the keys in `refused`, by their ids, and only a page that takes little time if so told.
    """
    key = find_key(connection, digest)
    if key is None or query is None or key.id in refused:
        return key
    if query.is_near(key.scope) or not only_near:
        query.read_ahead(connection, key.scope)
    return key


@dataclass(frozen=True, slots=True)
class KeyRepository:
    """The keys of one organisation, within a transaction. Rows are without digests."""

    connection: Connection
    organisation_id: str

    def list(self) -> Sequence[RowMapping]:
        """Return those in use, in the order of their creation, then the newest of the revoked ones."""
        keys = select(*_PUBLIC_COLUMNS).where(api_keys.c.organisation_id == self.organisation_id)
        active = keys.where(api_keys.c.revoked_at.is_(None)).order_by(api_keys.c.created_at, api_keys.c.id)
        revoked = keys.where(api_keys.c.revoked_at.is_not(None)).order_by(api_keys.c.revoked_at.desc(), api_keys.c.id)
        queries = (active, revoked.limit(MOST_REVOKED))
        return [row for query in queries for row in self.connection.execute(query).mappings()]

    def find(self, id: str) -> RowMapping | None:
        """Return the one of that id."""
        query = select(*_PUBLIC_COLUMNS).where(api_keys.c.organisation_id == self.organisation_id, api_keys.c.id == id)
        return self.connection.execute(query).mappings().one_or_none()

    def count_active(self) -> int:
        """Return how many are in use; nobody else adds one until the transaction ends."""
        organisations.lock(self.connection, self.organisation_id)
        condition = (api_keys.c.organisation_id == self.organisation_id) & api_keys.c.revoked_at.is_(None)
        return int(self.connection.execute(select(func.count()).where(condition)).scalar_one())

    def add(self, id: str, name: str, key: str, at: datetime) -> None:
        """Store a new one; of the key itself only its digest and eight characters are kept."""
        row = {
            "id": id,
            "organisation_id": self.organisation_id,
            "name": name,
            "digest": digest(key),
            "first_four": key[:4],
            "last_four": key[-4:],
            "created_at": at,
        }
        self.connection.execute(insert(api_keys), row)

    def revoke(self, id: str, at: datetime) -> RowMapping | None:
        """Refuse a key from the next request on. Return it, or None if there is none.

        Raises `IllegalTransition` if it was revoked before.
        """
        row = self.find(id)
        if row is None:
            return None
        active = (api_keys.c.id == id) & api_keys.c.revoked_at.is_(None)
        if not self.connection.execute(update(api_keys).where(active).values(revoked_at=at)).rowcount:
            raise IllegalTransition(f"The key {row['name']} was revoked before; create another if you need one.")
        return row

    def usage(self, ids: Collection[str], since: datetime) -> Mapping[str, Mapping[datetime, int]]:
        """Return how many requests of these keys were served, by key and by hour from `since` on, if there were any."""
        query = (
            select(key_use.c.key_id, key_use.c.hour, key_use.c.requests)
            .join(api_keys, api_keys.c.id == key_use.c.key_id)
            .where(api_keys.c.organisation_id == self.organisation_id)
            .where(key_use.c.key_id.in_(ids), key_use.c.hour >= since)
        )
        use_by_key: dict[str, dict[datetime, int]] = {}
        for id, hour, requests in self.connection.execute(query):
            use_by_key.setdefault(id, {})[hour] = requests
        return use_by_key
