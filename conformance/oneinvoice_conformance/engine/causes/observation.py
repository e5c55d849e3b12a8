"""Observation of a run: the results without a cause, and the exchanges behind them; and the hypotheses on both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from oneinvoice_conformance.documented import MAX_PAGE_SIZE
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import KEY_ROLES, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.finder import NoList, Record

OPEN = (Outcome.FAILED, Outcome.WARNED, Outcome.INCONCLUSIVE)
_FRESH = range(8, MAX_PAGE_SIZE - 2)  # limits, of which rules ask for few
_UNTELLING = (Role.GENERATED, Role.UNTOLD)  # which may be anything


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Possible cause: what was seen and what to do, the exchanges that show it, and a test of what it explains."""

    seen: str
    remedy: str
    evidence: tuple[Exchange, ...]
    explains: Callable[[Result], bool]


class Observation:
    """Results that no cause explains yet, and the exchanges of the run, in order."""

    def __init__(self, client: Client, results: Sequence[Result]) -> None:
        self.results = results
        self._client = client
        self.exchanges = [
            each
            for each in client.journal
            if each.request.version == "v1" and each.request.credential.role not in _UNTELLING
        ]

    @property
    def base(self) -> str:
        return self._client.deployment.base

    def served(self, endpoint: str | None = None) -> list[Exchange]:
        """Return the lists with records in them that valid keys got for good input, of all endpoints or of one."""
        return [
            each
            for each in self.exchanges
            if each.request.credential.valid
            and endpoint in (None, each.request.endpoint)
            and is_good_input(each.request)
            and records_of(each)
        ]

    def asking_role(self, organisation: Role | None = None) -> Role | None:
        """Return the role of a valid key to ask with, if possible one that the rate limit is not measured by.

        Where lists are compared, it is to be one of the `organisation` that lists them.
        """
        roles = [
            role
            for role in (Role.SIBLING, Role.OTHER, Role.PRIMARY)
            if role in self._client.deployment.keys and organisation in (None, organisation_of(role))
        ]
        return roles[0] if roles else None

    def ask(self, request: Request, role: Role | None = None) -> Exchange | None:
        """Return the answer to a request that no rule sent, with the key of that role; None if it wasn't recorded."""
        if role is not None:
            credential = self._client.deployment.credential(role)
            if credential is None:
                return None
            request = Request(request.endpoint, credential, request.query)
        with suppress(NotRecorded):
            return self._client.ask_once(request)
        return None

    def fresh_queries(self, endpoint: str, count: int) -> list[tuple[tuple[str, str], ...]]:
        """Return queries that this run hasn't sent there, and earlier runs hardly have, for the first records.

        They are made of documented parameters alone, and of the time of the run: of a recording they are the same.
        """
        used = {value for each in self.exchanges for name, value in each.request.query if name == "limit"}
        start = int(self.exchanges[0].started) if self.exchanges else 0
        limits = [str(_FRESH[(start + step) % len(_FRESH)]) for step in range(len(_FRESH))]
        fresh = [limit for limit in limits if limit not in used]
        return [(("limit", limit), ("offset", "0")) for limit in fresh[:count]]


def is_fresh(query: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a query is one that looks for a cause."""
    return [name for name, _ in query] == ["limit", "offset"] and query[1][1] == "0" and query[0][1] in map(str, _FRESH)


def records_of(exchange: Exchange) -> list[Record]:
    """Return the records of an answer, none where it wasn't served or is no list."""
    return exchange.records() if is_list(exchange) else []


def is_list(exchange: Exchange) -> bool:
    """Tell whether an answer is a list, be it empty, and not unclear which of several."""
    return exchange.is_served and why_no_list(exchange) is None


def why_no_list(exchange: Exchange) -> NotJSON | NoList | None:
    """Return why a body holds no list, or it is unclear which of several; None where there is one."""
    try:
        exchange.records()
    except (NotJSON, NoList) as problem:
        return problem
    return None


def organisation_of(role: Role) -> Role | None:
    """Return the role of the key that stands for the organisation of a key; None for what is no valid key."""
    return {Role.PRIMARY: Role.PRIMARY, Role.SIBLING: Role.PRIMARY, Role.OTHER: Role.OTHER}.get(role)


def is_invalid(role: Role) -> bool:
    """Tell whether a credential is one that no deployment may serve, the revoked key included."""
    return not role.valid and role is not Role.UNREVOKED and (role not in KEY_ROLES or role is Role.REVOKED)


def is_good_input(request: Request) -> bool:
    """Tell whether the query is one that the documentation knows: its parameters, each once, with numbers in range."""
    query = dict(request.query)
    if len(query) < len(request.query) or not query.keys() <= {"limit", "offset", "status"}:
        return False
    limit, offset = number_of(query.get("limit", "1"), 0), number_of(query.get("offset", "0"), -1)
    return 1 <= limit <= MAX_PAGE_SIZE and offset >= 0


def number_of(text: str, otherwise: int) -> int:
    """Return the number that a parameter gives, or another one for none and for bad input."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise
