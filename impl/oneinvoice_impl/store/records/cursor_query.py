"""Pages that begin behind a record, be it there still or not: what comes or goes elsewhere moves none of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Connection, Table, bindparam, select, tuple_

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.counts import total
from oneinvoice_impl.store.records.scope import Listing, PageQuery, Scope
from oneinvoice_impl.store.records.stored_json import json_column
from oneinvoice_impl.store.tables.metadata import Moment, Text, metadata


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a record in the order of all lists: when it was created (in UTC), and its id."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ListingBefore(Listing):
    """One page of records, and the place behind which the next one begins; None where no record follows."""

    next: Place | None


@dataclass(slots=True)
class CursorQuery(PageQuery):
    """A request for the page behind a place, or for the first one; the position in its `page` is not used."""

    after: Place | None = None

    def is_near(self, scope: Scope) -> bool:
        """Tell whether it is read in little time: it is, wherever it begins, since nothing is passed over."""
        return True

    def read(self, connection: Connection, scope: Scope) -> ListingBefore:
        """Return the page."""
        status, limit = self.page.status, self.page.limit
        values: Mapping[str, Any] = {
            "organisation_id": scope.organisation_id,
            "status": status,
            "today": self.today,
            "limit": limit + 1,  # the one beyond tells whether there is more
            "created_at": self.after and self.after.created_at,
            "id": self.after and self.after.id,
        }
        query = _query(metadata.tables[self.resource], filtered=status is not None, begun=self.after is not None)
        found = query.run(connection, values).fetchall()
        shown = found[:limit]
        place = _place(*shown[-1][1:]) if len(found) > limit else None
        return ListingBefore([json for json, _, _ in shown], total(scope.counts, self.resource, status), place)


def _place(created_at: datetime | str, id: str) -> Place:
    """Return the place of a record, whose time SQLite gives as a text without an offset."""
    moment = datetime.fromisoformat(created_at) if isinstance(created_at, str) else created_at
    return Place(moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC), id)


@cache
def _query(table: Table, *, filtered: bool, begun: bool) -> Prepared:
    """Return the query for a page of an organisation's records, behind a place if the list was begun."""
    condition = table.c.organisation_id == bindparam("organisation_id")
    if filtered:
        condition &= table.c.status == bindparam("status")
    order = (table.c.created_at, table.c.id)
    if begun:
        condition &= tuple_(*order) > tuple_(bindparam("created_at", type_=Moment), bindparam("id", type_=Text))
    limit = bindparam("limit", type_=BigInteger)
    return Prepared(select(json_column(table), *order).where(condition).order_by(*order).limit(limit))
