"""Endpoints that serve whoever asks, and keys that get the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from functools import partial

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.causes.caches import find_copies, is_open
from oneinvoice_conformance.engine.causes.observation import Hypothesis, Observation, is_invalid, records_of
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.wording import joined


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
            seen = f"{names} answer{'s' if len(shown) == 1 else ''} 200 {whom}"
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
    finding = result.finding
    if finding.evidence and freely >= set(finding.evidence):
        return True
    looked = freely & set(result.exchanges)
    return not finding.certain and any(each.request.credential.role is Role.OTHER for each in looked)


def same_organisation(observation: Observation) -> Iterator[Hypothesis]:
    """State that both keys get the same wherever both have asked, where that is on every endpoint."""
    copies = find_copies(each for each in observation.exchanges if each.request.credential.valid)
    endpoints = {copy.again.request.endpoint for copy in copies}
    if endpoints != set(ENDPOINTS) or not _are_alike(observation):
        return
    seen = "The other key gets what the primary key gets, members, quotes and invoices alike"
    remedy = (
        "either both keys are of one organisation, then give one of another with --other-key, or the deployment "
        "doesn't keep organisations apart, then have it list to a key what is its own organisation's"
    )
    again = {copy.again for copy in copies}
    first = copies[0]

    def explains(result: Result) -> bool:
        if result.requirement.area == "ORG":
            return True
        return result.outcome is Outcome.INCONCLUSIVE and not again.isdisjoint(result.exchanges)

    yield Hypothesis(seen, remedy, (first.original, first.again), explains)


def _are_alike(observation: Observation) -> bool:
    """Tell whether no URL gave two organisations' keys different lists."""
    bodies: dict[str, dict[Role, set[bytes]]] = {}
    for each in observation.served():
        role = Role.OTHER if each.request.credential.role is Role.OTHER else Role.PRIMARY
        bodies.setdefault(each.request.canonical_target, {}).setdefault(role, set()).add(each.body)
    return all(len(by_role) < 2 or not set.isdisjoint(*by_role.values()) for by_role in bodies.values())
