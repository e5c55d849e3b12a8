"""Errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.redirect import leads_to
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, passed
from oneinvoice_conformance.records.finder import NoList
from oneinvoice_conformance.rules.mem import HUGE
from oneinvoice_conformance.rules.rule import Step, audit, probe
from oneinvoice_conformance.session.rule_context import BAD_INPUT_STATUSES, RuleContext, unserved

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
    *(("quotes", "limit", value) for value in ("abc", str(HUGE))),
    ("quotes", "offset", "-1"),
    ("invoices", "limit", "0"),
    *(("invoices", "offset", value) for value in ("-1", str(HUGE))),
)
_ALL_BAD_PARAMETERS = frozenset((*_BAD_PARAMETERS, *_MORE_BAD_PARAMETERS))
_JUDGED_BY_OTHERS = (*BAD_INPUT_STATUSES, 429)


@probe("ERR-1", Step.BAD_INPUT)
def bad_input(context: RuleContext) -> Finding:
    answers = [context.send(request) for request in _requests(context.key(), _BAD_PARAMETERS)]
    answers += context.ask_if_thorough(_requests(context.unmetered_key(), _MORE_BAD_PARAMETERS))
    for place, answer in enumerate(answers):
        if answer.status >= 500 and context.ask(answer.request.endpoint, answer.request.credential).status == 200:
            # This request alone again: where requests fail now and then, another one would fail in a second round.
            again = _again(context, answer)
            if again is None:
                return failed(f"{answer.request} gets {answer.status}", answer)
            if again.status >= 500:
                return failed(f"{answer.request} gets {answer.status}, twice", answer, again, certain=True)
            answers[place] = again
    for answer in answers:
        if answer.error or answer.status == 429 or answer.status >= 500:
            return unserved(answer)
    return passed(f"{len(answers)} requests with bad input got no 5xx", *answers)


@audit("ERR-2")
def only_documented(context: RuleContext) -> Finding:
    """Judge every request of the run with a valid key, at endpoints whose plain list is served.

    Good input that gets an error twice, be it 401 or 500, gets one that is not documented for it; bad input gets a
    list or an error. Other rules judge plain lists, requests without a valid key, and good input that is refused as
    bad.
    """
    answers = {exchange.request: exchange for exchange in context.journal if _has_good_input(exchange)}
    if not answers:
        return inconclusive("no request with a valid key was answered")
    for exchange in filter(_is_undocumented_error, answers.values()):
        if context.ask(exchange.request.endpoint, exchange.request.credential).status != 200:
            continue
        again = context.ask_again(exchange)
        if _is_undocumented_error(again):
            return failed(f"{exchange.request} got {exchange.status}, twice", exchange, again, certain=True)
    if problem := _bad_input_without_list_or_error(context):
        return problem
    if all(exchange.status >= 400 for exchange in answers.values()):
        return inconclusive("no request with a valid key and good input was served")
    return passed(f"{len(answers)} requests with a valid key and good input got no undocumented error")


def _requests(credential: Credential, inputs: tuple[tuple[str, str, str], ...]) -> Iterator[Request]:
    return (Request(endpoint, credential, ((name, value),), accepts_4xx=True) for endpoint, name, value in inputs)


def _again(context: RuleContext, exchange: Exchange) -> Exchange | None:
    """Return the answer to the same request, sent anew; None where a recording has no second one."""
    with suppress(NotRecorded):
        return context.ask_again(exchange)
    return None


def _bad_input_without_list_or_error(context: RuleContext) -> Finding | None:
    """Return a failure if bad input twice gets an answer that is no error and holds no list; else None."""
    bad = {exchange.request: exchange for exchange in context.journal if _is_bad(exchange.request)}
    for exchange in filter(_is_neither_list_nor_error, bad.values()):
        request = exchange.request
        try:
            context.ask(request.endpoint, request.credential).records()
        except (NotJSON, NoList):
            continue
        again = _again(context, exchange)
        if again is None or _is_neither_list_nor_error(again):
            what = f"{request} got {exchange.status} without a list, which is neither an answer nor an error"
            return failed(what, *filter(None, (exchange, again)), certain=again is not None)
    return None


def _is_bad(request: Request) -> bool:
    inputs = [(request.endpoint, name, value) for name, value in request.query]
    return request.credential.valid and len(inputs) == 1 and inputs[0] in _ALL_BAD_PARAMETERS


def _is_neither_list_nor_error(exchange: Exchange) -> bool:
    """Tell whether an answer is no error, no list, and no redirect to the list without the bad input."""
    destination = leads_to(exchange) if exchange.status >= 300 else ""
    leads_to_list = destination.endswith(exchange.request.path)
    return 200 <= exchange.status < 400 and not exchange.serves_list and not leads_to_list


def _has_good_input(exchange: Exchange) -> bool:
    """Tell whether a request with a valid key and good input, other than a plain one, was answered."""
    request = exchange.request
    return request.credential.valid and not request.accepts_4xx and not request.is_plain and bool(exchange.status)


def _is_undocumented_error(exchange: Exchange) -> bool:
    return exchange.status >= 400 and exchange.status not in _JUDGED_BY_OTHERS
