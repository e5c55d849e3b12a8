"""Members in a recording: pages by whatever query, judged alone, and beside others where these are of the same time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, failed, not_tested, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.finder import status_of
from oneinvoice_conformance.rules.lists import listed_twice
from oneinvoice_conformance.rules.member_pages import too_long
from oneinvoice_conformance.rules.recorded.answers import Answer, Answers, pairs
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES
from oneinvoice_conformance.wording import counted, joined

_ENOUGH = DEFAULT_PAGE_SIZE + 1
Chain = Sequence[Answer]


def default_limit(answers: Answers) -> Finding:
    """MEM-2."""
    members = answers.lists("members")
    plain = [each for each in members if each.limit is None]
    if not plain:
        return not_tested("the recording has no page of members without a limit")
    for answer in plain:
        assert answer.page is not None
        if len(answer.page) > DEFAULT_PAGE_SIZE:
            return too_long("without a limit", answer.page)
    if short := _short(answers, plain, DEFAULT_PAGE_SIZE):
        return short
    full = [each for each in plain if len(each.page or ()) == DEFAULT_PAGE_SIZE and _is_followed(each, members)]
    if full:
        return passed(
            f"without a limit a page holds 50 of more members ({counted(len(full), 'answers')})", _first(full)
        )
    return not_tested("no page without a limit was recorded of a list of more than 50 members")


def limit_is_honoured(answers: Answers) -> Finding:
    """MEM-3."""
    members = answers.lists("members")
    limited = [each for each in answers.at("members") if each.limit and each.limit <= MAX_PAGE_SIZE]
    if problem := _over_its_limit(limited):
        return problem
    doubt = answers.refused([each for each in limited if each.status in (None, *MEMBER_STATUSES)], "a documented limit")
    for limit in {each.limit for each in limited if each.limit}:
        some = [each for each in members if each.limit == limit]
        doubt = _worse(doubt, _short(answers, some, limit))
    if doubt:
        return doubt
    exact = {
        each.limit
        for each in members
        if each.limit and each.limit <= MAX_PAGE_SIZE and len(each.page or ()) == each.limit
        if each.limit > DEFAULT_PAGE_SIZE or _is_followed(each, members)
    }
    if exact - {DEFAULT_PAGE_SIZE}:
        limits = joined([str(each) for each in sorted(each for each in exact if each)])
        return passed(f"limits of {limits} gave as many members, in all answers that were recorded")
    return not_tested("the recording has no page of members with a limit but 50, of a list of more than that")


def never_more_than_200(answers: Answers) -> Finding:
    """MEM-4."""
    asked = [each for each in answers.at("members") if not each.has_more or each.limit]
    for answer in asked:
        if answer.page is not None and len(answer.page) > MAX_PAGE_SIZE:
            reason = f"{answer} gives {answer.page.told_count} members"
            return failed(reason, answer.exchange, certain=True)
    over = [each for each in asked if each.limit and each.limit > MAX_PAGE_SIZE]
    clamped = [
        each for each in over if len(each.page or ()) == MAX_PAGE_SIZE or each.exchange.status in BAD_INPUT_STATUSES
    ]
    if clamped:
        return passed(f"{counted(len(over), 'limits')} over 200 gave no more than 200 members", _first(clamped))
    return not_tested("the recording has no limit over 200, of a list of more members than that")


def pages_tile(answers: Answers) -> Finding:
    """MEM-5."""
    for answer in answers.at("members"):
        if answer.page is not None and (problem := listed_twice("members", answer.page)):
            return problem
    plain = [each for each in answers.comparable("members") if each.status is None]
    if problem := _not_of_one_list(answers, plain):
        return problem
    elsewhere = answers.comparable("members")
    for chain in _chains(plain, answers.lists("members")):
        ids = [key for page in chain for key in page.ids]
        others = {key for each in elsewhere if each not in chain for key in each.ids}
        if len(ids) >= _ENOUGH and len(chain) > 1 and others and others <= set(ids):
            reason = f"{counted(len(chain), 'pages')} tile {len(ids)} members, among them all that other answers list"
            return passed(reason, *(each.exchange for each in chain))
    return not_tested("the recording has no list of more than 50 members page by page, and again by other pages")


def counted_from_zero(answers: Answers) -> Finding:
    """MEM-6."""
    plain = [each for each in answers.comparable("members") if each.ids]
    default = at_position = None
    doubt: Finding | None = None
    for one, two in pairs(plain):
        if one.status != two.status:
            continue
        if {one.offset, two.offset} == {None, 0}:
            common = min(len(one.ids), len(two.ids))
            if one.ids[:common] == two.ids[:common]:
                default = default or two
            else:
                reason = f"{two} does not begin where {one} does"
                doubt = _worse(doubt, answers.contradiction(reason, one, two))
        low, high = sorted((one, two), key=lambda each: each.start)
        position = high.start - low.start
        if 0 < position < len(low.ids):
            if low.ids[position] == high.ids[0]:
                at_position = at_position or high
            elif low.ids[position - 1] == high.ids[0]:
                reason = f"{high} begins at position {high.start - 1} of the list that {low} begins"
                doubt = _worse(doubt, answers.contradiction(reason, low, high))
    if doubt:
        return doubt
    if default and (at_position or pages_tile(answers).outcome is Outcome.PASSED):
        return passed(
            "offset=0 is the first member and the default, and other offsets count from there", _first([default])
        )
    return not_tested("the recording has no page of members with offset=0 and without, and another that overlaps it")


def status_filter(answers: Answers) -> Finding:
    """MEM-7."""
    asked = [each for each in answers.at("members") if each.status in MEMBER_STATUSES]
    for answer in asked:
        others = set(MEMBER_STATUSES) - {str(answer.status)}
        wrong = [
            each
            for each in (answer.page.records if answer.page and answer.page.is_whole else [])
            if status_of(each) in others
        ]
        if wrong:
            some = counted(len(wrong), "members")
            reason = f"{answer} lists {some} who show another status, such as {status_of(wrong[0])}"
            return failed(reason, answer.exchange, certain=True)
    if doubt := answers.refused(asked, "a documented status"):
        return doubt
    members = answers.comparable("members")
    plain = [each for each in members if each.status is None]
    compared, doubt = 0, None
    for status in MEMBER_STATUSES:
        for chain in _chains([each for each in members if each.status == status], members):
            listed = {key for page in chain for key in page.ids}
            for answer in plain:
                shown = [key for key, each in answer.content if each == status]
                if missing := [key for key in shown if key not in listed]:
                    reason = f"{chain[0]} leaves out {counted(len(missing), 'members')} that {answer} shows so"
                    doubt = _worse(doubt, answers.contradiction(reason, answer, chain[-1]))
                compared += len(shown)
    if doubt:
        return doubt
    without = [status for status in MEMBER_STATUSES if not any(each.ids for each in members if each.status == status)]
    if without:
        return not_tested(f"the recording has no members by the filter {' or '.join(without)}")
    if not compared:
        return not_tested("the recording has no filtered list to its end, and the plain one beside it")
    return passed(
        f"{len(asked)} filtered answers list their own status alone, and leave out nobody that plain ones show"
    )


def filter_and_paging(answers: Answers) -> Finding:
    """MEM-8."""
    filtered = [each for each in answers.at("members") if each.status in MEMBER_STATUSES]
    if problem := _over_its_limit([each for each in filtered if each.limit and each.limit <= MAX_PAGE_SIZE]):
        return problem
    members = [each for each in answers.comparable("members") if each.status in MEMBER_STATUSES]
    tiled: Chain = ()
    for status in MEMBER_STATUSES:
        some = [each for each in members if each.status == status]
        if problem := _not_of_one_list(answers, some):
            return problem
        tiled = tiled or next((chain for chain in _chains(some, members) if len(chain) > 1), ())
    if tiled:
        return passed(f"{counted(len(tiled), 'pages')} tile a filtered list", *(each.exchange for each in tiled))
    slices = [
        two
        for one, two in pairs(members)
        if one.status == two.status and (one.start, one.end) != (two.start, two.end)
        if max(one.start, two.start) < min(one.end, two.end)
    ]
    if slices:
        return passed(f"{slices[0]} is a slice of another page of that list", _first(slices))
    return not_tested("the recording has no two pages of one filtered list")


def _over_its_limit(limited: Sequence[Answer]) -> Finding | None:
    """Return a failure if a page holds more members than its limit; whatever else was asked for, it may not."""
    for answer in limited:
        if answer.page is not None and answer.limit and not answer.is_odd and len(answer.page) > answer.limit:
            reason = f"{answer} gives {answer.page.told_count} members"
            return failed(reason, answer.exchange, certain=True)
    return None


def _short(answers: Answers, pages: Sequence[Answer], limit: int) -> Finding | None:
    """Return the finding on pages that hold fewer members than they may, where others show that there are more."""
    doubt = None
    for page in pages:
        if len(page.page or ()) >= limit:
            continue
        for other in answers.lists("members"):
            if other.status == page.status and other.end > page.end and other.page:
                reason = f"{page} gives {counted(len(page.page or ()), 'members')}, and {other} shows more of them"
                doubt = _worse(doubt, answers.contradiction(reason, page, other))
    return doubt


def _not_of_one_list(answers: Answers, pages: Sequence[Answer]) -> Finding | None:
    """Return the finding on two pages that can't both be slices of one list at their positions; None if all can."""
    doubt = None
    for one, two in pairs(pages):
        first, last = max(one.start, two.start), min(one.end, two.end)
        if first < last:
            if one.ids[first - one.start : last - one.start] != two.ids[first - two.start : last - two.start]:
                reason = f"{two} gives other members at the positions that {one} gives too"
                doubt = _worse(doubt, answers.contradiction(reason, one, two))
        elif again := set(one.ids) & set(two.ids):
            reason = f"{two} repeats {counted(len(again), 'members')} of {one}"
            doubt = _worse(doubt, answers.contradiction(reason, one, two))
    return doubt


