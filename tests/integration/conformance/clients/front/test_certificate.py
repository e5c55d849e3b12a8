"""Handshakes with a certificate that nobody trusts, by clients that refuse it, take it, or speak no TLS."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from oneinvoice_conformance.clients.front.certificate import Handshake, Handshakes
from oneinvoice_conformance.clients.front.keys import KeyWatch
from oneinvoice_conformance.clients.front.server import Front
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.observation import KeyPlace

from tests.integration.conformance.clients.front.asking import KEY, SANDBOX, ask, refuses


@pytest.fixture
def handshakes() -> Handshakes:
    return Handshakes(KeyWatch(KEY))


@pytest.fixture
def untrusted(handshakes: Handshakes) -> Iterator[Front]:
    with Front(SANDBOX, Journal(), refuses, scheme="https", wrap=handshakes) as front:
        yield front


def outcomes(front: Front, handshakes: Handshakes) -> list[Handshake]:
    """Return the outcomes of all connections so far, without one that is made to know that they were taken."""
    with socket.create_connection(("127.0.0.1", urlsplit(front.origin).port or 0)) as last:
        last.sendall(b"no TLS\r\n")
        last.recv(1)  # ends once it was noted
    handshakes.settle(20)
    seen = list(handshakes.seen)
    seen.remove(Handshake.PLAIN)
    return seen


def test_a_client_that_verifies_refuses_it(untrusted: Front, handshakes: Handshakes):
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(untrusted.origin, ssl.create_default_context())
    assert outcomes(untrusted, handshakes) == [Handshake.REFUSED]
    assert untrusted.journal.requests == ()


def test_a_client_that_does_not_verify_is_seen_with_its_key(untrusted: Front, handshakes: Handshakes):
    assert ask(untrusted.origin, ssl._create_unverified_context()) == 401
    assert outcomes(untrusted, handshakes) == [Handshake.COMPLETED]
    untrusted.settle()
    assert [request.key_places for request in untrusted.journal.requests] == [(KeyPlace.BEARER,)]


def test_plain_http_is_told_with_the_key_that_came_in_it(untrusted: Front, handshakes: Handshakes):
    with pytest.raises((OSError, http.client.HTTPException)):
        ask(untrusted.origin.replace("https", "http"))
    assert outcomes(untrusted, handshakes) == [Handshake.PLAIN_WITH_KEY]


def test_a_client_with_no_cipher_in_common_refuses_nothing(untrusted: Front, handshakes: Handshakes):
    context = ssl._create_unverified_context()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256")  # which takes a certificate with an RSA key
    with pytest.raises(ssl.SSLError):
        ask(untrusted.origin, context)
    assert outcomes(untrusted, handshakes) == [Handshake.FAILED]


def test_a_connection_without_a_word_is_none(untrusted: Front, handshakes: Handshakes):
    socket.create_connection(("127.0.0.1", urlsplit(untrusted.origin).port or 0)).close()
    assert outcomes(untrusted, handshakes) == []
