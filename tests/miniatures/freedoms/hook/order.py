"""How often deliveries come, when, and in what order."""

from __future__ import annotations

from dataclasses import replace

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import Deployment
from tests.miniatures.events import EVENTS, EventOccurrence, apply_event, events_before
from tests.miniatures.hooks import Delivery, Webhook


@variant(shown_by=Run.HOOKS)
class DeliveredTwice(Deployment):
    """Every delivery comes twice, at once."""

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        return super().deliveries(occurrence, webhook) * 2


class _Delayed(Deployment):
    """Waits for so many seconds."""

    delay: float


@variant(shown_by=Run.HOOKS)
class DeliveredAgainLater(_Delayed):
    """Every delivery comes again half a second later, as if the answer had been lost."""

    delay = 0.5

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        first = super().deliveries(occurrence, webhook)
        return [*first, *(replace(each, pause=self.delay) for each in first)]


@variant(shown_by=Run.HOOKS)
class DeliveredLate(_Delayed):
    """Every delivery comes a second late."""

    delay = 1.0

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        return [replace(each, pause=self.delay) for each in super().deliveries(occurrence, webhook)]


@variant(shown_by=Run.HOOKS)
class DeliveredOutOfOrder(_Delayed):
    """Every second delivery takes its time, so that the next one overtakes it."""

    delay = 0.3
    slow = False

    def deliveries(self, occurrence: EventOccurrence, webhook: Webhook) -> list[Delivery]:
        self.slow = not self.slow
        pause = self.delay if self.slow else 0
        return [replace(each, pause=pause) for each in super().deliveries(occurrence, webhook)]


@variant(shown_by=Run.HOOKS)
class EventsFromTheStart(Deployment):
    """What happens, happens to a new document: a quote is created and sent before it is accepted."""

    def occur(self, event: str) -> list[EventOccurrence]:
        return [apply_event(self.world, each) for each in [*events_before(event), event]]


@variant(shown_by=Run.HOOKS)
class EventsInReverse(EventsFromTheStart):
    """What happens to a new document is delivered with the last event first."""

    def announce(self, occurrences: list[EventOccurrence], webhook: Webhook) -> list[Delivery]:
        return super().announce(occurrences[::-1], webhook)


@variant(shown_by=Run.HOOKS)
class EventsSideBySide(EventsFromTheStart):
    """What happens to a new document is delivered all at once, over connections of their own."""

    def send_in_background(self, deliveries: list[Delivery]) -> None:
        for delivery in deliveries:
            super().send_in_background([delivery])


@variant(shown_by=Run.HOOKS)
class OthersAtWork(Deployment):
    """Other events happen too, to other documents, before and after those that are triggered."""

    def occur(self, event: str) -> list[EventOccurrence]:
        others = [apply_event(self.world, other) for other in EVENTS if other != event]
        return [*others[:3], *super().occur(event), *others[3:]]


@variant(shown_by=Run.HOOKS)
class RefusedDeliveriesRepeated(Deployment):
    """A delivery that the receiver could not handle is sent again as it was."""

    def repetition(self, delivery: Delivery) -> Delivery:
        return delivery


@variant(shown_by=Run.HOOKS)
class RepetitionsCounted(Deployment):
    """A delivery that is sent again tells in its body that it is, and is signed anew."""

    def repetition(self, delivery: Delivery) -> Delivery:
        assert self.webhook
        body = delivery.body.replace(b"{", b'{"attempt": 2,', 1)
        return replace(
            delivery, body=body, headers=self.headers(delivery.headers["X-1Invoice-Event"], body, self.webhook.secret)
        )
