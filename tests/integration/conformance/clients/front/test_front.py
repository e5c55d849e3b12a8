"""Front as another origin."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.journal import Journal

from tests.integration.conformance.clients.front.asking import SANDBOX, ask, refuses


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_localhost_listens_on_both_loopbacks(host: str):
    if host == "[::1]" and not has_ipv6():
        pytest.skip("this machine has no IPv6")
    with Front(SANDBOX, Journal(), refuses, host="localhost") as front:
        parts = urlsplit(front.origin)
        assert parts.hostname == "localhost"
        assert ask(f"http://{host}:{parts.port}") == 401
        front.settle()
        assert [request.path for request in front.journal.requests] == ["/api/v1/members"]


def test_two_fronts_count_requests_and_connections_together():
    journal = Journal()
    with Front(SANDBOX, journal, refuses) as one, Front(SANDBOX, journal, refuses) as other:
        for front in (one, other):
            ask(front.origin)
            front.settle()
    assert [(request.number, request.connection) for request in journal.requests] == [(1, 1), (2, 2)]
