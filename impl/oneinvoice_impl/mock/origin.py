"""Origin checks: requests of the mock's user are told from those of foreign web pages in the user's browser."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_from_user(headers: Mapping[str, str], hosts: Collection[str]) -> bool:
    """Tell whether a request comes from this mock's user, by its headers. `hosts` are what it serves at.

    A page of another origin sends `Origin` with every POST; one that had its own name lead here (DNS rebinding) sends
    that name as `Host`.
    """
    host = headers.get("host", "")
    name = _host_name(host)
    if name is None or not (name in hosts or _is_loopback(name)):
        return False
    origin = headers.get("origin")
    return origin is None or origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _host_name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
