"""Requests that are not forwarded, in words for whoever set the client up."""

from __future__ import annotations

from http import HTTPStatus

from oneinvoice_conformance.http.forwarding.messages import NotHTTP, RequestHead

_TLS = b"\x16"  # type of the record that a handshake begins with (RFC 8446, 5.1)
_SECOND_HTTP = b"PRI * HTTP/2.0"


def refusal_of(head: RequestHead) -> tuple[HTTPStatus, str] | None:
    """Return status and sentence for a request that can't be forwarded as it is; None for all others.

    An upgrade to HTTP/2 that a client offers is left out, as is everything that is of one connection alone.
    """
    if head.method == b"CONNECT":
        return HTTPStatus.METHOD_NOT_ALLOWED, (
            "tunnels are none of this proxy's, which stands in the place of one deployment; have the client send its "
            "requests here by its base URL, and not by its settings of a proxy."
        )
    if not head.target.startswith(b"/") and head.target != b"*":
        return HTTPStatus.BAD_REQUEST, (
            "the target names a host; have the client send its requests here by its base URL, and not by its settings "
            "of a proxy."
        )
    if head.has_token(b"connection", b"upgrade") and head.has_token(b"upgrade", b"websocket"):
        return HTTPStatus.NOT_IMPLEMENTED, "WebSockets are not forwarded; the API has none."
    return None


def sentence_on_stray(problem: NotHTTP) -> str:
    """Return the sentence on what came and is no request of HTTP/1.1."""
    if problem.start.startswith(_TLS):
        return "A TLS handshake came, and this address speaks plain HTTP; write the client's base URL with http://."
    if problem.start.startswith(_SECOND_HTTP):
        return "HTTP/2 came without being agreed on; have the client speak HTTP/1.1."
    return f"What came can't be forwarded as a request: {problem}; see what the client sends."


def sentence_on_body(problem: NotHTTP) -> str:
    """Return the sentence on a request whose body can't be passed on to its end."""
    return f"The body of the request can't be forwarded: {problem}; see what the client sends."
