"""Endpoints that serve whoever asks, or always the same, and keys that get the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.causes.caches import is_open
from oneinvoice_conformance.engine.causes.observation import (
    Hypothesis,
    Observation,
    is_invalid,
    organisation_of,
    records_of,
)
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.redirect import leads_to, leads_to_login
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.records.finder import status_of
from oneinvoice_conformance.wording import counted, joined


def open_endpoints(observation: Observation) -> Iterator[Hypothesis]:
    """State which endpoints serve a request without a key, and which a key that was never issued."""
    if not any(result.requirement.area == "AUTH" for result in observation.results):
        return
    for roles, whom, remedy in (
        (
            (Role.NONE,),
            "to whoever asks, with a key or without",
            "have it look for a key first",
        ),
        ((Role.UNKNOWN, Role.NOT_A_KEY), "with whatever key stands behind Bearer", "have it look the key up first"),
    ):
        shown = {endpoint: found for endpoint in ENDPOINTS if (found := _served_freely(observation, endpoint, roles))}
        if shown:
            freely = {exchange for found in shown.values() for exchange in found}
            names = joined([f"GET /api/v1/{endpoint}" for endpoint in shown])
            first, *_ = (found[0] for found in shown.values())
            seen = f"{names} answer{'s' if len(shown) == 1 else ''} {first.outcome} {whom}"
            yield Hypothesis(seen, remedy, _two_credentials(first, freely), partial(_rests_on, freely=freely))


def _served_freely(observation: Observation, endpoint: str, roles: tuple[Role, ...]) -> list[Exchange]:
    """Return the answers that an endpoint gives to invalid credentials, those of these roles among them first.

    None where these are refused, or served only what a valid key has asked for before.
    """
    served = [
        each
        for each in observation.exchanges
        if each.request.endpoint == endpoint and is_invalid(each.request.credential.role) and each.serves_list
    ]
    first = next((each for each in served if each.request.credential.role in roles), None)
    if first is None or not is_open(observation, first.request):
        return []
    same = {(first.request.canonical_target, first.body)}
    alike = [
        each
        for each in observation.exchanges
        if each.request.credential.valid and (each.request.canonical_target, each.body) in same and records_of(each)
    ]
    return [first, *(each for each in served if each is not first), *alike]


def _two_credentials(first: Exchange, freely: Iterable[Exchange]) -> tuple[Exchange, ...]:
    """Return the first answer, and one to another credential if there is one."""
    role = first.request.credential.role
    others = sorted((each for each in freely if each.request.credential.role is not role), key=lambda each: each.number)
    return (first, *others[:1])


def _rests_on(result: Result, *, freely: Set[Exchange]) -> bool:
    """Tell whether nothing but these answers shows a finding, or another organisation's key got them too."""
    if _shown_by(result, freely):
        return True
    looked = freely & set(result.exchanges)
    return not result.finding.certain and any(each.request.credential.role is Role.OTHER for each in looked)


def other_refusals(observation: Observation) -> Iterator[Hypothesis]:
    """State what endpoints answer in the place of 401 to whoever has no valid key, where that is no list."""
    refusals = sorted(
        {
            each
            for result in observation.results
            if result.requirement.area == "AUTH"
            for each in result.finding.evidence
            if is_invalid(each.request.credential.role) and _is_other_refusal(each)
        },
        key=lambda each: each.number,
    )
    by_answer: dict[str, list[Exchange]] = {}
    for each in refusals:
        by_answer.setdefault(f"{each.status} {leads_to(each)}".strip(), []).append(each)
    for answer, alike in by_answer.items():
        endpoints = {each.request.endpoint for each in alike}
        names = joined([f"GET /api/v1/{endpoint}" for endpoint in ENDPOINTS if endpoint in endpoints])
        kinds = len({each.request.credential.role for each in alike})
        remedy = "have it refuse with 401 whatever has no valid key"
        if leads_to_login(alike[0]):
            remedy += ", and lead to a page to log in at only browsers that ask for pages"
        yield Hypothesis(
            f"{names} answer{'s' if len(endpoints) == 1 else ''} {answer.replace(' ', ' to ')} in the place of 401, to "
            f"{counted(kinds, 'kinds')} of credentials that are no valid key, as {alike[0]}",
            remedy,
            _two_credentials(alike[0], alike),
            partial(_shown_by, touched=set(alike)),
        )


def _is_other_refusal(exchange: Exchange) -> bool:
    """Tell whether an answer serves nothing, and isn't the 401 that is due."""
    return exchange.status not in (0, 401, 429) and not 200 <= exchange.status < 300


