"""Throttle of attempts, such as logins: by address, or by organisation; counted by all processes together in Redis."""

from __future__ import annotations

import hmac
from dataclasses import replace
from http import HTTPStatus
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.limiter import limiter_of
from oneinvoice_impl.settings import Settings

HOUR = 3600
MINUTE = 60

_PHRASES = {HOUR: "an hour", MINUTE: "a minute"}
_PREFIX = 64


class Throttle:
    """Counts attempts in sliding windows of an hour or a minute, where requests are counted."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Connect to nothing yet. Without Redis, or a secret key, this process allows its share of each limit."""
        if settings.secret_key is None:
            settings = replace(settings, redis_url=None)
        self._limiters = {seconds: limiter_of(settings, clock, f"attempts:{seconds}", seconds) for seconds in _PHRASES}
        self._key = (settings.secret_key or "").encode()

    async def check(self, kind: str, user: str, limit: int, seconds: int = HOUR) -> None:
        """Count an attempt of a kind, unless there were `limit` in the last HOUR, or MINUTE.

        Raises `HTTPException` (429) then, which doesn't tell what was too many.
        """
        # E-mail addresses are in no other database than ours, and can't be guessed from digests with a key.
        counted = hmac.digest(self._key, f"{kind} {user}".encode(), "sha256").hex()
        standing = await self._limiters[seconds].hit(counted, limit)
        if not standing.served:
            raise HTTPException(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"That was too often; try again in {_PHRASES[seconds]}.",
                {"Retry-After": str(standing.retry_after)},
            )

    def close(self) -> None:
        """Count nothing more."""
        for limiter in self._limiters.values():
            limiter.close()


def client_address(request: HTTPConnection) -> IPv4Address | IPv6Address | None:
    """Return the address that a request comes from, if it is known. One of IPv4 is the same to a socket of IPv6."""
    try:
        ip = ip_address(request.client.host if request.client else "")
    except ValueError:
        return None
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return mapped or ip


def client_network(request: HTTPConnection) -> str:
    """Return the client's IPv4 address, or its IPv6 /64 network: whoever has one address of it has them all."""
    ip = client_address(request)
    if isinstance(ip, IPv6Address):
        return f"{IPv6Address(int(ip) >> _PREFIX << _PREFIX)}/{_PREFIX}"
    return str(ip or "unknown")
