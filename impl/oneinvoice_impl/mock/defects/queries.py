"""Builders of components that read an organisation's records by another query, or parameters otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from oneinvoice_impl.api.parameters import Parameter, query_parameters
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.accounts.keys import ValidKey
from oneinvoice_impl.store.records.scope import Listing, Page, PageQuery
from oneinvoice_impl.store.unguarded import ListQuery, scope_reading


def replaces_query(table: str) -> Callable[[Callable[[ListQuery], Listing]], Components]:
    """Return a builder for functions that read the records of a table, whoever asks."""

    def build(read: Callable[[ListQuery], Listing]) -> Components:
        make_scope = scope_reading(table, read)

        class Bearer(BearerHandler):
            async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
                key = await super().find(token, page)
                return key and replace(key, scope=make_scope(key.scope))

        return Components(bearer=Bearer)

    return build


def changes_page(table: str) -> Callable[[Callable[[Page], Page]], Components]:
    """Return a builder for functions that read another page of a table than was asked for."""

    def build(change: Callable[[Page], Page]) -> Components:
        return replaces_query(table)(lambda query: query.correct(change(query.page)))

    return build


def changes_parameter(operation_id: str, name: str) -> Callable[[Callable[[Parameter], Parameter]], Components]:
    """Return a builder for functions that make a query parameter of an operation another one."""

    def build(change: Callable[[Parameter], Parameter]) -> Components:
        def parameters(document: dict[str, Any]) -> Mapping[str, Sequence[Parameter]]:
            described = query_parameters(document)
            changed = tuple(change(each) if each.name == name else each for each in described[operation_id])
            return {**described, operation_id: changed}

        return Components(parameters=parameters)

    return build