def fixed_answers(observation: Observation) -> Iterator[Hypothesis]:
    """State which endpoints give a key one and the same list, whatever is asked: the query is lost on the way."""
    fixed = {name: answers for name in ENDPOINTS if (answers := _fixed_answers(observation, name))}
    for endpoint in ("quotes", "invoices"):
        # They need no paging, and may ignore a filter: alone, that is for another cause to say.
        if endpoint in fixed and "members" not in fixed and not _shared(fixed[endpoint]):
            del fixed[endpoint]
    if not fixed:
        return
    touched = {each for answers in fixed.values() for each in answers}
    shared = {each for answers in fixed.values() if _shared(answers) for each in answers}
    whoever = " and whoever asks" if any(is_invalid(each.request.credential.role) for each in shared) else ""
    names = joined([f"GET /api/v1/{endpoint}" for endpoint in fixed])
    first, other = _two_queries(next(iter(fixed.values())))
    yield Hypothesis(
        f"{names} give{'s' if len(fixed) == 1 else ''} one and the same answer whatever the query says{whoever}, as "
        f"{first.request} and {other.request} do",
        "see whether a proxy drops the query, a cache leaves it out of account, or a fixed file is what answers",
        (first, other),
        lambda result: _rests_on(result, freely=shared) or _shown_by(result, touched),
    )


def _two_queries(answers: Sequence[Exchange]) -> tuple[Exchange, Exchange]:
    """Return two answers to different queries that are the same, of one key if there are."""
    first = next(each for each in answers if organisation_of(each.request.credential.role) is Role.PRIMARY)
    same = [each for each in answers if each.request.query != first.request.query and each.body == first.body]
    return first, min(same, key=lambda each: each.request.credential.role is not first.request.credential.role)


def _fixed_answers(observation: Observation, endpoint: str) -> list[Exchange]:
    """Return all lists of an endpoint, if those to each side are the same to the byte at three URLs or more.

    A filter is among them, which lists more than one status.
    """
    lists = [each for each in observation.exchanges if each.request.endpoint == endpoint and records_of(each)]
    sides: dict[Role | None, set[Body]] = {}
    for each in lists:
        sides.setdefault(organisation_of(each.request.credential.role), set()).add(each.body)
    own = [each for each in lists if organisation_of(each.request.credential.role) is Role.PRIMARY]
    targets = {each.request.canonical_target for each in own}
    if len(targets) < 3 or not any("status=" in target for target in targets):
        return []
    if any(len(bodies) > 1 for bodies in sides.values()):
        return []
    return lists if len({status_of(record) for record in own[0].records()}) > 1 else []


def _shared(answers: Sequence[Exchange]) -> bool:
    """Tell whether different sides get the same answers."""
    sides = {organisation_of(each.request.credential.role) for each in answers}
    return len(sides) > 1 and len({each.body for each in answers}) == 1


def _shown_by(result: Result, touched: Set[Exchange]) -> bool:
    return bool(result.finding.evidence) and touched >= set(result.finding.evidence)


def same_organisation(observation: Observation) -> Iterator[Hypothesis]:
    """State that both keys get the same wherever both have asked, where that is on every endpoint."""
    pairs = list(_both_sides(observation))
    alike = [(own, other) for own, other in pairs if own.texts == other.texts]
    if len(alike) < len(pairs) or {own.request.endpoint for own, _ in alike} != set(ENDPOINTS):
        return
    seen = "The other key gets what the primary key gets, members, quotes and invoices alike"
    remedy = (
        "either both keys are of one organisation, then give one of another with --other-key, or the deployment "
        "doesn't keep organisations apart, then have it list to a key what is its own organisation's"
    )
    others = {other for _, other in alike}

    def explains(result: Result) -> bool:
        if result.requirement.area == "ORG":
            return True
        return result.outcome is Outcome.INCONCLUSIVE and not others.isdisjoint(result.exchanges)

    yield Hypothesis(seen, remedy, alike[0], explains)


def _both_sides(observation: Observation) -> Iterator[tuple[Exchange, Exchange]]:
    """Yield the last list that each organisation's keys got at each URL that both have asked."""
    lists: dict[str, dict[Role | None, Exchange]] = {}
    for each in observation.served():
        role = organisation_of(each.request.credential.role)
        lists.setdefault(each.request.canonical_target, {})[role] = each
    for by_role in lists.values():
        if len(by_role) > 1:
            yield by_role[Role.PRIMARY], by_role[Role.OTHER]
