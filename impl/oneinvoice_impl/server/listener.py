"""Take the address to listen at, before anything else is done."""

from __future__ import annotations

import errno
import socket


class ListenerProblem(Exception):
    """The address can't be had; the text says why, and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one. Who connects waits until it is served.

    Raises `ListenerProblem`.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise ListenerProblem(f"The host {host!r} is not known; give one such as 127.0.0.1 with --host.") from error
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:  # so that `::` is all addresses, whatever the system's default is
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind(address)
        # Now, not when the server is ready: two that are only bound may share a port.
        listener.listen()
    except OSError as error:
        listener.close()
        raise ListenerProblem(_reason(error, host, port)) from error
    return listener


def base_url(listener: socket.socket) -> str:
    """Return the URL under which this machine reaches a socket that listens."""
    host, port = listener.getsockname()[:2]
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104  # compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use; stop what listens there, or give another with --port (0 takes a free one)."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system; give one from 1024 on with --port."
    return f"This machine can't listen at {host} ({error.strerror}); give another address with --host."
