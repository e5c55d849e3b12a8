"""Rules of reading whole lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from oneinvoice_openapi.client_bounds import MOST_PAST_THE_END, MOST_REPEATS

from oneinvoice_conformance.clients.observation import ClientRequest, Mark, Trial, pages
from oneinvoice_conformance.clients.rules.passes import (
    end_of,
    gaps,
    ids_got,
    is_covered,
    is_past_the_end,
    keeps_whole,
    kept_ids,
    passes,
    readings,
)
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, inconclusive, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.page import (
    COMING_AND_GOING,
    CUT_PAGES,
    ENDLESS,
    FULL_LAST_PAGE,
    REPEATING_PAGE,
    UNSEEN,
)
from oneinvoice_conformance.clients.timing import sent_knowing, slack, workers
from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE

_BURST = 5.0  # seconds; who looks for new records now and then begins where a list ended


@rule("PAGE-1", passive=True)
def reads_whole_lists(observed: Observed) -> Judgement:
    """Judge whether all records of the client's lists were got, where nothing was in the way."""
    if observed.is_passive:
        return _whole_as_recorded(observed)
    trials = [trial for trial in observed if _is_undisturbed(trial)]
    counts: dict[str, int] = {}
    for trial in trials:
        for name in observed.client.lists:
            if problem := _left_out(trial, name):
                return failed(problem, shown_by(trial, pages(trial.requests, name)))
            counts[name] = max(counts.get(name, 0), len(trial.truth.stood.get(name, ())))
    if not trials:
        return inconclusive("its program never read without a disturbance")
    for name in observed.client.lists:
        if observed.control is not None and _is_made_up(observed.control, name):
            told = (
                f"it read {counts[name]} {name}, and --readback tells of others alone; have it print those by their ids"
            )
            return inconclusive(told, shown_by(observed.control))
    read = ", ".join(f"{count} {name}" for name, count in counts.items())
    return passed(f"it read {read}, which are all that there were, in {len(trials)} runs that nothing disturbed")


def _is_undisturbed(trial: Trial) -> bool:
    is_plain = all(request.mark is Mark.PLAIN for request in trial.requests)
    return is_plain and trial.program is not None and trial.program.is_well


def _is_made_up(trial: Trial, name: str) -> bool:
    """Tell whether a client says that it keeps a list, and has none of its records."""
    kept, stood = kept_ids(trial, name), trial.truth.stood.get(name, frozenset())
    return kept is not None and bool(stood) and not stood & kept


def _left_out(trial: Trial, name: str) -> str:
    """Return what is missing of a list that is to be read, in words; nothing if nothing is."""
    asked = [request for request in pages(trial.requests, name) if request.is_page]
    if not asked:
        return f"it never read {name}, and ended with 0; if they are not for it, name those that are: --scope"
    stood = trial.truth.stood.get(name, frozenset())
    lost = stood - ids_got(asked, name) - (kept_ids(trial, name) or set())
    if not lost:
        return ""
    statuses = {request.status_filter for request in asked}
    where = _where(asked) if None in statuses else f"those of status {', '.join(sorted(map(str, statuses)))} alone"
    return f"it got {len(stood) - len(lost)} of {len(stood)} {name}, {where}, and ended with 0"


def _where(asked: list[ClientRequest]) -> str:
    missing = gaps(asked, max(request.total or 0 for request in asked))
    if not missing:
        return "whatever pages it asked for"
    first = missing[0]
    is_rest = first.stop >= max(request.total or 0 for request in asked)
    return f"none from offset {first.start} on" if is_rest else f"none of offsets {first.start} to {first.stop - 1}"


def _whole_as_recorded(observed: Observed) -> Judgement:
    whole: set[str] = set()
    for trial in observed:
        for (name, status), got in readings(trial.requests).items():
            if status is not None:
                continue
            if missing := gaps(got, got[-1].total or 0):
                reason = f"of {got[-1].total} {name} it got none from offset {missing[0].start} on"
                return inconclusive(f"{reason}, which may be all that it wanted", shown_by(trial, got))
            whole.add(name)
    if not whole:
        return inconclusive("no list was read without a filter")
    return passed(f"it read all {' and '.join(sorted(whole))}")


