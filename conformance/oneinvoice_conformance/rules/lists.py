"""What the rules of several areas look for in lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from oneinvoice_conformance.api import BAD_INPUT, Api, Listing, unserved
from oneinvoice_conformance.exchange import Exchange, NotJSON
from oneinvoice_conformance.listing import NoList, Record, canonical, find_list, identities, status_of
from oneinvoice_conformance.verdict import Finding, failed, inconclusive, passed

# A document that is not out, or no longer counts, may lack what the others have; one of another status may be either.
_UNSENT = frozenset({"draft", "created", "new", "unsent"})
_WITHDRAWN = frozenset({"cancelled", "canceled", "void", "voided", "deleted", "archived", "credited"})
_SENT = frozenset({"sent", "paid", "overdue", "accepted", "rejected"})


def is_list(api: Api, endpoint: str) -> Finding:
    """Whether the plain answer of an endpoint is a JSON list, in whatever envelope."""
    answer = api.ask(endpoint)
    if answer.status != 200:
        return unserved(answer)
    try:
        records = find_list(answer.json(), endpoint)
    except NotJSON as error:
        return failed(f"the answer is not JSON: {error}", answer)
    except NoList as error:
        return inconclusive(f"{error}", answer) if error.ambiguous else failed(f"{error}", answer)
    return passed(f"{len(records)} records in a JSON list", answer)


def out(records: Sequence[Record]) -> list[Record]:
    """The records but drafts and withdrawn ones."""
    return [record for record in records if status_of(record) not in _UNSENT | _WITHDRAWN]


def lacking(records: Sequence[Record], without: Sequence[Record], what: str, *telling: Exchange) -> Finding | None:
    """What to say of records that lack what each but a draft must have; `without` are those, out of them all."""
    if not without:
        return None
    surely = [record for record in without if status_of(record) in _SENT or len(without) == len(records)]
    if surely:
        return failed(f"{len(surely)} of {len(records)} that are no drafts have no {what}", *telling)
    return inconclusive(
        f"{len(without)} of status '{status_of(without[0])}' have no {what}, and may be drafts", *telling
    )


def filter_is_exact(api: Api, endpoint: str, documented: str, known: Sequence[str]) -> Finding:
    """Whether each status that occurs, given as filter, lists exactly the records that show it.

    `documented` is the status of the documentation's own example, without which nothing is decided; `known` are
    those that its events name, and drafts. Any other that a deployment shows may be unknown to it as a filter.
    """
    plain = api.listing(endpoint).whole()
    known = (documented, *known)
    records = api.without_others(endpoint, plain.records)
    occurring = Counter(status for record in records if (status := status_of(record)))
    checked = []
    for status in sorted(occurring, key=lambda status: (status not in known, -occurring[status]))[:8]:
        answer = api.ask(endpoint, free=status not in known, status=status)
        if answer.status in BAD_INPUT and status in known:
            return failed(f"status={status} is refused with {answer.status}", answer)
        if status not in known and (400 <= answer.status < 500 and answer.status != 429):
            continue
        listed = api.listing(endpoint, status=status)
        if status not in known and (not listed.records or listed.known == plain.known):
            continue
        if problem := _difference(api, endpoint, status, plain, records, listed):
            return problem
        checked.append(status)
    if documented not in checked:
        return inconclusive(f"no {endpoint} of status '{documented}' to filter for; create one", *plain.exchanges[:1])
    return passed(f"the filters {', '.join(checked)} list exactly what shows that status")


def _difference(
    api: Api, endpoint: str, status: str, plain: Listing, records: list[Record], listed: Listing
) -> Finding | None:
    """A failure if the filtered list is not exactly the records of that status."""
    mine = api.without_others(endpoint, listed.records)
    first = listed.pages[0].exchange
    wrong = [record for record in mine if status_of(record) not in (status, None)]
    if wrong:
        return failed(f"status={status} also lists {len(wrong)} of status '{status_of(wrong[0])}'", first, certain=True)
    shown = dict(zip(identities(records), records, strict=True))
    missing = [key for key, record in shown.items() if status_of(record) == status and key not in listed.known]
    if missing and (listed.turns or len(listed.pages[0]) < len(plain.pages[0])):
        return failed(f"status={status} leaves out {len(missing)} that show that status", first)
    extra = [key for key in identities(mine) if key not in shown]
    if extra and plain.turns:
        return failed(f"status={status} lists {len(extra)} that the plain list has not", first)
    return None


def reordered(first: Sequence[Record], second: Sequence[Record]) -> bool:
    """Whether records that two readings have in common, unchanged, stand in another order."""
    one, two = [canonical(record) for record in first], [canonical(record) for record in second]
    common = set(one) & set(two)
    return [text for text in one if text in common] != [text for text in two if text in common]
