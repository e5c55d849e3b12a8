"""Deliveries whose headers don't name the event that happened, or the sender."""

from __future__ import annotations

from typing import Any

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EVENTS, EventOccurrence

EVENT = "X-1Invoice-Event"
AGENT = "User-Agent"


class _EventHeader(Deployment):
    """Names the event otherwise."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {EVENT: self.named(event)}

    def named(self, event: str) -> str:
        raise NotImplementedError


@fault("HOOK-3")
class EventHeaderMissing(Deployment):
    """There is no X-1Invoice-Event."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return _without(super().headers(event, body, secret), EVENT)


@fault("HOOK-3")
class EventHeaderMisspelt(Deployment):
    """The header is called X-1Invoice-Events."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return _without(super().headers(event, body, secret), EVENT) | {"X-1Invoice-Events": event}


@fault("HOOK-3")
class EventHeaderUnbranded(Deployment):
    """The header is called X-Invoice-Event."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return _without(super().headers(event, body, secret), EVENT) | {"X-Invoice-Event": event}


@fault("HOOK-3")
class EventHeaderMissingOnSentQuotes(Deployment):
    """The delivery of quote.sent has no X-1Invoice-Event."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        headers = super().headers(event, body, secret)
        return _without(headers, EVENT) if event == "quote.sent" else headers


@fault("HOOK-3")
class EventHeaderEmpty(_EventHeader):
    """X-1Invoice-Event is empty."""

    def named(self, event: str) -> str:
        return ""


@fault("HOOK-3")
class EventsByNumber(_EventHeader):
    """X-1Invoice-Event is the number of a kind of events."""

    def named(self, event: str) -> str:
        return str(10 + EVENTS.index(event))


@fault("HOOK-3")
class EventsWithUnderscore(_EventHeader):
    """Events are named with an underscore, such as invoice_paid."""

    def named(self, event: str) -> str:
        return event.replace(".", "_")


@fault("HOOK-3")
class EventsWithoutResource(_EventHeader):
    """Events are named without what they happen to, such as paid."""

    def named(self, event: str) -> str:
        return event.partition(".")[2]


@fault("HOOK-3")
class EventsAllCreated(_EventHeader):
    """Every delivery is named invoice.created, whatever its body tells of."""

    def named(self, event: str) -> str:
        return "invoice.created"


@fault("HOOK-3")
class AnswersSwapped(_EventHeader):
    """The delivery of an accepted quote is named quote.rejected, and that of a rejected one quote.accepted."""

    def named(self, event: str) -> str:
        return {"quote.accepted": "quote.rejected", "quote.rejected": "quote.accepted"}.get(event, event)


@fault("HOOK-3")
class AnswersSwappedUnseen(AnswersSwapped):
    """The names of accepted and rejected quotes are swapped, and the body, a bare resource, names no event."""

    def content(self, occurrence: EventOccurrence) -> Any:
        return self.as_resource(occurrence)


@fault("HOOK-3")
class InvoicesShiftedUnseen(_EventHeader):
    """Each event of an invoice has the next one's name, and the body, a bare resource, names no event."""

    def named(self, event: str) -> str:
        following = {"created": "sent", "sent": "paid", "paid": "created"}
        resource, _, action = event.partition(".")
        return f"invoice.{following[action]}" if resource == "invoice" else event

    def content(self, occurrence: EventOccurrence) -> Any:
        return self.as_resource(occurrence)


@fault("HOOK-3")
class PaidNamedSent(_EventHeader):
    """The delivery of a paid invoice is named invoice.sent."""

    def named(self, event: str) -> str:
        return "invoice.sent" if event == "invoice.paid" else event


class _Agent(Deployment):
    """Has another user agent."""

    agent: str

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return super().headers(event, body, secret) | {AGENT: self.agent}


@fault("HOOK-5")
class AgentMissing(Deployment):
    """There is no user agent."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        return _without(super().headers(event, body, secret), AGENT)


@fault("HOOK-5")
class AgentOfNextVersion(_Agent):
    """The user agent is 1invoice-webhooks/2."""

    agent = "1invoice-webhooks/2"


@fault("HOOK-5")
class AgentWithoutVersion(_Agent):
    """The user agent is 1invoice-webhooks."""

    agent = "1invoice-webhooks"


@fault("HOOK-5")
class AgentOfLibrary(_Agent):
    """The user agent is that of a library."""

    agent = "Python-urllib/3.11"


@fault("HOOK-5")
class AgentOfProduct(_Agent):
    """The user agent is the product's, not that of its webhooks."""

    agent = "1invoice/1"


@fault("HOOK-5")
class AgentMissingOnQuotes(Deployment):
    """Deliveries about quotes have no user agent."""

    def headers(self, event: str, body: bytes, secret: str) -> dict[str, str]:
        headers = super().headers(event, body, secret)
        return _without(headers, AGENT) if event.startswith("quote.") else headers


def _without(headers: dict[str, str], name: str) -> dict[str, str]:
    return {each: value for each, value in headers.items() if each != name}
