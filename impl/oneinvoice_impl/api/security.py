"""Bearer keys (RFC 6750): from the Authorization header to what the key may read, if it has not sent too much."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from oneinvoice_impl.api.parameters import PageQueries
from oneinvoice_impl.api.problem import unauthorized
from oneinvoice_impl.api.rate_limit import report_standing
from oneinvoice_impl.domain.keys import digest, is_key
from oneinvoice_impl.ratelimit.key_usage import KeyUsage
from oneinvoice_impl.ratelimit.limiter import Limiter
from oneinvoice_impl.store.accounts.keys import ValidKey, find_key_and_read
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import PageQuery

SEND_A_KEY = "Send a valid key as 'Authorization: Bearer 1iv_...'; create one under Settings → REST API."
BAD_KEY = "This key is not valid, or it was revoked; create another under Settings → REST API."
ONE_HEADER = "Send exactly one Authorization header, as 'Authorization: Bearer 1iv_...'."


def bearer_token(headers: Sequence[str]) -> str:
    """Return the token in a request's Authorization headers. Raises `Problem` (401) unless there is exactly one.

    The scheme's name is case-insensitive (RFC 9110, section 11.1).
    """
    if len(headers) > 1:
        raise unauthorized(ONE_HEADER)
    scheme, _, token = "".join(headers).partition(" ")
    if scheme.lower() != "bearer":
        # Without an error code, since no key was sent (RFC 6750, section 3.1).
        raise unauthorized(SEND_A_KEY)
    return token.strip(" ")


class BearerHandler:
    """Connexion's handler for the scheme `bearer`: counts the request and puts the key's `Scope` into its context."""

    def __init__(self, database: Database, limiter: Limiter, usage: KeyUsage, pages: PageQueries) -> None:
        self._database = database
        self._limiter = limiter
        self._usage = usage
        self._pages = pages
        self._refused: set[str] = set()

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Callable[[Any], Awaitable[Any]]:
        """Return the function that Connexion calls with each request to an operation that needs a key."""
        return self._authenticate

    async def _authenticate(self, request: Any) -> dict[str, Any]:
        token = bearer_token(request.headers.getlist("authorization"))
        key = await self.find(token, self._pages.query(request.scope))
        if key is None:
            raise unauthorized(BAD_KEY, 'Bearer error="invalid_token"')
        await self.count(request.scope, key)
        self._usage.count(key.id)
        request.context["scope"] = key.scope
        return {}

    async def find(self, token: str, page: PageQuery | None) -> ValidKey | None:
        """Return the key of that text, if it is valid, and read the page ahead that it is sent for.

        Not if the key's last request was refused: what is refused is to cost as little as can be.
        """
        if not is_key(token):
            return None
        only_near = self._database.reads_in_place
        query = partial(find_key_and_read, digest=digest(token), query=page, refused=self._refused, only_near=only_near)
        return await self._database.read(query, short=True)

    async def count(self, scope: Any, key: ValidKey) -> None:
        """Count the request with that ASGI scope on its key. Raises `Problem` (429) if it is too many."""
        standing = await self._limiter.hit(key.id, key.rate_limit)
        (self._refused.discard if standing.served else self._refused.add)(key.id)
        report_standing(scope, standing)
