"""Queries that a deployment takes otherwise than the documentation says, and lists that are too short to judge by."""

from __future__ import annotations

from collections.abc import Iterator

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, ENDPOINTS, MAX_PAGE_SIZE
from oneinvoice_conformance.engine.causes.observation import (
    Hypothesis,
    Observation,
    is_good_input,
    is_list,
    number_of,
    organisation_of,
    records_of,
)
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.finder import status_of
from oneinvoice_conformance.session.pages import PAGES_AT_MOST
from oneinvoice_conformance.wording import counted, joined

_FILTER_RULES = ("MEM-7", "MEM-8", "QUO-2", "INV-2")
_FEWEST_PAIRS = 3  # of answers; fewer may stand past the end of a short list
_SIZE_RULES = ("MEM-2", "MEM-3")
# Members that each rule needs at the least to pass; all in one organisation, some of one status.
_MEMBERS_NEEDED = {
    "MEM-2": DEFAULT_PAGE_SIZE + 1,
    "MEM-3": MAX_PAGE_SIZE + 1,
    "MEM-4": MAX_PAGE_SIZE + 2,
    "MEM-5": DEFAULT_PAGE_SIZE + 1,
    "MEM-6": 2,
    "MEM-7": 3,
    "MEM-8": 33,
}


def ignored_filters(observation: Observation) -> Iterator[Hypothesis]:
    """State on which endpoints a status changes nothing, although records of other statuses are listed."""
    if not any(result.requirement.id in _FILTER_RULES for result in observation.results):
        return
    pairs = {endpoint: pair for endpoint in ENDPOINTS if (pair := _ignored_filter(observation, endpoint))}
    if not pairs:
        return
    touched = {each for endpoint in pairs for each in observation.served(endpoint) if _query(each, "status")}
    plain, filtered = next(iter(pairs.values()))
    seen = (
        f"status is ignored as a filter of {joined(list(pairs))}: {filtered.request} lists what {plain.request} does, "
        "with other statuses among them"
    )
    yield Hypothesis(
        seen,
        "have it filter the records before they are counted and paged",
        (plain, filtered),
        lambda result: (
            result.requirement.id in _FILTER_RULES
            and bool(result.finding.evidence)
            and touched.issuperset(result.finding.evidence)
        ),
    )


def _ignored_filter(observation: Observation, endpoint: str) -> tuple[Exchange, Exchange] | None:
    """Return an answer without a filter and one with, if every filtered one of the endpoint is the same as without."""
    pair = None
    answers = observation.served(endpoint)
    for filtered in (each for each in answers if _query(each, "status")):
        unfiltered = [each for each in answers if _differs_in_status_alone(each, filtered)]
        if not unfiltered:
            continue
        statuses = {status_of(record) for record in records_of(filtered)}
        if unfiltered[-1].texts != filtered.texts:
            return None
        if len(statuses - {None}) > 1:
            pair = pair or (unfiltered[-1], filtered)
    return pair


def _differs_in_status_alone(plain: Exchange, filtered: Exchange) -> bool:
    rest = tuple((name, value) for name, value in filtered.request.query if name != "status")
    same_key = plain.request.credential.role is filtered.request.credential.role
    return same_key and plain.request.query == rest


def ignored_offsets(observation: Observation) -> Iterator[Hypothesis]:
    """State that an offset changes nothing: members from another position are the same to the byte, whenever asked."""
    firsts: dict[tuple[Role, tuple[tuple[str, str], ...]], Exchange] = {}
    pairs: list[tuple[Exchange, Exchange]] = []
    for each in observation.served("members"):
        rest = tuple((name, value) for name, value in each.request.query if name != "offset")
        first = firsts.setdefault((each.request.credential.role, rest), each)
        if _offset(first) != _offset(each):
            if first.body != each.body:
                return
            pairs.append((first, each))
    if len(pairs) < _FEWEST_PAIRS:
        return
    shifted = {each for each in observation.served("members") if _offset(each)}
    first, other = pairs[0]
    yield Hypothesis(
        f"offset changes nothing: {other.request} gives the same {other.body.size:,} bytes as {first.request}, and so "
        f"do {len(pairs)} of as many requests from another position",
        "see whether a cache or a proxy in front leaves offset out of account, or else have it begin the list there",
        (first, other),
        lambda result: not shifted.isdisjoint(result.finding.evidence),
    )


def page_size(observation: Observation) -> Iterator[Hypothesis]:
    """State the one size that pages of members have, with a limit and without, where it isn't the documented one."""
    open_rules = [result for result in observation.results if result.requirement.id in _SIZE_RULES]
    pages = [each for each in _own_lists(observation, "members") if not _query(each, "status")]
    size = max((len(records_of(each)) for each in pages), default=0)
    if not open_rules or size in (0, DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE):
        return
    full = [each for each in pages if len(records_of(each)) == size < _due(each)]
    plain = [each for each in full if not _query(each, "limit")]
    limited = [each for each in full if _query(each, "limit")]
    if not plain or not limited or not any(_offset(each) >= size for each in pages):
        return
    seen = (
        f"A page holds {counted(size, 'members')} at the most, whatever is asked for: {plain[0].request} gives {size}, "
        f"and {limited[0].request} too, although there are more"
    )
    touched = {*plain, *limited}

    def explains(result: Result) -> bool:
        evidence = set(result.finding.evidence)
        if result.requirement.id in _SIZE_RULES:
            return bool(evidence) and touched >= evidence
        read = sum(len(records_of(each)) == size for each in set(result.exchanges))
        return result.outcome is Outcome.INCONCLUSIVE and touched >= evidence and read >= PAGES_AT_MOST

    yield Hypothesis(
        seen,
        f"have pages hold {DEFAULT_PAGE_SIZE} without a limit, and as many as a limit up to {MAX_PAGE_SIZE} says",
        (plain[0], limited[0]),
        explains,
    )


