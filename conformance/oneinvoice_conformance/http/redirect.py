"""Redirects: their destinations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, parse_qsl, urljoin, urlsplit

from oneinvoice_conformance.http.exchange import Exchange

_STATUSES = (301, 302, 307, 308)
_LOGIN = re.compile(
    r"(?:^|[/.])(?:wp-)?(?:(?:log|sign)[-_]?[io]n|sessions?/new|sso|oauth2?|auth|authorize|saml|openid|idp|accounts?)\b",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
# Hosts that nobody outside knows: a word, an address, a name of a network's own.
_INSIDE = re.compile(r"[\w-]+|[\d.]+|[0-9a-f:]*:[0-9a-f:.]*|.*\.(?:internal|local|localdomain|lan|svc)", re.IGNORECASE)


def adds_slash(url: str, status: int, headers: Sequence[tuple[str, str]]) -> bool:
    """Tell whether an answer redirects to the URL with a slash at the end of its path.

    Origin and query are the same then, as RFC 3986 resolves the first Location (RFC 9110, 10.2.2).
    """
    location = next((value for name, value in headers if name.lower() == "location"), None)
    if status not in _STATUSES or location is None:
        return False
    try:
        source, destination = urlsplit(url), urlsplit(urljoin(url, location.strip()))
        with_slash = (_origin(source), f"{source.path}/", _query(source))
        return (_origin(destination), destination.path, _query(destination)) == with_slash
    except ValueError:
        return False


def leads_to(exchange: Exchange) -> str:
    """Return the path that an answer's Location leads to, without a slash at its end; empty where there is none."""
    location = (exchange.header("Location") or "").strip()
    try:
        return urlsplit(urljoin(exchange.request.target, location)).path.rstrip("/") if location else ""
    except ValueError:
        return ""


def keeps_path(exchange: Exchange) -> bool:
    """Tell whether an answer redirects to the same path elsewhere, and not to another page."""
    return 300 <= exchange.status < 400 and leads_to(exchange).endswith(exchange.request.path)


def leads_within(exchange: Exchange) -> bool:
    """Tell whether an answer redirects to another path of the API, by a path alone (RFC 3986, 4.2)."""
    location = (exchange.header("Location") or "").strip()
    return (
        300 <= exchange.status < 400
        and location.startswith("/")
        and not location.startswith("//")
        and "/api/" in f"{leads_to(exchange)}/"
        and not keeps_path(exchange)
        and not leads_to_login(exchange)
    )


def leads_to_login(exchange: Exchange) -> bool:
    """Tell whether an answer redirects to an address that calls itself a login."""
    location = (exchange.header("Location") or "").partition("?")[0]
    return 300 <= exchange.status < 400 and _LOGIN.search(location) is not None


def destination(base: str, exchange: Exchange) -> str:
    """Return the address that an answer's Location leads to, without its query, which may hold a secret."""
    location = (exchange.header("Location") or "").strip()
    try:
        return urljoin(base + exchange.request.target, location).partition("?")[0]
    except ValueError:
        return location.partition("?")[0]


def base_of(base: str, exchange: Exchange) -> str:
    """Return the base URL to which an answer redirects, where it keeps the path of the request."""
    return destination(base, exchange).rstrip("/").removesuffix(exchange.request.path)


def location_of(exchange: Exchange) -> str:
    """Return where an answer redirects to, as it says it; empty where it doesn't."""
    return (exchange.header("Location") or "").strip() if 300 <= exchange.status < 400 else ""


def advice(exchange: Exchange, base: str) -> str:
    """Return what to do about a redirect, by how its destination differs from what was asked below the base."""
    url = base + exchange.request.target
    try:
        source, destination = urlsplit(url), urlsplit(urljoin(url, location_of(exchange)))
        leaves = _origin(source) != _origin(destination)
    except ValueError:
        return "the destination is no URL; have the path served as the documentation says"
    same_path, with_slash = destination.path == source.path, destination.path == f"{source.path}/"
    if leads_inside(exchange, base):
        otherwise = ", or have the paths served without a slash" if with_slash else ""
        return (
            f"{destination.scheme}://{destination.netloc} is what the service takes for its address: don't go there "
            "with a key, but have the proxy in front pass Host and X-Forwarded-Proto on and the service heed them"
            f"{otherwise}"
        )
    if leaves and (same_path or with_slash):
        moved = f"{destination.scheme}://{destination.netloc}{source.path.removesuffix(exchange.request.path)}"
        return f"have it served at {base} as the others are, or give {moved} as the URL if that serves them all"
    if with_slash:
        return "it only adds a slash, but loses the query; have it keep that, or the paths served without a slash"
    if leads_to_login(exchange):
        return "that looks like a page to log in at: have what asks for a login leave the paths of the API out"
    return "have it served where the documentation says"


def leads_inside(exchange: Exchange, base: str) -> bool:
    """Tell whether an answer keeps the path, but leads to an address that is known behind the proxy in front alone.

    Such as to a host of one word or an IP address, or on the same host from https to http, or to another port with a
    slash at the end, which the service itself has added.
    """
    url = base + exchange.request.target
    try:
        source, destination = urlsplit(url), urlsplit(urljoin(url, location_of(exchange)))
        if destination.path.rstrip("/") != source.path or _origin(source) == _origin(destination):
            return False
    except ValueError:
        return False
    if (destination.hostname or "") != source.hostname:
        return _INSIDE.fullmatch(destination.hostname or "") is not None
    is_downgrade, is_upgrade = (
        (source.scheme, destination.scheme) == pair for pair in (("https", "http"), ("http", "https"))
    )
    return is_downgrade or (not is_upgrade and destination.path.endswith("/"))


def leaves_version(exchange: Exchange) -> bool:
    """Tell whether an answer redirects to somewhere outside of the version of the request."""
    redirects = 300 <= exchange.status < 400 and exchange.header("Location") is not None
    return redirects and f"/api/{exchange.request.version}/" not in f"{leads_to(exchange)}/"


def moves_endpoint(exchange: Exchange) -> bool:
    """Tell whether an answer redirects to its endpoint outside of the version of the request.

    A redirect to another page, such as one to log in at, tells nothing of where the endpoint is.
    """
    names_endpoint = re.search(rf"\b{exchange.request.endpoint}\b", leads_to(exchange), re.IGNORECASE) is not None
    return names_endpoint and leaves_version(exchange) and not leads_to_login(exchange)


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _query(url: SplitResult) -> list[tuple[str, str]]:
    return parse_qsl(url.query, keep_blank_values=True)
