"""Keys that are served and shouldn't be, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp

from oneinvoice_impl.api.parameters import PageQueries
from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer, changes_request
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.ratelimit.limiter import Limiter
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.accounts.keys import ValidKey
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import PageQuery
from oneinvoice_impl.store.unguarded import any_key, find_key_even_revoked


def _wraps(middleware: Callable[[ASGIApp], ASGIApp]) -> Components:
    return Components(middleware=middleware)


def _caches_keys(cache_key: Callable[[str], str]) -> Components:
    """Keep keys that were found, and find them again by a part of their text."""

    class Bearer(BearerHandler):
        def __init__(self, database: Database, limiter: Limiter, usage: KeyUsage, pages: PageQueries) -> None:
            super().__init__(database, limiter, usage, pages)
            self._cache: dict[str, ValidKey] = {}

        async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
            key = await super().find(token, page)
            if key is None:
                return self._cache.get(cache_key(token))
            self._cache[cache_key(token)] = key
            return key

    return Components(bearer=Bearer)


@defect("AUTH-1", _wraps)
def last_key_counts(app: ASGIApp) -> ASGIApp:
    """A request without a key is served as the one before it."""
    # Each application remembers for itself.
    last: list[str] = []

    def change(request: Request, headers: MutableHeaders) -> None:
        if "Authorization" in headers:
            last[:] = [headers["Authorization"]]
        elif last and request.url.path != API:
            headers["Authorization"] = last[0]

    return changes_request(change).middleware(app)


@defect("AUTH-1", changes_answer)
def missing_key_forbidden(request: Request, answer: Answer) -> None:
    """Without a key 403 is answered."""
    if request.url.path != API and "Authorization" not in request.headers:
        answer.become(HTTPStatus.FORBIDDEN)


@defect("AUTH-1", _wraps)
def refusal_has_last_list(app: ASGIApp) -> ASGIApp:
    """Without a key 401 is answered, with the list in its body that was served last."""
    served: list[bytes] = []

    def change(request: Request, answer: Answer) -> None:
        if answer.status == HTTPStatus.OK and request.url.path != API:
            served[:] = [answer.body]
        elif answer.status == HTTPStatus.UNAUTHORIZED and "Authorization" not in request.headers and served:
            answer.become(HTTPStatus.UNAUTHORIZED, served[0])

    return changes_answer(change).middleware(app)


@defect("AUTH-2")
def shape_of_key_suffices() -> Components:
    """Whatever looks like a key is one."""

    class Bearer(BearerHandler):
        async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
            key = await super().find(token, page)
            if key is None and re.fullmatch("1iv_[0-9A-Za-z]{49}", token):
                return await self._database.run(any_key)
            return key

    return Components(bearer=Bearer)


@defect("AUTH-3")
def revoked_key_works() -> Components:
    """A revoked key works on."""

    class Bearer(BearerHandler):
        async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
            return await self._database.run(partial(find_key_even_revoked, token=token))

    return Components(bearer=Bearer)


@defect("AUTH-4", changes_request)
def token_scheme_accepted(request: Request, headers: MutableHeaders) -> None:
    """A key is served under the scheme Token too."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme == "Token":
        headers["Authorization"] = f"Bearer {token}"


@defect("AUTH-5", _caches_keys)
def case_of_key_ignored(token: str) -> str:
    """A key that was used is cached without its letter case."""
    return token.lower()


@defect("AUTH-5", _caches_keys)
def twenty_characters_compared(token: str) -> str:
    """A key that was used is cached by its first twenty characters."""
    return token[:20]


@defect("AUTH-6")
def second_key_refused() -> Components:
    """An organisation is served with the key that it used first; any other gets 403."""

    class Bearer(BearerHandler):
        def __init__(self, database: Database, limiter: Limiter, usage: KeyUsage, pages: PageQueries) -> None:
            super().__init__(database, limiter, usage, pages)
            self._first: dict[str, str] = {}

        async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
            key = await super().find(token, page)
            if key is not None and self._first.setdefault(key.scope.organisation_id, key.id) != key.id:
                raise Problem(HTTPStatus.FORBIDDEN, "This organisation has another key.")
            return key

    return Components(bearer=Bearer)
