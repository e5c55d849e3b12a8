"""Constants of the documentation: endpoints, filters, limits, events and headers."""

from __future__ import annotations

KEY_PREFIX = "1iv_"
ENDPOINTS = ("members", "quotes", "invoices")
# The queries of the requests that the documentation shows.
EXAMPLE_QUERIES = {
    "members": (("limit", "50"), ("offset", "0"), ("status", "active")),
    "quotes": (("status", "accepted"),),
    "invoices": (("status", "paid"),),
}
MEMBER_STATUSES = ("active", "inactive", "pending")
# The statuses that the documentation names as filters.
FILTERS = {"members": MEMBER_STATUSES, "quotes": ("accepted",), "invoices": ("paid",)}
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
RATE_LIMIT = 60  # requests in a minute for each key
EVENTS = (
    "invoice.created",
    "invoice.sent",
    "invoice.paid",
    "quote.created",
    "quote.sent",
    "quote.accepted",
    "quote.rejected",
)
EVENT_HEADER = "X-1Invoice-Event"
SIGNATURE_HEADER = "X-1Invoice-Signature"
WEBHOOK_USER_AGENT = "1invoice-webhooks/1"
