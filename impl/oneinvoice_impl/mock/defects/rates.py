"""Limits that are too low, missing, shared or resentful, and other codes than 429."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer
from oneinvoice_impl.ratelimit.limiter import Limiter, make_limiter
from oneinvoice_impl.ratelimit.standing import Standing, standing
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.keys import ValidKey

_UNLIMITED = 1_000_000_000
_LOCKED_OUT_SECONDS = 300.0


def _changes_counting(change: Callable[[str, ValidKey], ValidKey]) -> Components:
    """Count a request at a path on another key, or by another limit."""

    class Bearer(BearerHandler):
        async def count(self, scope: Any, key: ValidKey) -> None:
            await super().count(scope, change(scope["path"], key))

    return Components(bearer=Bearer)


def _scaled(key: ValidKey, factor: float) -> ValidKey:
    return replace(key, rate_limit=int(key.rate_limit * factor))


@defect("RATE-1", _changes_counting)
def five_sixths_of_the_limit(path: str, key: ValidKey) -> ValidKey:
    """A key may send 50 requests in a minute, not 60."""
    return _scaled(key, 5 / 6)


@defect("RATE-1", _changes_counting)
def half_of_the_limit(path: str, key: ValidKey) -> ValidKey:
    """Each request counts twice."""
    return _scaled(key, 1 / 2)


@defect("RATE-2", _changes_counting)
def rate_of_150(path: str, key: ValidKey) -> ValidKey:
    """A key may send 150 requests in a minute."""
    return _scaled(key, 2.5)


@defect("RATE-2", changes_answer)
def overload_unavailable(request: Request, answer: Answer) -> None:
    """Overload gets 503."""
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.become(HTTPStatus.SERVICE_UNAVAILABLE)


@defect("RATE-3", _changes_counting)
def rate_of_organisation(path: str, key: ValidKey) -> ValidKey:
    """All keys of an organisation share a limit."""
    return replace(key, id=key.scope.organisation_id)


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


@defect("RATE-4")
def locks_out_for_five_minutes() -> Components:
    """A key that was refused is refused for five minutes."""

    def limiter(settings: Settings, clock: Clock) -> Limiter:
        return _Lockout(make_limiter(settings, clock), clock)

    return Components(limiter=limiter)


@defect("RATE-5", _changes_counting)
def rate_of_each_endpoint(path: str, key: ValidKey) -> ValidKey:
    """Each endpoint has a limit of its own."""
    return replace(key, id=f"{key.id} {path}")


@defect("RATE-5", _changes_counting)
def quotes_unlimited(path: str, key: ValidKey) -> ValidKey:
    """Requests for quotes are not counted."""
    return replace(key, rate_limit=_UNLIMITED) if path == f"{API}/quotes" else key
