"""Components that read an organisation's records by another query, or a request's parameters otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from oneinvoice_impl.api.parameters import Parameter, query_parameters
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.accounts.keys import FoundKey
from oneinvoice_impl.store.records.scope import Listing, Page, Scope

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Query:
    """What is asked for: a page of a table's records, on behalf of an organisation."""

    connection: Connection
    table: Table
    page: Page
    organisation_id: str

    @property
    def own(self) -> Condition:
        """What is true of the organisation's own records."""
        return self.table.c.organisation_id == self.organisation_id

    @property
    def filtered(self) -> list[Condition]:
        """What is true of the records of the status that was asked for, if one was."""
        return [] if self.page.status is None else [self.table.c.status == self.page.status]

    def right(self, page: Page | None = None) -> Listing:
        """What the reference implementation gives, for this page or another."""
        return Scope(self.organisation_id)._list(self.connection, self.table, page or self.page)

    def select(self, *conditions: Condition, order: Sequence[Any] = (), offset: int | None = None) -> Listing:
        """The page of all records, of whatever organisation, of which these conditions are true."""
        columns = self.table.c
        records = select(self.table).where(*conditions).order_by(*(order or (columns.created_at, columns.id)))
        records = records.limit(self.page.limit).offset(self.page.offset if offset is None else offset)
        count = select(func.count()).select_from(self.table).where(*conditions)
        return Listing(self.connection.execute(records).all(), self.connection.execute(count).scalar_one())


def reading(table: Table, read: Callable[[Query], Listing]) -> Components:
    """`read` reads the records of a table, whoever asks."""

    class OtherScope(Scope):
        def _list(self, connection: Connection, asked: Table, page: Page) -> Listing:
            query = Query(connection, asked, page, self.organisation_id)
            return read(query) if asked is table else query.right()

    class Bearer(BearerHandler):
        async def find(self, token: str) -> FoundKey | None:
            key = await super().find(token)
            return key and replace(key, scope=OtherScope(key.scope.organisation_id))

    return Components(bearer=Bearer)


def paging(table: Table, change: Callable[[Page], Page]) -> Components:
    """Another page of a table is read than was asked for."""
    return reading(table, lambda query: query.right(change(query.page)))


def understanding(operation_id: str, name: str, change: Callable[[Parameter], Parameter]) -> Components:
    """A query parameter of an operation is another one, such as one with another default."""

    def parameters(document: dict[str, Any]) -> Mapping[str, Sequence[Parameter]]:
        described = query_parameters(document)
        changed = tuple(change(each) if each.name == name else each for each in described[operation_id])
        return {**described, operation_id: changed}

    return Components(parameters=parameters)
