"""Quotes that are filtered wrongly, or don't tell what they should."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.reading import Query, paging, reading
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering, representing
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.tables.records import quotes


def _by_number(request: Request, answer: Answer) -> None:
    if request.url.path == f"{API}/quotes" and answer.status == HTTPStatus.OK:
        answer.content = {quote["number"]: quote for quote in answer.content["data"]}


def _unfiltered(page: Page) -> Page:
    return replace(page, status=None)


def _answered(query: Query) -> Listing:
    """Accepted or rejected: the customer has signed either way."""
    if query.page.status != "accepted":
        return query.right()
    return query.select(query.own, quotes.c.signed_at.is_not(None))


def _no_total(quote: dict[str, Any]) -> None:
    del quote["total"]


def _one_token(quote: dict[str, Any]) -> None:
    quote["public_token"] = "the-token-of-all"  # noqa: S105  # no secret of anybody


def _unsigned(quote: dict[str, Any]) -> None:
    quote["signing"] = None


DEFECTS = [
    Defect("quotes-by-number", "QUO-1", "Quotes are an object with their numbers as names.", answering(_by_number)),
    Defect("quote-filter-ignored", "QUO-2", "A status filter on quotes changes nothing.", paging(quotes, _unfiltered)),
    Defect(
        "accepted-means-answered",
        "QUO-2",
        "The filter status=accepted lists rejected quotes too.",
        reading(quotes, _answered),
    ),
    Defect("quotes-without-total", "QUO-3", "Quotes have no total.", representing("quotes", _no_total)),
    Defect("same-token-for-all", "QUO-4", "All quotes have the same public_token.", representing("quotes", _one_token)),
    Defect("signing-always-null", "QUO-5", "Accepted quotes have no signing info.", representing("quotes", _unsigned)),
]