def ignored_limits(observation: Observation) -> Iterator[Hypothesis]:
    """State that pages from the start hold one number of members whatever the limit, which is more than any allows."""
    starts = [each for each in _own_lists(observation, "members") if not _query(each, "status") and not _offset(each)]
    limited = [each for each in starts if _query(each, "limit")]
    plain = [each for each in starts if not _query(each, "limit")]
    sizes = {each.listing.count for each in starts}
    if not plain or not limited or len(sizes) > 1 or max(sizes) <= MAX_PAGE_SIZE:
        return
    touched = {
        each
        for each in observation.exchanges
        if each.request.endpoint == "members" and is_list(each) and each.listing.count > _due(each)
    }
    yield Hypothesis(
        f"limit changes nothing: {limited[0].request} gives {sizes.pop():,} members, as {plain[0].request} does",
        f"have pages hold {DEFAULT_PAGE_SIZE} without a limit, and as many as a limit up to {MAX_PAGE_SIZE} says",
        (plain[0], limited[0]),
        lambda result: bool(result.finding.evidence) and touched.issuperset(result.finding.evidence),
    )


def short_lists(observation: Observation) -> Iterator[Hypothesis]:
    """State that the organisation has fewer records than the rules on its lists need."""
    undecided: set[str] = set()
    evidence: list[Exchange] = []
    members = _short_lists(observation)
    if members:
        undecided |= {id for id, needed in _MEMBERS_NEEDED.items() if members[0] < needed}
        evidence += members[1]
    missing = []
    for endpoint in ("quotes", "invoices"):
        plain = [each for each in _own_lists(observation, endpoint) if each.request.is_plain]
        if plain and not any(map(records_of, plain)):
            undecided |= {f"{endpoint[:3].upper()}-{number}" for number in (2, 3, 4, 5)}
            missing.append(endpoint)
            evidence += plain[:1]
    if missing or (members and not members[0]):
        undecided |= _tenant_rules(observation)
    if undecided:
        needed = [f"members, until {MAX_PAGE_SIZE + 1} have one status and {DEFAULT_PAGE_SIZE + 1} each of the others"]
        parts = [counted(members[0], "members")] if members else []
        yield Hypothesis(
            f"The organisation has {joined([*parts, *(f'no {each}' for each in missing)])}, too few to judge by",
            f"create {joined([*(needed if members else []), *(f'some {each}' for each in missing)])}",
            tuple(evidence[:2]),
            lambda result: result.outcome is Outcome.INCONCLUSIVE and result.requirement.id in undecided,
        )


def _tenant_rules(observation: Observation) -> set[str]:
    """Return the rules that compare two organisations, unless the other one has nothing to compare either."""
    others = [
        each for name in ENDPOINTS for each in _lists(observation, name, Role.OTHER) if not _query(each, "status")
    ]
    is_empty = any(not _offset(each) and not records_of(each) for each in others)
    return set() if is_empty else {"ORG-1", "ORG-2", "ORG-3"}


def _short_lists(observation: Observation) -> tuple[int, list[Exchange]] | None:
    """Return the number of members, and the answers that show it, if it is known and not enough for every rule."""
    pages = [each for each in _own_lists(observation, "members") if not _query(each, "status")]
    count = len({identity for each in pages if records_of(each) for identity in each.identities})
    ends = [each for each in pages if _offset(each) >= count and not records_of(each)]
    firsts = [each for each in pages if not _offset(each) and len(records_of(each)) == count < _due(each)]
    if not firsts or not (ends or count < DEFAULT_PAGE_SIZE):
        return None
    return count, [firsts[0], *ends[:1]]


def _own_lists(observation: Observation, endpoint: str) -> list[Exchange]:
    """Return the lists of an endpoint that keys of the first organisation got, empty ones too."""
    return _lists(observation, endpoint, Role.PRIMARY)


def _lists(observation: Observation, endpoint: str, side: Role) -> list[Exchange]:
    return [
        each
        for each in observation.exchanges
        if each.request.endpoint == endpoint
        and organisation_of(each.request.credential.role) is side
        and is_good_input(each.request)
        and is_list(each)
    ]


def _query(exchange: Exchange, name: str) -> str:
    return dict(exchange.request.query).get(name, "")


def _offset(exchange: Exchange) -> int:
    return number_of(_query(exchange, "offset"), 0)


def _due(exchange: Exchange) -> int:
    """Return how many members a page holds by the documentation, if there are as many."""
    return min(number_of(_query(exchange, "limit"), DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)
