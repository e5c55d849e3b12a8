"""Keys, organisations, versions and errors in a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.intermediary import asks_for_login, intermediary
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, not_tested, passed
from oneinvoice_conformance.records.finder import Record
from oneinvoice_conformance.records.identity import is_distinctive
from oneinvoice_conformance.rules.recorded.answers import Answer, Answers
from oneinvoice_conformance.rules.refusals.records import known_records, records_in
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES
from oneinvoice_conformance.wording import are, counted, joined

_UNKNOWN = (Role.UNKNOWN, Role.NOT_A_KEY, Role.NO_TOKEN, Role.WORD_FOR_KEY)
_NEAR_MISSES = (
    Role.TRUNCATED,
    Role.EXTENDED,
    Role.OTHER_CASE,
    Role.OTHER_END,
    Role.OTHER_MIDDLE,
    Role.WITHOUT_PREFIX,
)


def no_credentials(answers: Answers) -> Finding:
    """AUTH-1: a list that is served fails if another endpoint refused the like, as one without a key is.

    Else a key may have been taken out of that entry alone, unless nothing was taken out of the recording.
    """
    refused = [each for each in answers.refusable if each.request.credential.role is Role.NONE and each.status == 401]
    if problem := _served(answers, lambda role: role is Role.NONE):
        [served] = problem.evidence
        if served.status == 401 or answers.shows_absence:  # to whatever key, or known to be without one
            return problem
        if {each.request.endpoint for each in refused} - {served.request.endpoint}:
            return problem
        why = "if no key was taken out of that entry; ask for it without one in a run"
        return inconclusive(f"{problem.reason}, {why}", served)
    missing = [name for name in ENDPOINTS if name not in {each.request.endpoint for each in refused}]
    if missing:
        return not_tested(f"the recording has no request for {joined(missing)} that is known to be without credentials")
    return passed(f"{counted(len(refused), 'requests')} without credentials got 401", *refused)


def unknown_key(answers: Answers) -> Finding:
    """AUTH-2."""
    return _served(answers, lambda role: role in _UNKNOWN) or not_tested(
        "the recording doesn't tell of a key that was refused whether it was unknown"
    )


def other_scheme(answers: Answers) -> Finding:
    """AUTH-4."""
    others = set(Role) - {Role.NONE, Role.UNTOLD, *_UNKNOWN, *_NEAR_MISSES}
    return _served(answers, lambda role: role in others) or not_tested(
        "the recording has no requests with the key under other schemes to decide it"
    )


def near_miss(answers: Answers) -> Finding:
    """AUTH-5."""
    return _served(answers, lambda role: role in _NEAR_MISSES) or not_tested(
        "the recording has no requests with what is nearly the key to decide it"
    )


def valid_key(answers: Answers) -> Finding:
    """AUTH-6."""
    if not answers.tells_keys:
        return not_tested("the file doesn't show with which key its requests were sent; export it with them")
    for answer in answers.primary:
        if answer.exchange.status in (401, 403) and not _is_anothers(answer.exchange) and answer.is_good:
            reason = f"{answer.exchange}, and that key is served before or after"
            return inconclusive(
                f"{reason}; see whether it was valid all the time, and record it again", answer.exchange
            )
    served = {each.exchange.request.endpoint: each.exchange for each in answers.primary if each.exchange.serves_list}
    if missing := [name for name in ENDPOINTS if name not in served]:
        return not_tested(f"the recording has no {joined(missing)} that were served to the key")
    return passed("every endpoint served the key", *served.values())


def in_the_url(answers: Answers) -> Finding:
    """VER-1."""
    served = {each.exchange.request.endpoint: each.exchange for each in answers.primary if each.exchange.serves_list}
    if missing := [name for name in ENDPOINTS if name not in served]:
        return not_tested(f"the recording has no {joined(missing)} that were served")
    return passed("the documented endpoints are served under /api/v1", *served.values())


def bad_input(answers: Answers) -> Finding:
    """ERR-1."""
    bad = [each for each in answers.primary if not each.is_good and not each.has_more]
    return _errors(answers, [each for each in bad if each.exchange.status >= 500]) or not_tested(
        "the recording has not all the bad input that decides it"
    )


def only_documented(answers: Answers) -> Finding:
    """ERR-2."""
    good = [each for each in answers.primary if each.is_good and each.exchange.status != 429]
    errors = [each for each in good if each.exchange.status >= 400]
    judged_elsewhere = (401, *BAD_INPUT_STATUSES)
    served_limits = [each.limit or 0 for each in answers.lists("members")]
    errors = [
        each
        for each in errors
        if each.exchange.status not in judged_elsewhere
        # A limit that is too large for the deployment is MEM-3's.
        and (each.exchange.status >= 500 or (each.limit or 0) <= max(served_limits, default=0))
    ]
    if problem := _errors(answers, errors):
        return problem
    served = {each.exchange.request.endpoint for each in good if each.exchange.is_served}
    if missing := [name for name in ENDPOINTS if name not in served]:
        return not_tested(f"the recording has no {joined(missing)} that were served")
    return passed(f"{counted(len(good), 'requests')} with good input got no undocumented error")


def unfiltered(answers: Answers) -> Finding:
    """ORG-1."""
    return _isolation(answers, filtered=False)


def filtered(answers: Answers) -> Finding:
    """ORG-2."""
    return _isolation(answers, filtered=True)


def _served(answers: Answers, is_meant: Callable[[Role], bool]) -> Finding | None:
    """Return a failure if what is no valid key was served a list, or refused with records in the body; else None."""
    known = known_records(each.exchange for each in (*answers.primary, *answers.others))
    for exchange in answers.refusable:
        if not is_meant(exchange.request.credential.role):
            continue
        if exchange.serves_list:
            return failed(f"{exchange} instead of 401", exchange, certain=True)
        if exchange.status >= 300 and (shown := records_in(exchange, known)) and shown.certain:
            return shown
    return None


def _errors(answers: Answers, errors: list[Answer]) -> Finding | None:
    """Return a failure if an error came twice, and a list of the endpoint in between; a doubt if once; else None."""
    doubt = None
    for answer in errors:
        if _is_anothers(answer.exchange):
            continue
        if again := answers.persists(answer):
            reason = f"{answer} got {answer.exchange.status}, twice, and the endpoint was served in between"
            return failed(reason, answer.exchange, again.exchange, certain=True)
        reason = f"{answer} got {answer.exchange.status}, which may have been a passing fault; record it again"
        doubt = doubt or inconclusive(reason, answer.exchange)
    return doubt


def _is_anothers(exchange: Exchange) -> bool:
    """Tell whether an answer is not the API's, but of what stands in front of it."""
    return intermediary(exchange) is not None or asks_for_login(exchange)


