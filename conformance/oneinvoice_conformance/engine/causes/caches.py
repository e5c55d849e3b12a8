"""Caches that ignore whose key asks, or an offset: an answer equals, byte for byte, what another request got.

So does that of an endpoint without authentication, or the one of a key of the same organisation. What tells them apart
is who asked first: at a URL that is new, a cache without an answer lets the deployment answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES
from oneinvoice_conformance.engine.causes.observation import (
    Hypothesis,
    Observation,
    is_invalid,
    number_of,
    organisation_of,
    records_of,
)
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.wording import joined

_REFUSALS = (401, 403)
# Headers by which caches tell that an answer was kept, the standard's first (RFC 9211), and what they say then.
_HIT_HEADERS = (
    "Cache-Status",
    "X-Cache",
    "X-Cache-Status",
    "X-Proxy-Cache",
    "CF-Cache-Status",
    "X-Varnish-Cache",
    "X-Vercel-Cache",
)
_HIT = re.compile(r"(?<![a-z])(refresh)?(hit|stale|updating|revalidated)(?![a-z])", re.IGNORECASE)
_REMEDY = (
    "have what keeps answers by their URL alone (a proxy in front, or the service's own cache of responses) leave out "
    "requests with Authorization (RFC 9111, 3.5), or keep a copy for each key"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """Answer that equals an earlier one, at the same URL, to a key that may not get the same."""

    original: Exchange
    again: Exchange


def find_copies(exchanges: Iterable[Exchange]) -> list[Copy]:
    """Return the answers with records that another organisation's key, or nobody's, got after a valid key did."""
    originals: dict[tuple[str, Body], Exchange] = {}
    copies = []
    for exchange in exchanges:
        if not records_of(exchange):
            continue
        key = exchange.request.canonical_target, exchange.body
        role = exchange.request.credential.role
        original = originals.get(key)
        if original is None and role.valid:
            originals[key] = exchange
        elif original and organisation_of(role) != organisation_of(original.request.credential.role):
            copies.append(Copy(original, exchange))
    return copies


def is_hit(exchange: Exchange) -> bool:
    """Tell whether an answer says of itself that it comes out of a cache; new ones may have an Age of 0."""
    if any(_HIT.search(exchange.header(name) or "") for name in _HIT_HEADERS):
        return True
    age = (exchange.header("Age") or "").strip()
    return number_of(age, 0) > 0


def shared_caches(observation: Observation) -> Iterator[Hypothesis]:
    """State that a cache ignores Authorization, after it was asked at a new URL where answers leave that open."""
    copies = find_copies(observation.exchanges)
    leaks = [copy for copy in copies if is_invalid(copy.again.request.credential.role)]
    shut = [first for first in _first_by_endpoint(leaks) if not is_open(observation, first.again.request)]
    if not copies or (leaks and not shut):
        return
    proof = _proven_leak(observation, shut) if shut else _proven_mix(observation, copies)
    if told := proof or (_probable_leak(shut) if shut else _probable_mix(copies)):
        seen, evidence = told
        left_out = _endpoints(leaks) - _endpoints(shut)
        kept = [copy for copy in copies if copy.again.request.endpoint not in left_out]
        repeats = _repeats(observation, _endpoints(kept)) if proof else set[Exchange]()
        yield Hypothesis(seen, _REMEDY, evidence, lambda result: _rests_on_copies(result, kept, repeats))


def kept_refusals(observation: Observation) -> Iterator[Hypothesis]:
    """State that a cache keeps what it was refused without a good key, and gives valid keys that at the same URL."""
    refused: set[tuple[str, int, Body]] = set()
    again = []
    for each in observation.exchanges:
        if each.status in _REFUSALS:
            answer = each.request.canonical_target, each.status, each.body
            if not each.request.credential.valid:
                refused.add(answer)
            elif answer in refused:
                again.append(each)
    if again and (told := _proven_refusal(observation, again[0].request.endpoint)):
        seen, evidence = told
        touched = set(again)
        remedy = f"{_REMEDY}; it may not keep a 401 at all"
        yield Hypothesis(seen, remedy, evidence, lambda result: _is_shown_by(result, touched))


def _proven_refusal(observation: Observation, endpoint: str) -> tuple[str, tuple[Exchange, ...]] | None:
    """Ask a new URL without a key and then with one, and another with that key alone."""
    one, two = (Request(endpoint, NOBODY, query) for query in observation.fresh_queries(endpoint, 2))
    role = observation.asking_role()
    before, after, served = observation.ask(one), observation.ask(one, role), observation.ask(two, role)
    if before is None or after is None or served is None or before.status not in _REFUSALS:
        return None
    if (before.status, before.body) != (after.status, after.body) or not served.is_served:
        return None
    seen = (
        f"A cache keeps refusals by their URL: {before.request} got {before.status} with {_who(before)}, and then the "
        f"very same with {_who(after)}{_marks(after)}, which is served at {served.request}, where it asked first"
    )
    return seen, (before, after)


def offsets_left_out(observation: Observation) -> Iterator[Hypothesis]:
    """State that a cache leaves the offset of members out of account, which the deployment itself doesn't."""
    groups: dict[tuple[Role, frozenset[tuple[str, str]]], list[Exchange]] = {}
    for each in observation.served("members"):
        rest = frozenset(pair for pair in each.request.query if pair[0] != "offset")
        groups.setdefault((each.request.credential.role, rest), []).append(each)
    several = [group for group in groups.values() if len({_offset(each) for each in group}) > 1]
    if not several or any(len({each.body for each in group}) > 1 for group in several):
        return
    first = several[0][0]
    start, ahead = _fresh_pages(observation, first)
    if start is None or ahead is None or not records_of(start) or not records_of(ahead):
        return
    if start.identities[0] == ahead.identities[0]:
        return
    second = next(each for each in several[0] if _offset(each) != _offset(first))
    touched = {each for group in several for each in group}
    seen = (
        f"A cache leaves the offset out of account: {second.request} got the same {_bytes(second)} as {first.request} "
        f"before{_marks(second)}, and where nothing was asked for before, {ahead.request} begins with another member "
        f"than {start.request}"
    )
    yield Hypothesis(
        seen,
        "have what keeps answers take the whole URL for its key, with every parameter of the query",
        (first, second),
        lambda result: _is_shown_by(result, touched) or _is_left_open_by(result, touched),
    )


