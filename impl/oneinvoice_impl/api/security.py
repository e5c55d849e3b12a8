"""Bearer keys (RFC 6750): from the Authorization header to what the key may read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from oneinvoice_impl.api.problem import unauthorized
from oneinvoice_impl.domain.keys import digest, is_key
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.keys import scope_of
from oneinvoice_impl.store.scope import Scope

SEND_A_KEY = "Send a valid key as 'Authorization: Bearer 1iv_...'; create one under Settings → REST API."
BAD_KEY = "This key is not valid, or it was revoked; create another under Settings → REST API."
ONE_HEADER = "Send exactly one Authorization header, as 'Authorization: Bearer 1iv_...'."


def bearer_token(headers: Sequence[str]) -> str:
    """The token in a request's Authorization headers. Raises `Problem` (401) unless there is exactly one.

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
    """Connexion's handler for the scheme `bearer`: puts the key's `Scope` into the request's context."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Callable[[Any], Awaitable[Any]]:
        """The function that Connexion calls with each request to an operation that needs a key."""
        return self._authenticate

    async def _authenticate(self, request: Any) -> dict[str, Any]:
        token = bearer_token(request.headers.getlist("authorization"))
        scope = await self._scope(token)
        if scope is None:
            raise unauthorized(BAD_KEY, 'Bearer error="invalid_token"')
        request.context["scope"] = scope
        return {}

    async def _scope(self, token: str) -> Scope | None:
        return await self._database.run(partial(scope_of, digest=digest(token))) if is_key(token) else None
