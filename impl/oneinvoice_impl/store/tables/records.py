"""The tables of organisations, keys, members, quotes and invoices, and of how many there are.

Money is in hundredths; times are in UTC.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    func,
    literal_column,
)

from oneinvoice_impl.store.tables.metadata import Moment, Text, metadata, partial_index


def _records(name: str, *columns: Column[Any]) -> Table:
    """Return a table of an organisation's records, with an index for each way in which it is listed."""
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
        Column("status", Text, nullable=False),
        Column("created_at", Moment, nullable=False),
        *columns,
        # The record as the API gives it, made when the record changes (`store/records/stored_json.py`).
        Column("json", Text, nullable=False),
        Index(f"{name}_listed", "organisation_id", "created_at", "id"),
        Index(f"{name}_listed_by_status", "organisation_id", "status", "created_at", "id"),
    )


organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    # company or association
    Column("kind", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    # What the dashboard shows of a key that it can't show again.
    Column("first_four", Text, nullable=False),
    Column("last_four", Text, nullable=False),
    # Requests in a minute. What is written here counts from the next request on.
    Column("rate_limit", Integer, CheckConstraint("rate_limit > 0"), nullable=False, default=60),
    Column("created_at", Moment, nullable=False),
    # Of its last request that was served, a few seconds late.
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

# How many records there are of each status, kept in the transaction that changes them: to count them takes too long.
record_counts = Table(
    "record_counts",
    metadata,
    Column("organisation_id", Text, ForeignKey("organisations.id"), primary_key=True),
    # members, quotes or invoices
    Column("resource", Text, primary_key=True),
    Column("status", Text, primary_key=True),
    Column("records", BigInteger, nullable=False),
)

members = _records(
    "members",
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text, nullable=False),
)
# Not unique: data from before may have an address twice.
Index("members_by_email", members.c.organisation_id, func.lower(members.c.email))

quotes = _records(
    "quotes",
    Column("number", Text, nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("customer_email", Text),
    Column("total_cents", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("public_token", Text, nullable=False, unique=True),
    Column("signing_decision", Text),
    Column("signing_name", Text),
    Column("signing_ip", Text),
    Column("signed_at", Moment),
    Column("valid_until", Date),
    Column("sent_at", Moment),
)

invoices = _records(
    "invoices",
    Column("number", Text, nullable=False),
    Column("customer_name", Text, nullable=False),
    Column("customer_email", Text),
    Column("total_cents", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("due_date", Date, nullable=False),
    Column("paid_at", Moment),
    Column("quote_id", Text, ForeignKey("quotes.id")),
    Column("sent_at", Moment),
)
# A quote becomes one invoice.
partial_index("invoices_of_quote", invoices.c.quote_id, unique=True, where=invoices.c.quote_id.is_not(None))
# Written out: an index of a part is used only by a query whose words name that part.
AWAITS_PAYMENT = invoices.c.status == literal_column("'sent'")
partial_index("invoices_due", invoices.c.organisation_id, invoices.c.due_date, invoices.c.id, where=AWAITS_PAYMENT)
