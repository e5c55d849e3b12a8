"""The tables of 0.2.0, the first release, as they were: migrations begin here.

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
    LargeBinary,
    MetaData,
    Table,
    func,
    text,
)

from oneinvoice_impl.store.tables.metadata import Moment, Text

metadata = MetaData()


def _records(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
        Column("status", Text, nullable=False),
        Column("created_at", Moment, nullable=False),
        *columns,
        Index(f"{name}_listed", "organisation_id", "created_at", "id"),
        Index(f"{name}_listed_by_status", "organisation_id", "status", "created_at", "id"),
    )


def _partial_index(name: str, *columns: Any, where: str, unique: bool = False) -> Index:
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


organisations = Table(
    "organisations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
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
    Column("first_four", Text, nullable=False),
    Column("last_four", Text, nullable=False),
    Column("rate_limit", Integer, CheckConstraint("rate_limit > 0"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("last_used_at", Moment),
    Column("revoked_at", Moment),
)

members = _records(
    "members",
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("email", Text, nullable=False),
)
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
_partial_index("invoices_of_quote", invoices.c.quote_id, where="quote_id IS NOT NULL", unique=True)
_partial_index("invoices_due", invoices.c.organisation_id, invoices.c.due_date, invoices.c.id, where="status = 'sent'")

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("organisation_id", Text, ForeignKey("organisations.id")),
    Column("created_at", Moment, nullable=False),
)

login_links = Table(
    "login_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
    Column("used_at", Moment),
)

dashboard_sessions = Table(
    "dashboard_sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

key_use = Table(
    "key_use",
    metadata,
    Column("key_id", Text, ForeignKey("api_keys.id"), primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("requests", Integer, nullable=False),
)

announcements = Table(
    "announcements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("link", Text),
    Column("created_at", Moment, nullable=False),
    Index("announcements_by_date", "effective_on", "id"),
)

member_imports = Table(
    "member_imports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("file", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("events", Text),
    Column("secret", LargeBinary, nullable=False),
    Column("previous_secret", LargeBinary),
    Column("previous_until", Moment),
    Column("status", Text, nullable=False),
    Column("failing_since", Moment),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    Column("disabled_reason", Text),
    Index("webhook_endpoints_listed", "organisation_id", "created_at", "id"),
)

events = Table(
    "webhook_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False),
)

deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("id", Text, primary_key=True),
    Column("event_id", Text, ForeignKey("webhook_events.id"), nullable=False),
    Column("endpoint_id", Text, ForeignKey("webhook_endpoints.id"), nullable=False),
    Column("event", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("lease_until", Moment),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    _partial_index("webhook_deliveries_due", "due_at", "endpoint_id", where="status = 'pending'"),
    Index("webhook_deliveries_of_endpoint", "endpoint_id", "created_at", "id"),
    Index("webhook_deliveries_of_kind", "endpoint_id", "event", "status", "created_at", "id"),
)

attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", Text, ForeignKey("webhook_deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Column("status", Integer),
    Column("error", Text),
    Column("answer", LargeBinary),
)
