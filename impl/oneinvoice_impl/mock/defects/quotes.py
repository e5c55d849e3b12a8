"""Quotes that are filtered wrongly, or don't tell what they should."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer, changes_records
from oneinvoice_impl.mock.defects.queries import changes_page, replaces_query
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.unguarded import ListQuery


@defect("QUO-1", changes_answer)
def quotes_by_number(request: Request, answer: Answer) -> None:
    """Quotes are an object with their numbers as names."""
    if request.url.path == f"{API}/quotes" and answer.status == HTTPStatus.OK:
        answer.content = {quote["number"]: quote for quote in answer.content["data"]}


@defect("QUO-2", changes_page("quotes"))
def quote_filter_ignored(page: Page) -> Page:
    """A status filter on quotes changes nothing."""
    return replace(page, status=None)


@defect("QUO-2", replaces_query("quotes"))
def accepted_means_answered(query: ListQuery) -> Listing:
    """The filter status=accepted lists rejected quotes too."""
    if query.page.status != "accepted":
        return query.correct()
    # The customer has signed either way.
    return query.select(query.own, query.field("signed_at").is_not(None))


@defect("QUO-3", changes_records("quotes"))
def quotes_without_total(quote: dict[str, Any]) -> None:
    """Quotes have no total."""
    del quote["total"]


@defect("QUO-4", changes_records("quotes"))
def same_token_for_all(quote: dict[str, Any]) -> None:
    """All quotes have the same public_token."""
    quote["public_token"] = "the-token-of-all"  # noqa: S105  # no secret of anybody


@defect("QUO-5", changes_records("quotes"))
def signing_always_null(quote: dict[str, Any]) -> None:
    """Accepted quotes have no signing info."""
    quote["signing"] = None
