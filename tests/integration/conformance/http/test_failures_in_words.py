"""Failures of the transport, of files and of addresses, none of which is told in Python's words."""

from __future__ import annotations

import gzip
import re
import socket
import struct
from pathlib import Path

import pytest
from oneinvoice_conformance.errors import KitError, UsageError
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment, parse_url
from oneinvoice_conformance.http.failure import Failure

from tests.integration.conformance.asking import MEMBERS, client_of, says
from tests.integration.conformance.http.authority import Authority
from tests.unit.conformance.fakes import KEYS, http, wire

PYTHONS = re.compile(
    r"Errno|[a-z]Error|Exception|_ssl|Connection\(|\(\(|\('|codec|urllib3|client\.|cast|literal|None|Traceback|Pool|"
    r"Received response|NewConn|got more than|PEM lib|0x"
)
HEAD = b"HTTP/1.1 200 OK\r\n"
ANSWERS = {
    "no HTTP": b"220 mail.example ESMTP\r\n",
    "no line": b"\r\n\r\n",
    "a strange status": b"HTTP/1.1 abc OK\r\n\r\n",
    "a status out of range": b"HTTP/1.1 9999 OK\r\n\r\n",
    "a strange version": b"HTTP/9.9 200 OK\r\n\r\n",
    "a long line": HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
    "many headers": HEAD + b"X: a\r\n" * 200 + b"\r\n",
    "two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n[1]",
    "no whole length": HEAD + b"Content-Length: 5\r\n\r\n[1]",
    "no chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\nwhat\r\n",
    "a cut chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[1]",
    "not packed": http(b"[1]", Content_Encoding="gzip"),
    "not deflated": http(b'{"a": 1}' * 9, Content_Encoding="deflate"),
    "half packed": http(gzip.compress(b"[1]")[:-9], Content_Encoding="gzip"),
    "packed otherwise": http(b"\x8b\x01", Content_Encoding="br"),
}


def failure_at(url: str, **options: str) -> Failure:
    with Client(Deployment(url, KEYS, **options), timeout=0.5) as client:
        failure = client.ask(MEMBERS).error
    assert failure is not None
    return failure


def assert_in_words(text: str) -> None:
    assert not PYTHONS.search(text), text
    assert len(text) < 260


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_is_none(kind: str):
    def answer(connection: socket.socket, number: int) -> bool:
        connection.sendall(ANSWERS[kind])
        return False

    with wire(answer) as server, client_of(server.url) as client:
        assert_in_words(client.ask(MEMBERS).outcome)


def test_a_connection_that_is_reset():
    def reset(connection: socket.socket, number: int) -> bool:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    with wire(reset) as server:
        assert failure_at(server.url).phrase == "connection broken (Connection reset by peer)"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://nosuch.invalid", f"http://{'a' * 70}.example", "http://a..example"]
)
@pytest.mark.parametrize("proxied", [False, True])
def test_an_address_at_which_nothing_is(url: str, proxied: bool):
    failure = failure_at("http://deployment.example", proxy=url) if proxied else failure_at(url)
    assert_in_words(failure.phrase)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_what_speaks_another_protocol(scheme: str):
    with wire(says(b"220 mail.example ESMTP\r\n")) as server:
        there = server.url.replace("http", scheme)
        for failure in (failure_at(there), failure_at("https://deployment.example", proxy=there)):
            assert_in_words(failure.phrase)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://::1:8000", r"as http://\[::1\]:8000\.$"),
        ("http://::1:8000/api/v1", r"as http://\[::1\]:8000\.$"),
        ("https://fe80::1", r"as https://\[fe80::1\]\.$"),
        ("http://host:80:80", r"its port has to be a number up to 65535"),
        ("http://host:99999", r"its port has to be a number up to 65535"),
        ("http://host:port", r"its port has to be a number up to 65535"),
        ("http://[::1", r"only an IPv6 address stands in brackets"),
        ("http://[nothing]:80", r"only an IPv6 address stands in brackets"),
        ("http://a\N{DOUBLE EXCLAMATION MARK}\N{FULLWIDTH COLON}", r"its host has characters that none has"),
    ],
)
def test_an_address_that_is_none(url: str, told: str):
    with pytest.raises(UsageError, match=told) as raised:
        parse_url(url)
    assert_in_words(str(raised.value))


@pytest.mark.parametrize("option", ["ca_file", "cert", "cert_key"])
@pytest.mark.parametrize("kind", ["folder", "missing", "empty", "text", "key"])
def test_a_file_that_is_none(option: str, kind: str, tmp_path: Path):
    own = Authority(tmp_path).issue("own")
    path = {"folder": tmp_path, "missing": tmp_path / "no.pem", "key": own.key}.get(kind, tmp_path / "file.pem")
    if path.name == "file.pem":
        path.write_text("a text" if kind == "text" else "")
    files = {"cert": str(own.cert)} | {option: str(path)} if option == "cert_key" else {option: str(path)}
    if (option, kind) == ("cert_key", "key"):
        files["cert_key"] = str(Authority(tmp_path).issue("other").key)
    with pytest.raises(KitError) as raised:
        Client(Deployment("https://127.0.0.1", KEYS, **files))
    assert_in_words(str(raised.value).replace(str(tmp_path), ""))


def test_a_certificate_without_its_key_is_told_where_to_name_it(tmp_path: Path):
    own = Authority(tmp_path).issue("own")
    with pytest.raises(UsageError, match="and with --cert-key the key that belongs to it"):
        Client(Deployment("https://127.0.0.1", KEYS, cert=str(own.cert)))
