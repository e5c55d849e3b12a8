"""Deliveries of another organisation's records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from tests.miniatures.data import OTHER, Invoice, Quote
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EventOccurrence

D = TypeVar("D", Quote, Invoice)


@fault("ORG-4", shown_by=Run.HOOKS)
class PaidInvoicesOfOthersDelivered(Deployment):
    """invoice.paid tells of an invoice of another organisation."""

    def as_resource(self, occurrence: EventOccurrence) -> Any:
        if occurrence.event == "invoice.paid":
            occurrence = replace(occurrence, document=_first_of_others(self.world.invoices))
        return super().as_resource(occurrence)


@fault("ORG-4", shown_by=Run.HOOKS)
class QuotesOfOthersBesideDelivered(Deployment):
    """Deliveries on quotes list recent ones beside theirs, whosever they are, and with their lines."""

    def content(self, occurrence: EventOccurrence) -> Any:
        content = super().content(occurrence)
        if occurrence.kind != "quote":
            return content
        stranger = replace(occurrence, document=_first_of_others(self.world.quotes))
        return content | {"recent": [{"lines": [], **super().as_resource(stranger)}]}


def _first_of_others(documents: Iterable[D]) -> D:
    return next(each for each in documents if each.organisation == OTHER)
