"""The documented events, and what each changes in the data of the primary organisation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tests.miniatures.data import PRIMARY, Invoice, Quote, World, new_invoice, new_quote

EVENTS = (
    "invoice.created",
    "invoice.sent",
    "invoice.paid",
    "quote.created",
    "quote.sent",
    "quote.accepted",
    "quote.rejected",
)
STATUS_BEFORE = {"sent": "draft", "paid": "sent", "accepted": "sent", "rejected": "sent"}
LAST_STEP_BEFORE = {
    "invoice.sent": "invoice.created",
    "invoice.paid": "invoice.sent",
    "quote.sent": "quote.created",
    "quote.accepted": "quote.sent",
    "quote.rejected": "quote.sent",
}
D = TypeVar("D", Quote, Invoice)


@dataclass(frozen=True)
class EventOccurrence:
    """Event that has happened, with the document as it is since."""

    event: str
    document: Quote | Invoice

    @property
    def kind(self) -> str:
        """Invoice or quote, the first word of the event's name."""
        return self.event.partition(".")[0]


def apply_event(world: World, event: str) -> EventOccurrence:
    """Make this event happen to the latest document that it can happen to, or else to a new one."""
    kind, _, change = event.partition(".")
    if kind == "quote":
        return EventOccurrence(event, _change(world.quotes, new_quote, change))
    return EventOccurrence(event, _change(world.invoices, new_invoice, change))


def events_before(event: str) -> list[str]:
    """Return the events that a document has had before this one, the first of them first."""
    before = LAST_STEP_BEFORE.get(event)
    return [*events_before(before), before] if before else []


def _change(table: list[D], new: Callable[[int, str, str], D], change: str) -> D:
    if change == "created":
        return _add(table, new, "draft")
    before = STATUS_BEFORE[change]
    found = [index for index, each in enumerate(table) if (each.organisation, each.status) == (PRIMARY, before)]
    if not found:
        _add(table, new, before)
    index = found[-1] if found else -1
    table[index] = new(table[index].id, PRIMARY, change)
    return table[index]


def _add(table: list[D], new: Callable[[int, str, str], D], status: str) -> D:
    table.append(new(max((each.id for each in table), default=900) + 1, PRIMARY, status))
    return table[-1]
