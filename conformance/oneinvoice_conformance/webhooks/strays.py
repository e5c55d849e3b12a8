"""Strays: bytes that come to the receiver and are no HTTP request, in words for whoever set the sender up."""

from __future__ import annotations

_SHOWN = 60  # bytes
_SECOND_HTTP = b"PRI * HTTP/2.0"
_PROXY = (b"PROXY ", b"\x00\r\n")  # of both versions, the second without the two empty lines in front
_TLS = b"\x16"  # type of the record that a handshake begins with (RFC 8446, 5.1)


def begins_a_request(start: bytes) -> bool:
    """Tell whether a request may begin with these bytes: with a letter of its method, or behind an empty line."""
    return start[:1].isalpha() or start[:1] in (b"\r", b"\n")


def stray(start: bytes) -> str:
    """Return what it is that began with these bytes and is no request of HTTP/1.1, and what to do."""
    if start.startswith(_TLS):
        return (
            "a TLS handshake came, and this address speaks plain HTTP; register it as http://, or have a tunnel or a "
            "proxy in front that ends TLS"
        )
    if start.startswith(_SECOND_HTTP):
        return "HTTP/2 came without being agreed on; have the sender or the proxy in front speak HTTP/1.1"
    if start.startswith(_PROXY):
        return "the PROXY protocol came in front of a request; turn it off in the proxy in front"
    shown = start[:_SHOWN].rstrip(b"\r\n").decode("latin-1")
    return f"what came can't be read as an HTTP request, and begins with {shown!a}; see what sends to this address"


def unfinished(seconds: float) -> str:
    """Return that a request did not end within so many seconds."""
    return f"a request came that did not end within {seconds:g} s; see whether its sender or a proxy in front is stuck"