def _fresh_pages(observation: Observation, first: Exchange) -> list[Exchange | None]:
    """Return two pages at new URLs, from the start and from one later, of the list of which an answer is a page."""
    role = observation.asking_role(organisation_of(first.request.credential.role))
    status = [pair for pair in first.request.query if pair[0] == "status"]
    limits = [dict(query)["limit"] for query in observation.fresh_queries("members", 2)]
    return [
        observation.ask(
            Request("members", first.request.credential, (("limit", limit), ("offset", offset), *status)), role
        )
        for limit, offset in zip(limits, ("0", "1"), strict=True)
    ]


def _offset(exchange: Exchange) -> str:
    return dict(exchange.request.query).get("offset", "0")


def _is_shown_by(result: Result, touched: Set[Exchange]) -> bool:
    return bool(result.finding.evidence) and touched >= set(result.finding.evidence)


def _is_left_open_by(result: Result, touched: Set[Exchange]) -> bool:
    return result.outcome is Outcome.INCONCLUSIVE and not touched.isdisjoint(result.exchanges)


def _repeats(observation: Observation, endpoints: Set[str]) -> set[Exchange]:
    """Return the answers of these endpoints that are, to the byte, what the same URL was answered before."""
    seen: set[tuple[str, int, Body]] = set()
    repeats = set()
    for each in observation.exchanges:
        answer = each.request.canonical_target, each.status, each.body
        if answer in seen and each.request.endpoint in endpoints:
            repeats.add(each)
        seen.add(answer)
    return repeats


def _first_by_endpoint(copies: Iterable[Copy]) -> list[Copy]:
    firsts: dict[str, Copy] = {}
    for copy in copies:
        firsts.setdefault(copy.again.request.endpoint, copy)
    return sorted(firsts.values(), key=lambda copy: ENDPOINTS.index(copy.again.request.endpoint))


def _endpoints(copies: Iterable[Copy]) -> set[str]:
    return {copy.again.request.endpoint for copy in copies}


def is_open(observation: Observation, request: Request) -> bool:
    """Tell whether a credential is served at a new URL; of a recording, at one that no valid key had asked for.

    Only the first can tell it from a cache that holds answers of an earlier run. A filter belongs to it, so that the
    answer of a cache which leaves queries out of account is known by being that without a filter.
    """
    [query] = observation.fresh_queries(request.endpoint, 1)
    query = (*query, *(pair for pair in EXAMPLE_QUERIES[request.endpoint] if pair[0] == "status"))
    if answer := observation.ask(Request(request.endpoint, request.credential, query)):
        unfiltered = [each.body for each in observation.served(request.endpoint) if "status=" not in str(each.request)]
        return answer.is_served and not is_hit(answer) and answer.body not in unfiltered
    asked: set[str] = set()
    for exchange in observation.exchanges:
        target, role = exchange.request.canonical_target, exchange.request.credential.role
        if role.valid:
            asked.add(target)
        elif role is request.credential.role and exchange.request.endpoint == request.endpoint and target not in asked:
            return exchange.is_served and not is_hit(exchange)
    return False


