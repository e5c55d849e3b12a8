"""Errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, ENDPOINTS
from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.intermediary import asks_for_login, intermediary, is_page, tells_of_outage
from oneinvoice_conformance.http.redirect import leads_to
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.rules.mem import HUGE
from oneinvoice_conformance.rules.places.answers import at_body, at_status
from oneinvoice_conformance.rules.rule import Step, audit, probe
from oneinvoice_conformance.session.list_reader import largest_limit
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES
from oneinvoice_conformance.session.rule_context import RuleContext, unserved

# By endpoint, parameter and value.
_BAD_PARAMETERS = (
    *(("members", "limit", value) for value in ("0", "-1", "abc", str(HUGE))),
    *(("members", "offset", value) for value in ("-1", "abc", str(HUGE))),
    *((endpoint, "status", "no-such-status") for endpoint in ENDPOINTS),
)
_MORE_BAD_PARAMETERS = (
    *(("members", "limit", value) for value in ("", "2.5", "1e3")),
    ("members", "offset", ""),
    *(("members", "status", value) for value in ("", "'x", "é", "\0")),
    *((endpoint, "status", "") for endpoint in ("quotes", "invoices")),
    *(("quotes", "limit", value) for value in ("abc", str(HUGE))),
    ("quotes", "offset", "-1"),
    ("invoices", "limit", "0"),
    *(("invoices", "offset", value) for value in ("-1", str(HUGE))),
)
_ALL_BAD_PARAMETERS = frozenset((*_BAD_PARAMETERS, *_MORE_BAD_PARAMETERS))
# By endpoint and query, as they are sent: parameters twice, escapes that are none, and one that isn't UTF-8.
_BAD_QUERIES = (
    ("members", "limit=1&limit=2"),
    ("members", "status=active&status=pending"),
    ("members", "limit=%"),
    ("members", "status=%zz"),
    ("members", "status=%ff"),
)
_MORE_BAD_QUERIES = (
    ("members", "offset=0&offset=1"),
    ("members", "offset=%"),
    ("quotes", "status=accepted&status=sent"),
    ("quotes", "status=%ff"),
    ("invoices", "status=paid&status=sent"),
    ("invoices", "status=%zz"),
)
_NO_5XX = "a 4xx, or a list"
_LIST_OR_4XX = "a list, or a 4xx"
_JUDGED_BY_OTHERS = (*BAD_INPUT_STATUSES, 429)


@probe("ERR-1", Step.BAD_INPUT)
def bad_input(context: RuleContext) -> Finding:
    context.key()
    answers = [context.send_bad_input(endpoint, ((name, value),)) for endpoint, name, value in _BAD_PARAMETERS]
    unmetered = context.unmetered_key()
    answers += [context.send(request) for request in _literal_requests(unmetered, _BAD_QUERIES)]
    answers += context.ask_if_thorough(_requests(unmetered, _MORE_BAD_PARAMETERS))
    answers += context.ask_if_thorough(_literal_requests(unmetered, _MORE_BAD_QUERIES))
    for place, answer in enumerate(answers):
        if answer.status < 500:
            continue
        plain = context.ask(answer.request.endpoint, answer.request.credential)
        if plain.is_served and tells_of_outage(answer):
            finding, answers[place] = _judge_beside_plain(context, answer, _is_5xx, _NO_5XX)
            if finding:
                return finding
        elif plain.is_served:
            # A gateway may be down for more than one request, which the plain one would meet too.
            served = context.ask_again_if_possible(plain)
            if served is not None and not served.is_served:
                return unserved(served)
            # This request alone again: where requests fail now and then, another one would fail in a second round.
            again = context.ask_again_if_possible(answer)
            if again is None:
                return at_status(failed(f"{answer.request} gets {answer.status}", answer), answer, _NO_5XX)
            if again.status >= 500:  # an error now and then may come twice
                again = context.ask_again_if_possible(answer) or again
            if again.status >= 500:
                found = failed(f"{answer.request} gets {answer.status}, twice", answer, again, certain=True)
                return at_status(found, answer, _NO_5XX)
            answers[place] = again
    for answer in answers:
        if answer.error or answer.status == 429 or answer.status >= 500 or asks_for_login(answer):
            return unserved(answer)
    return passed(f"{len(answers)} requests with bad input got no 5xx", *answers)


@audit("ERR-2")
def only_documented(context: RuleContext) -> Finding:
    """Judge every request of the run with a valid key, at endpoints whose plain list is served.

    Good input that gets an error twice, be it 500, gets one that is not documented for it; bad input gets a list or an
    error. A 401 is documented, for keys, which AUTH-6 judges by the documentation's own examples. Other rules judge
    plain lists, requests without a valid key, and good input that is refused as bad.
    """
    answers = {exchange.request: exchange for exchange in context.journal if _has_good_input(exchange)}
    if not answers:
        return inconclusive("no request with a valid key was answered")
    errors = list(filter(_is_undocumented_error, answers.values()))
    for exchange in (each for each in errors if each.status != 401):
        if exchange.status < 500 and _is_over_page_size(context, exchange.request):
            continue  # which MEM-3 judges
        if exchange.status < 500 and _is_past_the_end(context, exchange.request):
            continue  # as a bad offset
        if not context.ask(exchange.request.endpoint, exchange.request.credential).is_served:
            continue
        if tells_of_outage(exchange):
            finding, _ = _judge_beside_plain(context, exchange, _is_5xx, _NO_5XX)
            if finding:
                return finding
            continue
        again = context.ask_again(exchange)
        if again.status >= 500 and (down := _plain_by_now(context, exchange)):
            return down
        if again.status >= 500:  # an error now and then may come twice
            again = context.ask_again(exchange)
        if _is_undocumented_error(again):
            found = failed(f"{exchange.request} got {exchange.status}, twice", exchange, again, certain=True)
            return at_status(found, exchange, "200")
    if problem := _without_list_or_error(context):
        return problem
    for exchange in (each for each in errors if each.status == 401):
        if doubt := _doubt_on_key(context, exchange):
            return doubt
    if all(exchange.status >= 400 for exchange in answers.values()):
        return inconclusive("no request with a valid key and good input was served")
    return passed(f"{len(answers)} requests with a valid key and good input got no undocumented error")


def _judge_beside_plain(
    context: RuleContext, answer: Exchange, persists: Callable[[Exchange], bool], due: str
) -> tuple[Finding | None, Exchange]:
    """Ask again for what something in front may have answered, and return a failure if that request alone is why.

    Of gateways that reach one backend of several, none tells the same twice in a row, and a page for people, or a
    redirect to one, that stands in the API's place for a while stands there for all requests; a plain request before
    and behind shows that the API is there. Else the last answer is returned, or a doubt.
    """
    shown = [answer]
    for is_plain in (True, False, False, True, False):
        asked = context.ask(answer.request.endpoint, answer.request.credential) if is_plain else answer
        again = context.ask_again_if_possible(asked)
        if again is None or (is_plain and (not again.is_served or is_page(again))):
            return unserved(answer if again is None else again), answer
        if not is_plain:
            shown.append(again)
            if not persists(again):
                return None, again
    got = f"gets {answer.status}" if answer.status >= 300 else f"gets {answer.status} with a page for people"
    reason = f"{answer.request} {got} each of {len(shown)} times, and is served without its query"
    found = failed(reason, *shown, certain=True)
    return (at_status if answer.status >= 400 else at_body)(found, answer, due), answer


def _is_5xx(exchange: Exchange) -> bool:
    return exchange.status >= 500


def _doubt_on_key(context: RuleContext, exchange: Exchange) -> Finding | None:
    """Return a doubt where a valid key gets 401 for good input twice, or by now for everything."""
    request = exchange.request
    plain = context.ask(request.endpoint, request.credential)
    again = context.ask_again_if_possible(exchange)
    if not plain.is_served or again is None or again.status != 401:
        return None
    plain_again = context.ask_again_if_possible(plain)
    if plain_again is not None and plain_again.status == 401:
        return inconclusive(
            f"{exchange}, and so does the plain list by now, which was served with that key before; see whether it was "
            "revoked meanwhile, and run this again with one that stays valid",
            exchange,
            plain_again,
        )
    return inconclusive(
        f"{exchange}, twice, where that key is served without a query: 401 is for keys that are missing, invalid or "
        "revoked; have a key that is served read all of its lists",
        exchange,
        again,
    )


def _plain_by_now(context: RuleContext, exchange: Exchange) -> Finding | None:
    """Return a doubt where the plain list isn't served any more either, which it was before."""
    plain = context.ask(exchange.request.endpoint, exchange.request.credential)
    again = context.ask_again_if_possible(plain)
    return unserved(again) if again is not None and not again.is_served else None


