"""Rule of unknown events, and of a header that contradicts the signed body."""

from __future__ import annotations

from oneinvoice_conformance.clients.observation import DeliveryKind, SentDelivery, Trial
from oneinvoice_conformance.clients.rules.hook.effects import (
    Effects,
    answer_of,
    effects_of,
    never_accepted,
    proven_effects,
    without_effects,
)
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.names import (
    KNOWN_IN_BODY,
    KNOWN_IN_HEADER,
    NAMES,
    NOTICE,
    PING,
    SENT,
)


@rule("HOOK-6")
def takes_unknown_names(observed: Observed) -> Judgement:
    """Judge the answers to events of unknown names, their effects, and what was done where the header contradicts."""
    trial = observed.trial(NAMES)
    unknown = trial.sent(DeliveryKind.UNKNOWN_EVENT)
    if refused := never_accepted(unknown):
        first = refused[0]
        return failed(f"{first.event}, which it need not know, was {answer_of(first)}", shown_by(trial, refused))
    effects = effects_of(trial)
    if judgement := _acted(trial, unknown, effects or {}) or _believed_header(trial, effects or {}):
        return judgement
    effects = proven_effects(trial)
    if effects is None:
        return without_effects("unknown events were accepted; whether they had effects can't be seen")
    return _disbelieved_body(trial, effects) or passed(
        f"{len(unknown)} events of unknown names were accepted without an effect, and no header was believed"
    )


def _acted(trial: Trial, unknown: list[SentDelivery], effects: Effects) -> Judgement | None:
    """Return the judgement on effects of unknown events. To tell somebody of a ping or a notice is a freedom."""
    acted = [each for each in unknown if each.event not in (PING, NOTICE) and effects.get(each.event_id)]
    return failed(f"{acted[0].event}, which is no event, had an effect", shown_by(trial, acted)) if acted else None


def _believed_header(trial: Trial, effects: Effects) -> Judgement | None:
    """Return the judgement on acting by the header alone."""
    by_header = _contradicting(trial, KNOWN_IN_HEADER)
    if acted := [each for each in by_header if effects.get(each.event_id)]:
        reason = f"an event had the effect of {acted[0].event}, which its header says and its signed body doesn't"
        return failed(reason, shown_by(trial, acted))
    invoice = (trial.readback.lists if trial.readback else {}).get("invoices", {}).get(trial.facts[SENT])
    if isinstance(invoice, dict) and invoice.get("status") == "paid":
        reason = "an invoice is paid by a header X-1Invoice-Event, while the signed body says that it was sent"
        return failed(reason, shown_by(trial, trial.sent(DeliveryKind.OTHER_HEADER)))
    return None


def _disbelieved_body(trial: Trial, effects: Effects) -> Judgement | None:
    """Return the judgement on leaving out what the body says. To refuse whatever contradicts itself is a freedom."""
    contradicting = trial.sent(DeliveryKind.OTHER_HEADER)
    if not any(each.is_accepted for each in contradicting):
        return None
    by_body = _contradicting(trial, KNOWN_IN_BODY)
    if refused := never_accepted(by_body):
        reason = f"a genuine event was {answer_of(refused[0])}, since its header says {refused[0].event}"
        return failed(reason, shown_by(trial, refused))
    if lost := [each for each in by_body if not effects.get(each.event_id)]:
        reason = f"a genuine event had no effect, since its header says {lost[0].event}"
        return failed(reason, shown_by(trial, lost))
    return None


def _contradicting(trial: Trial, form: str) -> list[SentDelivery]:
    return [each for each in trial.sent(DeliveryKind.OTHER_HEADER) if each.form == form]