@rule("PAGE-2", passive=True)
def goes_on_from_what_it_got(observed: Observed) -> Judgement:
    """Judge what was asked for after pages that were shorter than asked for; what overlaps or fills a gap is right."""
    trials = [*observed] if observed.is_passive else [observed.control, observed.trial(CUT_PAGES)]
    followed = most = 0
    ended: set[str] = set()
    for trial in filter(None, trials):
        most = max([most, *(_asked(request) for request in trial.requests if request.endpoint)])
        for cut in _cuts(trial, observed.control):
            if reason := _skipped(cut, trial):
                return failed(reason, shown_by(trial, [cut.page, *([cut.beyond] if cut.beyond else [])]))
            followed += not cut.is_last
            if cut.is_last:
                ended.add(str(cut.page.endpoint))
        if trial.marked(Mark.CUT_PAGE) and not (trial.program and trial.program.is_well):
            return inconclusive(f"it gave up, with {trial.program}, at a page shorter than asked for", shown_by(trial))
    note = f"; of {' and '.join(sorted(ended))} it takes a short page for the last" if ended else ""
    if followed:
        return passed(f"it went on from what it got after {followed} pages that were shorter than asked for{note}")
    if observed.is_passive:
        return inconclusive(f"no page but the last was shorter than asked for{note}")
    return passed(f"it asks for {most} records at most, and skips none{note}")