def _requests(credential: Credential, inputs: tuple[tuple[str, str, str], ...]) -> Iterator[Request]:
    return (Request(endpoint, credential, ((name, value),), accepts_4xx=True) for endpoint, name, value in inputs)


def _literal_requests(credential: Credential, queries: tuple[tuple[str, str], ...]) -> Iterator[Request]:
    for endpoint, query in queries:
        pairs = tuple((name, value) for name, _, value in (pair.partition("=") for pair in query.split("&")))
        yield Request(endpoint, credential, pairs, accepts_4xx=True, is_encoded=True)


def _without_list_or_error(context: RuleContext) -> Finding | None:
    """Return a failure if input, bad or good, twice gets an answer that is no error and holds no list; else None.

    A doubt where people are sent to log in or see a page, which may be another's doing than the API's.
    """
    asked = [each for each in context.journal if _is_bad(each.request) or _is_answer_to_query(each)]
    last = {exchange.request: exchange for exchange in asked}
    for exchange in filter(_is_neither_list_nor_error, last.values()):
        request = exchange.request
        if exchange.is_empty and _stands_for_empty_lists(context, exchange.status):
            continue
        try:
            context.ask(request.endpoint, request.credential).records()
        except (NotJSON, NoList):
            continue
        if asks_for_login(exchange):
            return unserved(exchange)
        if (is_page(exchange) or exchange.status >= 300) and not _is_bad(request):
            finding, _ = _judge_beside_plain(context, exchange, _is_neither_list_nor_error, _LIST_OR_4XX)
            if finding:
                return finding
            continue
        again = context.ask_again_if_possible(exchange)
        if again is None or _is_neither_list_nor_error(again):
            what = f"{request} got {exchange.status} without a list, which is neither an answer nor an error"
            found = failed(what, *filter(None, (exchange, again)), certain=again is not None)
            return at_body(found, exchange, _LIST_OR_4XX)
    return None


