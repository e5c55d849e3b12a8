"""Quotes as their customers reach them: by the token in their link, which leads to that one alone."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, literal_column, select

from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.store import organisations as locks
from oneinvoice_impl.store.tables.records import organisations, quotes


@dataclass(frozen=True, slots=True)
class PublicQuote:
    """A quote, and the name of the organisation that offers it."""

    quote: Quote
    organisation: str


_FIELDS = [field.name for field in fields(Quote)]

# A draft is left out by the database, after the same look into the same index as what isn't there.
_BY_TOKEN = (
    select(*(quotes.c[name] for name in _FIELDS), organisations.c.name.label("organisation"))
    .join(organisations, organisations.c.id == quotes.c.organisation_id)
    .where(quotes.c.public_token == bindparam("token"), quotes.c.status != literal_column("'draft'"))
)
_LOCKED = _BY_TOKEN.with_for_update(of=quotes)


def find_public_quote(connection: Connection, token: str, *, lock: bool = False) -> PublicQuote | None:
    """Return the quote that was sent with that token; `lock` keeps it as it is until the transaction ends."""
    row = connection.execute(_BY_TOKEN, {"token": token}).mappings().one_or_none()
    if row is not None and lock:
        # The organisation first, as everybody does (`documents.py`).
        locks.lock(connection, row["organisation_id"])
        row = connection.execute(_LOCKED, {"token": token}).mappings().one_or_none()
    if row is None:
        return None
    return PublicQuote(Quote(**{name: row[name] for name in _FIELDS}), row["organisation"])
