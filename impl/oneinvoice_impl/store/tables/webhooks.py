"""The tables of webhooks. Secrets are encrypted; bodies are the bytes that are sent and signed."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, text

from oneinvoice_impl.store.tables.metadata import Moment, Text, metadata, partial_index

endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("url", Text, nullable=False),
    # Names with a comma between them; null is all, also those that are yet to come.
    Column("events", Text),
    Column("secret", LargeBinary, nullable=False),
    # The secret before, which signs too until its time is over.
    Column("previous_secret", LargeBinary),
    Column("previous_until", Moment),
    # active or disabled
    Column("status", Text, nullable=False),
    # When the first of nothing but failures began.
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
    # The name of its event, which the log is filtered by.
    Column("event", Text, nullable=False),
    # pending, delivered, failed or cancelled (its endpoint was disabled first)
    Column("status", Text, nullable=False),
    Column("due_at", Moment, nullable=False),
    # Whoever claimed it has it until then; null is nobody.
    Column("lease_until", Moment),
    # Counts the claims. Whoever writes must still hold the last one.
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("finished_at", Moment),
    partial_index("webhook_deliveries_due", "due_at", "endpoint_id", where=text("status = 'pending'")),
    Index("webhook_deliveries_of_endpoint", "endpoint_id", "created_at", "id"),
    # What a log is filtered by, so that a filter with few or no hits doesn't read all the others.
    Index("webhook_deliveries_of_kind", "endpoint_id", "event", "status", "created_at", "id"),
)

attempts = Table(
    "webhook_attempts",
    metadata,
    Column("delivery_id", Text, ForeignKey("webhook_deliveries.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    # The HTTP status, or null if no answer came.
    Column("status", Integer),
    # What went wrong, in one sentence.
    Column("error", Text),
    # The beginning of the answer's body.
    Column("answer", LargeBinary),
)