def _stands_for_empty_lists(context: RuleContext, status: int) -> bool:
    """Tell whether that status is got past the end of a list too, and so in the place of an empty one.

    A huge offset is no such place: it may be told apart from one that a list could have.
    """
    return any(
        each.status == status
        and each.request.credential.valid
        and not _is_bad(each.request)
        and {"offset"} <= {name for name, _ in each.request.query} <= {"limit", "offset"}
        for each in context.journal
    )


def _is_bad(request: Request) -> bool:
    inputs = [(request.endpoint, name, value) for name, value in request.query]
    is_bad = request.is_encoded or (len(inputs) == 1 and inputs[0] in _ALL_BAD_PARAMETERS)
    return request.credential.valid and is_bad


def _is_answer_to_query(exchange: Exchange) -> bool:
    """Tell whether an answer to a valid key and some query, be it of a page that may be past the end, is no error."""
    request = exchange.request
    return request.credential.valid and request.endpoint in ENDPOINTS and bool(request.query) and exchange.status < 400


def _is_neither_list_nor_error(exchange: Exchange) -> bool:
    """Tell whether an answer is no error, no list, and no redirect to the list without the bad input."""
    destination = leads_to(exchange) if exchange.status >= 300 else ""
    leads_to_list = destination.endswith(exchange.request.path)
    return 200 <= exchange.status < 400 and not exchange.serves_list and not leads_to_list


def _has_good_input(exchange: Exchange) -> bool:
    """Tell whether a request with a valid key and good input, other than a plain one, was answered.

    A status of no documented filter may be refused, and is good enough for anything but a 5xx.
    """
    request = exchange.request
    is_filter = [name for name, _ in request.query] == ["status"] and not _is_bad(request)
    is_good = not request.accepts_4xx or (is_filter and exchange.status >= 500)
    return request.credential.valid and is_good and not request.is_plain and bool(exchange.status)


def _is_over_page_size(context: RuleContext, request: Request) -> bool:
    """Tell whether a request asks for more members than are served at once."""
    limit = dict(request.query).get("limit")
    if request.endpoint != "members" or limit is None or not limit.isdecimal():
        return False
    return int(limit) > (largest_limit(context, dict(request.query).get("status")) or DEFAULT_PAGE_SIZE)


def _is_past_the_end(context: RuleContext, request: Request) -> bool:
    """Tell whether a request begins where a list that is shorter than any page has ended."""
    offset = dict(request.query).get("offset", "")
    try:
        records = context.ask(request.endpoint, request.credential).records()
    except (NotJSON, NoList):
        return False
    return offset.isdecimal() and len(records) <= int(offset) and len(records) < DEFAULT_PAGE_SIZE


def _is_undocumented_error(exchange: Exchange) -> bool:
    is_error = exchange.status >= 400 and exchange.status not in _JUDGED_BY_OTHERS
    is_the_apis = not intermediary(exchange) or tells_of_outage(exchange)
    return is_error and is_the_apis and not asks_for_login(exchange)