def _proven_leak(observation: Observation, leaks: list[Copy]) -> tuple[str, tuple[Exchange, ...]] | None:
    """Ask a new URL without a good key, with one, and without again."""
    suspect = leaks[0].again.request
    [query] = observation.fresh_queries(suspect.endpoint, 1)
    request = Request(suspect.endpoint, suspect.credential, query)
    before, filled = observation.ask(request), observation.ask(request, observation.asking_role())
    if before is None or filled is None or before.status not in _REFUSALS:
        return None
    if filled.status == before.status and filled.body == before.body:
        seen = f"{before.request} got {before.status} with {_who(before)}, and then the very same with {_who(filled)}"
        return f"{_start(leaks)}: {seen}", (before, filled)
    after = observation.ask(request)
    if after is None or not records_of(filled) or after.body != filled.body:
        return None
    seen = (
        f"{before.request} got {before.status} with {_who(before)}, and {after.status} with the same "
        f"{_bytes(after)} as {_who(filled)} once that had asked for it{_marks(after)}"
    )
    return f"{_start(leaks)}: {seen}", (filled, after)


def _probable_leak(leaks: list[Copy]) -> tuple[str, tuple[Exchange, ...]] | None:
    """Go by what answers say of themselves, where nothing can be asked any more."""
    copy = next((copy for copy in leaks if is_hit(copy.again)), None)
    return (f"{_seen(copy)}, probably out of a shared cache", _pair(copy)) if copy else None


def _proven_mix(observation: Observation, copies: list[Copy]) -> tuple[str, tuple[Exchange, ...]] | None:
    """Ask two new URLs for the same records, each organisation's key one of them, and then one with the other's key."""
    endpoint = min((copy.again.request.endpoint for copy in copies), key=ENDPOINTS.index)
    role = Role.SIBLING if observation.asking_role() is Role.SIBLING else Role.PRIMARY
    one, two = (Request(endpoint, NOBODY, query) for query in observation.fresh_queries(endpoint, 2))
    own, others = observation.ask(one, role), observation.ask(two, Role.OTHER)
    if own is None or others is None or not records_of(own) or not records_of(others):
        return None
    if not set(own.texts).isdisjoint(others.texts):
        return None
    mixed = observation.ask(one, Role.OTHER)
    if mixed is None or mixed.body != own.body:
        return None
    seen = (
        f"{mixed.request} with {_who(mixed)} got the same {_bytes(mixed)} as {_who(own)} before{_marks(mixed)}, and at "
        f"{others.request}, where it asked first, a list of its own"
    )
    return f"A cache answers one organisation with what another asked for: {seen}", (own, mixed)


def _probable_mix(copies: list[Copy]) -> tuple[str, tuple[Exchange, ...]] | None:
    copy = next((copy for copy in copies if is_hit(copy.again)), None)
    if copy is None:
        return None
    seen = f"{_seen(copy)}, probably out of a shared cache, or both keys are of one organisation"
    return f"{seen}", _pair(copy)


def _rests_on_copies(result: Result, copies: list[Copy], repeats: Set[Exchange]) -> bool:
    """Tell whether copies are all that shows a finding, or among what was compared to come to it.

    Of a cache that is proven, repeats are its answers too: no limit behind it counts them, and refusals may be kept.
    """
    again = {copy.again for copy in copies}
    touched = again | {copy.original for copy in copies}
    evidence = set(result.finding.evidence)
    if evidence and evidence <= touched and evidence & again:
        return True
    if result.requirement.area == "RATE":
        served = [each for each in result.exchanges if each.is_served and each.request.credential.valid]
        hits = {each for each in served if each in repeats or is_hit(each)}
        return evidence <= hits if evidence else 2 * len(hits) > len(served)
    refusals = {each for each in repeats if each.status in _REFUSALS and each.request.credential.valid}
    if evidence and evidence <= refusals:
        return True
    return not result.finding.certain and not again.isdisjoint(result.exchanges)


def _start(leaks: list[Copy]) -> str:
    return f"A cache serves {joined([copy.again.request.endpoint for copy in leaks])} to whoever asks"


def _seen(copy: Copy) -> str:
    again, original = copy.again, copy.original
    return f"{again.request} with {_who(again)} got the same {_bytes(again)} as {_who(original)} before{_marks(again)}"


def _pair(copy: Copy) -> tuple[Exchange, Exchange]:
    return copy.original, copy.again


def _who(exchange: Exchange) -> str:
    return exchange.request.credential.label


def _bytes(exchange: Exchange) -> str:
    return f"{exchange.body.size:,} bytes"


def _marks(exchange: Exchange) -> str:
    """Return what the answer says of a cache, in brackets."""
    names = [name for name in (*_HIT_HEADERS, "Age", "Via") if exchange.header(name)]
    shown = ", ".join(f"{name}: {(exchange.header(name) or '')[:40]}" for name in names[:3])
    return f" ({shown})" if shown else ""
