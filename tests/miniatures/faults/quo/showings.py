"""Quotes that are shown twice, or otherwise under a filter than without one."""

from __future__ import annotations

from typing import Any

from tests.miniatures.data import Quote, Record
from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment, ListQuery


@fault("QUO-1")
class QuoteListedTwice(Deployment):
    """A quote that customers looked at twice stands twice in the list, from a join."""

    def select(self, query: ListQuery) -> list[Record]:
        records = super().select(query)
        return [*records[:3], *records[2:]] if query.resource == "quotes" else records


@fault("QUO-2")
class FilteredQuoteListedTwice(Deployment):
    """A quote stands twice in a filtered list."""

    def filter(self, records: list[Record], query: ListQuery) -> list[Record]:
        found = super().filter(records, query)
        return [*found[:3], *found[2:]] if query.resource == "quotes" and query.status is not None else found


class _ShownOtherwise(Deployment):
    """Shows quotes otherwise where there is a filter."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        if isinstance(record, Quote) and query.status is not None:
            return shown | self.otherwise(record)
        return shown

    def otherwise(self, quote: Quote) -> dict[str, Any]:
        raise NotImplementedError


@fault("QUO-2")
class FilteredQuotesUnsigned(_ShownOtherwise):
    """Under a filter quotes have no signing info."""

    def otherwise(self, quote: Quote) -> dict[str, Any]:
        return {"signature": None}


@fault("QUO-2")
class FilteredTotalsRounded(_ShownOtherwise):
    """Under a filter totals are whole crowns."""

    def otherwise(self, quote: Quote) -> dict[str, Any]:
        return {"total": int(quote.total)}


@fault("QUO-2")
class FilteredTokensOfNext(_ShownOtherwise):
    """Under a filter a quote has another token than in the plain list."""

    def otherwise(self, quote: Quote) -> dict[str, Any]:
        return {"public_token": quote.public_token[::-1]}
