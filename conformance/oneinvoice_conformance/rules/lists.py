"""Judgements on lists that the rules of several areas share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import product

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, ENDPOINTS
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.http.intermediary import asks_for_login
from oneinvoice_conformance.http.redirect import leads_to, leads_within, moves_endpoint
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.facts import Difference, differences
from oneinvoice_conformance.records.finder import NoElements, NoList, ObjectValues, Record, status_of
from oneinvoice_conformance.records.identity import identities, volatile_fields
from oneinvoice_conformance.records.json_text import canonical, foreign_encoding
from oneinvoice_conformance.rules.places.answers import (
    at_body,
    at_length,
    at_record,
    at_status,
    list_pointer,
    record_pointer,
    told,
    told_record,
)
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES, Page, RecordList, volatile_fields_reason
from oneinvoice_conformance.session.rule_context import RuleContext, unserved
from oneinvoice_conformance.wording import counted

# A document that is not out, or no longer counts, may lack what the others have; one of another status may be either.
_UNSENT = frozenset({"draft", "created", "new", "unsent"})
_WITHDRAWN = frozenset({"cancelled", "canceled", "void", "voided", "deleted", "archived", "credited"})
_LIST = "200 with a JSON list"
_SENT = frozenset({"sent", "paid", "overdue", "accepted", "rejected"})


def is_list(context: RuleContext, endpoint: str) -> Finding:
    """Judge whether the plain answer of an endpoint is a JSON list, in whatever envelope."""
    answer = context.ask(endpoint)
    if answer.is_empty:
        empty = failed(f"{answer.request} gets {answer.status}, which holds no list, not even an empty one", answer)
        return at_status(empty, answer, _LIST)
    if _leads_astray(context, answer):
        where = leads_to(answer) or "nowhere"
        astray = failed(f"{answer.request} redirects to {where}, where other lists are served", answer)
        return at_status(astray, answer, _LIST)
    if _is_other_success(answer):
        return at_status(failed(f"{answer.request} gets {answer.status} without a list", answer), answer, _LIST)
    if not answer.is_served or asks_for_login(answer):
        return unserved(answer)
    try:
        records, count = answer.records(), answer.listing.count
    except NotJSON as error:
        return at_body(failed(f"the answer is not JSON: {error}", answer), answer, "JSON")
    except NoList as error:
        if error.ambiguous:
            return inconclusive(f"{error}", answer)
        return at_body(failed(f"{error}", answer), answer, f"a JSON list of {endpoint}")
    if isinstance(records, ObjectValues):
        names = failed(f"the {endpoint} are an object with a record under each name, and no list", answer)
        return at_body(names, answer, f"a JSON list of {endpoint}")
    if isinstance(records, NoElements):
        content = answer.json()
        counts = [content[name] for name in ("total", "count") if name in content] if content else []
        if any(isinstance(told, int) and told > 0 for told in counts):
            return at_body(failed("the answer holds no list, and counts records", answer), answer, "a JSON list")
        reason = f"the answer has null, an empty object or nothing in the place of a list; create {endpoint}"
        return inconclusive(f"{reason}, so that it can be seen whether they stand in one", answer)
    if answer.body.is_cut:
        read = f"{answer.body.size >> 20} MiB"
        return inconclusive(f"the answer begins as a list, and goes on behind the {read} that were read of it", answer)
    if encoding := foreign_encoding(answer.body.read(4)):
        foreign = failed(f"the answer is in {encoding}, and JSON has to be in UTF-8 (RFC 8259, 8.1)", answer)
        return foreign.at(answer, "", "UTF-8", encoding)
    if endpoint != "members" and (problem := listed_twice(endpoint, Page(answer).beginning)):
        return problem  # of members MEM-5 judges it
    return passed(f"{counted(count, 'records')} in a JSON list", answer)


def _is_other_success(answer: Exchange) -> bool:
    """Tell whether an answer is another success than those that hold a list, such as 202, and holds none."""
    if answer.is_served or not 200 <= answer.status < 300:
        return False
    try:
        answer.records()
    except (NotJSON, NoList):
        return True
    return False


def _leads_astray(context: RuleContext, answer: Exchange) -> bool:
    """Tell whether a redirect leads to another place of the API, and others of the lists are served.

    What lies elsewhere may be a login or a page of maintenance, by whatever name.
    """
    if not leads_within(answer) or moves_endpoint(answer):
        return False
    return any(context.ask(endpoint).serves_list for endpoint in ENDPOINTS)


def listed_twice(endpoint: str, page: Page) -> Finding | None:
    """Return a failure if one answer has the same record twice; else None.

    Two records with one id that differ are no such thing: nobody promised that an id is never given twice.
    """
    if not page.records or not page.exchange.identified:
        return None
    if again := len(page.texts) - len(set(page.texts)):
        reason = f"{page.exchange.request} lists {counted(again, endpoint)} twice"
        at = next(at for at, text in enumerate(page.texts) if text in page.texts[:at])
        before = record_pointer(page.exchange, page.texts.index(page.texts[at]))
        seen = f"{told_record(page.records[at], endpoint)} again, which stands at {before}"
        found = failed(reason, page.exchange, certain=True)
        return found.at(page.exchange, record_pointer(page.exchange, at), "a record that the page has not yet", seen)
    return None


def issued_only(records: Sequence[Record]) -> list[Record]:
    """Return the records but drafts and withdrawn ones."""
    return [record for record in records if status_of(record) not in _UNSENT | _WITHDRAWN]


def lacking(records: Sequence[Record], without: Sequence[Record], what: str, *evidence: Exchange) -> Finding | None:
    """Return the finding on the records that have no `what`, which only drafts may lack; None if there are none.

    `without` are those among `records`. A failure where one is no draft by its status, or all lack it; else a doubt.
    """
    if not without:
        return None
    surely = [record for record in without if status_of(record) in _SENT or len(without) == len(records)]
    have = "has" if len(surely or without) == 1 else "have"
    if surely:
        found = failed(f"{len(surely)} of {len(records)} that are no drafts {have} no {what}", *evidence)
        return at_record(found, evidence, surely[0], f"a {what.partition(' but ')[0]}", told(surely[0]))
    status = status_of(without[0])
    which = f"of status '{status}'" if status else "that show no status in words"
    return inconclusive(f"{len(without)} {which} {have} no {what}, and may be drafts", *evidence)


def differ_in_volatile_fields(records: Sequence[Record], others: Sequence[Record], endpoint: str) -> Finding | None:
    """Return a doubt where records without an id equal the others but for a field or two that change; else None."""
    fields = volatile_fields(records, others, endpoint)
    return inconclusive(volatile_fields_reason(endpoint, fields)) if fields else None


def filter_is_exact(context: RuleContext, endpoint: str, documented: str, known: Sequence[str]) -> Finding:
    """Judge whether each status that occurs, given as filter, lists exactly the records that show it.

    `documented` is the status of the documentation's example, without which nothing is decided; `known` are others
    that its events name. Any other status that records show may be refused as a filter, or ignored.
    """
    plain = context.read_list(endpoint).require_complete()
    known = (documented, *known)
    records = context.without_others(endpoint, plain.records)
    occurring = Counter(status for record in records if (status := status_of(record)))
    checked: list[str] = []
    unclear: Finding | None = None
    for status in sorted(occurring, key=lambda status: (status not in known, -occurring[status]))[:8]:
        accepts_4xx = status not in known
        answer = context.ask(endpoint, accepts_4xx=accepts_4xx, status=status)
        if answer.status in BAD_INPUT_STATUSES and not accepts_4xx:
            return at_status(failed(f"status={status} is refused with {answer.status}", answer), answer, "200")
        if accepts_4xx and (400 <= answer.status < 500 and answer.status != 429):
            continue
        listed = context.read_list(endpoint, status=status, accepts_4xx=accepts_4xx)
        if accepts_4xx and (not listed.records or listed.seen_ids == plain.seen_ids):
            continue
        problem = _difference(context, endpoint, status, known, listed)
        if problem and problem.outcome is Outcome.FAILED:
            return problem
        unclear = unclear or problem
        checked.append(status)
    if problem := filtered_for_others(context, endpoint, [status for status in checked if status in known]):
        return problem
    if unclear:
        return unclear
    if documented in checked:
        return passed(f"the filters {', '.join(checked)} list exactly what shows that status")
    if records and not occurring:
        reason = f"none of the {len(records)} {endpoint} shows a status in words, by which a filter could be judged"
        return inconclusive(f"{reason}; have them show one", *plain.exchanges[:1])
    return inconclusive(f"no {endpoint} of status '{documented}' to filter for; create one", *plain.exchanges[:1])


def filtered_for_others(context: RuleContext, endpoint: str, statuses: Sequence[str]) -> Finding | None:
    """Return a failure if a filter lists to the other organisation what shows another of the statuses; else None.

    And if it leaves out what the plain list shows with that status, where both are read to their ends.
    """
    if not context.has(Role.OTHER):
        return None
    with suppress(NotRecorded):  # by a recording that has no such answer
        return _filtered_for_others(context, endpoint, statuses)
    return None


def _filtered_for_others(context: RuleContext, endpoint: str, statuses: Sequence[str]) -> Finding | None:
    leaked = context.read_list(endpoint).by_text  # which is for the ORG rules to judge
    for status in statuses:
        answer = context.ask_filtered_if_recorded(endpoint, context.key(Role.OTHER), status)
        if answer is None or not answer.serves_list:
            continue
        page, other_statuses = context.records(answer).beginning, {*statuses} - {status}
        pairs = zip(page.records, page.texts, strict=True)
        wrong = [record for record, text in pairs if status_of(record) in other_statuses and text not in leaked]
        if wrong:
            some = f"status={status} lists {len(wrong)} of status '{status_of(wrong[0])}' to the other organisation"
            found = failed(some, answer, certain=True)
            return at_record(found, [answer], wrong[0], told(status), told(wrong[0].get("status")), "status")
        if problem := _left_out_for_others(context, page, status):
            return problem
    return None


def _left_out_for_others(context: RuleContext, page: Page, status: str) -> Finding | None:
    endpoint = page.exchange.request.endpoint
    plain = context.read_list(endpoint, context.key(Role.OTHER))
    leaked = context.read_list(endpoint).by_text
    shown = [each for each in plain.records if status_of(each) == status and canonical(each) not in leaked]
    size = min(DEFAULT_PAGE_SIZE, len(context.page(endpoint)))  # of a page that is full to the first organisation
    if not plain.complete or plain.indistinguishable or len(page) >= size or len(page) >= len(shown):
        return None
    reason = f"status={status} lists {len(page)} to the other organisation, of {len(shown)} that show that status to it"
    found = failed(reason, page.exchange, plain.pages[0].exchange)
    return at_length(found, page, counted(len(shown), endpoint))


def _difference(
    context: RuleContext, endpoint: str, status: str, known: Sequence[str], listed: RecordList
) -> Finding | None:
    """Return a failure or a doubt if the filtered list is not exactly the records of that status; else None."""
    plain = context.read_list(endpoint)
    records, filtered = (context.without_others(endpoint, listing.records) for listing in (plain, listed))
    first = listed.pages[0].exchange
    others = [record for record in filtered if status_of(record) not in (status, None)]
    wrong = [record for record in others if status == known[0] or status_of(record) in known]
    if wrong:
        reason = f"status={status} also lists {len(wrong)} of status '{status_of(wrong[0])}'"
        found = failed(reason, first, certain=True)
        return at_record(found, listed.exchanges, wrong[0], told(status), told(wrong[0].get("status")), "status")
    if problem := differ_in_volatile_fields(filtered, records, endpoint):
        return problem
    for page in listed.pages:
        if problem := listed_twice(endpoint, page):
            return problem
    differing = shown_otherwise(context, endpoint, plain, listed.pages)
    if differing and differing.outcome is Outcome.FAILED:
        return differing
    shown = dict(zip(identities(records, endpoint), records, strict=True))
    missing = [key for key, record in shown.items() if status_of(record) == status and key not in listed.seen_ids]
    if missing and (listed.offset_is_honoured or len(listed.pages[0]) < len(plain.pages[0])):
        found = failed(f"status={status} leaves out {len(missing)} that show that status", first)
        return found.at(
            first,
            list_pointer(first),
            f"{told(shown[missing[0]])}, which {plain.pages[0].exchange.request} shows",
            f"{counted(len(listed), endpoint)} without it",
        )
    extra = [key for key in identities(filtered, endpoint) if key not in shown]
    if extra:
        return _beside_the_plain_list(endpoint, status, len(extra), plain, first)
    if others:  # such as overdue ones, which were sent
        also = f"status={status} also lists {len(others)} of status '{status_of(others[0])}'"
        return inconclusive(
            f"{also}, which the documentation doesn't name; ask its owner whether those count as {status}", first
        )
    return differing


def _beside_the_plain_list(endpoint: str, status: str, extra: int, plain: RecordList, filtered: Exchange) -> Finding:
    """Return the finding on records that a filter lists, and the plain list doesn't.

    A failure where that pages. One that doesn't may be cut short, which nobody ruled out.
    """
    some, end = f"status={status} lists {extra} that the plain list has not", plain.end
    is_paged = len(plain.pages) > 1 or (end is not None and (end.exchange.is_served or end.exchange.is_empty))
    if is_paged and plain.offset_is_honoured:
        return failed(some, filtered)
    first = plain.pages[0].exchange
    reason = f"{some}, and {first.request} gives {len(plain)}, with whatever offset"
    mend = f"have it list all {endpoint}, or ask its owner how more of them are read"
    return inconclusive(f"{reason}; {mend}", first, filtered, transient=True)


def shown_otherwise(context: RuleContext, endpoint: str, listing: RecordList, pages: Sequence[Page]) -> Finding | None:
    """Return a failure if pages show records with other documented facts than the list does; else a doubt, or None.

    A doubt where either shows other names, addresses and the like, or lacks them. Both sides are asked for again
    before: what another answer to the same request shows otherwise tells nothing.
    """
    doubt, restless = None, set[str]()
    pairs = list(product(listing.pages, pages))
    swapped = [(page, own) for own, page in pairs if _status_asked(own) == _status_asked(page)]
    for index, (own, page) in enumerate([*pairs, *swapped]):
        found = _differences(context, endpoint, own, page) if page.exchange is not own.exchange else set()
        if index >= len(pairs):  # pages of one list may lack nothing that another shows; a filtered list may show more
            found = {(key, each) for key, each in found if each.is_missing and not each.is_documented}
        found = {(key, each) for key, each in found if each.what not in restless and (each.is_documented or not doubt)}
        if not found:
            continue
        answers = [context.ask_again_if_possible(each.exchange) for each in (own, page)]
        later = [context.records(answer) for answer in answers if answer]
        is_certain = len(later) == 2
        if is_certain:
            before, moving = found, _restless(context, endpoint, (own, page), later)
            again = _differences(context, endpoint, *later)
            found = {(key, each) for key, each in before & again if (key, each.what) not in moving}
            restless |= {each.what for _, each in before} - {each.what for _, each in found}
        problem = _told_otherwise(endpoint, own, page, found, is_certain=is_certain)
        if problem and problem.outcome is Outcome.FAILED:
            return problem
        doubt = doubt or problem
    return doubt


def _status_asked(page: Page) -> str | None:
    return dict(page.exchange.request.query).get("status")


def reordered(first: Sequence[Record], second: Sequence[Record]) -> bool:
    """Tell whether two readings have the records that are in both, unchanged, in different orders."""
    texts, again = [canonical(record) for record in first], [canonical(record) for record in second]
    common = set(texts) & set(again)
    return [text for text in texts if text in common] != [text for text in again if text in common]


Differences = set[tuple[str, Difference]]  # by identity


def _differences(context: RuleContext, endpoint: str, own: Page, page: Page) -> Differences:
    """Return in what records of a page differ from the same ones of a list's own page, both without others'."""
    if not (own.records and page.records and own.exchange.identified and page.exchange.identified):
        return set()
    texts = dict(zip(own.identities, own.texts, strict=True))
    pairs = zip(page.identities, page.texts, strict=True)
    changed = {key for key, text in pairs if texts.get(key, text) != text}
    if not changed:  # as nearly always
        return set()
    before, after = (_by_identity(context, endpoint, each) for each in (own, page))
    return {
        (key, difference)
        for key in changed & before.keys() & after.keys()
        for difference in differences(before[key], after[key], endpoint, context.names)
    }


def _by_identity(context: RuleContext, endpoint: str, page: Page) -> dict[str, Record]:
    """Return the records of a page by id, but those whose id stands on it twice."""
    records = context.without_others(endpoint, page.records)
    count = Counter(ids := identities(records, endpoint))
    return {key: record for key, record in zip(ids, records, strict=True) if count[key] == 1}


def _restless(
    context: RuleContext, endpoint: str, pages: Sequence[Page], later: Sequence[Page]
) -> set[tuple[str, str]]:
    """Return in what which records differ from one answer to another to the same request."""
    return {
        (key, difference.what)
        for one, two in zip(pages, later, strict=True)
        for key, difference in _differences(context, endpoint, one, two) | _differences(context, endpoint, two, one)
    }


def _told_otherwise(endpoint: str, own: Page, page: Page, found: Differences, *, is_certain: bool) -> Finding | None:
    """Return the finding on differences, on the one that most records have; a documented one comes first."""
    counts = Counter(difference for _, difference in found)
    if not counts:
        return None
    worst = max(counts, key=lambda each: (each.is_documented, counts[each], each.what))
    some = f"{page.exchange.request} shows {worst} for {counts[worst]} of the {endpoint}"
    some += f", which {own.exchange.request} shows" if worst.is_missing else f" than {own.exchange.request}"
    exchanges = (own.exchange, page.exchange)
    if worst.is_documented:
        key = next(key for key, difference in sorted(found, key=str) if difference == worst)
        return _at_difference(failed(some, *exchanges, certain=is_certain), key, worst.what, own, page)
    return inconclusive(f"{some}; ask the owner which is true", *exchanges)


def _at_difference(finding: Finding, key: str, what: str, own: Page, page: Page) -> Finding:
    """Return the finding with the place of a record on a page, at which the list shows something else."""
    if key not in own.identities or key not in page.identities:
        return finding
    at = page.identities.index(key)
    before, after = own.records[own.identities.index(key)], page.records[at]
    place = record_pointer(page.exchange, at, *([what] if what in after else []))
    if what in before and what in after:
        before, after = before[what], after[what]
    return finding.at(page.exchange, place, f"{told(before)}, as {own.exchange.request} has it", told(after))
