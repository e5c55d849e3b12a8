"""Client address and scheme behind reverse proxies, from the `X-Forwarded-…` headers of trusted proxies alone."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Network, IPv6Network

from starlette.types import ASGIApp

_MAPPED = IPv6Network("::ffff:0:0/96")


def behind_proxies(app: ASGIApp, trusted: Collection[IPv4Network | IPv6Network]) -> ASGIApp:
    """Wrap an application so that `client` and `scheme` of its scopes come from the headers of trusted proxies.

    The client is the last forwarded address that is no trusted proxy's; any address before it may be forged.
    """
    if not trusted:
        return app
    # Imported here: another server may serve the application, and most have no need of it.
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    networks = [*trusted, *(_mapped(network) for network in trusted if isinstance(network, IPv4Network))]
    # uvicorn has types of its own for what ASGI is.
    return ProxyHeadersMiddleware(app, [str(network) for network in networks])  # type: ignore[arg-type, return-value]


def _mapped(network: IPv4Network) -> IPv6Network:
    """Return the IPv4-mapped form of a network (RFC 4291, 2.5.5.2), as a dual-stack socket reports its addresses."""
    return IPv6Network(
        (int(_MAPPED.network_address) + int(network.network_address), _MAPPED.prefixlen + network.prefixlen)
    )
