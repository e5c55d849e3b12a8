"""Suspicions: deviations of answers to generated requests from the authored document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from oneinvoice_conformance.fuzz.freedoms import SuspicionKind, is_bad
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.records.finder import NoList

if TYPE_CHECKING:
    from oneinvoice_conformance.session.validator import Validator

_SHOWN = 120  # characters of a request
JUDGED = ("AUTH-1", "AUTH-2", "MEM-2", "MEM-3", "MEM-4", "ERR-1", "ERR-2", "SPEC-1", "SPEC-2")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Deviation of an answer: the requirement that it would break, its kind, and a reason in words."""

    requirement: str
    kind: SuspicionKind
    reason: str


def find_suspicions(exchange: Exchange, validator: Validator | None) -> Iterator[Suspicion]:
    """Yield all suspicions, whether or not a freedom explains them; with a validator those under `--strict` too."""
    if not exchange.error:
        yield from _of_status(exchange)
        yield from _of_count(exchange)
        yield from _of_content(exchange, validator)


def _of_status(exchange: Exchange) -> Iterator[Suspicion]:
    """Yield suspicions of the status."""
    request, status = exchange.request, exchange.status
    got = f"{_short(request)} with {request.credential.label} gets {status}"
    if status >= 500:
        yield Suspicion(_broken_by_crash(request), SuspicionKind.CRASHED, got)
    elif request.credential.valid and not exchange.is_served:
        yield Suspicion("ERR-2", SuspicionKind.REFUSED, got)
    elif request.credential.valid and is_bad(request):
        yield Suspicion("ERR-1", SuspicionKind.ODD_SERVED, got)
    elif not request.credential.valid and status != 401:
        kind = SuspicionKind.OPEN if status < 300 else SuspicionKind.REFUSED
        yield Suspicion(_broken_by_entry(request), kind, f"{got} instead of 401")


def _broken_by_crash(request: Request) -> str:
    """Return the requirement that a 5xx breaks: ERR-1 for bad input, else that on undocumented answers."""
    if is_bad(request):
        return "ERR-1"
    return "ERR-2" if request.credential.valid else _broken_by_entry(request)


def _broken_by_entry(request: Request) -> str:
    return "AUTH-1" if request.credential.authorization is None else "AUTH-2"


def _of_count(exchange: Exchange) -> Iterator[Suspicion]:
    """Yield suspicions of the number of members."""
    request = exchange.request
    if request.endpoint != "members" or not exchange.is_served:
        return
    try:
        count = exchange.listing.count
    except (NotJSON, NoList):
        return  # MEM-1 says so
    limit, gives = dict(request.query).get("limit"), f"{_short(request)} gives {count} members"
    if count > MAX_PAGE_SIZE:
        yield Suspicion("MEM-4", SuspicionKind.TOO_MANY, gives)
    elif not is_bad(request) and count > int(limit or DEFAULT_PAGE_SIZE):
        yield Suspicion("MEM-3" if limit else "MEM-2", SuspicionKind.TOO_MANY, gives)


def _of_content(exchange: Exchange, validator: Validator | None) -> Iterator[Suspicion]:
    """Yield suspicions under `--strict`."""
    if validator and (problem := validator.problem(exchange)):
        reason = f"{_short(exchange.request)} ({exchange.status}): {problem}"
        yield Suspicion("SPEC-2" if exchange.status >= 400 else "SPEC-1", SuspicionKind.INVALID, reason)


def _short(request: Request) -> str:
    """Return the request in words, cut short; the `curl` line beside it has it whole."""
    text = str(request)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