def _skipped(cut: _Cut, trial: Trial) -> str:
    """Return what was skipped after a page that was cut, in words; nothing if it is no fault."""
    page, is_well = cut.page, trial.program is not None and trial.program.is_well
    if cut.beyond:
        got = f"{page.target} got offsets {page.offset} to {end_of(page) - 1} of {page.total}"
        return f"{got}, and it asked for {cut.beyond.target} next, but never for what is between"
    if cut.is_last and _asked(page) > MAX_PAGE_SIZE and is_well:
        return f"it asked for {_asked(page)} {page.endpoint}, got {page.records} of {page.total}, and read no more"
    return ""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Page that was shorter than asked for, with the first request beyond it if what is between was left out.

    `is_last` tells that what follows was left out.
    """

    page: ClientRequest
    beyond: ClientRequest | None
    is_last: bool


def _cuts(trial: Trial, control: Trial | None) -> Iterator[_Cut]:
    margin = slack(trial, control)
    for (name, status), got in readings(trial.requests).items():
        asked = [each for each in pages(trial.requests, name) if each.status_filter == status]
        for page in got:
            end = end_of(page)
            if not 0 < (page.records or 0) < _asked(page) or end >= (page.total or 0):
                continue
            is_left_out = not is_covered(end, got)
            beyond = (each for each in sent_knowing(asked, page, margin) if (each.offset or 0) > end)
            yield _Cut(page, next(beyond, None) if is_left_out else None, is_left_out)


def _asked(page: ClientRequest) -> int:
    return page.limit or DEFAULT_PAGE_SIZE


@rule("PAGE-3", passive=True)
def comes_to_an_end(observed: Observed) -> Judgement:
    """Judge how often it asked for what is past the end, and for a page that it had, per pass and filter."""
    if observed.is_passive:
        return _ends_as_recorded(observed)
    full = observed.trial(FULL_LAST_PAGE)
    bounds = {FULL_LAST_PAGE: MOST_PAST_THE_END, REPEATING_PAGE: MOST_REPEATS, COMING_AND_GOING: MOST_REPEATS}
    most = 0
    for name, bound in bounds.items():
        trial = observed.trial(name)
        for got in _vain(trial):
            most = max(most, len(got))
            if len(got) > max(bound, workers(trial.requests)):
                return failed(_too_often(trial, got), shown_by(trial, got))
        if trial.facts.get(ENDLESS):
            return failed("it began to read the same list again and again, until it was stopped", shown_by(trial))
        if trial.program is None or trial.program.code is None:
            return inconclusive(f"it had not come to its end after {trial.seconds:.0f} s", shown_by(trial))
    if not full.program or not full.program.is_well:
        return inconclusive(f"it ended with {full.program} where the last page of each list is full", shown_by(full))
    if not any(_is_last_of_full_pages(page) for page in full.requests):
        return inconclusive("the size of its pages divides the total of no list", shown_by(full))
    times = {0: "never", 1: "once at most"}.get(most, f"{most} times at most")
    return passed(f"it asked past the end of a list {times} in a pass, and ended")


def _is_last_of_full_pages(page: ClientRequest) -> bool:
    """Tell whether a page is the last of a list that pages of its size divide, be they read so or otherwise."""
    return page.is_page and end_of(page) == page.total and page.total % min(_asked(page), MAX_PAGE_SIZE) == 0


def _vain(trial: Trial) -> Iterator[list[ClientRequest]]:
    """Yield for each pass the pages that were past the end, or that it had before."""
    for got in readings(trial.requests).values():
        for each in passes(got):
            yield [page for page in each if page.mark is Mark.REPEATED_PAGE or is_past_the_end(page)]


def _too_often(trial: Trial, got: list[ClientRequest]) -> str:
    last = got[-1]
    what = "for a page that repeats" if last.mark is Mark.REPEATED_PAGE else f"past the end of {last.endpoint}"
    until = ", until it was stopped" if trial.facts.get(ENDLESS) else ""
    return f"it asked {len(got)} times {what} in one pass, last for {last.target} where there are {last.total}{until}"


def _ends_as_recorded(observed: Observed) -> Judgement:
    is_read = False
    for trial in observed:
        for got in _vain(trial):
            burst = [each for each, before in zip(got[1:], got, strict=False) if each.at - before.at < _BURST]
            if len(burst) + 1 > max(MOST_REPEATS, workers(trial.requests)):
                return failed(_too_often(trial, got), shown_by(trial, got))
        is_read = is_read or any(end_of(page) == page.total for page in trial.requests if page.is_page)
    return passed("it read to the end of a list, and ended") if is_read else inconclusive("no list was read to its end")


@rule("PAGE-4")
def loses_nothing_that_stood(observed: Observed) -> Judgement:
    """Judge whether all members were read while one went, which `total` tells; what it doesn't tell is told alone."""
    trial, control = observed.trial(COMING_AND_GOING), observed.control
    if not trial.marked(Mark.CHANGED) or "members" not in observed.client.lists:
        return inconclusive("it asked for no second page of members, between which one could go", shown_by(trial))
    if control is None or _left_out(control, "members"):
        return inconclusive("it does not read all members where nothing changes either")
    if trial.program is None or not trial.program.is_well:
        return inconclusive(f"it gave up, with {trial.program}, when a member went", shown_by(trial))
    asked = pages(trial.requests, "members")
    if lost := _lost(trial, "members", ids_got(asked, "members")):
        reason = "a member went between two pages, as total told"
        return failed(f"{reason}, and of those that stood throughout it never got {lost}", shown_by(trial, asked))
    kept = kept_ids(trial, "members")
    if kept is None or not keeps_whole(control, "members"):
        return inconclusive("it got all members that stood throughout; what it keeps is not told", shown_by(trial))
    if lost := _lost(trial, "members", kept):
        return failed(f"of the members that stood throughout it keeps all but {lost}", shown_by(trial, asked))
    return passed(f"it keeps all members that stood throughout while one went{_unseen(trial)}")


def _lost(trial: Trial, name: str, ids: set[str]) -> int:
    return len(trial.truth.stood.get(name, frozenset()) - ids)


def _unseen(trial: Trial) -> str:
    """Return what was lost of the list whose total stayed, in words."""
    name = trial.facts.get(UNSEEN)
    if name is None or not (lost := _lost(trial, name, ids_got(trial.requests, name))):
        return ""
    return f"; of {name}, of which one went and one came, it lost {lost}, which no client can see by total"
