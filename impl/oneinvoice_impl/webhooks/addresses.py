"""Tell addresses on the public Internet from others.

Written out rather than asked of `ipaddress.is_global`, which changed between patch releases of Python and knows none
of the IPv6 forms that carry an IPv4 address (64:ff9b::7f00:1, 2002:7f00:1::).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IPAddress = IPv4Address | IPv6Address

# The IANA registry of special-purpose IPv4 addresses, and one cloud's own services.
_NOT_PUBLIC_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host: a public address that only its own machines reach
    )
]
# All that is routed to anyone, and what of it is not.
_GLOBAL_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # among them Teredo and ORCHID
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
]
_MAPPED = IPv6Network("::ffff:0:0/96")
# Where a network has NAT64, this is how it reaches any IPv4 address (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: IPAddress) -> bool:
    """Tell whether an address is on the public Internet, and not another one in disguise."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.scope_id is not None:
        return False
    if address in _MAPPED or address in _NAT64:
        return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return address in _GLOBAL_6 and not any(address in network for network in _NOT_PUBLIC_6)


def is_loopback(address: IPAddress) -> bool:
    """Tell whether an address is this machine's own, plainly written."""
    return address.is_loopback and not (isinstance(address, IPv6Address) and address.scope_id is not None)
