"""Keys that are served and shouldn't be, and the other way round."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from http import HTTPStatus

from sqlalchemy import Connection, select
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering, asking
from oneinvoice_impl.ratelimit.key_usage import KeyUse
from oneinvoice_impl.ratelimit.limiter import Limiter
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.accounts.keys import FoundKey
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Scope
from oneinvoice_impl.store.tables.records import api_keys


def _key_of_last(app: ASGIApp) -> ASGIApp:
    """Each application remembers for itself."""
    last: list[str] = []

    def change(request: Request, headers: MutableHeaders) -> None:
        if "Authorization" in headers:
            last[:] = [headers["Authorization"]]
        elif last and request.url.path != API:
            headers["Authorization"] = last[0]

    return asking(change).middleware(app)


def _without_key_forbidden(request: Request, answer: Answer) -> None:
    if request.url.path != API and "Authorization" not in request.headers:
        answer.become(HTTPStatus.FORBIDDEN)


class _ShapeSuffices(BearerHandler):
    async def find(self, token: str) -> FoundKey | None:
        found = await super().find(token)
        if found is None and re.fullmatch("1iv_[0-9A-Za-z]{49}", token):
            return await self._database.run(_any_key)
        return found


class _RevokedWorks(BearerHandler):
    async def find(self, token: str) -> FoundKey | None:
        return await self._database.run(partial(_row, token=token))


def _takes_token(request: Request, headers: MutableHeaders) -> None:
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme == "Token":
        headers["Authorization"] = f"Bearer {token}"


def _cached(place: Callable[[str], str]) -> Components:
    """Keys that were found are kept, and found again by a part of their text."""

    class Bearer(BearerHandler):
        def __init__(self, database: Database, limiter: Limiter, use: KeyUse) -> None:
            super().__init__(database, limiter, use)
            self._known: dict[str, FoundKey] = {}

        async def find(self, token: str) -> FoundKey | None:
            found = await super().find(token)
            if found is None:
                return self._known.get(place(token))
            self._known[place(token)] = found
            return found

    return Components(bearer=Bearer)


class _OneOfOrganisation(BearerHandler):
    def __init__(self, database: Database, limiter: Limiter, use: KeyUse) -> None:
        super().__init__(database, limiter, use)
        self._first: dict[str, str] = {}

    async def find(self, token: str) -> FoundKey | None:
        found = await super().find(token)
        if found is not None and self._first.setdefault(found.scope.organisation_id, found.id) != found.id:
            raise Problem(HTTPStatus.FORBIDDEN, "This organisation has another key.")
        return found


def _row(connection: Connection, token: str) -> FoundKey | None:
    """The key of that text, revoked or not."""
    row = connection.execute(select(api_keys).where(api_keys.c.digest == digest(token))).one_or_none()
    return None if row is None else FoundKey(row.id, Scope(row.organisation_id), row.rate_limit)


def _any_key(connection: Connection) -> FoundKey:
    row = connection.execute(select(api_keys).order_by(api_keys.c.id)).first()
    assert row is not None, "a mock has keys"
    return FoundKey(row.id, Scope(row.organisation_id), row.rate_limit)


DEFECTS = [
    Defect(
        "last-key-counts",
        "AUTH-1",
        "A request without a key is served as the one before it.",
        Components(middleware=_key_of_last),
    ),
    Defect("missing-key-forbidden", "AUTH-1", "Without a key 403 is answered.", answering(_without_key_forbidden)),
    Defect("shape-of-key-suffices", "AUTH-2", "Whatever looks like a key is one.", Components(bearer=_ShapeSuffices)),
    Defect("revoked-key-works", "AUTH-3", "A revoked key works on.", Components(bearer=_RevokedWorks)),
    Defect("token-scheme-accepted", "AUTH-4", "A key is served under the scheme Token too.", asking(_takes_token)),
    Defect(
        "case-of-key-ignored", "AUTH-5", "A key that was used is cached without its letter case.", _cached(str.lower)
    ),
    Defect(
        "twenty-characters-compared",
        "AUTH-5",
        "A key that was used is cached by its first twenty characters.",
        _cached(lambda token: token[:20]),
    ),
    Defect(
        "second-key-refused",
        "AUTH-6",
        "An organisation is served with the key that it used first; any other gets 403.",
        Components(bearer=_OneOfOrganisation),
    ),
]
