"""Errors."""

from __future__ import annotations

from oneinvoice_conformance.api import BAD_INPUT, Api, Query, unserved
from oneinvoice_conformance.exchange import ENDPOINTS, Exchange
from oneinvoice_conformance.rules.mem import HUGE
from oneinvoice_conformance.rules.rule import rule
from oneinvoice_conformance.verdict import Finding, failed, inconclusive, passed

_BAD_INPUT: tuple[tuple[str, Query], ...] = (
    ("members", {"limit": 0}),
    ("members", {"limit": -1}),
    ("members", {"limit": "abc"}),
    ("members", {"limit": HUGE}),
    ("members", {"offset": -1}),
    ("members", {"offset": "abc"}),
    ("members", {"offset": HUGE}),
    *((endpoint, Query(status="no-such-status")) for endpoint in ENDPOINTS),
)
_OTHERS_JUDGE = (*BAD_INPUT, 429)


@rule("ERR-1", bad_input=True)
def bad_input(api: Api) -> Finding:
    """Bad input (zero, negative, text, huge, unknown status) never gets a 5xx."""
    answers = [api.ask(endpoint, free=True, **query) for endpoint, query in _BAD_INPUT]
    for answer in answers:
        if answer.status >= 500 and api.ask(answer.request.endpoint).status == 200:
            return failed(f"{answer.request} gets {answer.status}", answer)
    for answer in answers:
        if answer.error or answer.status == 429 or answer.status >= 500:
            return unserved(answer)
    return passed(f"{len(answers)} requests with bad input got no 5xx", *answers)


@rule("ERR-2", bad_input=True, whole=True)
def only_documented(api: Api) -> Finding:
    """Only the documented errors (401, 429, 500) are seen, or a 4xx for bad input.

    Judged over every request of the run with a valid key and good input, where the plain list is served: there
    neither 401 nor, on a second try, 500 means what the documentation says. Whether the plain list is served, what a
    request without a valid key gets, and whether good input is taken for bad, other rules say.
    """
    asked = {exchange.request: exchange for exchange in api.client.journal if _judged(exchange)}
    if not asked:
        return inconclusive("no request with a valid key was answered")
    for exchange in filter(_odd, asked.values()):
        if api.ask(exchange.request.endpoint, exchange.request.credential).status != 200:
            continue
        again = api.again(exchange)
        if _odd(again):
            return failed(f"{exchange.request} got {exchange.status}, twice", exchange, again, certain=True)
    if all(exchange.status >= 400 for exchange in asked.values()):
        return inconclusive("no request with a valid key and good input was served")
    return passed(f"{len(asked)} requests with a valid key and good input got no undocumented error")


def _judged(exchange: Exchange) -> bool:
    request = exchange.request
    return request.credential.valid and not request.free and not request.plain and bool(exchange.status)


def _odd(exchange: Exchange) -> bool:
    return exchange.status >= 400 and exchange.status not in _OTHERS_JUDGE
