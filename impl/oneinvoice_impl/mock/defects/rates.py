"""Limits that are too low, missing, shared or resentful, and other codes than 429."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering
from oneinvoice_impl.ratelimit.limiter import Limiter, make_limiter
from oneinvoice_impl.ratelimit.standing import Standing, standing
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.keys import FoundKey

_UNLIMITED = 1_000_000_000
_LOCKED_OUT_SECONDS = 300.0


def _counting(change: Callable[[str, FoundKey], FoundKey]) -> Components:
    """A request at that path is counted on another key, or by another limit."""

    class Bearer(BearerHandler):
        async def count(self, scope: Any, key: FoundKey) -> None:
            await super().count(scope, change(scope["path"], key))

    return Components(bearer=Bearer)


def _at(factor: float) -> Components:
    return _counting(lambda path, key: replace(key, rate_limit=int(key.rate_limit * factor)))


def _by_organisation(path: str, key: FoundKey) -> FoundKey:
    return replace(key, id=key.scope.organisation_id)


def _by_endpoint(path: str, key: FoundKey) -> FoundKey:
    return replace(key, id=f"{key.id} {path}")


def _but_quotes(path: str, key: FoundKey) -> FoundKey:
    return replace(key, rate_limit=_UNLIMITED) if path == f"{API}/quotes" else key


def _unavailable(request: Request, answer: Answer) -> None:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.become(HTTPStatus.SERVICE_UNAVAILABLE)


class _Lockout:
    """Serves a key that was refused only five minutes later, whatever it does meanwhile."""

    def __init__(self, limiter: Limiter, clock: Clock) -> None:
        self._limiter = limiter
        self._clock = clock
        self._until: dict[str, float] = {}

    async def hit(self, key_id: str, limit: int) -> Standing:
        left = self._until.get(key_id, 0.0) - self._clock.monotonic()
        if left > 0:
            return standing(False, limit, 0, left)
        stands = await self._limiter.hit(key_id, limit)
        if not stands.served:
            self._until[key_id] = self._clock.monotonic() + _LOCKED_OUT_SECONDS
        return stands

    def close(self) -> None:
        self._limiter.close()


def _locking_out(settings: Settings, clock: Clock) -> Limiter:
    return _Lockout(make_limiter(settings, clock), clock)


DEFECTS = [
    Defect("five-sixths-of-the-limit", "RATE-1", "A key may send 50 requests in a minute, not 60.", _at(5 / 6)),
    Defect("half-of-the-limit", "RATE-1", "Each request counts twice.", _at(1 / 2)),
    Defect("rate-of-150", "RATE-2", "A key may send 150 requests in a minute.", _at(2.5)),
    Defect("overload-unavailable", "RATE-2", "Overload gets 503.", answering(_unavailable)),
    Defect("rate-of-organisation", "RATE-3", "All keys of an organisation share a limit.", _counting(_by_organisation)),
    Defect(
        "locks-out-for-five-minutes",
        "RATE-4",
        "A key that was refused is refused for five minutes.",
        Components(limiter=_locking_out),
    ),
    Defect("rate-of-each-endpoint", "RATE-5", "Each endpoint has a limit of its own.", _counting(_by_endpoint)),
    Defect("quotes-unlimited", "RATE-5", "Requests for quotes are not counted.", _counting(_but_quotes)),
]