def _isolation(answers: Answers, *, filtered: bool) -> Finding:
    """Judge the lists of two keys, of which nobody tells whether they are of one organisation.

    Records that both list leave it open. Where no list of the one has a record of the other's, they are of two.
    """
    if not answers.others:
        return not_tested("the recording has no lists to the keys of two organisations")
    missing = []
    for endpoint in ENDPOINTS:
        mine, theirs = (dict(_records(side, endpoint)) for side in (answers.primary, answers.others))
        both = [text for text in mine if text in theirs]
        if any(is_distinctive(mine[text][0], endpoint) for text in both):
            some = f"{len(both)} of the {endpoint} {are(len(both))} listed to two keys"
            reason = f"{some}, which the file doesn't tell the organisations of"
            evidence = (mine[both[0]][1].exchange, theirs[both[0]][1].exchange)
            return inconclusive(f"{reason}; if these are two, run the suite with --key and --other-key", *evidence)
        queried = [
            any(answer.page and bool(answer.status) is filtered and len(answer.page) for answer in side)
            for side in (_at(answers.primary, endpoint), _at(answers.others, endpoint))
        ]
        missing += [] if all(queried) else [endpoint]
    if missing:
        kind = "filtered " if filtered else ""
        return not_tested(f"the recording has no {kind}{joined(missing)} to each of two keys")
    return passed("two keys list members, quotes and invoices, and none that the other key lists")


def _at(side: Sequence[Answer], endpoint: str) -> list[Answer]:
    return [each for each in side if each.exchange.request.endpoint == endpoint]


def _records(side: Sequence[Answer], endpoint: str) -> Iterator[tuple[str, tuple[Record, Answer]]]:
    for answer in _at(side, endpoint):
        for text, record in zip(answer.page.texts, answer.page.records, strict=True) if answer.page else ():
            yield text, (record, answer)
