"""Effects that the client's readback shows, for scenarios that wait for them."""

from __future__ import annotations

from collections.abc import Iterable

from oneinvoice_conformance.clients.observation import DeliveryKind, Trial
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

NAMES = ("invoice.created", "quote.sent", "invoice.paid")
"""Names of the events that are sent wherever the name doesn't matter."""
_LITTLE = 0.3  # seconds after an effect in which one of an earlier delivery may come, too


def names_with_effect(control: Trial | None) -> tuple[str, ...]:
    """Return the names of events that have an effect on the client by the control; all of NAMES if that tells none."""
    effects = control.readback.effects if control and control.readback else None
    sent = control.sent(DeliveryKind.GENUINE) if control else []
    names = {delivery.event for delivery in sent if effects and effects.get(delivery.event_id)}
    return tuple(name for name in NAMES if name in names) or NAMES


def await_effects(stage: Stage, ids: Iterable[str]) -> None:
    """Read back until these events had their effects, or until `--settle` is over. The last readback is the trial's.

    Nothing is awaited from a client that showed no effect in the control, either.
    """
    if Means.READBACK not in stage.client.means:
        return
    wanted = set(ids) if stage.control is None or _shows_effects(stage.control) else set()

    def have_come() -> bool:
        kept = stage.readback()
        return kept is None or kept.effects is None or all(kept.effects.get(id) for id in wanted)

    stage.wait_until(have_come, stage.client.settle, "the effects come")


def settle(stage: Stage, ids: Iterable[str]) -> None:
    """Await effects of events that were sent last, and see a little later what those before them had."""
    if Means.READBACK not in stage.client.means:
        return
    began = stage.journal.clock()
    await_effects(stage, ids)
    stage.wait(_LITTLE + (stage.journal.clock() - began) / 4, "effects that should not come would come")
    stage.readback()


def _shows_effects(control: Trial) -> bool:
    effects = (control.readback.effects if control.readback else None) or {}
    return any(effects.get(each.event_id) for each in control.deliveries)
