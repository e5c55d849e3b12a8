"""Versions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from oneinvoice_conformance.api import Api, unserved
from oneinvoice_conformance.counting import served
from oneinvoice_conformance.exchange import ENDPOINTS, NOBODY, Exchange, Request
from oneinvoice_conformance.rules.rule import rule
from oneinvoice_conformance.verdict import Finding, failed, inconclusive, not_applicable, passed

_SIX_MONTHS = timedelta(days=181)  # the shortest there are
_NEXT = "v2"


@rule("VER-1")
def in_the_url(api: Api) -> Finding:
    """The version is in the URL, as /api/v1."""
    answers = [api.ask(endpoint) for endpoint in ENDPOINTS]
    for answer in answers:
        if 300 <= answer.status < 400 and not _keeps_version(answer):
            return failed(f"{answer.request} redirects to {answer.header('Location')}, without the version", answer)
    if not any(map(served, answers)):
        return unserved(answers[0])
    return passed("the documented endpoints are served under /api/v1")


@rule("VER-2")
def is_stable(api: Api) -> Finding:
    """What v1 once answered (endpoints, statuses, fields and their types) it still answers."""
    return not_applicable("there is no earlier report to compare with")


@rule("VER-3", bad_input=True)
def runs_beside_the_next(api: Api) -> Finding:
    """Where v2 exists, v1 is still served, with at least six months to any announced sunset."""
    discovery = api.send(Request("", NOBODY, version=_NEXT))
    if not _is_discovery(discovery):
        if discovery.error or discovery.status == 429 or discovery.status >= 500:
            return unserved(discovery)
        if discovery.status == 404 or not served(api.send(Request("members", api.key(), version=_NEXT))):
            return not_applicable(f"there is no /api/{_NEXT}")
    answers = [api.discover(), *(api.ask(endpoint) for endpoint in ENDPOINTS)]
    for answer in answers:
        if answer.status in (404, 410):
            return failed(f"/api/{_NEXT} is served, and {answer.request} is not any more: {answer.status}", answer)
    for answer in answers:
        if sunset := _date(answer, "Sunset"):
            return _parallel(answer, sunset)
    return passed(f"/api/{_NEXT} is served, and v1 beside it, without an announced sunset", discovery)


def _parallel(answer: Exchange, sunset: datetime) -> Finding:
    """Whether the time to the sunset is long enough, whenever v2 began; only the operator knows when that was."""
    told = f"v1 is to end on {sunset:%Y-%m-%d}"
    if sunset - datetime.fromtimestamp(answer.started, UTC) >= _SIX_MONTHS:
        return passed(f"{told}, at least six months from now", answer)
    return inconclusive(f"{told}, in less than six months; see whether v2 began six months before that", answer)


def _date(answer: Exchange, name: str) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7), such as Sunset holds (RFC 8594)."""
    try:
        date = parsedate_to_datetime(answer.header(name) or "")
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _is_discovery(discovery: Exchange) -> bool:
    """Whether an answer is a discovery of its own, and not a page that stands at every unknown address."""
    try:
        return discovery.status == 200 and isinstance(discovery.json(), (dict, list))
    except ValueError:
        return False


def _keeps_version(answer: Exchange) -> bool:
    return "/v1/" in f"{urlsplit(answer.header('Location') or '').path}/"
