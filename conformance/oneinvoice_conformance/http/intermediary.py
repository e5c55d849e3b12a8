"""Intermediaries that answer in the place of an API: challenges, tunnels' warnings, logins, firewalls, outages.

What tells one is a mark of its own, by the rows of `intermediary_marks`, or the kind of the answer: a bad gateway, and
a page or another scheme to a key that is in use. To whoever has no key, pages with 403 may be the API's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urljoin, urlsplit
from weakref import WeakKeyDictionary

from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.http.intermediary_marks import (
    BLOCK_PAGE,
    GATEWAY,
    GATEWAY_STATUSES,
    INTERMEDIARIES,
    MAINTENANCE,
    PASSWORD,
    SITE_PASSWORD,
    Intermediary,
)
from oneinvoice_conformance.http.redirect import leads_to_login

_PASSWORD = re.compile(rb"<input\b[^>]*\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
_LOOKED_AT = 65_536  # bytes of a body; pages of intermediaries have some KiB


# Each rule, and each cause that several failures may share, asks it of the same exchanges.
_found: WeakKeyDictionary[Exchange, Intermediary | None] = WeakKeyDictionary()


def intermediary(exchange: Exchange) -> Intermediary | None:
    """Return who answered in the API's place; None where it may be the API."""
    if exchange not in _found:
        _found[exchange] = _find(exchange)
    return _found[exchange]


def _find(exchange: Exchange) -> Intermediary | None:
    if who := _first(INTERMEDIARIES, exchange):
        return who
    if exchange.request.credential.valid:
        if exchange.status == 403 and is_page(exchange):
            return BLOCK_PAGE
        if asks_for_password(exchange):
            return PASSWORD
    return None


def tells_of_outage(exchange: Exchange) -> bool:
    """Tell whether a gateway says that the API behind it isn't there, be it since it died of this request."""
    who = intermediary(exchange)
    return who is not None and who.outage


def is_passing(exchange: Exchange) -> bool:
    """Tell whether a gateway answered in a way that a second try may not meet again."""
    return tells_of_outage(exchange) or intermediary(exchange) is BLOCK_PAGE


def answer_of(exchange: Exchange, who: Intermediary) -> str:
    """Return in words that an answer isn't the API's, and what to do."""
    return f"{exchange}, which is not the API's but that of {who.name}; {who.remedy}"


def gateway_of_all(exchanges: Sequence[Exchange]) -> Intermediary | None:
    """Return who answers everything in the API's place, discovery included: by its mark, or by one page for all."""
    first = exchanges[0]
    if all(_asks_for_password(each) for each in exchanges):
        realm = " ".join((first.header("WWW-Authenticate") or "").split())
        return Intermediary(
            f"a gateway with a password of its own ({realm})",
            "the key needs the Authorization header for itself, so have the gateway let /api/ through, or a header of "
            "its own that you give with --header",
        )
    who = intermediary(first)
    if who and not who.outage and all(map(intermediary, exchanges)):
        return who
    if all(map(_is_password_form, exchanges)):
        return SITE_PASSWORD
    if all(each.status in GATEWAY_STATUSES for each in exchanges) or all(map(tells_of_outage, exchanges)):
        return _outage(first)
    if all(each.status == 403 and not is_json(each) for each in exchanges):
        return BLOCK_PAGE
    return None


def asks_for_password(exchange: Exchange) -> bool:
    """Tell whether an answer is the 401 of a gateway: a page, with a scheme that no client of the API can use."""
    return _asks_for_password(exchange) and not is_json(exchange)


def asks_for_login(exchange: Exchange) -> bool:
    """Tell whether an answer sends people to log in: a redirect to such a page, that page, or a gateway's 401."""
    return leads_to_login(exchange) or asks_for_password(exchange) or _is_password_form(exchange)


def _is_password_form(exchange: Exchange) -> bool:
    return is_page(exchange) and _PASSWORD.search(exchange.body.read(_LOOKED_AT)) is not None


def _asks_for_password(exchange: Exchange) -> bool:
    schemes = [value.strip().partition(" ")[0].rstrip(",").lower() for value in _values(exchange, "WWW-Authenticate")]
    return exchange.status == 401 and bool(schemes) and set(schemes) <= {"basic", "digest", "ntlm", "negotiate"}


def _outage(first: Exchange) -> Intermediary:
    """Return who tells that the API isn't there, by the first answer."""
    if wait := first.header("Retry-After"):
        return replace(MAINTENANCE, name=f"{MAINTENANCE.name} (Retry-After: {wait})", remedy=f"come back {_when(wait)}")
    return intermediary(first) or replace(GATEWAY, name=f"{GATEWAY.name}, or the API itself that is out of order")


def _when(retry_after: str) -> str:
    """Return the time of a Retry-After in words (RFC 9110, 10.2.3)."""
    seconds = retry_after.strip()
    if not (seconds.isascii() and seconds.isdecimal()):
        return f"at {seconds}"
    minutes = round(int(seconds) / 60)
    return f"in {minutes} minutes" if minutes > 1 else "in a minute"


def _first(rows: tuple[Intermediary, ...], exchange: Exchange) -> Intermediary | None:
    if not exchange.status or (exchange.is_served and is_json(exchange)):
        return None
    holds_json = is_json(exchange)
    text = exchange.body.read(_LOOKED_AT).decode("utf-8", "replace")
    return next((row for row in rows if _matches(row, exchange, text, is_json=holds_json)), None)


def _matches(row: Intermediary, exchange: Exchange, text: str, *, is_json: bool) -> bool:
    """Tell whether everything that the row names is there. JSON without known words is the API's."""
    if row.status and exchange.status not in row.status:
        return False
    if row.words is not None:
        if not re.search(row.words, text):
            return False
    elif is_json and not row.for_json:
        return False
    if row.is_page and not is_page(exchange):
        return False
    if row.location is not None and not (300 <= exchange.status < 400 and _leads_there(exchange, row.location)):
        return False
    if row.header is None:
        return True
    name, value = row.header
    return any(re.match(value, given, re.IGNORECASE) for given in _values(exchange, name))


def _leads_there(exchange: Exchange, location: str) -> bool:
    """Tell whether a redirect leads to an address, its host and path, that matches."""
    try:
        address = urlsplit(urljoin("http://here.invalid/", (exchange.header("Location") or "").strip()))
        return re.search(location, f"{address.hostname}{address.path}") is not None
    except ValueError:
        return False


def _values(exchange: Exchange, name: str) -> list[str]:
    return [value for key, value in exchange.headers if key.lower() == name.lower()]


def is_page(exchange: Exchange) -> bool:
    """Tell whether an answer is a page for people."""
    kind = (exchange.header("Content-Type") or "").partition(";")[0].strip().lower()
    return kind in ("text/html", "application/xhtml+xml") and not is_json(exchange)


def is_json(exchange: Exchange) -> bool:
    """Tell whether the body of an answer is JSON, whatever its type."""
    try:
        exchange.json()
    except NotJSON:
        return False
    return True