def _chains(pages: Sequence[Answer], members: Sequence[Answer]) -> Iterator[Chain]:
    """Yield the lists that were read from their beginning to their end, each page where the one before ended.

    `members` are all answers, by which it is known how many records a page really holds.
    """
    for first in (each for each in pages if not each.start):
        chain = [first]
        while not _ends(chain[-1], members):
            here = chain[-1]
            following = [
                each
                for each in pages
                if each.limit == first.limit and each.start == here.end and each.exchange.sent >= here.exchange.sent
            ]
            if not following or len(chain) > len(pages):
                break
            chain.append(following[0])
        ids = [key for page in chain for key in page.ids]
        is_one_list = len(set(ids)) == len(ids) and not any(one.end != two.start for one, two in pairwise(chain))
        if _ends(chain[-1], members) and is_one_list:
            yield chain


def _ends(page: Answer, members: Sequence[Answer]) -> bool:
    """Tell whether a page holds fewer records than it may, and than another page with that limit, which may be cut."""
    count = len(page.page or ())
    most = max((len(each.page or ()) for each in members if each.limit == page.limit), default=0)
    return count < (page.limit or DEFAULT_PAGE_SIZE) and (count < most or not count)


def _is_followed(page: Answer, members: Sequence[Answer]) -> bool:
    """Tell whether other answers list members that are not on a page, of the same list."""
    return any(
        set(other.ids) - set(page.ids)
        for other in members
        if other.is_whole and page.is_whole and (other.status == page.status or page.status is None)
    )


def _worse(one: Finding | None, two: Finding | None) -> Finding | None:
    """Return a failure before a doubt, and the first of equals."""
    if one is None or (two is not None and two.outcome is Outcome.FAILED and one.outcome is not Outcome.FAILED):
        return two
    return one


def _first(answers: Sequence[Answer]) -> Exchange:
    return answers[0].exchange
