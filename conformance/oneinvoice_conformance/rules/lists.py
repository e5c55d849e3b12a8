"""What the rules of several areas look for in lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from oneinvoice_conformance.api import Api, Listing, unserved
from oneinvoice_conformance.exchange import NotJSON
from oneinvoice_conformance.listing import NoList, Record, canonical, find_list, identities, status_of
from oneinvoice_conformance.verdict import Finding, failed, inconclusive, passed

# A document that is not out, or no longer counts, may lack what the others have.
UNSENT = frozenset({"draft", "created", "new", "unsent"})
WITHDRAWN = frozenset({"cancelled", "canceled", "void", "voided", "deleted", "archived", "credited"})


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
    return [record for record in records if status_of(record) not in UNSENT | WITHDRAWN]


def filter_is_exact(api: Api, endpoint: str, documented: str, known: Sequence[str]) -> Finding:
    """Whether each status that occurs, given as filter, lists exactly the records that show it.

    `documented` is the status of the documentation's own example, without which nothing is decided; `known` are
    statuses that its events name. A status of the deployment's own may be refused as a filter.
    """
    plain = api.listing(endpoint).whole()
    records = api.without_others(endpoint, plain.records)
    occurring = Counter(status for record in records if (status := status_of(record)))
    checked = []
    for status in sorted(occurring, key=lambda status: (status not in (documented, *known), -occurring[status]))[:8]:
        listed = _filtered(api, endpoint, status, must_serve=status in (documented, *known))
        if listed is None:
            continue
        problem = _difference(api, endpoint, status, records, listed)
        if problem is not None:
            return problem
        checked.append(status)
    if documented not in checked:
        return inconclusive(f"no {endpoint} of status '{documented}' to filter for; create one", *plain.exchanges[:1])
    return passed(f"the filters {', '.join(checked)} list exactly what shows that status")


def _filtered(api: Api, endpoint: str, status: str, *, must_serve: bool) -> Listing | None:
    """The records under a filter; None where the deployment does not take a status of its own as a filter."""
    answer = api.ask(endpoint, free=not must_serve, status=status)
    if not must_serve and 400 <= answer.status < 500 and answer.status != 429:
        return None
    return api.listing(endpoint, status=status)


def _difference(api: Api, endpoint: str, status: str, records: list[Record], listed: Listing) -> Finding | None:
    """A failure if the filtered list is not exactly the records of that status."""
    wrong = [record for record in listed.records if status_of(record) not in (status, None)]
    wrong = api.without_others(endpoint, wrong)
    first = listed.pages[0].exchange
    if wrong:
        return failed(f"status={status} also lists {len(wrong)} of status '{status_of(wrong[0])}'", first, certain=True)
    shown = dict(zip(identities(records), records, strict=True))
    missing = [key for key, record in shown.items() if status_of(record) == status and key not in listed.known]
    if missing:
        return failed(f"status={status} leaves out {len(missing)} that show that status", first)
    mine = api.without_others(endpoint, listed.records)
    if extra := [key for key in identities(mine) if key not in shown]:
        return failed(f"status={status} lists {len(extra)} that the plain list has not", first)
    return None


def reordered(first: Sequence[Record], second: Sequence[Record]) -> bool:
    """Whether records that two readings have in common, unchanged, stand in another order."""
    one, two = [canonical(record) for record in first], [canonical(record) for record in second]
    common = set(one) & set(two)
    return [text for text in one if text in common] != [text for text in two if text in common]
