"""Trials of a receiver that nobody ran: deliveries, their answers and a readback, in short."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from oneinvoice_conformance.clients.observation import DeliveryKind, Readback, SentDelivery, Trial
from oneinvoice_conformance.clients.rules.rule import RULES, Judgement, Observed, Undecided
from oneinvoice_conformance.clients.subject import Client

NO_ANSWER = 0


def sent(
    event_id: str,
    status: int = 200,
    *,
    event: str = "invoice.paid",
    kind: DeliveryKind = DeliveryKind.GENUINE,
    form: str = "",
    seconds: float = 0.1,
) -> SentDelivery:
    """A delivery that was answered after so many seconds, or by nothing with the status 0."""
    answered = 1.0 + seconds if status else None
    problem = "" if status else "no answer within 8 s"
    return SentDelivery(1, 1.0, event_id, event, kind, form, status=status, answered=answered, problem=problem)


def forged(event_id: str, status: int, form: str = "without a signature") -> SentDelivery:
    return sent(event_id, status, kind=DeliveryKind.FORGED, form=form)


def repeated(event_id: str, status: int = 200, form: str = "again right after it") -> SentDelivery:
    return sent(event_id, status, kind=DeliveryKind.REPEATED, form=form)


def readback(effects: Mapping[str, int] | None, **lists: Mapping[str, Any]) -> Readback:
    return Readback(lists, effects)


def trial(
    scenario: str,
    deliveries: Sequence[SentDelivery],
    kept: Readback | None = None,
    facts: Mapping[str, Any] | None = None,
    problem: str = "",
) -> Trial:
    """A trial with these deliveries, numbered in their order."""
    numbered = tuple(replace(each, number=number) for number, each in enumerate(deliveries, 1))
    return Trial(
        scenario, "A title.", 1, 0.0, 1.0, deliveries=numbered, readback=kept, facts=facts or {}, problem=problem
    )


def judged(rule: str, *trials: Trial, client: Client | None = None) -> Judgement:
    """The judgement of a rule on these trials."""
    observed = Observed({each.scenario: each for each in trials}, client or Client(hook="http://127.0.0.1:1/hook"))
    try:
        return RULES[rule].judge(observed)
    except Undecided as undecided:
        return undecided.judgement
