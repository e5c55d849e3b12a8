"""Changes of records that no transition makes: the user of a mock stores, changes and removes data as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.records import counts
from oneinvoice_impl.store.records.stored_json import with_json
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.records import invoices, members, record_counts

_AT_ONCE = 10_000  # values of a statement, of which SQLite takes 32,766


def lock(connection: Connection, organisation_ids: Sequence[str]) -> None:
    """Lock organisations until the transaction ends. Everybody must give them in one order."""
    for id in organisation_ids:
        organisations.lock(connection, id)


def number_of(connection: Connection, organisation_id: str, resource: str) -> int:
    """Return how many members, quotes or invoices an organisation has."""
    return counts.total(counts.read_counts(connection, organisation_id), resource)


def values_in_use(connection: Connection, resource: str, name: str, values: Collection[str]) -> set[str]:
    """Return those of these values that some organisation's record has in the column of that name."""
    column = metadata.tables[resource].c[name]
    wanted = sorted(values)
    parts = (wanted[begin : begin + _AT_ONCE] for begin in range(0, len(wanted), _AT_ONCE))
    return {
        str(value) for part in parts for value in connection.execute(select(column).where(column.in_(part))).scalars()
    }


def remove_all(connection: Connection, organisation_id: str, resource: str) -> int:
    """Remove all members, quotes or invoices of an organisation; return how many there were."""
    table = metadata.tables[resource]
    removed = connection.execute(delete(table).where(table.c.organisation_id == organisation_id)).rowcount
    own = (record_counts.c.organisation_id == organisation_id) & (record_counts.c.resource == resource)
    connection.execute(delete(record_counts).where(own))
    return removed


def remove(connection: Connection, organisation_id: str, resource: str, id: str) -> bool:
    """Remove one record of an organisation; False if it has none of that id."""
    table = metadata.tables[resource]
    own = (table.c.organisation_id == organisation_id) & (table.c.id == id)
    status = connection.execute(select(table.c.status).where(own)).scalar()
    if status is None:
        return False
    connection.execute(delete(table).where(own))
    counts.count(connection, organisation_id, resource, {status: -1})
    return True


def invoices_of_quotes(connection: Connection, organisation_id: str, quote_id: str | None = None) -> Sequence[str]:
    """Return the ids of the invoices that were made from quotes, or from one quote."""
    of_quote = invoices.c.quote_id.is_not(None) if quote_id is None else invoices.c.quote_id == quote_id
    query = select(invoices.c.id).where(invoices.c.organisation_id == organisation_id, of_quote)
    return connection.execute(query.order_by(invoices.c.created_at, invoices.c.id)).scalars().all()


def find_member(connection: Connection, organisation_id: str, id: str) -> Member | None:
    """Return the member of that id."""
    columns = (members.c[name] for name in Member.__slots__)
    query = select(*columns).where(members.c.organisation_id == organisation_id, members.c.id == id)
    row = connection.execute(query).mappings().first()
    return Member(**row) if row else None


def replace_member(connection: Connection, before: Member, after: Member) -> None:
    """Store the new state of a member, of the same id."""
    row: Mapping[str, Any] = {name: getattr(after, name) for name in Member.__slots__}
    connection.execute(update(members).where(members.c.id == before.id), with_json("members", row))
    if before.status != after.status:
        counts.count(connection, before.organisation_id, "members", {before.status: -1, after.status: 1})
