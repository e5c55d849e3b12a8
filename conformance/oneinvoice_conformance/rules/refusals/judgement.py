"""Judgement of answers that should be 401, whichever rule asked for them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain

from oneinvoice_conformance.http.credentials import NO_TOKEN, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import asks_for_login, asks_for_password, intermediary
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.places.answers import at_status
from oneinvoice_conformance.rules.refusals.records import RefusalReader
from oneinvoice_conformance.session.rule_context import RuleContext, unserved
from oneinvoice_conformance.wording import counted

_INVALID_REQUEST = re.compile(r'\bBearer\b.*\berror\s*=\s*"?invalid_request\b', re.IGNORECASE | re.DOTALL)
_TRIES = 2  # more, where an answer is a database error
_MALFORMED = "a header without a key or a key in the query"


def judge_refusals(
    context: RuleContext,
    requests: Iterable[Request],
    more: Iterable[Request],
    *,
    later: Iterable[Request] = (),
    until_served: bool = False,
) -> Finding:
    """Send the requests, and `more` of them in an extended run, and judge whether each got 401.

    One failure decides; else one answer that can't be judged leaves it open. Those `later` are left out where a
    recording has none. `until_served` ends it with the first that is served, since a key that is counted for those
    would be throttled.
    """
    answers: list[Exchange] = []
    reader = RefusalReader(context)
    asked_more = chain.from_iterable(context.ask_if_thorough([request]) for request in more)
    for answer in chain(map(context.send, requests), context.ask_if_recorded(later), asked_more):
        is_exceptional = bool(answers) and all(each.status < 500 for each in answers)
        answers.append(_lasting(context, answer, reader) if is_exceptional else answer)
        if until_served and 200 <= answer.status < 300:
            break
    findings = [_judge_refusal(context, answer, reader) for answer in answers]
    for outcome in (Outcome.FAILED, Outcome.INCONCLUSIVE):
        hits = [finding for finding in findings if finding.outcome is outcome]
        if hits:
            evidence = [exchange for finding in hits for exchange in finding.evidence]
            hit = next((finding for finding in hits if finding.certain), hits[0])
            return replace(hit, evidence=tuple(evidence))
    refused = sum(answer.status == 401 for answer in answers)
    others = len(answers) - refused
    unnamed = sum(_may_be_malformed(answer.request) and answer.status != 401 for answer in answers)
    others -= unnamed
    malformed = f", and {others} got 400 with the error invalid_request (RFC 6750, 3.1)" if others else ""
    malformed += f", and {unnamed} with {_MALFORMED} another error" if unnamed else ""
    if gateways := sum(map(asks_for_password, answers)):
        malformed += f"; {gateways} of them a page that asks for a password, be it a gateway's in front of the API"
    return passed(f"{counted(refused, 'requests')} got 401{malformed}", *answers)


def _lasting(context: RuleContext, answer: Exchange, reader: RefusalReader) -> Exchange:
    """Return an answer, or a later one to the same request where it is a database error that passes.

    Among many requests another one might get it each time that all are read again.
    """
    for _ in range(_TRIES):
        if answer.status < 500 or intermediary(answer) or reader.find_records(answer):
            break
        again = context.ask_again_if_possible(answer)
        if again is None:
            break
        answer = again
    return answer


def _judge_refusal(context: RuleContext, answer: Exchange, reader: RefusalReader) -> Finding:
    """Judge an answer that should be 401, and hold no records."""
    shown = None if 200 <= answer.status < 300 else reader.find_records(answer)
    if shown and shown.certain:
        return shown
    finding = _judge_status(context, answer)
    return shown if shown and finding.outcome is Outcome.PASSED else finding


def _judge_status(context: RuleContext, answer: Exchange) -> Finding:
    """Judge the status of an answer that should be 401, beside that to a valid key at the same endpoint."""
    if intermediary(answer):
        return unserved(answer)
    if asks_for_login(answer) and _is_closed_to_all(context, answer):
        return unserved(answer)
    if answer.status == 401:
        return passed("401", answer)
    if _may_be_malformed(answer.request) and 400 <= answer.status < 500 and answer.status != 429:
        return passed("an error, as a header or a parameter that is malformed may get", answer)
    if _is_invalid_request(answer):
        return passed("400, as RFC 6750 has it for a request that is malformed", answer)
    if answer.error or answer.status == 429:
        return unserved(answer)
    if 200 <= answer.status < 300:
        return at_status(failed(f"{summary([answer])} instead of 401", answer, certain=True), answer, "401")
    served = context.has(Role.PRIMARY) and context.ask(answer.request.endpoint).is_served
    if served or (400 <= answer.status < 500 and answer.status != 404 and not context.has(Role.PRIMARY)):
        return at_status(failed(f"{summary([answer])} instead of 401", answer), answer, "401")
    return inconclusive(
        f"{answer} where 401 was due, and a valid key is not served there either", answer, transient=True
    )


def _is_closed_to_all(context: RuleContext, answer: Exchange) -> bool:
    """Tell whether discovery, or a valid key at the same endpoint or with the same query, is sent to log in too."""
    with_key: list[Exchange] = []
    if context.has(Role.PRIMARY):
        same = replace(answer.request, credential=context.key())
        with_key = [context.ask(answer.request.endpoint), *context.ask_if_recorded([same])]
    return any(map(asks_for_login, [context.discover(), *with_key]))


def _may_be_malformed(request: Request) -> bool:
    """Tell whether a request may be refused for its form: a header without a key, or parameters that are unknown."""
    return request.credential == NO_TOKEN or bool(request.credential.parameters)


def _is_invalid_request(answer: Exchange) -> bool:
    """Tell whether another scheme than Bearer is refused as a request that is malformed (RFC 6750, 3.1)."""
    scheme = (answer.request.credential.authorization or "Bearer").partition(" ")[0].lower()
    challenges = [value for name, value in answer.headers if name.lower() == "www-authenticate"]
    return answer.status == 400 and scheme != "bearer" and any(map(_INVALID_REQUEST.search, challenges))


def summary(answers: list[Exchange]) -> str:
    """Return the first answer in words, and the number of others."""
    first = answers[0]
    more = f" (and {len(answers) - 1} more)" if len(answers) > 1 else ""
    return f"{first.request} with {first.request.credential.label} got {first.outcome}{more}"
