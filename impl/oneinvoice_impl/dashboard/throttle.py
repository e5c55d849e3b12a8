"""How often somebody may try what must not be tried without end."""

from __future__ import annotations

from http import HTTPStatus
from ipaddress import IPv6Address, ip_address

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.windows import Windows

_HOUR = 3600
_PREFIX = 64


class Throttle:
    """Counts attempts in sliding windows of an hour, in this process."""

    def __init__(self, clock: Clock, workers: int) -> None:
        """Each of so many processes allows its part."""
        self._windows = Windows(clock, share=workers, seconds=_HOUR)

    def allows(self, kind: str, who: str, limit: int) -> bool:
        """Count an attempt of a kind; False, and not counted, if there were `limit` in the last hour."""
        return self._windows.hit(f"{kind} {who}", limit).served

    def check(self, kind: str, who: str, limit: int) -> None:
        """Count an attempt. Raises `HTTPException` (429), which doesn't tell what was too many."""
        if not self.allows(kind, who, limit):
            raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, "That was too often; try again in an hour.")


def client(request: HTTPConnection) -> str:
    """Who asks, as far as an address tells. Of IPv6 the network: whoever has one address of it has them all."""
    host = request.client.host if request.client else ""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return f"{IPv6Address(int(address) >> _PREFIX << _PREFIX)}/{_PREFIX}"
    return str(address)
