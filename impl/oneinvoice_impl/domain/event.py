"""Events, by the documentation's names."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

INVOICE_EVENTS = ("invoice.created", "invoice.sent", "invoice.paid")
QUOTE_EVENTS = ("quote.created", "quote.sent", "quote.accepted", "quote.rejected")
ANNOUNCEMENT = "api.change_announced"
PING = "ping"
"""Sent to one endpoint when its owner asks for a test; nothing happened."""

EVENTS = (*INVOICE_EVENTS, *QUOTE_EVENTS, ANNOUNCEMENT)
"""Events that an endpoint can subscribe to."""


class Event(NamedTuple):
    """One event: its name, and when it happened (UTC)."""

    name: str
    at: datetime
