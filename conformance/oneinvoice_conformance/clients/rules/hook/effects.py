"""Effects of a trial's deliveries, as far as the client's readback tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from oneinvoice_conformance.clients.observation import DeliveryKind, SentDelivery, Trial
from oneinvoice_conformance.clients.rules.rule import Judgement, Undecided, inconclusive
from oneinvoice_conformance.clients.subject import Means

Effects = Mapping[str, int]


def effects_of(trial: Trial) -> Effects | None:
    """Return the effects by the ids of events; None where the client tells of none. Raises `Undecided`."""
    if trial.readback is not None and trial.readback.problem:
        raise Undecided(inconclusive(f"--readback can't be used: {trial.readback.problem}"))
    return trial.readback.effects if trial.readback is not None else None


def proven_effects(trial: Trial) -> Effects | None:
    """Return the effects, if plain genuine events had theirs. Raises `Undecided` if not: then they tell nothing."""
    effects = effects_of(trial)
    if effects is not None and (silent := [each for each in plain(trial) if not effects.get(each.event_id)]):
        raise Undecided(
            inconclusive(f"its readback shows no effect of a plain {silent[0].event} either, so that it tells nothing")
        )
    return effects


def without_effects(reason: str) -> Judgement:
    """Return a judgement on what only a readback would decide."""
    return replace(inconclusive(reason), options=(Means.READBACK.value,))


def plain(trial: Trial) -> list[SentDelivery]:
    """Return the accepted deliveries of plain genuine events, between which the others stand."""
    return [each for each in trial.sent(DeliveryKind.GENUINE) if not each.form and each.is_accepted]


def never_accepted(deliveries: Sequence[SentDelivery]) -> list[SentDelivery]:
    """Return the last attempt at each event and form of which no attempt was accepted."""
    last: dict[tuple[str, str], SentDelivery] = {}
    for each in deliveries:
        key = each.event_id, each.form
        if key not in last or not last[key].is_accepted:
            last[key] = each
    return [each for each in last.values() if not each.is_accepted]


def answer_of(delivery: SentDelivery) -> str:
    """Return how a delivery was answered, in words."""
    return f"answered {delivery.status}" if delivery.status else f"not answered ({delivery.problem})"
