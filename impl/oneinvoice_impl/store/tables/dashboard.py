"""The tables of the dashboard. Of what opens it, only digests are kept."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, LargeBinary, Table

from oneinvoice_impl.store.tables.metadata import Moment, Text, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    # In lower case.
    Column("email", Text, nullable=False, unique=True),
    # Null until the first login has made one.
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
    # Of about its last request.
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

# How many requests of a key were served in each hour.
key_use = Table(
    "key_use",
    metadata,
    Column("key_id", Text, ForeignKey("api_keys.id"), primary_key=True),
    Column("hour", Moment, primary_key=True),
    Column("requests", Integer, nullable=False),
)

# Changes of the API, told to everybody.
announcements = Table(
    "announcements",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("effective_on", Date, nullable=False),
    Column("link", Text),
    Column("text", Text),
    Column("level", Text),
    # Lists, as JSON.
    Column("operations", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Index("announcements_by_date", "effective_on", "id"),
)

# Files of members that wait for somebody to say which column is what.
member_imports = Table(
    "member_imports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation_id", Text, ForeignKey("organisations.id"), nullable=False),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("file", LargeBinary, nullable=False),
    Column("created_at", Moment, nullable=False, index=True),
)
