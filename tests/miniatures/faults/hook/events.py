"""Events that happen, and are never delivered under their documented name."""

from __future__ import annotations

from dataclasses import replace

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EventOccurrence
from tests.miniatures.hooks import Delivery, Webhook


class _Silent(Deployment):
    """Never delivers one event."""

    silent: str

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        return [] if occurrence.event == self.silent else super().deliveries(occurrence, webhook)


@fault("HOOK-6")
class CreatedInvoicesSilent(_Silent):
    """A created invoice isn't delivered."""

    silent = "invoice.created"


@fault("HOOK-7")
class SentInvoicesSilent(_Silent):
    """A sent invoice isn't delivered."""

    silent = "invoice.sent"


@fault("HOOK-8")
class PaidInvoicesSilent(_Silent):
    """A paid invoice isn't delivered."""

    silent = "invoice.paid"


@fault("HOOK-9")
class CreatedQuotesSilent(_Silent):
    """A created quote isn't delivered."""

    silent = "quote.created"


@fault("HOOK-10")
class SentQuotesSilent(_Silent):
    """A sent quote isn't delivered."""

    silent = "quote.sent"


@fault("HOOK-11")
class AcceptedQuotesSilent(_Silent):
    """An accepted quote isn't delivered."""

    silent = "quote.accepted"


@fault("HOOK-12")
class RejectedQuotesSilent(_Silent):
    """A rejected quote isn't delivered."""

    silent = "quote.rejected"


class _Renamed(Deployment):
    """Delivers one event under another name, in header and body."""

    renamed: str
    to: str

    def delivery(self, occurrence: EventOccurrence, webhook: Webhook) -> Delivery:
        told = replace(occurrence, event=self.to) if occurrence.event == self.renamed else occurrence
        return super().delivery(told, webhook)


@fault("HOOK-6")
class CreatedInvoicesNew(_Renamed):
    """A created invoice is delivered as invoice.new."""

    renamed, to = "invoice.created", "invoice.new"


@fault("HOOK-7")
class SentInvoicesEmailed(_Renamed):
    """A sent invoice is delivered as invoice.emailed."""

    renamed, to = "invoice.sent", "invoice.emailed"


@fault("HOOK-8")
class PaidInvoicesSettled(_Renamed):
    """A paid invoice is delivered as invoice.settled."""

    renamed, to = "invoice.paid", "invoice.settled"


@fault("HOOK-9")
class CreatedQuotesDrafted(_Renamed):
    """A created quote is delivered as quote.drafted."""

    renamed, to = "quote.created", "quote.drafted"


@fault("HOOK-10")
class SentQuotesPublished(_Renamed):
    """A sent quote is delivered as quote.published."""

    renamed, to = "quote.sent", "quote.published"


@fault("HOOK-11")
class AcceptedQuotesSigned(_Renamed):
    """An accepted quote is delivered as quote.signed."""

    renamed, to = "quote.accepted", "quote.signed"


@fault("HOOK-12")
class RejectedQuotesDeclined(_Renamed):
    """A rejected quote is delivered as quote.declined."""

    renamed, to = "quote.rejected", "quote.declined"
