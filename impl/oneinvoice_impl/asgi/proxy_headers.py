"""Client and scheme behind reverse proxies: they tell both in headers that anybody could send."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network

from starlette.types import ASGIApp

_MAPPED = IPv6Network("::ffff:0:0/96")


def behind_proxies(app: ASGIApp, trusted: Collection[IPv4Network | IPv6Network]) -> ASGIApp:
    """Return the application with `client` and `scheme` as the headers of these proxies, `X-Forwarded-…`, have it.

    The client is the last address that is no trusted proxy's: what stands before it, the client may have sent itself.
    """
    if not trusted:
        return app
    # Imported here: another server may serve the application, and most have no need of it.
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    networks = [*trusted, *(_mapped(network) for network in trusted if isinstance(network, IPv4Network))]
    # uvicorn has types of its own for what ASGI is.
    return ProxyHeadersMiddleware(app, [str(network) for network in networks])  # type: ignore[arg-type, return-value]


def _mapped(network: IPv4Network) -> IPv6Network:
    """Return a network as a socket of IPv6 sees it that also takes connections of IPv4 (RFC 4291, 2.5.5.2)."""
    return IPv6Network(
        (int(_MAPPED.network_address) + int(network.network_address), _MAPPED.prefixlen + network.prefixlen)
    )
