"""Freedoms of the documentation, which explain suspicious answers to generated requests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from oneinvoice_conformance.documented import FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.exchange import Exchange, Request

_PARAMETERS = ("limit", "offset", "status")
_LONG = 2_000  # characters of an address; some servers and proxies read no more
_UNREADABLE = (400, 414, 431)  # what a server says of a request that it gives up reading


class SuspicionKind(StrEnum):
    """Kind of deviation from the authored document."""

    CRASHED = "a 5xx"
    REFUSED = "neither served nor 401"
    OPEN = "served without a valid key"
    ODD_SERVED = "bad input served"
    TOO_MANY = "too many records"
    INVALID = "not valid against the authored document"


@dataclass(frozen=True, slots=True)
class Freedom:
    """Choice that the documentation leaves open: the kinds of suspicion that it explains, and in which exchanges."""

    name: str
    reason: str
    kinds: Collection[SuspicionKind]
    concerns: Callable[[Exchange], bool]


def explanation(exchange: Exchange, kind: SuspicionKind) -> Freedom | None:
    """Return the first freedom that explains such a suspicion of the answer, or None."""
    return next((freedom for freedom in FREEDOMS if kind in freedom.kinds and freedom.concerns(exchange)), None)


def is_documented(request: Request) -> bool:
    """Tell whether the documentation says that the request is served."""
    return not any(concerns(request) for concerns in (*_BAD, _behind_the_start))


def documented_part(request: Request) -> Request:
    """Return the request without parameters and headers that the documentation does not know."""
    query = dict(pair for pair in request.query if is_documented(replace(request, query=(pair,), headers=())))
    return replace(request, query=tuple(query.items()), headers=())


def is_bad(request: Request) -> bool:
    """Tell whether the request has a parameter, value or header that the documentation does not know."""
    return any(concerns(request) for concerns in _BAD)


def _unknown_parameter(request: Request) -> bool:
    return any(name not in _PARAMETERS for name, _ in request.query)


def _repeated_parameter(request: Request) -> bool:
    return len(dict(request.query)) < len(request.query)


def _bad_number(request: Request) -> bool:
    query = dict(request.query)
    limit, offset = query.get("limit", "1"), query.get("offset", "0")
    return not (_is_plain_number(limit) and 1 <= int(limit) <= MAX_PAGE_SIZE and _is_plain_number(offset))


def _is_plain_number(text: str) -> bool:
    """Tell whether the text is a whole number below 2^63 in plain decimal digits."""
    return text == "0" or (
        text.isascii() and text.isdecimal() and text[0] != "0" and len(text) < 20 and int(text) < 2**63
    )


def _unknown_status(request: Request) -> bool:
    statuses = FILTERS[request.endpoint]
    return dict(request.query).get("status", statuses[0]) not in statuses


def _documents_by_pages(request: Request) -> bool:
    return request.endpoint != "members" and any(name in ("limit", "offset") for name, _ in request.query)


def _behind_the_start(request: Request) -> bool:
    return dict(request.query).get("offset", "0") != "0"


def _unknown_header(request: Request) -> bool:
    return bool(request.headers)


def _long_address(request: Request) -> bool:
    return len(request.target) > _LONG


_BAD = (
    _unknown_parameter,
    _repeated_parameter,
    _bad_number,
    _unknown_status,
    _documents_by_pages,
    _unknown_header,
    _long_address,
)


def _of_input(name: str, reason: str, concerns: Callable[[Request], bool]) -> Freedom:
    """Return a freedom to serve a request or to refuse it with any 4xx."""
    return Freedom(
        name,
        reason,
        (SuspicionKind.ODD_SERVED, SuspicionKind.REFUSED),
        lambda exchange: exchange.status < 500 and concerns(exchange.request),
    )


FREEDOMS = (
    Freedom(
        "throttled",
        "A limit may be met at any time; a 429 tells nothing of the input.",
        tuple(SuspicionKind),
        lambda exchange: exchange.status == 429,
    ),
    Freedom(
        "refused-without-key",
        "Of several faults in a request any may be told first; the AUTH rules judge those without another.",
        (SuspicionKind.REFUSED,),
        lambda exchange: not exchange.request.credential.valid and exchange.status >= 300,
    ),
    Freedom(
        "no-error",
        "Another success or a redirect is no error; whether there is a list, other rules say.",
        (SuspicionKind.REFUSED,),
        lambda exchange: exchange.status < 400,
    ),
    _of_input("unknown-parameter", "A parameter that nobody documented is ignored or refused.", _unknown_parameter),
    _of_input("repeated-parameter", "Of a repeated parameter any value counts, or it is refused.", _repeated_parameter),
    _of_input("bad-number", "A bad limit or offset is cut, counts as not sent, or is refused.", _bad_number),
    _of_input("unknown-status", "An unknown status is refused, gives an empty list, or no filter.", _unknown_status),
    _of_input("documents-by-pages", "Quotes and invoices page, or don't, or refuse to.", _documents_by_pages),
    _of_input("past-the-end", "Past the end stands an empty list, or a 4xx.", _behind_the_start),
    _of_input("odd-header", "A header that nobody documented is ignored or refused.", _unknown_header),
    _of_input("long-address", "An address may be too long for a server.", _long_address),
    Freedom(
        "unreadable",
        "A server that gives up reading a request answers before the API can, in a shape of its own.",
        (SuspicionKind.INVALID,),
        lambda exchange: (
            exchange.status in _UNREADABLE and (_long_address(exchange.request) or _unknown_header(exchange.request))
        ),
    ),
)
