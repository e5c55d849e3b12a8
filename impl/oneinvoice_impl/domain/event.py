"""Events, by the documentation's names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

INVOICE_EVENTS = ("invoice.created", "invoice.sent", "invoice.paid")
QUOTE_EVENTS = ("quote.created", "quote.sent", "quote.accepted", "quote.rejected")
ANNOUNCEMENT = "api.change_announced"
PING = "ping"
"""Sent to one endpoint when its owner asks for a test; nothing happened."""

EVENTS = (*INVOICE_EVENTS, *QUOTE_EVENTS, ANNOUNCEMENT)
"""Events that an endpoint can subscribe to."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its name, and when it happened (UTC)."""

    name: str
    at: datetime
