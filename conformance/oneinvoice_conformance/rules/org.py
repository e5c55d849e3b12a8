"""Tenant isolation: records are compared whole, since ids may repeat across organisations."""

from __future__ import annotations

from collections.abc import Iterator

from oneinvoice_conformance.api import Api, Listing, Page
from oneinvoice_conformance.exchange import ENDPOINTS
from oneinvoice_conformance.listing import Record, canonical, identities, says_whose
from oneinvoice_conformance.rules.rule import rule
from oneinvoice_conformance.verdict import Finding, Undecided, failed, inconclusive, passed

_ONE_ORGANISATION = "; or both keys are of one organisation"
_ALIKE = (
    "{count} of the {endpoint} look like the other organisation's but for a field or two, which may change from answer "
    "to answer; use organisations with different data"
)
_FILTERS = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("accepted",),
    "invoices": ("paid",),
}


@rule("ORG-1")
def plain(api: Api) -> Finding:
    """A plain list holds nothing of another organisation."""
    sides = {endpoint: _both(api, endpoint) for endpoint in ENDPOINTS}
    shared = {endpoint: _shared(mine.records, theirs.records) for endpoint, (mine, theirs) in sides.items()}
    if all(mine.records and _same(mine, theirs) for mine, theirs in sides.values()):
        telling = [listing.pages[0].exchange for pair in sides.values() for listing in pair]
        return failed(f"both keys get the same members, quotes and invoices{_ONE_ORGANISATION}", *telling)
    for endpoint, records in shared.items():
        if any(map(says_whose, records)):
            mine, theirs = sides[endpoint]
            reason = f"{len(records)} of the {endpoint} of one organisation are listed to the other, whole"
            return failed(reason, mine.pages[0].exchange, theirs.pages[0].exchange, certain=True)
    for endpoint, records in shared.items():
        if records:
            return inconclusive(
                f"{len(records)} of the {endpoint} are equal in both organisations, but hold nothing (a name, a token) "
                "that could not be equal by chance; use organisations with different data"
            )
    for endpoint, (mine, theirs) in sides.items():
        if alike := _look_alike(mine.records, theirs.records):
            return inconclusive(_ALIKE.format(count=len(alike), endpoint=endpoint), mine.pages[0].exchange)
    for endpoint, (mine, theirs) in sides.items():
        if not mine.records or not theirs.records:
            return inconclusive(f"an organisation without {endpoint} decides nothing; create some in both")
        mine.whole(), theirs.whole()
    return passed("no member, quote or invoice is listed to both organisations")


@rule("ORG-2")
def filtered(api: Api) -> Finding:
    """A filtered list holds nothing of another organisation."""
    theirs = api.key("other")
    pages: list[Page] = []
    for endpoint, statuses in _FILTERS.items():
        for status in statuses:
            pages += api.listing(endpoint, status=status).pages
        pages.append(api.page(endpoint, theirs, status=statuses[0]))
    return _nothing_of_the_other(api, pages, "filtered")


@rule("ORG-3")
def past_the_end(api: Api) -> Finding:
    """Past the end of a list there is nothing of another organisation."""
    pages = [end for endpoint in ENDPOINTS for listing in _both(api, endpoint) if (end := listing.whole().end)]
    return _nothing_of_the_other(api, pages, "past the end of the list")


def _both(api: Api, endpoint: str) -> tuple[Listing, Listing]:
    return api.listing(endpoint), api.listing(endpoint, api.key("other"))


def _shared(mine: list[Record], theirs: list[Record]) -> list[Record]:
    known = {canonical(record) for record in theirs}
    return [record for record in mine if canonical(record) in known]


def _look_alike(records: list[Record], others: list[Record]) -> list[Record]:
    """Records that have the id of one of the others and hardly differ from it, as where a field is ever new."""
    by_id = dict(zip(identities(others), others, strict=True))
    pairs = ((record, by_id.get(key)) for key, record in zip(identities(records), records, strict=True))
    return [record for record, other in pairs if other and _hardly_differ(record, other)]


def _hardly_differ(one: Record, two: Record) -> bool:
    """Whether but for a field in four all is equal, and something of that says whose it is."""
    equal = {name: value for name, value in one.items() if name in two and two[name] == value}
    return len(equal) * 4 >= max(len(one), len(two)) * 3 and says_whose(equal)


def _same(mine: Listing, theirs: Listing) -> bool:
    return sorted(map(canonical, mine.records)) == sorted(map(canonical, theirs.records))


def _nothing_of_the_other(api: Api, pages: list[Page], where: str) -> Finding:
    """Look in each page for records that only the organisation that did not ask lists."""
    others = {endpoint: dict(_alone(*_both(api, endpoint))) for endpoint in ENDPOINTS}
    for page in pages:
        request = page.exchange.request
        foreign = others[request.endpoint]["other" if request.credential.account == "primary" else "primary"]
        leaked = [record for record in page.records if canonical(record) in foreign]
        if any(map(says_whose, leaked)):
            return failed(
                f"{len(leaked)} of the {request.endpoint} of the other organisation are listed {where}",
                page.exchange,
                certain=True,
            )
        if leaked:
            return inconclusive(f"{len(leaked)} of the {request.endpoint} equal some of the other's", page.exchange)
        mine, theirs = _both(api, request.endpoint)
        if request.credential.account != "primary":
            mine, theirs = theirs, mine
        alike = _look_alike(page.records, theirs.records)
        if len(alike) > len(_look_alike(alike, mine.records)):
            return inconclusive(_ALIKE.format(count=len(alike), endpoint=request.endpoint), page.exchange)
    for endpoint, alone in others.items():
        if not alone["primary"] or not alone["other"]:
            raise Undecided(
                inconclusive(f"the two organisations' {endpoint} can't be told apart; create different ones in both")
            )
    return passed(f"{len(pages)} answers held nothing of the other organisation")


def _alone(mine: Listing, theirs: Listing) -> Iterator[tuple[str, set[str]]]:
    """For each organisation, the records that only it lists."""
    primary = {canonical(record) for record in mine.records}
    other = {canonical(record) for record in theirs.records}
    yield "primary", primary - other
    yield "other", other - primary
