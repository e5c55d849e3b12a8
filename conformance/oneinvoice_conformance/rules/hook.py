"""Webhooks: deliveries that came to the receiver, or were recorded elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from oneinvoice_conformance.documented import EVENT_HEADER, EVENTS, SIGNATURE_HEADER, WEBHOOK_USER_AGENT
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, not_tested, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.names import words
from oneinvoice_conformance.rules.places.deliveries import at_delivery
from oneinvoice_conformance.rules.rule import Rule, Step
from oneinvoice_conformance.webhooks.collector import WebhookEvidence
from oneinvoice_conformance.webhooks.diagnosis.json_writers import rewritings
from oneinvoice_conformance.webhooks.diagnosis.mistakes import diagnose
from oneinvoice_conformance.webhooks.signing import verify_signature

_UNREGISTERED_TYPES = ("text/json", "text/x-json", "application/x-json", "application/jsonrequest")
WebhookJudge = Callable[[WebhookEvidence], Finding]
WEBHOOK_JUDGES: dict[str, WebhookJudge] = {}
"""Functions that judge requirements by the evidence alone, by id; for deliveries that were recorded elsewhere."""


def _rule(id: str, step: Step = Step.READ) -> Callable[[WebhookJudge], Rule]:
    """Make a rule of a function that judges the requirement `id` by the evidence on webhooks."""

    def make(judge: WebhookJudge) -> Rule:
        def judge_with_place(evidence: WebhookEvidence) -> Finding:
            finding = judge(evidence)
            return at_delivery(finding, id, evidence.secret) if finding.outcome is Outcome.FAILED else finding

        WEBHOOK_JUDGES[id] = judge_with_place
        return Rule(id, lambda context: judge_with_place(context.webhook_evidence()), step)

    return make


@_rule("HOOK-1")
def is_a_post(evidence: WebhookEvidence) -> Finding:
    deliveries = _deliveries(evidence)
    for delivery in deliveries:
        if delivery.method != "POST":
            return _proven_failure(f"{delivery} is a {delivery.method}", delivery)
    return passed(f"{len(deliveries)} deliveries are POSTs")


@_rule("HOOK-2")
def is_json(evidence: WebhookEvidence) -> Finding:
    deliveries = _deliveries(evidence)
    doubts: list[Finding] = []
    for delivery in deliveries:
        coding = (delivery.header("Content-Encoding") or "identity").strip().lower()
        if coding != "identity":
            return inconclusive(f"the body of {delivery} is compressed ({coding})").with_deliveries(delivery)
        try:
            content = delivery.json()
        except ValueError as error:
            return _proven_failure(f"the body of {delivery} is not JSON: {error}", delivery)
        if isinstance(content, str) and content.lstrip().startswith(("{", "[")):
            return _proven_failure(f"the body of {delivery} is JSON within a JSON string, encoded twice", delivery)
        kind = (delivery.header("Content-Type") or "").partition(";")[0].strip().lower()
        if kind in _UNREGISTERED_TYPES:
            reason = f"the body of {delivery} is JSON, and says so by {kind}, which is no registered type"
            doubts.append(inconclusive(reason).with_deliveries(delivery))
        elif kind != "application/json" and not kind.endswith("+json"):
            said = f"its Content-Type is '{kind}'" if kind else "it has no Content-Type"
            return _proven_failure(f"the body of {delivery} is JSON and does not say so: {said}", delivery)
    return doubts[0] if doubts else passed(f"{len(deliveries)} deliveries are JSON and say so")


@_rule("HOOK-3")
def names_its_event(evidence: WebhookEvidence) -> Finding:
    deliveries = _deliveries(evidence)
    for delivery in deliveries:
        if not delivery.event:
            return _proven_failure(f"{delivery} has no {EVENT_HEADER}", delivery)
        if not _is_name(delivery.event):
            return _proven_failure(f"{EVENT_HEADER} is '{delivery.event}', which names no event", delivery)
        if problem := _contradiction(delivery, EVENT_HEADER):
            return _proven_failure(problem, delivery)
        if (meant := _intended_event(delivery.event)) and not evidence.of_event(meant):
            return _proven_failure(f"{EVENT_HEADER} is '{delivery.event}' where '{meant}' is documented", delivery)
        if (in_body := delivery.event_in_body()) and delivery.event != in_body:
            return _proven_failure(f"{EVENT_HEADER} is '{delivery.event}', and the body says '{in_body}'", delivery)
    if evidence.misnamed_event:
        event, came = evidence.misnamed_event
        return _proven_failure(f"{event} was triggered alone, and '{came[0].event}' came instead", came[0])
    documented = {delivery.event for delivery in deliveries} & set(EVENTS)
    if not documented:
        return inconclusive(f"{len(deliveries)} deliveries came, and none of a documented event")
    return passed(f"{len(deliveries)} deliveries name {len(documented)} documented events")


@_rule("HOOK-4", Step.BAD_INPUT)  # late, since the overload leaves a sender a minute to repeat what it has to
def is_signed(evidence: WebhookEvidence) -> Finding:
    deliveries = _deliveries(evidence)
    wrong = [d for d in deliveries if not verify_signature(d.body, d.header(SIGNATURE_HEADER) or "", evidence.secret)]
    if wrong:
        delivery = wrong[0]
        header = delivery.header(SIGNATURE_HEADER)
        why = "is missing" if header is None else diagnose(delivery, header, evidence.secret, evidence.deliveries)
        return _proven_failure(f"the signature of {delivery} {why}{_share(wrong, deliveries)}", delivery)
    for delivery in deliveries:
        if problem := _contradiction(delivery, SIGNATURE_HEADER):
            return _proven_failure(problem, delivery)
    note = ""
    if all(delivery.body in rewritings(delivery.body) for delivery in deliveries):
        note = (
            "; each body is as its JSON would be written anew, so that a signature over that, instead of over the raw "
            "body, can't be told from the right one"
        )
    return passed(f"{len(deliveries)} signatures verify{note}")


def _share(wrong: Sequence[Delivery], deliveries: Sequence[Delivery]) -> str:
    """Return how many of the deliveries are signed wrongly, and what those have in common that the others lack."""
    if len(deliveries) < 2:
        return ""
    right = [delivery for delivery in deliveries if delivery not in wrong]
    sent_before = {delivery.body: delivery.number for delivery in reversed(right)}
    events = list(dict.fromkeys(delivery.event for delivery in wrong))
    common = ""
    if all(sent_before.get(delivery.body, delivery.number) < delivery.number for delivery in wrong):
        common = ", only where a body is delivered again"
    elif right and not {delivery.event for delivery in right} & set(events):
        common = f", all of {' and '.join(map(str, events))} and none of another event"
    return f" ({len(wrong)} of {len(deliveries)} deliveries{common})"


@_rule("HOOK-5")
def names_its_agent(evidence: WebhookEvidence) -> Finding:
    deliveries = _deliveries(evidence)
    for delivery in deliveries:
        if problem := _contradiction(delivery, "User-Agent"):
            return _proven_failure(problem, delivery)
        agent = delivery.header("User-Agent")
        if agent is not None and agent.startswith(f"{WEBHOOK_USER_AGENT} "):
            return inconclusive(f"the User-Agent of {delivery} is '{agent}', with more behind it").with_deliveries(
                delivery
            )
        if agent != WEBHOOK_USER_AGENT:
            return _proven_failure(f"the User-Agent of {delivery} is {repr(agent) if agent else 'missing'}", delivery)
    return passed(f"{len(deliveries)} deliveries have the User-Agent {WEBHOOK_USER_AGENT}")


def _event_rule(id: str, event: str) -> Rule:
    return _rule(id)(lambda evidence: _is_delivered(evidence, event))


invoice_created, invoice_sent, invoice_paid, quote_created, quote_sent, quote_accepted, quote_rejected = (
    _event_rule(f"HOOK-{number}", event) for number, event in enumerate(EVENTS, start=6)
)


def _is_delivered(evidence: WebhookEvidence, event: str) -> Finding:
    """Judge whether the event came; inconclusive where something but the deployment may explain that it did not."""
    attempts = evidence.attempts.get(event, ())
    happened = sum(attempt.problem is None and attempt.certain for attempt in attempts)
    if came := evidence.of_event(event):
        times = "once" if len(came) == 1 else f"{len(came)} times"
        if len(came) < happened:
            return inconclusive(
                f"{event} came {times}, and was triggered {happened} times; see whether a delivery was lost, or takes "
                f"longer than {evidence.timeout:g} s (--webhook-timeout)"
            ).with_deliveries(came[0])
        return passed(f"{event} came {times}").with_deliveries(came[0])
    if not attempts:
        return not_tested(f"no delivery of {event} was recorded; record one")
    if problem := attempts[-1].problem:
        return inconclusive(f"{event} did not come, and {problem}")
    for unread in evidence.deliveries:
        if unread.problem and unread.event == event:
            return inconclusive(f"{event} came, but {unread.problem}").with_deliveries(unread)
    others = _deliveries(evidence)
    unclear = [d for d in others if _may_be(d, event)]
    if unclear:
        return inconclusive(f"{event} did not come under its name, but {unclear[0]} may be it; see HOOK-3")
    seconds = f"within {evidence.timeout:g} s"
    if happened < 2 or not _any_documented(others):
        return inconclusive(f"{event} did not come {seconds}; see whether the endpoint is subscribed to it")
    return failed(
        f"{event} did not come {seconds} of either of two triggers, while others did; or the endpoint is not "
        "subscribed to it",
        certain=True,
    )


def _may_be(delivery: Delivery, event: str) -> bool:
    """Tell whether a delivery under another name may be that of an event."""
    is_unnamed = not delivery.event or not _is_name(delivery.event)
    return is_unnamed or _intended_event(str(delivery.event)) == event or event == delivery.event_in_body()


def _deliveries(evidence: WebhookEvidence) -> tuple[Delivery, ...]:
    """Return the deliveries but those of undocumented events. Raises `Undecided` where there are none."""
    judged = tuple(d for d in evidence.recognised if _is_documented(d, evidence))
    if judged:
        return judged
    problems = [a.problem for attempts in evidence.attempts.values() for a in attempts if a.problem]
    if problems and len(problems) == sum(map(len, evidence.attempts.values())):
        raise Undecided(inconclusive(f"no event happened: {problems[0]}"))
    if not evidence.attempts:
        raise Undecided(not_tested("no delivery of a documented event was recorded; record one"))
    if evidence.recognised:
        raise Undecided(
            inconclusive(
                f"{len(evidence.recognised)} deliveries came, and none of a documented event, but "
                f"'{evidence.recognised[0].event}'; see whether the endpoint is subscribed to all events"
            )
        )
    if unread := [delivery for delivery in evidence.deliveries if delivery.problem]:
        raise Undecided(inconclusive(f"{unread[0]} came, but {unread[0].problem}").with_deliveries(unread[0]))
    if evidence.strays:
        raise Undecided(inconclusive(f"no delivery came to {evidence.url}, but {evidence.strays[0]}"))
    raise Undecided(
        inconclusive(
            f"nothing came to {evidence.url} within {evidence.timeout:g} s; see whether it is registered there with "
            "all events, and whether the deployment can reach it"
        )
    )


def _is_documented(delivery: Delivery, evidence: WebhookEvidence) -> bool:
    """Tell whether a delivery is of a documented event, by its header, be it misspelt or no name, or by its body."""
    if not delivery.event or delivery.event in EVENTS or delivery.event_in_body() or not _is_name(delivery.event):
        return True
    meant = _intended_event(delivery.event)
    return meant is not None and not evidence.of_event(meant)


def _is_name(event: str) -> bool:
    """Tell whether the name of an event has a letter."""
    return any(character.isalpha() for character in event)


def _contradiction(delivery: Delivery, name: str) -> str | None:
    """Return the problem of a delivery with several values of one header, or None."""
    values = delivery.values(name)
    return f"{delivery} has {name} more than once: '{values[0]}' and '{values[1]}'" if values[1:] else None


def _any_documented(deliveries: tuple[Delivery, ...]) -> bool:
    return any(delivery.event in EVENTS for delivery in deliveries)


def _intended_event(name: str) -> str | None:
    """Return the documented event that a name misspells, or None.

    A misspelling has the same words in other letter case, order or punctuation, or the second word alone.
    """
    letters = re.sub(r"[^a-z]", "", name.lower())
    singulars = {word.rstrip("s") for word in words(name)}
    for event in EVENTS:
        meant = event.split(".")
        if name != event and (letters in ("".join(meant), meant[1]) or singulars == set(meant)):
            return event
    return None


def _proven_failure(reason: str, delivery: Delivery) -> Finding:
    """Return a failure that the delivery proves."""
    return failed(reason, certain=True).with_deliveries(delivery)
